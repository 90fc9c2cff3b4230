#!/usr/bin/env bash
# The long runs, before an issue is closed: 200 seeds of every scenario under every profile, all mutants,
# every test under the sanitizers, ten million runs of every fuzzer, the benchmarks. Not part of a commit's budget.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

ci/setup.sh
: >"$step_log"
step 'build (release)' build release
step 'scenarios, 200 seeds' build/release/bin/rds-scenario run --profile all --seeds 1..200 --jobs "$jobs" --report build/long
step 'mutants' ci/mutants.sh --all
step 'sanitizers' ci/sanitizers.sh --all
step 'fuzzers' ci/fuzz.sh 10000000
step 'benchmarks' ci/bench.sh
step_report
