// What a remote cache of Bazel's layout keeps under /ac/: which blobs came of an action. It is the message ActionResult of
// the Remote Execution API (build.bazel.remote.execution.v2), as servers check it; of its fields only the output files and
// the exit code mean something here, and others are skipped.
#pragma once
#include "engine/digest.h"

#include <optional>
#include <vector>

namespace foreload {

struct OutputBlob {
  std::string name;
  std::string hash; ///< SHA-256 of its bytes: 64 lower-case digits
  uint64_t size = 0;
};

std::string encode_action_result(llvm::ArrayRef<OutputBlob> outputs);

/// Nothing if \p bytes are no ActionResult, a hash is none, or the action has failed.
std::optional<std::vector<OutputBlob>> decode_action_result(llvm::StringRef bytes);

} // namespace foreload
