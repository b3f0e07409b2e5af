#!/bin/bash
# Holds the folders to their one-way order: `layering.sh [ROOT]` prints each include that goes the wrong way.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

order=(source parse analyze link plan emit engine compose host cli)
violations=0
violation() {
  printf '%s\n' "$*"
  violations=$((violations + 1))
}

rank() { # folder → its place in the order; fails for a folder that has none
  local at
  for at in "${!order[@]}"; do
    [ "${order[$at]}" != "$1" ] || { echo "$at"; return; }
  done
  return 1
}

# "file:line:included" for each #include in files below a folder.
includes() {
  grep -rnoE --include='*.h' --include='*.hpp' --include='*.cc' --include='*.c' '^ *# *include *["<][^">]+[">]' "$1" | sed -E 's/:( *# *include *)/:/' || true
}

for folder in transformer/*/; do
  folder=$(basename "$folder")
  if ! own=$(rank "$folder"); then
    violation "transformer/$folder: has no place in the order: ${order[*]}"
    continue
  fi
  while IFS=: read -r file line included; do
    case $included in
    '"foreload/foreload_plugin.h"') # what plugins are called by: it includes nothing of ours
      [ "$folder" = host ] || violation "$file:$line: only host calls plugins" ;;
    \"*/*) # our own headers are named from transformer/ on
      target=${included#\"}
      target=${target%%/*}
      if ! other=$(rank "$target"); then
        violation "$file:$line: includes $included, which is in no folder of transformer/"
      elif [ "$other" -gt "$own" ]; then
        violation "$file:$line: $folder includes $included, which comes later"
      fi ;;
    \"*) violation "$file:$line: includes $included: write the folder too" ;;
    esac
  done < <(includes "transformer/$folder")
done

# The addon proves that the C ABI is enough: nothing else of foreload, and none of the libraries that it is made of.
if [ -d plugin-abi/node ]; then
  while IFS=: read -r file line included; do
    name=${included:1:-1}
    case $included in
    '"foreload/foreload.h"' | '<node_api.h>') ;;
    \"*) [ -e "plugin-abi/node/$name" ] || violation "$file:$line: the addon includes $included" ;;
    \<*/* | \<*.h\>) violation "$file:$line: the addon includes $included" ;;
    esac
  done < <(includes plugin-abi/node)
fi

# The public headers stand alone.
while IFS=: read -r file line included; do
  case $included in
  '<stddef.h>' | '<stdint.h>' | '"foreload_types.h"') ;;
  '"foreload_plugin.h"' | '<'[a-z]*'>') # the wrapper is C++
    [[ $file = *.hpp ]] || violation "$file:$line: a public header includes $included" ;;
  *) violation "$file:$line: a public header includes $included" ;;
  esac
done < <(includes plugin-abi/include)

# The runtime has no dependencies but the platform. (Types are gone once it is compiled.) Who imports foreload/otel brings
# OpenTelemetry along.
if [ -d runtime ]; then
  while IFS=: read -r file line rest; do
    violation "$file:$line: the runtime imports ${rest##*from }"
  done < <(grep -rnE --include='*.ts' "^(import|export) .*\bfrom ['\"]" runtime | grep -vE "(import|export) type |from ['\"](\./|node:)|^runtime/otel\.ts:.* from ['\"]@opentelemetry/api['\"]" || true)
fi

[ $violations = 0 ] || { echo "$violations include(s) against the order"; exit 1; }
