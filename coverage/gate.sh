#!/usr/bin/env bash
# The coverage gate: lcov over everything in driver/ (its tests and generated code left out), figures per folder,
# HTML in <build>/coverage-html, failure below coverage/thresholds or when no line was measured.
#   coverage/gate.sh BUILD_DIR     measure a build whose tests have run, then judge
#   coverage/gate.sh --judge FILE  judge an lcov tracefile (used by coverage/selftest.sh)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

# Prints "lines-found lines-hit folder" per folder of driver/ and in all; decides against the thresholds.
judge() {
  awk -v thresholds="$here/thresholds" '
    BEGIN {
      while ((getline line < thresholds) > 0) {
        if (line ~ /^#/ || line ~ /^ *$/) continue
        split(line, part, " ")
        limit[part[1]] = part[2]
      }
    }
    /^SF:/ {
      path = substr($0, 4)
      folder = "?"
      if (match(path, /driver\/.*$/)) {
        rest = substr(path, RSTART + 7)
        folder = index(rest, "/") ? substr(rest, 1, index(rest, "/") - 1) : "(main)"
      }
      files++
    }
    /^DA:/ { split(substr($0, 4), da, ","); found[folder]++; all++; if (da[2] > 0) { hit[folder]++; got++ } }
    END {
      if (all == 0) { print "coverage: no line was measured"; exit 1 }
      bad = 0
      n = 0
      for (f in found) names[++n] = f
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (names[j] < names[i]) { t = names[i]; names[i] = names[j]; names[j] = t }
      for (i = 1; i <= n; i++) {
        f = names[i]
        p = 100 * hit[f] / found[f]
        printf "  %6.1f %%  %6d lines  driver/%s\n", p, found[f], f
        if ((f in limit) && p < limit[f]) { printf "coverage: driver/%s %.2f %% is below %s %%\n", f, p, limit[f]; bad = 1 }
      }
      p = 100 * got / all
      printf "  %6.1f %%  %6d lines  in all, gate at %s %%\n", p, all, limit["total"]
      printf "coverage files: %d checked\n", files
      if (p < limit["total"]) { printf "coverage: %.2f %% is below the gate of %s %%\n", p, limit["total"]; bad = 1 }
      exit bad
    }' "$1"
}

if [ "${1:-}" = --judge ]; then
  judge "$2"
  exit
fi

build_dir=${1:?usage: coverage/gate.sh BUILD_DIR}
lcov --quiet --rc geninfo_adjust_src_path= --capture --directory "$build_dir/driver" --base-directory "$root" \
  --no-external --output-file "$build_dir/all.info" 2>"$build_dir/lcov.log" || { cat "$build_dir/lcov.log"; exit 1; }
lcov --quiet --extract "$build_dir/all.info" "$root/driver/*" --output-file "$build_dir/driver.info"
lcov --quiet --remove "$build_dir/driver.info" '*_test.cpp' '*/testing/*' '*/build/*' '*.pb.*' \
  --output-file "$build_dir/driver.info"
rm -rf "$build_dir/coverage-html"
genhtml --quiet --legend --title 'driver/' --prefix "$root" --output-directory "$build_dir/coverage-html" "$build_dir/driver.info"
"$here/selftest.sh"
judge "$build_dir/driver.info"
