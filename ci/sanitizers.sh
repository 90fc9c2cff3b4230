#!/usr/bin/env bash
# Builds and runs the sanitizer presets. Without an argument: base (threads, locks, the scheduler) and the NVMe/TCP target
# under ASan+UBSan and under TSan (with the planted race that TSan must report), and the simulator's console, storage and
# faults under ASan+UBSan. With --all: every unit test and the L1 scenarios as well (no gRPC edge under TSan: its own code
# is not annotated). Used by .ci/run and ci/long.sh.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

asan_targets=(base_test base_l1_test storage_test routeros_test rdssim_faults_test rdssim_nvme_tcp_test)
tsan_targets=(base_test base_l1_test base_tsan_test rdssim_nvme_tcp_test)
leave_out='NOT_BUILT|scenario'  # tests of what was not built say NOT_BUILT
if [ "${1:-}" = --all ]; then
  asan_targets=()
  tsan_targets+=(rds_test storage_test routeros_test rdssim_faults_test scenario_world_test rds-scenario)
  leave_out='NOT_BUILT|scenario.lint'
fi

export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
step 'build (asan)' build asan "${asan_targets[@]}"
step 'tests (asan)' run_ctest asan -LE 'l2|fuzz' -E "$leave_out"
step 'build (tsan)' build tsan "${tsan_targets[@]}"
step 'tests (tsan)' run_ctest tsan -LE 'l2|fuzz' -E "$leave_out"
