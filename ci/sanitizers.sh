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

# What TSan may look at: no gRPC edge. Tests that were not built say NOT_BUILT and are left out by that name.
tsan_targets=(base_test base_l1_test base_tsan_test rds_test storage_test routeros_test rdssim_faults_test
  scenario_world_test rds-scenario)

export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
# Runs with a kill leave parked threads behind; TSan would wait a second for each such process at its end.
export TSAN_OPTIONS=halt_on_error=1:atexit_sleep_ms=0:detect_deadlocks=0
step 'build (asan)' build asan
step 'tests (asan)' run_preset asan -LE 'l2|fuzz'
step 'build (tsan)' build tsan "${tsan_targets[@]}"
step 'tests (tsan)' run_preset tsan -LE 'l2|fuzz' -E 'NOT_BUILT|scenario.lint'
