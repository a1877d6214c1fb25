#!/bin/sh
# The guestbook, version 1.1.0: a name, where somebody is from, and a message.
# Entries of version 1.0.0 have no place and stay as they are, so that 1.0.0 can read all of them after a rollback.
set -eu
. /app/lib.sh

sign() {
  read_form
  name=$(field name) place=$(field place) message=$(field message)
  id=$(db incr guestbook:last)
  db hset "guestbook:entry:$id" name "$name" place "$place" message "$message" >/dev/null
  db rpush guestbook:entries "$id" >/dev/null
  printf 'Status: 303 See Other\r\nLocation: /\r\n\r\n'
}

# The last twenty entries, newest first: three lines each, the second one empty for an entry without a place.
entries() {
  db sort guestbook:entries by nosort desc limit 0 20 \
    get 'guestbook:entry:*->name' get 'guestbook:entry:*->place' get 'guestbook:entry:*->message' |
    while IFS= read -r name && IFS= read -r place && IFS= read -r message; do
      printf '<li><b>%s</b> from <i>%s</i>: %s</li>\n' \
        "$(html "$name")" "$(html "${place:-somewhere}")" "$(html "$message")"
    done
}

case $REQUEST_METHOD in
  POST) sign ;;
  *) render ;;
esac
