#!/usr/bin/env bash
# Proves that the coverage gate bites: reports of 64.9 %, of 65.0 % and of no lines must be red, green, red.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# report HIT TOTAL: a tracefile with that many lines of driver/base/x.cpp executed.
report() {
  printf 'TN:\nSF:/src/driver/base/x.cpp\n'
  awk -v hit="$1" -v total="$2" 'BEGIN { for (i = 1; i <= total; i++) printf "DA:%d,%d\n", i, i <= hit ? 1 : 0 }'
  printf 'end_of_record\n'
}

count=0
expect() {
  local want=$1 got=green
  "$here/gate.sh" --judge "$2" >"$dir/out" 2>&1 || got=red
  if [ "$got" != "$want" ]; then
    printf 'coverage selftest: %s was %s, must be %s\n' "$2" "$got" "$want" >&2
    cat "$dir/out" >&2
    exit 1
  fi
  count=$((count + 1))
}

report 649 1000 >"$dir/64.9.info"
report 650 1000 >"$dir/65.0.info"
: >"$dir/none.info"
expect red "$dir/64.9.info"
expect green "$dir/65.0.info"
expect red "$dir/none.info"
printf 'coverage selftest: %s checked (red, green, red)\n' "$count"
