# Shared by the scripts beside it: where the tree is, how wide to build, how long each step took.
# Sourced, never run. Every script that sources it runs with `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
jobs=${JOBS:-$(nproc)}
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
# Child processes of tests must not pick up a user's ssh configuration.
export GTEST_COLOR=no

step_log=${STEP_LOG:-$root/build/steps.tsv}
mkdir -p "$(dirname "$step_log")"

# step NAME COMMAND... : runs it, and remembers the minutes it took for step_report.
step() {
  local name=$1 begin end
  shift
  printf '\n== %s\n' "$name"
  begin=$(date +%s)
  "$@"
  end=$(date +%s)
  printf '%s\t%s\n' "$name" "$((end - begin))" >>"$step_log"
  printf '== %s: %s s\n' "$name" "$((end - begin))"
}

step_report() {
  printf '\nminutes per step\n'
  awk -F'\t' '{ printf "  %5.1f  %s\n", $2 / 60, $1; sum += $2 } END { printf "  %5.1f  in all\n", sum / 60 }' "$step_log"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  cmake --preset "$preset" >"build/configure-$preset.log" || { cat "build/configure-$preset.log"; return 1; }
  grep -h 'registered' "build/configure-$preset.log" || true
  cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"} |
    { grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Generating)' || true; }
}

# run_ctest PRESET [ARGUMENT...]: runs a preset's tests; shows failures whole, of the others only what they say they
# checked. The whole log is build/PRESET/ctest.log.
run_ctest() {
  local preset=$1 status=0
  shift
  local log=build/$preset/ctest.log junit=$root/build/$preset/junit.xml
  ctest --preset "$preset" -j "$jobs" --output-junit "$junit" "$@" >"$log" 2>&1 || status=$?
  grep -vE '^ *[0-9]+/[0-9]+ Test +#.* Passed +|^ *Start +[0-9]+: |^ *$' "$log" || true
  grep -hE '^[A-Za-z].*[0-9].*(checked|compared|reproduced|implemented)' "$junit" | sort -u || true
  [ "$status" -eq 0 ] || return "$status"
  checked "$preset tests" "$(grep -oE 'out of [0-9]+' "$log" | grep -oE '[0-9]+' | tail -n 1)"
}

# checked NAME COUNT: a gate that looked at nothing has failed.
checked() {
  printf '%s: %s checked\n' "$1" "$2"
  if [ "$2" -le 0 ]; then
    printf '%s: nothing was checked\n' "$1" >&2
    return 1
  fi
}
