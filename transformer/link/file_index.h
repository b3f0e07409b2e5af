// What is on the disk, one folder at a time.
//
// A resolver asks for a dozen names in the same few folders: `x`, `x.mjs`, `x.js`, `x.ts`, `x/index.ts`… One listing
// answers all of them, tells case exactly on every platform, and costs about what two `stat` calls do.
#pragma once
#include "link/concurrent_memo.h"

#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <memory>
#include <optional>
#include <string>

namespace foreload {

enum class FileKind : uint8_t { Missing, File, Folder };

/// The names in one folder.
struct Folder {
  struct Entry {
    FileKind kind = FileKind::Missing; ///< of what a symbolic link points to
    bool is_link = false;
  };
  llvm::StringMap<Entry> entries;
  std::string real_path;

  FileKind kind(llvm::StringRef name) const { return entries.lookup(name).kind; }
};

/// Listings of folders, read once. Paths are absolute and normalized. Safe for concurrent use by multiple threads.
class FileIndex {
public:
  explicit FileIndex(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system);

  /// Null if \p path is no folder.
  const Folder *folder(llvm::StringRef path);
  FileKind kind(llvm::StringRef path);
  /// The path of file \p name of the folder at \p path with symbolic links followed.
  std::string real_path(llvm::StringRef path, const Folder &folder, llvm::StringRef name) const;
  std::optional<std::string> read(llvm::StringRef path) const;

private:
  std::unique_ptr<Folder> list(llvm::StringRef path) const;

  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system_;
  ConcurrentMemo<std::unique_ptr<Folder>> folders_;
};

/// \p path joined to \p folder, without `.`, `..`, doubled slashes and a slash at the end.
std::string normalized_path(llvm::StringRef folder, llvm::StringRef path);
/// `/` for names in the root folder and for the root itself.
llvm::StringRef folder_of(llvm::StringRef path);
llvm::StringRef name_of(llvm::StringRef path);

} // namespace foreload
