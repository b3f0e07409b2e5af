// What a build has seen of the disk: the files that it has read, the folders that it has listed, the names that were not
// there. As long as all of that is as it was, the build would do the same again.
#pragma once
#include "engine/digest.h"

#include <llvm/Config/llvm-config.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <map>
#include <mutex>
#include <optional>

#if LLVM_VERSION_MAJOR < 19
#define FORELOAD_REAL_PATH_CONST const
#else
#define FORELOAD_REAL_PATH_CONST
#endif

namespace foreload {

/// What tells that a file was not touched, as far as the disk tells.
struct FileStamp {
  uint64_t size = 0;
  int64_t modified = 0; ///< nanoseconds
  uint64_t inode = 0;
  uint64_t device = 0;

  friend bool operator==(const FileStamp &, const FileStamp &) = default;

  /// Whether a later change is sure to change the stamp, if it was taken at \p taken_at (nanoseconds) or later. The clock
  /// that times are taken from stands still for some milliseconds at a time, and on some disks for two seconds.
  bool is_settled(int64_t taken_at) const;
};

FileStamp stamp_of(const llvm::vfs::Status &status);
int64_t nanoseconds_now();

struct Observation {
  enum class Kind : uint8_t { Missing, File, Folder, Other } kind = Kind::Missing;
  FileStamp stamp;
  std::optional<Digest> content; ///< of a file that was read
  std::optional<Digest> listing; ///< of a folder that was listed: names and types
  /// Likewise, without hidden names that no import has: .git, .DS_Store. Two checkouts have the same.
  std::optional<Digest> portable_listing;
  std::string real_path;         ///< not empty: it was asked for, and leads somewhere else
};

/// Nothing: the system does not say.
std::optional<Observation::Kind> kind_of(const llvm::ErrorOr<llvm::vfs::Status> &status);

/// By absolute path.
using Observations = std::map<std::string, Observation>;

/// What a build makes itself, and does not look at, in folders that it lists.
struct OwnFiles {
  std::string out; ///< absolute, or empty

  /// Hidden names in node_modules are caches of tools, this one's among them; no import leads there.
  bool contains(llvm::StringRef folder, llvm::StringRef name) const;
};

/// The listing of a folder as a digest; nothing if it cannot be read.
std::optional<Digest> digest_of_listing(llvm::vfs::FileSystem &file_system, llvm::StringRef folder, const OwnFiles &own,
                                        bool is_portable = false);

/// Hands everything on to another file system, and takes note of it. Safe for concurrent use if the other one is.
class ObservedFileSystem final : public llvm::vfs::FileSystem {
public:
  explicit ObservedFileSystem(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> base)
      : base_(std::move(base)), begun_(nanoseconds_now()) {}

  /// What was seen; nothing if it did not stay as it was meanwhile, or something could not be looked at. What follows from
  /// the listing of a folder is left out, and so is \p own.
  std::optional<Observations> observations(const OwnFiles &own) const;
  /// The digest of a file's content, which is read if nobody has done so; nothing if it cannot be read.
  std::optional<Digest> content(llvm::StringRef file);
  /// Something that was looked at, as it was last.
  struct Look {
    std::string path;
    Observation::Kind kind;
    bool is_read;
    bool is_listed;
    FileStamp stamp;
  };
  /// What was looked at since the last call, or since ever.
  std::vector<Look> looks(bool only_new);
  /// Whether somebody has looked at \p path, or at something below it.
  bool knows(llvm::StringRef path) const;
  bool is_listed(llvm::StringRef folder) const;
  /// When the first of them was made, or earlier: nanoseconds.
  int64_t begun() const { return begun_; }

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override;
  llvm::vfs::directory_iterator dir_begin(const llvm::Twine &folder, std::error_code &error) override;
  std::error_code getRealPath(const llvm::Twine &path, llvm::SmallVectorImpl<char> &real) FORELOAD_REAL_PATH_CONST override;
  llvm::ErrorOr<std::string> getCurrentWorkingDirectory() const override { return base_->getCurrentWorkingDirectory(); }
  std::error_code setCurrentWorkingDirectory(const llvm::Twine &path) override {
    return base_->setCurrentWorkingDirectory(path);
  }

private:
  class ObservedFile;
  struct Seen {
    Observation what;
    uint64_t checksum = 0; ///< of the content, so that who reads a file again need not wait for its digest again
    std::optional<std::map<std::string, llvm::sys::fs::file_type>> names; ///< of a folder that was listed
  };

  void note(const std::string &path, const llvm::ErrorOr<llvm::vfs::Status> &status) const;
  void note_content(const std::string &path, const FileStamp &stamp, llvm::StringRef content);

  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> base_;
  int64_t begun_;
  mutable std::mutex mutex_; ///< guards what follows
  mutable std::map<std::string, Seen> seen_;
  mutable std::vector<const std::string *> new_; ///< of these, since looks()
  mutable bool is_steady_ = true;
};

} // namespace foreload
