#!/bin/bash
# The end-to-end tests once more on each older Astro that has a folder here; installs the versions that its lock file names.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/environment.sh
status=0
for folder in tests/e2e/astro-*/; do
  version=$(node -p "require('./$folder/package.json').dependencies.astro")
  echo "== end-to-end tests on Astro $version"
  # Not npm ci: the lock files lack the bindings for other platforms, which it would insist on.
  npm install --prefix "$folder" --no-save --silent --ignore-scripts --no-audit --no-fund
  ASTRO_VERSION=$folder node --test tests/e2e/*.test.mjs || status=1
done
exit $status
