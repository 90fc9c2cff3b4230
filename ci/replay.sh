#!/usr/bin/env bash
# Sets up, builds and replays every scenario at L1: a table on the terminal, JUnit XML and HTML timelines in
# build/replay. Arguments go to `rds-scenario run` (files, --seed N, --seeds A..B, --level 2, --profile 7.24).
set -euo pipefail
source "$(dirname "$0")/lib.sh"

ci/setup.sh
: >"$step_log"
step 'build (release)' build release rds-scenario rds-sim rds-csi-plugin
if [ $# -eq 0 ]; then
  set -- --profile all --seeds 1..5
fi
build/release/bin/rds-scenario run --report build/replay --jobs "$jobs" "$@"
printf '\nreport: %s\n' "build/replay/index.html"
