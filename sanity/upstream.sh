#!/usr/bin/env bash
# Runs the upstream conformance suite, csi-sanity, against a freshly started rds-csi-plugin and rds-sim: once without
# latency and once with the simulator's usual 150-250 ms per command. The suite is a Go program this project does not
# carry. Not on PATH: says so and ends with 0, or with 1 after --require (the public workflow).
#   BIN      folder with rds-sim and rds-csi-plugin; default: the release preset, built first
#   PROFILE  RouterOS to be, default 7.21
#   LATENCY  what to run with, default "off 150ms-250ms"
# Other arguments go to csi-sanity. Exit 1: a spec did not end as upstream_map.tsv says (upstream_verdict.sh).
set -euo pipefail
source "$(dirname "$0")/../ci/lib.sh"

absent=0
if [ "${1:-}" = --require ]; then
  absent=1
  shift
fi
if ! suite=$(command -v csi-sanity); then
  printf 'csi-sanity is not on PATH: nothing was run (see sanity/README.md)\n'
  exit "$absent"
fi

# Specs that need a node, which this build has not. Those for what it does not advertise skip themselves.
skip='Node Service|volume lifecycle'

bin=${BIN:-build/release/bin}
if [ -z "${BIN:-}" ]; then build release rds-sim rds-csi-plugin; fi

work=$(mktemp -d)
children=()
stop_children() {
  local pid
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
  children=()
}
trap 'stop_children; rm -rf "$work"' EXIT

# wait_for TEST ARGUMENT PID: until `test TEST ARGUMENT` holds; fails when the process ends before, or after a minute.
wait_for() {
  local tries=600
  until test "$1" "$2"; do
    if ! kill -0 "$3" 2>/dev/null || [ "$((tries -= 1))" -eq 0 ]; then
      printf '%s did not appear\n' "$2" >&2
      return 1
    fi
    sleep 0.1
  done
}

# start LATENCY: a new device and a new driver in $work.
start() {
  rm -f "$work/port" "$work/csi.sock" "$work/junit.xml"
  "$bin/rds-sim" --listen 127.0.0.1:0 --profile "${PROFILE:-7.21}" --latency "$1" --authorized-key "$work/key.pub" \
    --host-key "$work/host" --port-file "$work/port" >"$work/sim.log" 2>&1 &
  children+=($!)
  wait_for -s "$work/port" "$!" || { cat "$work/sim.log" >&2; return 1; }
  "$bin/rds-csi-plugin" -controller -rds-address=127.0.0.1 -rds-port="$(cat "$work/port")" \
    -rds-key-file="$work/key" -rds-host-key="$work/host.pub" -rds-volume-base-path=/storage-pool/metal-csi \
    -nodes-file="$work/nodes" -metrics-address= -endpoint="unix://$work/csi.sock" >"$work/plugin.log" 2>&1 &
  children+=($!)
  wait_for -S "$work/csi.sock" "$!" || { cat "$work/plugin.log" >&2; return 1; }
  # As a sidecar does: capabilities are asked for when the driver has said that it is ready.
  for _ in $(seq 600); do
    if grep -q 'snapshots' "$work/plugin.log"; then return; fi
    sleep 0.1
  done
  printf 'the driver did not say whether the RDS makes snapshots\n' >&2
  return 1
}

run() {
  local latency=$1 result=0
  shift
  printf '\n== csi-sanity, RouterOS %s, latency %s\n' "${PROFILE:-7.21}" "$latency"
  start "$latency" || return 1
  "$suite" -csi.endpoint "unix://$work/csi.sock" -csi.mountdir "$work/mount" -csi.stagingdir "$work/staging" \
    -ginkgo.skip "$skip" -ginkgo.no-color -ginkgo.junit-report "$work/junit.xml" "$@" >"$work/suite.log" 2>&1 || result=1
  stop_children
  if [ -s "$work/junit.xml" ]; then
    sanity/upstream_verdict.sh "$work/junit.xml" sanity/upstream_map.tsv ${1:+partial} || result=1
  else
    printf 'csi-sanity left no report: no spec ran\n' >&2
    result=1
  fi
  if [ "$result" -ne 0 ]; then cat "$work/suite.log" "$work/plugin.log" >&2; fi
  return "$result"
}

printf 'sanity-node -\n' >"$work/nodes"
for name in key host; do ssh-keygen -q -t ed25519 -N '' -C sanity -f "$work/$name"; done
failed=0
for latency in ${LATENCY:-off 150ms-250ms}; do run "$latency" "$@" || failed=1; done
exit "$failed"
