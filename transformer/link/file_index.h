// What is on the disk, one folder at a time.
//
// A resolver asks for a dozen names in the same few folders: `x`, `x.mjs`, `x.js`, `x.ts`, `x/index.ts`… One listing
// answers all of them, tells case exactly on every platform, and costs about what two `stat` calls do. Listings are
// linked to each other as the folders are, so that `../lib/x` is three look-ups of short names and no path is made.
#pragma once
#include "link/concurrent_memo.h"

#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace foreload {

enum class FileKind : uint8_t { Missing, File, Folder };

/// The names in one folder.
struct Folder {
  struct Entry {
    Entry(FileKind entry_kind, bool link) : kind(entry_kind), is_link(link) {}
    FileKind kind; ///< of what a symbolic link points to
    bool is_link;
    mutable std::atomic<const Folder *> folder = nullptr; ///< its listing, from when it was first entered
  };
  llvm::StringMap<Entry> entries;
  std::string path;
  std::string real_path;
  bool ignores_case = false;                            ///< see FileIndex
  llvm::StringMap<llvm::StringRef> in_lower_case;       ///< if so, the names; of those that are the same the first
  mutable std::atomic<const Folder *> parent = nullptr; ///< likewise

  llvm::StringMap<Entry>::const_iterator at(llvm::StringRef name) const {
    auto found = entries.find(name);
    return found == entries.end() && ignores_case ? at_any_case(name) : found;
  }
  const Entry *find(llvm::StringRef name) const {
    auto found = at(name);
    return found == entries.end() ? nullptr : &found->second;
  }
  FileKind kind(llvm::StringRef name) const {
    const Entry *entry = find(name);
    return entry ? entry->kind : FileKind::Missing;
  }

private:
  llvm::StringMap<Entry>::const_iterator at_any_case(llvm::StringRef name) const;
};

/// A file as the listing of its real folder has it. However one comes to it, through whatever links, it is the same:
/// files can be told apart by the address of their names.
struct FileRef {
  const Folder *folder = nullptr; ///< null: none
  llvm::StringRef name;           ///< lives as long as the folder

  explicit operator bool() const { return folder != nullptr; }
  std::string path() const; ///< real, absolute
};

/// Listings of folders, read once. Paths are absolute and normalized. Safe for concurrent use by multiple threads.
class FileIndex {
public:
  /// \p ignores_case: a name that is not there is as good as the first of those that differ from it in case only.
  /// That goes for what is below \p root: nobody has to look at the names that lead there.
  explicit FileIndex(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, bool ignores_case = false,
                     std::string root = {});

  /// Null if \p path is no folder that can be read.
  const Folder *folder(llvm::StringRef path) { return listing(path).folder.get(); }
  /// Why there is no listing of \p path.
  std::error_code error(llvm::StringRef path) { return listing(path).error; }
  /// What `..` and the name of a folder lead to from \p folder, without a look at the whole path.
  const Folder *parent(const Folder &folder);
  const Folder *child(const Folder &folder, llvm::StringRef name);
  FileKind kind(llvm::StringRef path);
  /// File \p name of \p folder with symbolic links followed; none if it is no file.
  FileRef file(const Folder &folder, llvm::StringRef name);
  std::optional<std::string> read(llvm::StringRef path);
  /// Whether the disk finds \p file by a name in other case, too.
  bool disk_ignores_case(const FileRef &file) const;

  /// How many folders were listed.
  size_t folders_listed() const { return folders_listed_; }
  /// How often this thread had to ask the disk, through any index: what was known then was not.
  static uint64_t disk_questions();

private:
  struct Listing {
    std::unique_ptr<Folder> folder;
    std::error_code error;
  };
  const Listing &listing(llvm::StringRef path);
  /// \p path as the listing of its folder has it, if case is ignored.
  std::string listed_path(llvm::StringRef path);
  Listing list(llvm::StringRef path);
  std::string real_path(llvm::StringRef path) const;

  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system_;
  const bool ignores_case_;
  const std::string root_;
  std::atomic<size_t> folders_listed_ = 0;
  ConcurrentMemo<Listing> folders_;
};

/// \p path joined to \p folder, without `.`, `..`, doubled slashes and a slash at the end.
std::string normalized_path(llvm::StringRef folder, llvm::StringRef path);
/// `/` for names in the root folder and for the root itself.
llvm::StringRef folder_of(llvm::StringRef path);
llvm::StringRef name_of(llvm::StringRef path);

} // namespace foreload
