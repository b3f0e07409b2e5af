#!/bin/bash
# layering.sh says yes to the right tree and no to each wrong one.
set -euo pipefail
check=$(cd "$(dirname "$0")" && pwd)/layering.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

fresh() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/transformer/{source,link,host} "$tree"/plugin-abi/{node,include/foreload} "$tree/runtime"
  echo '#include "source/span.h"' > "$tree/transformer/host/host.h"
  printf '#include "foreload/foreload.h"\n#include <node_api.h>\n#include <string>\n' > "$tree/plugin-abi/node/addon.cc"
  echo '#include <stdint.h>' > "$tree/plugin-abi/include/foreload/foreload.h"
  echo "import { AsyncLocalStorage } from 'node:async_hooks';" > "$tree/runtime/index.ts"
}
expect_failure() { # what, file, line of text
  fresh
  echo "$3" > "$tree/$2"
  if bash "$check" "$tree" > /dev/null; then
    echo "not detected: $1"
    exit 1
  fi
}

fresh
bash "$check" "$tree"
expect_failure 'an include of a later folder' transformer/source/span.h '#include "link/graph.h"'
expect_failure 'an include with spaces' transformer/link/graph.cc '  #  include "host/host.h"'
expect_failure 'a header without its folder' transformer/link/graph.cc '#include "graph.h"'
expect_failure 'a header of no folder' transformer/link/graph.cc '#include "foreload/foreload.h"'
expect_failure 'the host in the addon' plugin-abi/node/addon.cc '#include "host/host.h"'
expect_failure 'LLVM in the addon' plugin-abi/node/addon.cc '#include <llvm/ADT/StringRef.h>'
expect_failure 'C++ in the public header' plugin-abi/include/foreload/foreload.h '#include <string>'
expect_failure 'a package in the runtime' runtime/index.ts "import ms from 'ms';"
mkdir -p "$tree/transformer/helpers"
if bash "$check" "$tree" > /dev/null; then
  echo 'not detected: a folder without a place'
  exit 1
fi
