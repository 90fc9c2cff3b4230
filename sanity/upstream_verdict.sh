#!/usr/bin/env bash
# Judges a JUnit report of csi-sanity by upstream_map.tsv. Used by upstream.sh, and by upstream_verdict_test.cpp.
# Arguments: REPORT MAP [partial]. `partial`: only some specs were chosen; those that did not run are no failure.
# Exit 1: a spec without a row, a row without a spec, a spec that did not end as its row says, or none that passed.
set -euo pipefail

# "<status><tab><spec>" a line.
specs() {
  grep -o '<testcase name="\[It\] [^"]*"[^>]* status="[^"]*"' "$1" |
    sed -e 's/^<testcase name="\[It\] \([^"]*\)".* status="\([^"]*\)"$/\2\t\1/' \
      -e "s/&#39;/'/g; s/&#34;/\"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\\&/g"
}

specs "$1" | awk -F'\t' -v partial="${3:-}" -v map="$2" '
  function group(spec) {
    sub(/^Controller Service \[Controller Server\] /, "", spec)
    sub(/ .*/, "", spec)
    return spec
  }
  function bad(text) { print "  " text; wrong++ }
  BEGIN {
    while ((getline line < map) > 0) {
      if (line == "" || line ~ /^#/) continue
      split(line, cell, "\t")
      verdict[cell[1]] = cell[2]
    }
  }
  !($2 in verdict) { bad("no row in the map, " $1 ": " $2); next }
  {
    seen[$2] = 1
    idle = $1 == "skipped" || $1 == "pending"
    state = $1 == "passed" || idle ? (idle ? "skipped" : "passed") : "failed"
    if (verdict[$2] == "not-ours") {
      others++
      if (!idle) bad("not ours, but " $1 ": " $2)
      next
    }
    groups[group($2)] = 1
    count[group($2), state]++
    sum[state]++
    if (verdict[$2] == "if-snapshots") snapshots[state]++
    if (state == "failed" || (verdict[$2] == "skipped" && !idle) || (verdict[$2] == "covered" && idle && !partial))
      bad("must be " (verdict[$2] == "skipped" ? "skipped" : "passed") ", is " $1 ": " $2)
  }
  END {
    if (snapshots["passed"] > 0 && snapshots["skipped"] > 0 && !partial)
      bad(snapshots["skipped"] " specs about snapshots were skipped, others were not")
    for (spec in verdict) if (!(spec in seen)) bad("no such spec: " spec)
    for (one in groups)
      printf "  %-28s %3d passed %3d failed %3d skipped\n", one, count[one, "passed"], count[one, "failed"],
        count[one, "skipped"] | "sort"
    close("sort")
    printf "csi-sanity: %d specs passed, %d failed, %d skipped, %d not ours; %d not as the map says\n", sum["passed"],
      sum["failed"], sum["skipped"], others, wrong
    exit wrong > 0 || sum["passed"] == 0
  }'
