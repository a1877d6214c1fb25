# Sourced by the scripts beside it: how they talk and how they stop.
# Talk goes to stderr, so that what a script prints on stdout can be used by another one.
# shellcheck shell=bash

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' RED='' PLAIN=''
fi

# The name of the script that is running, in front of each line it says.
SELF=${SELF:-$(basename "$0")}

say() { printf '%s%s:%s %s\n' "$DIM" "$SELF" "$PLAIN" "$*" >&2; }
title() { printf '\n%s== %s%s\n' "$BOLD" "$*" "$PLAIN" >&2; }

# die CODE MESSAGE [HELP]: ends the script with CODE, after the reason and what to do about it.
die() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$2" >&2
  if [ -n "${3:-}" ]; then printf 'help: %s\n' "$3" >&2; fi
  exit "$1"
}

have() { command -v "$1" >/dev/null 2>&1; }

# await SECONDS COMMAND...: runs COMMAND until it succeeds; fails when SECONDS have passed.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then return 1; fi
    sleep 0.1
  done
}

# What scripts/setup answers when no engine can run on this machine whatever is installed.
# shellcheck disable=SC2034  # read by the scripts that source this file
NO_ENGINE_POSSIBLE=10
