#!/bin/sh
# Signs the guestbook, as a visitor would. Not by wget, which posts again to where it is sent afterwards. Works with every
# release: 1.0.0 takes no notice of the place.
set -eu
form="name=Tester&place=$STACK_NAME&message=still+here"
printf 'POST /cgi-bin/index.cgi HTTP/1.0\r\nContent-Length: %s\r\n\r\n%s' "${#form}" "$form" |
  nc 127.0.0.1 8080 | grep '303 See Other'
