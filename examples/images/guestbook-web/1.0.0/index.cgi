#!/bin/sh
# The guestbook, version 1.0.0: a name and a message.
set -eu
. /app/lib.sh

sign() {
  read_form
  name=$(field name) message=$(field message)
  id=$(db incr guestbook:last)
  db hset "guestbook:entry:$id" name "$name" message "$message" >/dev/null
  db rpush guestbook:entries "$id" >/dev/null
  printf 'Status: 303 See Other\r\nLocation: /\r\n\r\n'
}

# The last twenty entries, newest first: two lines each.
entries() {
  db sort guestbook:entries by nosort desc limit 0 20 \
    get 'guestbook:entry:*->name' get 'guestbook:entry:*->message' |
    while IFS= read -r name && IFS= read -r message; do
      printf '<li><b>%s</b>: %s</li>\n' "$(html "$name")" "$(html "$message")"
    done
}

case $REQUEST_METHOD in
  POST) sign ;;
  *) render ;;
esac
