#!/usr/bin/env bash
# Runs the upstream conformance suite, csi-sanity, against a freshly started rds-csi-plugin and rds-sim: once without
# latency and once with the simulator's usual 150-250 ms per command. For people; no gate depends on it, because the
# suite is a Go program this project does not carry. Not on PATH: says so and ends with 0.
#   BIN      folder with rds-sim and rds-csi-plugin; default: the release preset, built first
#   PROFILE  RouterOS to be, default 7.16
#   LATENCY  what to run with, default "off 150ms-250ms"
# Arguments go to csi-sanity. Exit 1: a spec failed, or none ran.
set -euo pipefail
source "$(dirname "$0")/../ci/lib.sh"

if ! suite=$(command -v csi-sanity); then
  printf 'csi-sanity is not on PATH: nothing was run (see sanity/README.md)\n'
  exit 0
fi

# What the driver serves so far. Specs for what it does not advertise skip themselves.
groups='ControllerGetCapabilities|GetCapacity|ListVolumes|CreateVolume|DeleteVolume|ValidateVolumeCapabilities|ExpandVolume'
focus="Identity Service|Controller Service \[Controller Server\] ($groups) |ExpandVolume \[Controller Server\]"

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
  "$bin/rds-sim" --listen 127.0.0.1:0 --profile "${PROFILE:-7.16}" --latency "$1" --authorized-key "$work/key.pub" \
    --host-key "$work/host" --port-file "$work/port" >"$work/sim.log" 2>&1 &
  children+=($!)
  wait_for -s "$work/port" "$!" || { cat "$work/sim.log" >&2; return 1; }
  "$bin/rds-csi-plugin" -controller -rds-address=127.0.0.1 -rds-port="$(cat "$work/port")" \
    -rds-key-file="$work/key" -rds-host-key="$work/host.pub" -rds-volume-base-path=/storage-pool/metal-csi \
    -metrics-address= -endpoint="unix://$work/csi.sock" >"$work/plugin.log" 2>&1 &
  children+=($!)
  wait_for -S "$work/csi.sock" "$!" || { cat "$work/plugin.log" >&2; return 1; }
}

# Per group: passed, failed, skipped. Specs outside the focus are not in the sum.
table() {
  grep -o '<testcase name="\[It\] [^>]*' "$1" | sed -e 's/.*name="\[It\] \([^"]*\)".* status="\([^"]*\)".*/\2 \1/' \
    -e 's/Controller Service \[Controller Server\] //' -e 's/Identity Service /Identity /' |
    awk -v groups="^(Identity|$groups)\$" '
      $2 !~ groups { next }
      { seen[$2] = 1; state = $1 == "passed" || $1 == "skipped" ? $1 : $1 == "pending" ? "skipped" : "failed" }
      { count[$2, state]++; sum[state]++ }
      END {
        for (group in seen)
          printf "  %-28s %3d passed %3d failed %3d skipped\n", group, count[group, "passed"], count[group, "failed"],
            count[group, "skipped"] | "sort"
        close("sort")
        printf "csi-sanity: %d specs passed, %d failed, %d skipped\n", sum["passed"], sum["failed"], sum["skipped"]
        exit sum["failed"] > 0 || sum["passed"] == 0
      }'
}

run() {
  local latency=$1 result=0
  shift
  printf '\n== csi-sanity, RouterOS %s, latency %s\n' "${PROFILE:-7.16}" "$latency"
  start "$latency" || return 1
  "$suite" -csi.endpoint "unix://$work/csi.sock" -csi.mountdir "$work/mount" -csi.stagingdir "$work/staging" \
    -ginkgo.focus "$focus" -ginkgo.no-color -ginkgo.junit-report "$work/junit.xml" "$@" >"$work/suite.log" 2>&1 || result=1
  stop_children
  if [ -s "$work/junit.xml" ]; then
    table "$work/junit.xml" || result=1
  else
    printf 'csi-sanity left no report: no spec ran\n' >&2
    result=1
  fi
  if [ "$result" -ne 0 ]; then cat "$work/suite.log" "$work/plugin.log" >&2; fi
  return "$result"
}

for name in key host; do ssh-keygen -q -t ed25519 -N '' -C sanity -f "$work/$name"; done
failed=0
for latency in ${LATENCY:-off 150ms-250ms}; do run "$latency" "$@" || failed=1; done
exit "$failed"
