// The last build of its kind: what it has seen, what it has written, and what came of it. If all of that is as it was, the
// build need not be done, which costs little more than to ask for the times of the files.
#pragma once
#include "engine/observed_files.h"

#include <llvm/Support/MemoryBuffer.h>

namespace foreload {

/// A file as it was written.
struct WrittenFile {
  std::string path; ///< absolute
  FileStamp stamp;
};

/// The stamp of the file at \p path; nothing if it is no file.
std::optional<FileStamp> stamp_of_file(llvm::StringRef path);

class BuildRecord {
public:
  /// Writes a record; \p key is of what besides the disk the build depends on. \p taken_at is when the first observation
  /// was made.
  static std::error_code write(llvm::StringRef file, const Digest &key, const Observations &seen,
                               llvm::ArrayRef<WrittenFile> written, int64_t taken_at, llvm::StringRef result);

  /// The record in \p file, if it is one for \p key and nothing is wrong with it.
  static std::optional<BuildRecord> read(llvm::StringRef file, const Digest &key);

  /// The files that the build has read and that have another text now, sorted; none: the disk is as it was. Nothing:
  /// there are many of them, or something else has changed. Of a file that was touched, or that had been changed right
  /// before the build, the content is compared; is_stale() says then that stamps should be written anew, which refresh()
  /// does.
  std::optional<std::vector<std::string>> changed_texts(const OwnFiles &own);
  bool is_stale() const { return is_stale_; }
  std::error_code refresh(llvm::StringRef file);

  llvm::StringRef result() const { return result_; }

  // What it was made of, for a build that starts from it.
  Observations observations() const;
  std::vector<WrittenFile> written() const;
  /// The digest of what the build has read in the file at \p path; nothing if it has not.
  std::optional<Digest> content(llvm::StringRef path) const;

private:
  struct Header;
  struct Folder;
  struct File;
  struct Other;

  BuildRecord() = default;
  bool lay_out();
  struct Check;
  enum class Verdict : uint8_t { Same, OtherText, Different };
  bool check(Folder &folder, Check &check) const;
  Verdict check(File &file, int folder, Check &check) const;
  bool check(const Other &other) const;
  llvm::ArrayRef<File> files_of(const Folder &folder) const;
  const char *name(uint32_t at) const { return names_.data() + at; }

  std::unique_ptr<llvm::WritableMemoryBuffer> bytes_;
  llvm::MutableArrayRef<Folder> folders_;
  llvm::MutableArrayRef<File> files_;
  llvm::ArrayRef<Other> others_;
  llvm::StringRef names_; ///< each with a NUL behind it
  llvm::StringRef result_;
  bool is_stale_ = false;
};

} // namespace foreload
