#!/usr/bin/env bash
# The benchmarks: what a call costs beyond the command it needs, and what an idle controller holds in memory. Fails when
# CreateVolume takes more than 1.3 times its one command. Argument: calls per figure, default 20. About two minutes.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

build release rds-bench rds-csi-plugin
build/release/bin/rds-bench "$@"
