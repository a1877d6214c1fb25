# Sourced by the scripts beside it: is there an engine, may there be one, start it, make it a swarm.
# shellcheck shell=bash

# What setup started is written down here, so that nothing else is ever taken for its own.
ENGINE_STATE=${ALLOT_ENGINE_STATE:-/var/run/allotment-setup}
ENGINE_LOG=/var/log/allotment-dockerd.log

engine_answers() { have docker && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
swarm_state() { timeout 10 docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}' 2>/dev/null; }
swarm_manages() { [ "$(swarm_state)" = 'active true' ]; }

# Why no engine can run here, or nothing when one can. An engine needs root and control groups it may write.
engine_impossible() {
  if engine_answers; then return; fi
  if ! may_be_root; then
    echo "no Docker engine answers, and this user has neither root nor sudo to start one"
  elif [ ! -d /sys/fs/cgroup ] || [ -z "$(ls -A /sys/fs/cgroup)" ]; then
    echo "no Docker engine answers, and this machine has no control groups (/sys/fs/cgroup is empty)"
  elif ! as_root sh -c 'd=$(mktemp -d) && mount -t tmpfs none "$d" && umount "$d" && rmdir "$d"' 2>/dev/null; then
    echo "no Docker engine answers, and root may not mount here (an unprivileged container?)"
  fi
}

require_engine_possible() {
  local why
  why=$(engine_impossible)
  [ -z "$why" ] || die "$NO_ENGINE_POSSIBLE" "$why" \
    "give this user a Docker engine (DOCKER_HOST or the group docker), or run this on a machine where one can start"
}

# Debian's docker.io brings the client; from Debian 13 on it is a package of its own.
ensure_client() { have docker || install_packages docker-cli; }

ensure_engine() {
  if engine_answers; then
    say "using the Docker engine that answers ($(docker version --format '{{.Server.Version}}'))"
    return
  fi
  if [ -d /run/systemd/system ]; then
    say "starting the Docker engine with systemctl"
    as_root systemctl start docker
  else
    start_dockerd
  fi
  await 60 engine_answers || engine_did_not_start
}

# Without systemd the engine is started in the background, in a session of its own, and its pid written down.
start_dockerd() {
  say "starting dockerd in the background (log: $ENGINE_LOG, pid: $ENGINE_STATE/dockerd.pid)"
  as_root mkdir -p "$ENGINE_STATE"
  # A pid file of a dockerd that is gone would keep the new one from starting.
  as_root sh -c 'f=/var/run/docker.pid; if [ -e $f ] && ! kill -0 "$(cat $f)" 2>/dev/null; then rm -f $f; fi'
  as_root sh -c "setsid dockerd >>'$ENGINE_LOG' 2>&1 </dev/null & echo \$! >'$ENGINE_STATE/dockerd.pid'"
}

engine_did_not_start() {
  local socket=/var/run/docker.sock
  if [ -S "$socket" ] && [ ! -w "$socket" ]; then
    die 1 "the engine runs, but this user may not use $socket" "add the user to the group docker, log in again, and run this again"
  fi
  as_root tail -n 20 "$ENGINE_LOG" >&2 || true
  die "$NO_ENGINE_POSSIBLE" "dockerd did not answer within 60 seconds" "the end of $ENGINE_LOG is above"
}

ensure_swarm() {
  case $(swarm_state) in
    'active true') say "using the swarm that is there" ;;
    active*) die 1 "this engine is a worker of a swarm, not a manager" "run this on a manager, or on a machine of your own" ;;
    *)
      say "making this engine a swarm of one: docker swarm init --advertise-addr 127.0.0.1"
      docker swarm init --advertise-addr 127.0.0.1 >/dev/null
      ;;
  esac
}
