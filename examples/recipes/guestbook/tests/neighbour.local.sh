#!/bin/sh
# A neighbour on the stack's network reaches the app by its full name, and finds it healthy.
set -eu
wget -q -O - "http://$SERVICE:8080/cgi-bin/health" | grep '^ok'
