# Sourced by scripts/demo: its own agent, its own app, and how it shows and checks things.
# Paths are relative to the repository, where the demo runs: short enough for a unix socket wherever it was cloned.
# shellcheck shell=bash
# shellcheck disable=SC2034  # read by scripts/demo

# Folder and app may be others, so that the test of the demo leaves a kept demo alone.
DEMO=${ALLOT_DEMO_DIR:-.demo}
APP=${ALLOT_DEMO_APP:-guestbook.demo.test}
SOCKET=$DEMO/agent.sock
RECIPE=file://$ROOT/$DEMO/guestbook
FIRST=1.0.0+1.0.0
SECOND=1.1.0+1.1.0
export ALLOT_SOCKET=$SOCKET

# run COMMAND...: printed, then run.
run() {
  printf '\n%s%s$ %s%s\n' "$SIMULATED" "$BOLD" "$(shown "$@")" "$PLAIN"
  "$@"
}

# The command as somebody would type it: quotes only where they are needed.
shown() {
  local word out=''
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=+@%,-]*) out+=" '${word}'" ;;
      *) out+=" $word" ;;
    esac
  done
  printf '%s' "${out# }"
}

# Docker where one runs or can be started, else the simulated engine; said in the first line.
choose_engine() {
  local why rc=0
  if [ -n "$SIMULATED" ]; then
    say "SIMULATED, as asked: no container runs"
  elif engine_reachable; then
    say "runs on the Docker engine of this machine"
  else
    why=$(scripts/setup --probe 2>&1) || rc=$?
    if [ "$rc" -eq "$NO_ENGINE_POSSIBLE" ]; then
      SIMULATED='[simulated] '
      say "SIMULATED: no Docker engine can run here, so this is the built-in simulated engine and no container runs"
      sed -n 's/^error: //p' <<<"$why"
    else
      say "runs on a Docker engine, which is set up on this machine first"
    fi
  fi
  if [ -n "$SIMULATED" ]; then
    run scripts/setup
  else
    run scripts/setup --engine
    run scripts/images
  fi
}

engine_reachable() { have docker && timeout 10 docker version >/dev/null 2>&1; }

# Whatever profile was built already is brought up to date; nothing there: debug, which builds sooner.
build_programs() {
  local target=${CARGO_TARGET_DIR:-target} profile=debug
  if [ -x "$target/release/allot-agent" ] && [ ! -x "$target/debug/allot-agent" ]; then profile=release; fi
  say "building allot and allot-agent ($profile)"
  if [ "$profile" = release ]; then
    run cargo build --quiet --release --package allot --package allot-agent
  else
    run cargo build --quiet --package allot --package allot-agent
  fi
  BIN=$(cd "$target/$profile" && pwd)
  PATH=$BIN:$PATH
}

start_agent() {
  local engine=docker
  if [ -n "$SIMULATED" ]; then engine=sim; fi
  mkdir -p "$DEMO"
  run allot-agent init --dir "$DEMO/agent" --server demo --socket "$SOCKET" \
    --engine "$engine" --endpoint "${DOCKER_HOST:-unix:///var/run/docker.sock}"
  serve_agent
}

serve_agent() {
  local serve=(allot-agent serve --dir "$DEMO/agent")
  printf '\n%s%s$ %s &%s\n' "$SIMULATED" "$BOLD" "$(shown "${serve[@]}")" "$PLAIN"
  "${serve[@]}" >>"$DEMO/agent.log" 2>&1 </dev/null &
  echo $! >"$DEMO/agent.pid"
  await 20 agent_answers || die 1 "the agent did not answer on $SOCKET within 20 seconds" "see $DEMO/agent.log"
}

agent_answers() { allot agent status >/dev/null 2>&1; }

# The first port from 8080 on that nobody listens on.
free_port() {
  local port=8080
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

page() { curl --silent --show-error --max-time 10 "http://127.0.0.1:$PORT/"; }

# expect_page TEXT: the page as a visitor gets it holds TEXT, or the demo has failed.
expect_page() {
  if [ -n "$SIMULATED" ]; then
    say "[simulated] a real page would now show: $1"
    return
  fi
  printf '\n%s$ curl http://127.0.0.1:%s/%s\n' "$BOLD" "$PORT" "$PLAIN"
  local html
  html=$(page)
  if ! grep -F -e "$1" <<<"$html"; then
    printf '%s\n' "$html"
    die 1 "the page does not show: $1"
  fi
}

# sign NAME=VALUE...: what the form of the page sends.
sign() {
  if [ -n "$SIMULATED" ]; then return; fi
  local field args=()
  for field in "$@"; do args+=(--data-urlencode "$field"); done
  run curl --silent --show-error --max-time 10 "${args[@]}" "http://127.0.0.1:$PORT/cgi-bin/index.cgi"
}

# Whatever happens, the demo takes away what it made, or says how to.
on_exit() {
  local rc=$1
  trap - EXIT
  if [ "$rc" -ne 0 ]; then
    say "FAILED. The end of the agent's log:"
    tail -n 15 "$DEMO/agent.log" >&2 || true
  fi
  if [ -n "$KEEP" ]; then say_how_to_look; else clean_up || rc=1; fi
  [ "$rc" -eq 0 ] && say "${SIMULATED}everything was as claimed"
  exit "$rc"
}

say_how_to_look() {
  say "left running, as asked:"
  say "  the page             ${SIMULATED:-http://127.0.0.1:${PORT:-8080}/}"
  say "  the agent            export ALLOT_SOCKET=$ROOT/$SOCKET PATH=$BIN:\$PATH; allot app list"
  say "  the agent's log      $DEMO/agent.log"
  say "  remove all of it     scripts/demo --clean"
}

# The app, its data and its secrets, then the agent. The engine and the images stay for the next time.
clean_up() {
  title 'Clean up'
  local rc=0
  if agent_answers && allot app list | grep -qF "$APP"; then
    run allot app undeploy "$APP" --yes || rc=1
    run allot app remove "$APP" --yes || rc=1
  fi
  stop_agent
  if [ "$rc" -eq 0 ]; then rm -rf "$DEMO"; else say "not all could be removed; $DEMO stays"; fi
  return "$rc"
}

stop_agent() {
  local pid
  pid=$(cat "$DEMO/agent.pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  await 10 process_gone "$pid" || say "the agent (pid $pid) does not stop"
}

process_gone() { ! kill -0 "$1" 2>/dev/null; }

# An earlier demo may be running (--keep), or have been cut off in the middle: its agent knows what there is to remove.
remove_earlier_demo() {
  [ -d "$DEMO" ] || return 0
  say "an earlier demo is still here: removing it first"
  if [ -d "$DEMO/agent" ] && ! agent_answers; then serve_agent; fi
  clean_up
}
