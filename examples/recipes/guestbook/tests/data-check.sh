#!/bin/sh
# The entry of data-put.sh is still in the book.
set -eu
wget -q -O - http://127.0.0.1:8080/cgi-bin/index.cgi | grep 'Tester.*still here'
