# shellcheck shell=sh
# Sourced by the pages: the database, the form, the template. For busybox's sh.

# The password goes by the environment of redis-cli, never by its arguments, which every process may read.
db() { REDISCLI_AUTH=$(cat "$DB_PASSWORD_FILE") redis-cli -h "$DB_HOST" "$@"; }

# html TEXT: the text with nothing left in it that a browser would take for markup.
html() { printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'; }

# read_form: the posted form, at most 4096 bytes, as "name=value" lines, still URL-encoded, in $FORM.
read_form() {
  length=${CONTENT_LENGTH:-0}
  if [ "$length" -gt 4096 ]; then answer '413 Payload Too Large' 'That is more than a guestbook takes.'; exit 0; fi
  FORM=$(head -c "$length" | tr '&' '\n')
}

# field NAME: a value of the form, decoded, on one line, at most 200 characters.
field() {
  raw=$(printf '%s\n' "$FORM" | sed -n "s/^$1=//p" | head -n 1 | tr '+' ' ')
  httpd -d "$raw" | tr '\r\n\t' '   ' | cut -c 1-200
}

# answer STATUS TEXT: a whole plain answer.
answer() { printf 'Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\n' "$1" "$2"; }

# render: the template that the recipe mounts as a config, with its markers filled in. The page defines entries().
render() {
  printf 'Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n'
  while IFS= read -r line; do
    case $line in
      *@TITLE@*) fill "$line" @TITLE@ "$SITE_TITLE" ;;
      *@GREETING@*) fill "$line" @GREETING@ "${GREETING:-}" ;;
      *@VERSION@*) fill "$line" @VERSION@ "$(cat /app/VERSION)" ;;
      *@ENTRIES@*) entries ;;
      *) printf '%s\n' "$line" ;;
    esac
  done </etc/guestbook/page.html
}

# fill LINE MARKER VALUE: the line with the marker's first occurrence replaced.
fill() { printf '%s%s%s\n' "${1%%"$2"*}" "$(html "$3")" "${1#*"$2"}"; }
