#!/bin/sh
# Redis with its settings on standard input: the password is never on a command line, which others could read.
set -eu
exec redis-server - <<SETTINGS
requirepass "$(cat /run/secrets/db_password)"
dir /data
appendonly yes
appendfsync always
save ""
maxmemory 64mb
maxmemory-policy noeviction
SETTINGS
