#!/usr/bin/env bash
# Sets up, builds and runs everything a change must pass on one machine: lint, unit tests, scenarios at L1 and L2,
# coverage gate. The sanitizer builds come on top in .ci/run (ci/sanitizers.sh).
set -euo pipefail
source "$(dirname "$0")/lib.sh"

ci/setup.sh
: >"$step_log"

unit_and_scenarios() {
  local log=build/coverage/ctest.log
  find build/coverage -name '*.gcda' -delete
  ctest --preset coverage -j "$jobs" --output-junit "$root/build/coverage/junit.xml" | tee "$log"
  checked 'tests' "$(grep -oE 'out of [0-9]+' "$log" | grep -oE '[0-9]+' | tail -n 1)"
}

step 'build (coverage)' build coverage
step 'lint' ci/lint.sh build/coverage
step 'unit tests and scenarios' unit_and_scenarios
step 'coverage gate' coverage/gate.sh build/coverage
step_report
