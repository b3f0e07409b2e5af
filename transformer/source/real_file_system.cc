#include "source/real_file_system.h"

#include <llvm/Support/MemoryBuffer.h>

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foreload {

namespace {

using llvm::sys::fs::file_type;

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Fills \p buffer as far as the file goes. The number of bytes, or -1 and errno.
ssize_t read_fully(int file, char *buffer, size_t size) {
  size_t filled = 0;
  while (filled < size) {
    ssize_t count = ::read(file, buffer + filled, size - filled);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return -1;
    if (count == 0)
      break;
    filled += static_cast<size_t>(count);
  }
  return static_cast<ssize_t>(filled);
}

class OpenFile final : public llvm::vfs::File {
public:
  OpenFile(int file, llvm::StringRef path) : file_(file), path_(path) {}
  ~OpenFile() override { close(); }

  llvm::ErrorOr<llvm::vfs::Status> status() override {
    llvm::sys::fs::file_status status;
    if (std::error_code error = llvm::sys::fs::status(file_, status))
      return error;
    return llvm::vfs::Status::copyWithNewName(status, path_);
  }

  llvm::ErrorOr<std::string> getName() override { return path_.str().str(); }

  /// How long the file is, reading it tells. Most fit on the stack, and are copied to where they stay.
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine &name, int64_t, bool, bool) override {
    char first[32 * 1024];
    ssize_t size = read_fully(file_, first, sizeof first);
    if (size < 0)
      return last_error();
    if (size < static_cast<ssize_t>(sizeof first))
      return llvm::MemoryBuffer::getMemBufferCopy({first, static_cast<size_t>(size)}, name);

    // The size that the system tells is a guess: the file may be growing.
    struct stat status;
    if (::fstat(file_, &status) != 0)
      return last_error();
    llvm::SmallVector<char, 0> text(first, first + size);
    size_t room = std::max<size_t>(static_cast<size_t>(status.st_size), text.size()) + 1;
    for (;;) {
      size_t filled = text.size();
      text.resize_for_overwrite(room);
      size = read_fully(file_, text.data() + filled, room - filled);
      if (size < 0)
        return last_error();
      text.truncate(filled + static_cast<size_t>(size));
      if (text.size() < room)
        return llvm::MemoryBuffer::getMemBufferCopy({text.data(), text.size()}, name);
      room *= 2;
    }
  }

  std::error_code close() override {
    int file = std::exchange(file_, -1);
    return file >= 0 && ::close(file) != 0 ? last_error() : std::error_code();
  }

private:
  int file_;
  llvm::SmallString<128> path_; ///< in place, for there is one for each file that is read
};

file_type type_of(const dirent &entry) {
  switch (entry.d_type) {
  case DT_REG:
    return file_type::regular_file;
  case DT_DIR:
    return file_type::directory_file;
  case DT_LNK:
    return file_type::symlink_file;
  case DT_FIFO:
    return file_type::fifo_file;
  case DT_SOCK:
    return file_type::socket_file;
  case DT_CHR:
    return file_type::character_file;
  case DT_BLK:
    return file_type::block_file;
  default:
    return file_type::type_unknown;
  }
}

class FolderEntries final : public llvm::vfs::detail::DirIterImpl {
public:
  FolderEntries(std::string folder, std::error_code &error) : path_(std::move(folder)) {
    folder_ = ::opendir(path_.c_str());
    if (!folder_) {
      error = last_error();
      return;
    }
    if (path_.back() != '/')
      path_ += '/';
    error = increment();
  }
  ~FolderEntries() override {
    if (folder_)
      ::closedir(folder_);
  }

  std::error_code increment() override {
    for (;;) {
      errno = 0;
      const dirent *entry = ::readdir(folder_);
      if (!entry) {
        CurrentEntry = llvm::vfs::directory_entry();
        return errno ? last_error() : std::error_code();
      }
      llvm::StringRef name = entry->d_name;
      if (name == "." || name == "..")
        continue;
      std::string path;
      path.reserve(path_.size() + name.size());
      path += path_;
      path += name;
      CurrentEntry = llvm::vfs::directory_entry(std::move(path), type_of(*entry));
      return {};
    }
  }

private:
  DIR *folder_ = nullptr;
  std::string path_;
};

class RealFileSystem final : public llvm::vfs::ProxyFileSystem {
public:
  RealFileSystem() : ProxyFileSystem(llvm::vfs::getRealFileSystem()) {}

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override {
    llvm::SmallString<256> storage;
    llvm::StringRef name = path.toNullTerminatedStringRef(storage);
    int file;
    do
      file = ::open(name.data(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (file < 0 && errno == EINTR);
    if (file < 0)
      return last_error();
    return std::make_unique<OpenFile>(file, name);
  }

  llvm::vfs::directory_iterator dir_begin(const llvm::Twine &folder, std::error_code &error) override {
    error.clear();
    auto entries = std::make_shared<FolderEntries>(folder.str(), error);
    return error ? llvm::vfs::directory_iterator() : llvm::vfs::directory_iterator(std::move(entries));
  }
};

} // namespace

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> real_file_system() {
  static const llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system = new RealFileSystem;
  return file_system;
}

} // namespace foreload
