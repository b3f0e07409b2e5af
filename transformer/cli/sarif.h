// What `foreload check` found, in the Static Analysis Results Interchange Format 2.1.0 that code hosts read.
#pragma once
#include <llvm/ADT/StringRef.h>
#include <nlohmann/json_fwd.hpp>

#include <string>

namespace foreload::cli {

/// One result for each chain that is longer than it has to be or than it may be, however many pages share it, and one
/// for each loop. \p root is the folder (absolute) that the check's paths are relative to; the result's are relative to
/// \p base, which is \p root or a folder above it.
std::string sarif_text(const nlohmann::ordered_json &check, llvm::StringRef root, llvm::StringRef base);

} // namespace foreload::cli
