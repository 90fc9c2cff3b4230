#!/usr/bin/env bash
# Runs every libFuzzer target for a number of runs each, from its committed seeds, under ASan and UBSan.
#   ci/fuzz.sh [RUNS] [TARGET...]     RUNS defaults to 10 million, targets to all
# What it finds is left in build/fuzz/findings; a finding, or a target that did not run, is a failure.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
runs=${1:-10000000}
[ $# -gt 0 ] && shift

mapfile -t sources < <(git ls-files 'simulator/**/fuzz/*_fuzz.cpp' 'driver/**/fuzz/*_fuzz.cpp')
mkdir -p build/fuzz/findings
ran=0
for source in "${sources[@]}"; do
  name=$(basename "$source" .cpp)
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  build fuzz "$name"
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  # Long inputs take the runs of many short ones: 2 KiB for text, as long as the driver's longest line; more for PDUs, whose
  # data alone fills it.
  longest=2048
  [ "$name" = pdu_fuzz ] && longest=8192
  # No leak check per run: a target may keep what it made, and leaks are looked for at the end. Entropic scheduling,
  # long allocation stacks and a quarantine that does not fit the cache cost half of the runs; a run frees less than this one
  # holds, and a finding is run again with all of it.
  ASAN_OPTIONS=malloc_context_size=1:quarantine_size_mb=1 "build/fuzz/bin/$name" -runs="$runs" -detect_leaks=0 -entropic=0 -max_len="$longest" -artifact_prefix="build/fuzz/findings/$name-" -print_final_stats=1 \
    "$corpus" "$(dirname "$source")/seeds" >"build/fuzz/$name.log" 2>&1 || { tail -n 60 "build/fuzz/$name.log"; exit 1; }
  done=$(awk '/stat::number_of_executed_units/ { print $2 }' "build/fuzz/$name.log")
  speed=$(awk '/stat::average_exec_per_sec/ { print $2 }' "build/fuzz/$name.log")
  printf '%-24s %10s runs  %8s per second  0 findings\n' "$name" "$done" "$speed"
  [ "$done" -ge "$runs" ] || { printf '%s: only %s of %s runs\n' "$name" "$done" "$runs" >&2; exit 1; }
  ran=$((ran + 1))
done
checked 'fuzz targets' "$ran"
