#!/bin/sh
# Backup and restore hooks of the service db.
#   backup   the whole database into /data/backup.rdb, complete or not at all
#   forget   removes that file
#   restore  the running database becomes what /data/backup.rdb holds
set -eu
DUMP=/data/backup.rdb
REDISCLI_AUTH=$(cat /run/secrets/db_password)
export REDISCLI_AUTH

# quietly COMMAND...: what it says is worth reading only when it fails.
quietly() { said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; exit 1; }; }

backup() {
  quietly redis-cli --rdb "$DUMP.part"
  quietly redis-check-rdb "$DUMP.part"
  mv "$DUMP.part" "$DUMP"
}

# A second server, on a socket port of this container alone, reads the file; the real one copies it as its replica.
restore() {
  test -s "$DUMP"
  redis-server - >/dev/null <<SETTINGS
port 6380
bind 127.0.0.1
daemonize yes
dir /data
dbfilename backup.rdb
appendonly no
save ""
SETTINGS
  unauthenticated() { env -u REDISCLI_AUTH redis-cli -p 6380 "$@"; }
  until [ "$(unauthenticated ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
  redis-cli replicaof 127.0.0.1 6380 >/dev/null
  until redis-cli info replication | grep -q '^master_sync_in_progress:0' &&
    redis-cli info replication | grep -q '^master_link_status:up'; do sleep 0.1; done
  redis-cli replicaof no one >/dev/null
  unauthenticated shutdown nosave >/dev/null 2>&1 || true
}

case ${1:-} in
  backup) backup ;;
  forget) rm -f "$DUMP" ;;
  restore) restore ;;
  *) echo "usage: $0 backup|forget|restore" >&2; exit 2 ;;
esac
