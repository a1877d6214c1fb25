# shellcheck shell=sh
# Configs in swarm never change: whoever edits one of these files counts its version up.
export APP_PAGE_VERSION=v1
export DB_ENTRYPOINT_VERSION=v1
export DB_BACKUP_VERSION=v1

# entries: how many times the guestbook was signed. Run it in the service db.
entries() {
  REDISCLI_AUTH=$(cat /run/secrets/db_password) redis-cli llen guestbook:entries
}
