// Resolution on one state of the disk.
#pragma once
#include "link/file_index.h"
#include "link/resolver.h"

namespace foreload {

/// What an import leads to, as an address instead of a path: for those who ask ten thousands of times.
struct FoundImport {
  Resolution resolution = Resolution::NotFound;
  FileRef file; ///< if it was found; lives as long as the lookup
};

/// Everything that was read of one state of the disk, and every answer that follows from it: what Resolver uses until it
/// is told that files have changed. Safe for concurrent use by multiple threads.
class ModuleLookup {
public:
  ModuleLookup(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, const ResolverOptions &options);
  ~ModuleLookup();
  ModuleLookup(const ModuleLookup &) = delete;
  ModuleLookup &operator=(const ModuleLookup &) = delete;

  /// \p folder and \p name are the importer's, the folder absolute and normalized. It need not be there.
  FoundImport resolve(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name);
  FoundImport resolve(llvm::StringRef specifier, const Folder &folder, llvm::StringRef name);

  FileIndex &files();

private:
  class State;
  std::unique_ptr<State> state_;
};

} // namespace foreload
