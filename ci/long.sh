#!/usr/bin/env bash
# The long runs, before an issue is closed: 500 seeds of every scenario under every profile, 10 000
# explored stories, all mutants,
# every test under the sanitizers, ten million runs of every fuzzer, the simulator under 36 000 commands of OpenSSH and a
# million of its own, the benchmarks. Not part of a commit's budget.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

ci/setup.sh
: >"$step_log"
step 'build (release)' build release
step 'scenarios, 500 seeds' build/release/bin/rds-scenario run --profile all --seeds 1..500 --jobs "$jobs" --report build/long
step 'explored stories, 10 000' build/release/bin/rds-scenario explore --seeds 1..10000 --jobs "$jobs" --out build/explored
step 'OpenSSH, 36 000 commands over 50 sessions' env -C simulator/ssh RDS_SIM_SSH_COMMANDS=36000 RDS_SIM_SSH_SESSIONS=50 \
  "$root/build/release/bin/rdssim_ssh_load_test" --gtest_filter='OpenSshModel*'
step 'memory after 1 000 000 commands' env -C simulator/faults RDS_SIM_MEMORY_COMMANDS=1000000 \
  "$root/build/release/bin/rdssim_faults_test" --gtest_filter='Memory.*'
step 'mutants' ci/mutants.sh --all
step 'build (coverage)' build coverage
step 'lint' ci/lint.sh build/coverage
step 'sanitizers' ci/sanitizers.sh --all
step 'fuzzers' ci/fuzz.sh 10000000
step 'benchmarks' ci/bench.sh
step_report
