# Sourced by the suites: which tests need a real Docker engine, as nextest filters.
# shellcheck shell=bash
# shellcheck disable=SC2034  # read by the suites

# The end-to-end package as a whole; elsewhere the test programs whose names end in _docker.
REAL_ENGINE='package(allot-tests) | binary(/_docker$/)'

# cargo_test_runs FILTER: the same choice in the words of cargo test, a run a line, for machines without nextest.
cargo_test_runs() {
  local docker_tests others='' path
  docker_tests=$(basename -s .rs -a crates/*/tests/*_docker.rs | sed 's/^/--test /' | tr '\n' ' ')
  for path in crates/*/tests/*.rs; do
    case $path in *_docker.rs) ;; *) others+=" --test $(basename -s .rs "$path")" ;; esac
  done
  if [ "$1" = "$REAL_ENGINE" ]; then
    echo "--workspace --exclude allot-tests $docker_tests"
    echo '--package allot-tests -- --show-output'
  else
    echo "--workspace --exclude allot-tests --lib --bins $others -- --show-output"
  fi
}
