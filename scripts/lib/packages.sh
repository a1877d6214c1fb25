# Sourced by scripts/setup: installing Debian packages, or saying which ones to install.
# shellcheck shell=bash

# How this user becomes root: nothing to do, sudo, or not at all ("no").
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

may_be_root() { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }

# install_packages NAME...: says what it does, does it, or stops with the list for somebody who may.
install_packages() {
  have apt-get || die 1 "missing here: $*" \
    "this is no Debian or Ubuntu machine (no apt-get): install these, or what they are called here, and run this again"
  may_be_root || die 1 "missing here: $*; installing needs root, and this user has neither root nor sudo" \
    "ask an administrator to run: apt-get install $*"
  say "installing with apt-get: $*"
  local log
  log=$(mktemp)
  if ! { as_root apt-get update -q && apt_install "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die 1 "apt-get could not install: $*" "read what it said above, put it right, and run this again"
  fi
  rm -f "$log"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}
