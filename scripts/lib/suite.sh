# Sourced by the suites: run something, count it, and say what happened.
# Counts go to $ALLOT_SUITE_COUNTS as lines "passed failed skipped", lines for the recap to $ALLOT_SUITE_NOTES, what failed
# to $ALLOT_SUITE_FAILURES.
# shellcheck shell=bash

: "${ALLOT_SUITE_COUNTS:=/dev/null}" "${ALLOT_SUITE_NOTES:=/dev/null}" "${ALLOT_SUITE_FAILURES:=/dev/null}"
SUITE_FAILED=0

count() {
  echo "$1 $2 $3" >>"$ALLOT_SUITE_COUNTS"
  if [ "$2" -gt 0 ]; then SUITE_FAILED=1; fi
}

# check NAME COMMAND...: one passed or one failed; what it printed is shown only when it failed.
check() { attempt 1 "$@"; }

# step NAME COMMAND...: the same for what is no test by itself; it counts only when it failed.
step() { attempt 0 "$@"; }

# attempt COUNT NAME COMMAND...
attempt() {
  local worth=$1
  shift
  local name=$1 log started=$SECONDS
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    say "ok      $name ($((SECONDS - started)) s)"
    count "$worth" 0 0
  else
    tail -n 200 "$log" >&2
    say "FAILED  $name: $*"
    { echo "FAILED  ${SELF:-}: $name"; tail -n 20 "$log"; } >>"$ALLOT_SUITE_FAILURES"
    count 0 1 0
  fi
  rm -f "$log"
}

# cargo_tests NAME FILTER: the tests of the workspace that the nextest filter chooses. Always the whole workspace, so that
# every suite builds the same features and nothing is built twice. Without nextest: the same choice for cargo test.
cargo_tests() {
  local name=$1 filter=$2 log rc=0 ignored=()
  log=$(mktemp)
  if cargo nextest --version >/dev/null 2>&1; then
    if [ -n "${ALLOT_LONG:-}" ]; then ignored=(--run-ignored all); fi
    cargo nextest run --workspace --no-fail-fast --status-level fail --final-status-level fail \
      "${ignored[@]}" -E "$filter" 2>&1 | tee "$log" >&2 || rc=$?
    count_nextest "$name" "$log" "$rc"
  else
    say "cargo-nextest is not here: cargo test instead"
    local run
    while IFS= read -r run; do
      # shellcheck disable=SC2086  # arguments, none of which holds a blank
      cargo test --no-fail-fast $run </dev/null 2>&1 | tee -a "$log" >&2 || rc=$?
    done < <(cargo_test_runs "$filter")
    count_cargo_test "$name" "$log" "$rc"
  fi
  # What tests say of themselves: how many stacks were compared with the docker CLI. Federations say much more, above.
  sed -nE 's/^ *(oracle [(:].*)$/\1/p' "$log" >>"$ALLOT_SUITE_NOTES"
  if [ "$rc" -ne 0 ]; then tests_that_failed "$log" >>"$ALLOT_SUITE_FAILURES"; fi
  rm -f "$log"
}

# tests_that_failed LOG: their names, then what they said, for whoever sees no more than the end of a long output.
tests_that_failed() {
  local plain
  plain=$(sed 's/\x1b\[[0-9;]*m//g' "$1")
  { grep -E '^ +(FAIL|TIMEOUT|SIG[A-Z]+) \[|^test .* FAILED$|^error(\[|:)' <<<"$plain" || true; } | sort -u | head -n 40
  { grep -A 8 'panicked at' <<<"$plain" || true; } | head -n 80
}

# The last summary line of nextest: "Summary [ 1.2s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 3 skipped".
# "skipped" there is what the filter left out, which is not this suite's to count.
count_nextest() {
  local name=$1 log=$2 rc=$3 line
  line=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E '^ +Summary \[' | tail -n 1 || true)
  count_tests "$name" "$rc" "$(numbers_before 'passed' <<<"$line")" "$(numbers_before 'failed|timed out|exec failed' <<<"$line")"
}

# One line for each test program: "test result: ok. 7 passed; 1 failed; 0 ignored; ...".
count_cargo_test() {
  local name=$1 log=$2 rc=$3 lines
  lines=$(grep -E '^test result:' "$log" || true)
  count_tests "$name" "$rc" "$(numbers_before 'passed' <<<"$lines")" "$(numbers_before 'failed' <<<"$lines")"
}

# numbers_before WORDS: the sum of the numbers that stand before one of the words.
numbers_before() { { grep -oE "[0-9]+ ($1)" || true; } | awk '{ n += $1 } END { print n + 0 }'; }

# count_tests NAME RC PASSED FAILED: a run that failed without a failed test (it did not compile) is one failure.
count_tests() {
  local name=$1 rc=$2 passed=$3 failed=$4
  if [ "$rc" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  say "$name: $passed passed, $failed failed"
  count "$passed" "$failed" 0
}

# need_setup WHAT...: brings what the suite needs. Where no engine can run, ALLOT_WITHOUT_ENGINE=1 decides.
need_setup() { SELF=setup scripts/setup "$@"; }

suite_done() { exit "$SUITE_FAILED"; }
