#!/bin/bash
# Compares the parsers with Astro's own compiler, file by file, on real packages from npm, and the resolver with Vite's
# on every import of the installed ones; reads our source maps with the tools that Vite composes them with; transforms
# the packages' components with every option.
# usage: tests/differential/run.sh [BUILD_DIR]   (or FORELOAD_BUILD; by default build/release)
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-${FORELOAD_BUILD:-build/release}}")
source scripts/environment.sh

node tests/differential/fetch_corpus.mjs
export FORELOAD_BUILD=$build
export FORELOAD_DUMP_TEMPLATE=$build/tests/foreload-dump-template FORELOAD_DUMP_RESOLVE=$build/tests/foreload-dump-resolve
export FORELOAD_DUMP_MAP=$build/tests/foreload-dump-map
status=0
output=$(node --test --test-reporter=spec tests/differential/*.test.mjs) || status=$?
printf '%s\n' "$output"
count() { sed -n "s/^ℹ $1 //p" <<< "$output"; }
printf '%d passed, %d failed\n' "$(count pass)" "$(count fail)"
exit "$status"
