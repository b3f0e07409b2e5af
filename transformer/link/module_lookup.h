// Resolution on one state of the disk.
#pragma once
#include "link/file_index.h"
#include "link/resolver.h"

#include <mutex>
#include <optional>

namespace foreload {

/// What an import leads to, as an address instead of a path: for those who ask ten thousands of times.
struct FoundImport {
  Resolution resolution = Resolution::NotFound;
  FileRef file; ///< if it was found; lives as long as the lookup
};

/// A file that an import would lead to if case did not matter.
struct OtherCase {
  std::string specifier; ///< how the import is to be written; the file's path if that cannot be said
  bool disk_ignores_case = false; ///< so that tools that only ask the disk find it as it is written

  std::string hint() const;
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

  /// Of an import that was not found.
  std::optional<OtherCase> in_other_case(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name);

  /// Where `paths` of tsconfig.json put \p specifier, whether something is there or not: it may be a glob.
  std::optional<std::string> mapped_path(llvm::StringRef specifier, llvm::StringRef folder, llvm::StringRef name);

  FileIndex &files();

private:
  class State;
  std::unique_ptr<State> state_;
  std::once_flag any_case_made_;
  std::unique_ptr<State> any_case_; ///< for in_other_case
};

} // namespace foreload
