#!/usr/bin/env bash
# The benchmarks: what a call costs beyond the command it needs, and what an idle controller holds in memory. Fails when
# CreateVolume takes more than 1.3 times its one command, or an RPC with many calls in
# flight falls behind what the device allows. Then the simulator: how its console grows with its disks, and
# NVMe/TCP throughput of its target beside the kernel's own, as a ratio. Argument: calls per figure, default 20. About
# eight minutes.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

build release rds-bench rds-load-bench rds-csi-plugin rds-sim console-bench lab-throughput
build/release/bin/rds-bench "$@"
build/release/bin/rds-load-bench
build/release/bin/console-bench
(cd e2e/kernel_lab && "$root/build/release/bin/lab-throughput")
