#!/bin/bash
# What the binaries show and need: symbols.sh HEADER LIBRARY [ADDON]
set -euo pipefail
header=$1 library=$2 addon=${3-}
fail() {
  echo "$*"
  exit 1
}

# The library shows the functions of its header: all of them and nothing else.
declared=$(grep -oE '^FL_API [^;]*' "$header" | grep -oE '\bfl_[a-z_]+\(' | tr -d '(' | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
[ "$declared" = "$exported" ] || fail "declared and exported functions differ:"$'\n'"$(diff <(echo "$declared") <(echo "$exported"))"
readelf -d "$library" | grep -qE 'SONAME.*\[libforeload\.so\.0\]' || fail "$library: not named libforeload.so.0"

needed() {
  readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'
}
[ -n "$addon" ] || exit 0
# The addon shows what Node and Bun look for, and needs only what is on every machine that Node runs on.
others=$(nm -D --defined-only "$addon" | awk '$2 != "A" { print $3 }' | grep -vE '^(napi_register_module_v[0-9]+|node_api_module_get_api_version_v[0-9]+|foreload_on_before_parse|BUN_PLUGIN_NAME)$' || true)
[ -z "$others" ] || fail "the addon exports:"$'\n'"$others"
others=$(needed "$addon" | grep -vE '^(libc|libm|libdl|libpthread|libgcc_s|ld-linux-.*)\.so\.[0-9]+$' || true)
[ -z "$others" ] || fail "the addon needs: $others"
# What has no version is resolved by name, at load: Node's functions, and the weak ones that every object has.
others=$(nm -D --undefined-only "$addon" | awk '$1 == "U" && $2 !~ /@/ { print $2 }' | grep -v '^napi_' || true)
[ -z "$others" ] || fail "the addon leaves undefined:"$'\n'"$others"
