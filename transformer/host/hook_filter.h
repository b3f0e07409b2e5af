// Which modules a hook is for. Asked before a plugin is called, so that a plugin that is not concerned costs nothing.
#pragma once
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

/// Whether a glob matches all of \p text. `*` is anything but a slash, `**` anything, `**/` any folders or none, `?`
/// one character but a slash, `[a-z]` and `[!a-z]` one of some bytes, `{a,b}` either, `\` takes what follows as it is.
bool glob_matches(llvm::StringRef glob, llvm::StringRef text);

/// Globs that begin with neither `/` nor `**` are relative to \p root. A query (`?url`) is no part of an id here.
bool accepts_id(const HookFilter &filter, llvm::StringRef root, llvm::StringRef id);
bool accepts_code(const HookFilter &filter, llvm::StringRef code);

} // namespace foreload
