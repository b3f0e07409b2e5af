#!/bin/bash
# The native tests once more: under sanitizers, and with each version of LLVM that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)}
generator=()
command -v ninja > /dev/null && generator=(-G Ninja)

variant() { # name, options of cmake…
  local folder=build/$1
  shift
  echo "== native tests: $folder"
  [ -e "$folder/CMakeCache.txt" ] || set -- "${generator[@]}" "$@"
  cmake -S . -B "$folder" "$@" > "$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL cmake --build "$folder" --parallel "$jobs"
  ctest --test-dir "$folder" --output-on-failure --no-tests=error
}

variant asan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFORELOAD_SANITIZE=address,undefined -DFORELOAD_ADDON=OFF
variant tsan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFORELOAD_SANITIZE=thread -DFORELOAD_ADDON=OFF
for llvm in /usr/lib/llvm-*; do
  [ -e "$llvm/lib/libLLVMSupport.a" ] || continue
  variant "$(basename "$llvm")" -DCMAKE_BUILD_TYPE=Release -DLLVM_DIR="$llvm/lib/cmake/llvm"
done
