// Which modules a hook is for. Asked before a plugin is called, so that a plugin that is not concerned costs nothing.
#pragma once
#include "source/glob.h"

#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace foreload {

/// An empty list is no condition.
struct HookFilter {
  std::vector<std::string> include;  ///< globs: one of these, or of the suffixes, has to match the id
  std::vector<std::string> suffixes; ///< of ids
  std::vector<std::string> exclude;  ///< globs: none of these may
  std::vector<std::string> code;     ///< one of these has to be in the text; for transform and moduleParsed
};

/// Globs that begin with neither `/` nor `**` are relative to \p root. A query (`?url`) is no part of an id here.
bool accepts_id(const HookFilter &filter, llvm::StringRef root, llvm::StringRef id);
bool accepts_code(const HookFilter &filter, llvm::StringRef code);

} // namespace foreload
