// Whole files, one after another: for who looks at ten thousand of them and keeps none.
//
// A file of a few kilobytes is read in about two microseconds, so that all that is not the system's own work shows. The
// text stays where the system has put it. Of files in one folder, only the first two lead the system through all names of
// their path, and are read until there is no more: for the others one read() is enough, if the file system is of a kind
// that gives less than was asked for at the end of a file only.
#pragma once
#include <llvm/Support/ErrorOr.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <string>

namespace foreload {

/// For one thread.
class FileReader {
public:
  /// \p file_system has to outlive it. If that is real_file_system(), it is passed by.
  explicit FileReader(llvm::vfs::FileSystem &file_system);
  FileReader(const FileReader &) = delete;
  FileReader &operator=(const FileReader &) = delete;
  ~FileReader();

  /// What is in the regular file \p name of \p folder, which is absolute and normalized. Valid until the next call.
  llvm::ErrorOr<llvm::StringRef> read(llvm::StringRef folder, llvm::StringRef name);

private:
  int open(llvm::StringRef folder, llvm::StringRef name);

  llvm::vfs::FileSystem &file_system_;
  bool is_disk_;
  llvm::SmallVector<char, 0> text_;
  std::unique_ptr<llvm::MemoryBuffer> buffer_; ///< instead of it, of other file systems
  llvm::SmallString<256> path_;
  std::string folder_;     ///< that of the last file
  int folder_handle_ = -1; ///< if there were two files of it in a row
  bool reads_whole_files_ = false; ///< known of that handle's file system
};

} // namespace foreload
