#!/usr/bin/env bash
# The lint gate: clang-format over every source file, clang-tidy over every compiled file of ours, and proof that
# both bite (a planted violation of each must be found). Argument: a build folder with compile_commands.json.
# clang-tidy takes half a minute a file. With --sample after the folder it looks at the files the commit or the working
# tree touches and at a fourth of the others, chosen by the commit's hash; ci/long.sh looks at all.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
build_dir=${1:-build/coverage}
share=${2:-}
case $share in
  '' | --sample) ;;
  *) printf 'lint: %s: expected --sample or nothing\n' "$share" >&2; exit 1 ;;
esac

sources() { git ls-files -co --exclude-standard '*.h' '*.cpp'; }

format_gate() {
  mapfile -t files < <(sources)
  clang-format --dry-run -Werror "${files[@]}"
  checked 'clang-format files' "${#files[@]}"
}

# sample FILE...: those of the files that --sample looks at.
sample() {
  local file commit base=HEAD
  commit=$(git rev-parse HEAD)
  if git rev-parse -q --verify HEAD~1 >/dev/null; then base=HEAD~1; fi
  local touched
  touched=$(git diff --name-only "$base" --)
  for file in "$@"; do
    if grep -qxF -- "$file" <<<"$touched"; then
      printf '%s\n' "$file"
    else
      case $(printf '%s %s' "$commit" "$file" | sha256sum) in [0-3]*) printf '%s\n' "$file" ;; esac
    fi
  done
}

# Tests are formatted and compiled with all warnings; clang-tidy looks at what ships and what judges it.
tidy_gate() {
  mapfile -t files < <(sources | grep '\.cpp$' | grep -vE '_test\.cpp$|/testing/')
  local known=()
  for file in "${files[@]}"; do
    if grep -q "\"$root/$file\"" "$build_dir/compile_commands.json"; then
      known+=("$file")
    else
      printf '%s is compiled by nothing: name it in a CMakeLists.txt\n' "$file" >&2
      return 1
    fi
  done
  if [ "$share" = --sample ]; then mapfile -t known < <(sample "${known[@]}"); fi
  printf '%s\0' "${known[@]}" | xargs -0 -n 1 -P "$jobs" clang-tidy --quiet -p "$build_dir" 2>/dev/null
  checked 'clang-tidy files' "${#known[@]}"
}

planted_violations() {
  local dir found=0
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' RETURN
  cp .clang-format .clang-tidy "$dir"
  printf 'int  f( ){return 1 ;}\n' >"$dir/format.cpp"
  printf 'struct A { virtual ~A(); virtual int f(); };\nstruct B : A { virtual int f(); };\n' >"$dir/tidy.cpp"
  clang-format --dry-run -Werror "$dir/format.cpp" 2>/dev/null || found=$((found + 1))
  clang-tidy --quiet "$dir/tidy.cpp" -- -std=c++20 >/dev/null 2>&1 || found=$((found + 1))
  if [ "$found" -ne 2 ]; then
    printf 'lint: only %s of 2 planted violations were found\n' "$found" >&2
    return 1
  fi
  checked 'planted violations found' "$found"
}

planted_violations
format_gate
tidy_gate
