#!/bin/bash
# Other projects find an installed foreload: consumer.sh BUILD CMAKE CC, with CMake's find_package and with pkg-config.
set -euo pipefail
build=$1 cmake=$2 cc=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

"$cmake" --install "$build" --prefix "$work/installed" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# Moved, to show that the tree works from wherever it is.
mv "$work/installed" "$work/prefix"
lib=$(dirname "$(find "$work/prefix" -name libforeload.so)")
[ "$("$work/prefix/bin/foreload" --version)" = "foreload $(sed -n 's/^  "version": "\(.*\)",/\1/p' "$here/../../package.json")" ]

"$cmake" -S "$here/consumer" -B "$work/consumer" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$work/prefix" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$cmake" --build "$work/consumer" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/consumer/consumer"
# A version that is not there is refused.
if "$cmake" -S "$here/consumer" -B "$work/newer" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$work/prefix" -DWANTED=99 > "$work/log" 2>&1; then
  echo 'find_package(foreload 99) found something'
  exit 1
fi

if ! command -v pkg-config > /dev/null; then
  echo 'pkg-config is not installed: that way was not tested'
  exit 0
fi
export PKG_CONFIG_PATH=$lib/pkgconfig
[ "$(pkg-config --modversion foreload)" = "$("$work/prefix/bin/foreload" --version | cut -d ' ' -f 2)" ]
# shellcheck disable=SC2046
"$cc" "$here/consumer/consumer.c" -o "$work/with-pkg-config" $(pkg-config --cflags --libs foreload)
LD_LIBRARY_PATH=$lib "$work/with-pkg-config"
