# Sourced by the suites: which tests need a real Docker engine, as nextest filters.
# shellcheck shell=bash
# shellcheck disable=SC2034  # read by the suites

# Federations of real processes.
FEDERATION='package(allot-tests) & binary(/^federation/)'
# Recipes that federations share, with real processes.
CATALOGUE='package(allot-tests) & binary(/^catalogue/)'
# The rest of the end-to-end package; elsewhere the test programs whose names end in _docker.
REAL_ENGINE="(package(allot-tests) - (($FEDERATION) | ($CATALOGUE))) | binary(/_docker\$/)"

# cargo_test_runs FILTER: the same choice in the words of cargo test, a run a line, for machines without nextest.
cargo_test_runs() {
  local docker_tests others='' federation='' catalogue='' ends='' path
  docker_tests=$(basename -s .rs -a crates/*/tests/*_docker.rs | sed 's/^/--test /' | tr '\n' ' ')
  for path in crates/*/tests/*.rs; do
    case $path in *_docker.rs) ;; *) others+=" --test $(basename -s .rs "$path")" ;; esac
  done
  # A test program is a file, or a folder with a main.rs.
  for path in tests/tests/*.rs tests/tests/*/main.rs; do
    path=${path%/main.rs}
    case $path in
      */federation*) federation+=" --test $(basename -s .rs "$path")" ;;
      */catalogue*) catalogue+=" --test $(basename -s .rs "$path")" ;;
      *) ends+=" --test $(basename -s .rs "$path")" ;;
    esac
  done
  if [ "$1" = "$FEDERATION" ]; then
    echo "--package allot-tests $federation -- --show-output"
  elif [ "$1" = "$CATALOGUE" ]; then
    echo "--package allot-tests $catalogue -- --show-output"
  elif [ "$1" = "$REAL_ENGINE" ]; then
    echo "--workspace --exclude allot-tests $docker_tests"
    echo "--package allot-tests --lib $ends -- --show-output"
  else
    echo "--workspace --exclude allot-tests --lib --bins $others -- --show-output"
  fi
}
