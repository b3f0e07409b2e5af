// The key under which a component's loader is registered at run time.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <string>

namespace foreload {

/// The key of the file at absolute path \p path in the project at \p root: `file:///src/components/Card.astro`,
/// percent-encoded and relative to the root, so that it is the same on every machine. A file outside of the root is
/// named by its place below node_modules, or else by its path relative to the root.
std::string loader_key(llvm::StringRef path, llvm::StringRef root);

/// \p to as a path relative to the folder \p from, with `./` or `../` in front. Both absolute with forward slashes.
std::string relative_path(llvm::StringRef from, llvm::StringRef to);

/// A relative path as a URL has it: percent-encoded where it must be.
std::string url_path(llvm::StringRef path);

} // namespace foreload
