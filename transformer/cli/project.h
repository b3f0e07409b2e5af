// Finding one's way in a project's folders.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace foreload::cli {

/// The absolute, lexically normal form of \p path, without a slash at the end.
std::string absolute_path(llvm::StringRef path);

/// The root of the project that \p folder (absolute) is in: the nearest folder at or above it with a package.json or
/// an Astro configuration, else \p folder itself. Keys of loaders are relative to it, so that the output is the same
/// for any folder of a project that one names, and on any machine.
std::string project_root(llvm::StringRef folder);

/// The component files below \p folder, sorted. Folders that are hidden or named node_modules are left out.
std::vector<std::string> find_components(llvm::StringRef folder);

} // namespace foreload::cli
