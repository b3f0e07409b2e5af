#!/bin/bash
# Has the binary interface changed? abi_diff.sh INCLUDE_FOLDER BASELINE CC [--update]
#
# abidiff (Debian: abigail-tools) compares what the headers declare, down to each field of each struct that a function leads
# to, with a baseline in the repository. The headers are compiled with a body for each function, so that the answer does not
# depend on how the library was built; that the library has just these functions is checked by symbols.sh.
set -euo pipefail
include=$1 baseline=$2 compiler=$3 mode=${4-}
if ! command -v abidiff > /dev/null || ! command -v abidw > /dev/null; then
  echo 'left out: abidiff is not installed (Debian: abigail-tools)'
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$include/foreload" "$work"
cd "$work"
for header in foreload/foreload.h foreload/foreload_plugin.h; do
  sed -i -E ':all; N; $!b all; s/(\nFL_API [^;{]*);/\1 { __builtin_trap(); }/g' "$header"
done
printf '#include "foreload/foreload.h"\n#include "foreload/foreload_plugin.h"\n' > all.c
"$compiler" -std=c99 -g -shared -fPIC -fdebug-prefix-map="$work"=. -o libforeload.so all.c
abidw --no-corpus-path --no-comp-dir-path --no-show-locs libforeload.so > now.xml
if [ "$mode" = --update ]; then
  cp now.xml "$baseline"
elif ! abidiff "$baseline" now.xml; then
  echo "The binary interface differs from $baseline: CONTRIBUTING.md says when that may be, and how to write it anew."
  exit 1
fi
