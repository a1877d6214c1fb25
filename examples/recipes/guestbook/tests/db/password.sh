#!/bin/sh
# The database takes nobody in without the password of the secret.
set -eu
redis-cli ping 2>&1 | grep NOAUTH
