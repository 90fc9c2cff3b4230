#!/usr/bin/env bash
# Proves that the scenarios bite: every mutant of scenarios/mutants/ takes one guard out of the driver, and its scenario
# must then fail on the predicate the mutant names, while the good days (scenarios/lifecycle/) stay green.
#
#   ci/mutants.sh --all            every mutant
#   ci/mutants.sh --sample         at most six: those this commit touches, and five chosen by the commit's hash
#   ci/mutants.sh --touched BASE   those touched since BASE: the patch, its scenario or the files it changes
#   ci/mutants.sh NAME...          these (file names, with or without .patch)
#
# It tests what is committed: the tree is HEAD's, copied to build/mutants/src; the working tree is neither read nor
# changed. Level 1, the first profile each file names, seeds 1..5. The scenario is run on the unchanged driver first and must pass there.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

work=$root/build/mutants
tree=$work/src
out=$tree/build/coverage  # as deep as the coverage build: ccache then knows what is not driver/ from there
program=$out/bin/rds-scenario
sample_max=6
by_hash=5
run_seconds=300  # wall clock for one run of one file
export CCACHE_BASEDIR=$tree

problems=0
problem() {
  printf 'mutants: %s\n' "$*" >&2
  problems=$((problems + 1))
}
give_up() {
  printf 'mutants: %s\n' "$*" >&2
  exit 1
}

# HEAD into $tree. Only what differs is written, so that a build before this one stays of use, and whatever an
# interrupted run left patched is put right.
copy_tree() {
  local file
  rm -rf "$work/fresh"
  mkdir -p "$work/fresh" "$tree"
  git archive HEAD | tar x -C "$work/fresh"
  while IFS= read -r -d '' file; do
    cmp -s "$work/fresh/$file" "$tree/$file" && continue
    mkdir -p "$(dirname "$tree/$file")"
    rm -f "$tree/$file"
    cp "$work/fresh/$file" "$tree/$file"
    touch "$tree/$file"  # now, not the commit's time: older than the objects would mean up to date
  done < <(cd "$work/fresh" && find . -type f -print0)
  while IFS= read -r -d '' file; do
    [ -e "$work/fresh/$file" ] || rm -f "$tree/$file"
  done < <(cd "$tree" && find . -path ./build -prune -o -type f -print0)
}

# header MUTANT WORD: the value of `# WORD: value` at the patch's top.
header() { sed -n "/^diff /q; s/^# $2: *//p" "$tree/scenarios/mutants/$1.patch"; }

patched_files() { sed -n 's#^+++ b/##p' "$tree/scenarios/mutants/$1.patch"; }

# Whether a patch says what it is, and stays within its bounds.
well_formed() {
  local name=$1 scenario word file
  for word in scenario predicate guard; do
    [ -n "$(header "$name" "$word")" ] || { problem "$name: no line \`# $word: ...\` before the diff"; return 1; }
  done
  scenario=$(header "$name" scenario)
  [ -f "$tree/scenarios/$scenario" ] || { problem "$name: there is no scenarios/$scenario"; return 1; }
  case $name in
    "$(basename "$scenario" .yaml)" | "$(basename "$scenario" .yaml)".*) ;;
    *) problem "$name: its name must begin with $(basename "$scenario" .yaml)"; return 1 ;;
  esac
  for file in $(header "$name" also); do
    [[ $file == lifecycle/*.yaml && -f $tree/scenarios/$file ]] ||
      { problem "$name: \`# also: $file\` names no scenarios/lifecycle/*.yaml"; return 1; }
  done
  [ -n "$(patched_files "$name")" ] || { problem "$name: changes no file"; return 1; }
  while IFS= read -r file; do
    case $file in
      driver/*) ;;
      *) problem "$name: changes $file; a mutant changes driver/ only"; return 1 ;;
    esac
  done < <(patched_files "$name")
}

all_mutants() { (cd "$tree/scenarios/mutants" && find . -name '*.patch' | sed 's#^\./##; s#\.patch$##' | LC_ALL=C sort); }

# touched BASE
touched() {
  local changed name file
  changed=$(git diff --name-only "$1" HEAD)
  while IFS= read -r name; do
    for file in "scenarios/mutants/$name.patch" "scenarios/$(header "$name" scenario)" $(patched_files "$name"); do
      if grep -qxF -- "$file" <<<"$changed"; then
        printf '%s\n' "$name"
        break
      fi
    done
  done < <(all_mutants)
}

# In an order that the commit decides and nobody can choose.
shuffled() {
  local name commit
  commit=$(git rev-parse HEAD)
  while IFS= read -r name; do
    printf '%s %s\n' "$(printf '%s %s' "$commit" "$name" | sha256sum | cut -d' ' -f1)" "$name"
  done | sort | cut -d' ' -f2
}

sample() {
  {
    if git rev-parse -q --verify HEAD~1 >/dev/null; then touched HEAD~1 | shuffled; fi
    all_mutants | shuffled | awk -v n="$by_hash" 'NR <= n'
  } | awk -v n="$sample_max" '!seen[$0]++ && ++count <= n'
}

build_program() {
  cmake --build "$out" -j "$jobs" --target rds-scenario >"$work/build.log" 2>&1
}

# play REPORT SEEDS FILE... : runs scenarios; the status is rds-scenario's (0 passed, 1 failed, 2 not run), 124 a hang.
play() {
  local report=$1 seeds=$2
  shift 2
  rm -rf "$report"
  (cd "$tree/scenarios" && timeout "$run_seconds" "$program" run "$@" --profile first --level 1 --seeds "$seeds" \
    --jobs "$jobs" --no-progress --report "$report") >"$report.log" 2>&1
}

# lifecycle_files [MUTANT]: without those that a mutant says show the same guard (`# also: lifecycle/x.yaml`).
lifecycle_files() {
  local also=${1:+$(header "$1" also)}
  all_lifecycle_files | while IFS= read -r file; do
    case " ${also:-} " in *" $file "*) ;; *) printf '%s\n' "$file" ;; esac
  done
}
all_lifecycle_files() { (cd "$tree/scenarios" && find lifecycle -name '*.yaml' | LC_ALL=C sort); }

# Violations as `predicate seed`: all of the first seed that fails (the log), ten of all seeds (JUnit).
violations() {
  {
    sed -nE 's/^ +([a-z0-9_.-]+) (\(.*\) )?at .*, seed ([0-9]+): .*/\1 \3/p' "$1.log"
    sed 's/&#10;/\n/g; s/<failure[^>]*>/\n/g' "$1/junit.xml" |
      sed -nE 's/^([a-z0-9_.-]+) (\(.*\) )?at virtual time .*, seed ([0-9]+): .*/\1 \3/p'
  } | LC_ALL=C sort -s -k2,2n
}

# The unchanged driver passes everything its mutants will be judged by.
baseline() {
  local name status files
  build_program || { tail -n 40 "$work/build.log" >&2; give_up 'the unchanged tree does not build'; }
  cp "$program" "$work/unchanged"
  mapfile -t files < <(for name in "${chosen[@]}"; do header "$name" scenario; done | LC_ALL=C sort -u)
  status=0
  play "$work/baseline" 1..5 "${files[@]}" || status=$?
  [ "$status" -eq 0 ] || { tail -n 30 "$work/baseline.log" >&2; give_up "the unchanged driver fails (status $status)"; }
  mapfile -t files < <(lifecycle_files)
  [ "${#files[@]}" -gt 0 ] || give_up 'scenarios/lifecycle is empty'
  play "$work/baseline" 1..1 "${files[@]}" || status=$?
  [ "$status" -eq 0 ] || { tail -n 30 "$work/baseline.log" >&2; give_up "the unchanged driver fails (status $status)"; }
}

row() { printf '%-52s %-44s %-28s %s\n' "$@"; }

# As git does outside of any repository: inside of one it would silently skip what is not below its root.
apply() { (cd "$tree" && GIT_CEILING_DIRECTORIES="$work" git apply "$@"); }

# The verdict on a mutant that is applied and built; prints what the table's last column says.
verdict() {
  local name=$1 predicate status=0 seed
  predicate=$(header "$name" predicate)
  play "$work/run" 1..5 "$(header "$name" scenario)" || status=$?
  case $status in
    0) printf 'SURVIVED all five seeds'; return 1 ;;
    1) ;;
    124) printf 'HANGS for %s s' "$run_seconds"; return 1 ;;
    *) printf 'NOT RUN, status %s' "$status"; return 1 ;;
  esac
  seed=$(violations "$work/run" | awk -v p="$predicate" '$1 == p && !n++ { print $2 }')
  if [ -z "$seed" ]; then
    printf 'OTHER predicate: %s' "$(violations "$work/run" | cut -d' ' -f1 | sort -u | tr '\n' ' ')"
    return 1
  fi
  local files
  mapfile -t files < <(lifecycle_files "$name")
  if ! play "$work/good-days" 1..1 "${files[@]}"; then
    printf 'BREAKS lifecycle: %s' "$(violations "$work/good-days" | cut -d' ' -f1 | sort -u | tr '\n' ' ')"
    return 1
  fi
  printf 'seed %s' "$seed"
}

judge() {
  local name=$1 said
  well_formed "$name" || return 0
  if ! apply "$tree/scenarios/mutants/$name.patch" 2>"$work/apply.log"; then
    problem "$name: does not apply to HEAD: $(head -n 1 "$work/apply.log")"
    return 0
  fi
  if ! build_program; then
    said='DOES NOT COMPILE'
    grep -m 5 ' error: ' "$work/build.log" >&2 || true
    problem "$name: $said"
  elif cmp -s "$program" "$work/unchanged"; then
    said='CHANGES NOTHING of the program'
    problem "$name: $said"
  else
    said=$(verdict "$name") || problem "$name: $said"
    checked_count=$((checked_count + 1))
  fi
  row "$name" "$(header "$name" scenario)" "$(header "$name" predicate)" "$said"
  apply -R "$tree/scenarios/mutants/$name.patch" || give_up "$name: cannot be taken back"
}

# An incident nobody mutates is a scenario nobody has seen failing.
every_incident_has_one() {
  local file id
  while IFS= read -r file; do
    id=$(basename "$file" .yaml)
    all_mutants | grep -E "^$id(\.|$)" >/dev/null || problem "incidents/$id.yaml has no mutant in scenarios/mutants/"
  done < <(cd "$tree/scenarios" && find incidents -name '*.yaml')
}

# --- what to do ---

[ "$#" -gt 0 ] || give_up 'say --all, --sample, --touched BASE, or names of mutants'
copy_tree
every_incident_has_one
case $1 in
  --all) mapfile -t chosen < <(all_mutants) ;;
  --sample) mapfile -t chosen < <(sample) ;;
  --touched)
    git rev-parse -q --verify "${2:?--touched needs a commit}^{commit}" >/dev/null || give_up "$2 is no commit"
    mapfile -t chosen < <(touched "$2")
    ;;
  -*) give_up "$1: expected --all, --sample, --touched BASE, or names of mutants" ;;
  *)
    chosen=()
    for name in "$@"; do
      name=$(basename "$name" .patch)
      [ -f "$tree/scenarios/mutants/$name.patch" ] || give_up "there is no scenarios/mutants/$name.patch in HEAD"
      chosen+=("$name")
    done
    ;;
esac
[ "${#chosen[@]}" -gt 0 ] || give_up 'nothing to check'

# The coverage preset's flags, so that its objects of everything but driver/ are taken from ccache.
cmake -S "$tree" -B "$out" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 >"$work/configure.log" 2>&1 ||
  { tail -n 20 "$work/configure.log" >&2; give_up 'the copied tree does not configure'; }
baseline

checked_count=0
row mutant scenario predicate 'killed on'
for name in "${chosen[@]}"; do judge "$name"; done
checked mutants "$checked_count"
[ "$problems" -eq 0 ] || give_up "$problems problems, see above"
