#!/bin/bash
# The documentation's example does what it says: embed_example.sh PROGRAM
set -euo pipefail
program=$1
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
mkdir -p "$site/src"
printf '%s\n' '---' "import { getLoaderData } from 'foreload/runtime';" 'export const loader = async () => 7;' \
  'const n = await getLoaderData<typeof loader>();' '---' '<b>{n}</b>' > "$site/src/Child.astro"
printf '%s\n' '---' "import Child from './Child.astro';" '---' '<main><Child /></main>' > "$site/src/page.astro"

expect() { # exit code, text in the output, arguments…
  local code=0 output
  output=$("$program" "${@:3}" 2>&1) || code=$?
  if [ "$code" != "$1" ] || [[ $output != *"$2"* ]]; then
    printf 'embed %s: exit code %s, not %s, or no "%s" in:\n%s\n' "${*:3}" "$code" "$1" "$2" "$output"
    exit 1
  fi
}

expect 0 '<main><Child /></main>' "$site" "$site/src/page.astro"
expect 0 "=== $site/src/page.astro.foreload.ts ===" "$site" "$site/src/page.astro"
expect 1 'options.root is no absolute path' relative "$site/src/page.astro"
expect 1 'No such file or directory' "$site" "$site/src/missing.astro"
expect 2 'usage:' "$site"
