#include "source/file_reader.h"
#include "source/real_file_system.h"

#include <llvm/Support/MemoryBuffer.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

namespace foreload {

namespace {

/// Most modules are shorter.
constexpr size_t first_size = 64 * 1024;

/// Whether a file system answers from the page cache, so that a read() that comes back with less than was asked for has
/// met the end of the file. Others, in user space or over a network, may do so anywhere.
bool reads_whole_files(int folder) {
  struct statfs status;
  if (::fstatfs(folder, &status) != 0)
    return false;
  switch (static_cast<uint32_t>(status.f_type)) {
  case 0x0000EF53: // ext2, ext3, ext4
  case 0x01021994: // tmpfs
  case 0x2FC12FC1: // ZFS
  case 0x58465342: // XFS
  case 0x794C7630: // overlayfs
  case 0x9123683E: // Btrfs
  case 0xF2F52010: // F2FS
    return true;
  default:
    return false;
  }
}

void join(llvm::SmallString<256> &path, llvm::StringRef folder, llvm::StringRef name) {
  path = folder;
  if (path.size() > 1)
    path += '/';
  path += name;
}

} // namespace

FileReader::FileReader(llvm::vfs::FileSystem &file_system)
    : file_system_(file_system), is_disk_(&file_system == real_file_system().get()) {
  if (is_disk_)
    text_.resize_for_overwrite(first_size);
}

FileReader::~FileReader() {
  if (folder_handle_ >= 0)
    ::close(folder_handle_);
}

int FileReader::open(llvm::StringRef folder, llvm::StringRef name) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (folder != folder_) {
    if (int last = std::exchange(folder_handle_, -1); last >= 0)
      ::close(last);
    folder_ = folder.str();
    reads_whole_files_ = false;
  } else if (folder_handle_ < 0) {
    folder_handle_ = ::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    reads_whole_files_ = folder_handle_ >= 0 && reads_whole_files(folder_handle_);
  }
  if (folder_handle_ >= 0) {
    path_ = name;
    if (int file = ::openat(folder_handle_, path_.c_str(), flags); file >= 0)
      return file;
  }
  // Another folder may have taken the name of the one that is open.
  join(path_, folder, name);
  return ::open(path_.c_str(), flags);
}

llvm::ErrorOr<llvm::StringRef> FileReader::read(llvm::StringRef folder, llvm::StringRef name) {
  if (!is_disk_) {
    join(path_, folder, name);
    auto buffer = file_system_.getBufferForFile(path_);
    if (!buffer)
      return buffer.getError();
    buffer_ = std::move(*buffer);
    return buffer_->getBuffer();
  }

  auto error = [] { return std::error_code(errno, std::generic_category()); };
  int file;
  while ((file = open(folder, name)) < 0)
    if (errno != EINTR)
      return error();
  size_t size = 0;
  for (;;) {
    ssize_t count = ::read(file, text_.data() + size, text_.size() - size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      std::error_code failure = error();
      ::close(file);
      return failure;
    }
    size += static_cast<size_t>(count);
    if (count == 0 || (reads_whole_files_ && size < text_.size()))
      break;
    if (size == text_.size())
      text_.resize_for_overwrite(2 * text_.size());
  }
  ::close(file);
  return llvm::StringRef(text_.data(), size);
}

} // namespace foreload
