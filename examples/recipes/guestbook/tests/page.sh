#!/bin/sh
# The page is there with its title and its form.
set -eu
page=$(wget -q -O - http://127.0.0.1:8080/cgi-bin/index.cgi)
printf '%s\n' "$page" | grep -q '<h1>Our guestbook</h1>'
printf '%s\n' "$page" | grep -q 'name="message"'
