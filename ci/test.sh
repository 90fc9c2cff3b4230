#!/usr/bin/env bash
# Sets up, builds and runs everything a change must pass on one machine: lint, unit tests, scenarios at L1 and L2,
# coverage gate. The sanitizer builds come on top in .ci/run (ci/sanitizers.sh).
set -euo pipefail
source "$(dirname "$0")/lib.sh"

ci/setup.sh
: >"$step_log"

unit_and_scenarios() {
  find build/coverage -name '*.gcda' -delete
  run_ctest coverage
}

step 'build (coverage)' build coverage
step 'lint' ci/lint.sh build/coverage --sample
step 'unit tests and scenarios' unit_and_scenarios
step 'coverage gate' coverage/gate.sh build/coverage
step_report
