#!/usr/bin/env bash
# Builds and runs the sanitizer presets: ASan+UBSan over unit tests and scenarios, TSan over base, the rooms that do
# not link gRPC, and the scenarios at L1 (gRPC under TSan reports hundreds of false races).
set -euo pipefail
source "$(dirname "$0")/lib.sh"

run_preset() {
  local preset=$1 log="build/$1/ctest.log"
  shift
  ctest --preset "$preset" -j "$jobs" --output-junit "$root/build/$preset/junit.xml" "$@" | tee "$log"
  checked "$preset tests" "$(grep -oE 'out of [0-9]+' "$log" | grep -oE '[0-9]+' | tail -n 1)"
}

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
step 'build (asan)' build asan
step 'tests (asan)' run_preset asan -LE 'l2|slow'
step 'build (tsan)' build tsan
step 'tests (tsan)' run_preset tsan -LE 'grpc|l2|slow'
