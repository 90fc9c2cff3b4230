#!/usr/bin/env bash
# The benchmarks: what a call costs beyond the command it needs, and what an idle controller holds in memory. Fails when
# CreateVolume takes more than 1.3 times its one command. Then NVMe/TCP throughput of the simulator's target beside the
# kernel's own, as a ratio. Argument: calls per figure, default 20. About three minutes.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

build release rds-bench rds-csi-plugin rds-sim lab-throughput
build/release/bin/rds-bench "$@"
(cd e2e/kernel_lab && "$root/build/release/bin/lab-throughput")
