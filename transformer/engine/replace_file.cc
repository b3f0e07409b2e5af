#include "engine/replace_file.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/Process.h>

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foreload {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static constexpr std::string_view name_begin = ".foreload-", name_end = ".tmp";

static std::error_code last_error() { return std::error_code(errno, std::generic_category()); }

bool is_temporary_name(llvm::StringRef name) {
  return name.size() > name_begin.size() + name_end.size() && std::string_view(name).starts_with(name_begin) &&
         std::string_view(name).ends_with(name_end);
}

std::error_code TemporaryFile::open(llvm::StringRef file) {
  llvm::StringRef folder = path::parent_path(file);
  if (std::error_code error = fs::create_directories(folder))
    return error;
  struct stat status;
  do {
    if (lock_ >= 0)
      ::close(lock_);
    llvm::SmallString<128> temporary(folder);
    path::append(temporary,
                 llvm::Twine(name_begin) + llvm::utohexstr(llvm::sys::Process::GetRandomNumber()) + name_end);
    lock_ = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (lock_ < 0 && (errno == EEXIST || errno == EINTR))
      continue;
    if (lock_ < 0)
      return last_error();
    temporary_ = temporary.str().str();
    // Where there are no locks nobody gets one, and so nobody removes it.
    while (::flock(lock_, LOCK_EX) != 0 && errno == EINTR) {
    }
    // It may have been taken for abandoned before it was locked.
  } while (lock_ < 0 || (::fstat(lock_, &status) == 0 && status.st_nlink == 0));
  file_ = file.str();
  // Some disks tell only those who close a file that it is not written. The lock is held beyond that.
  int descriptor = ::fcntl(lock_, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) {
    std::error_code error = last_error();
    discard();
    return error;
  }
  stream_.emplace(descriptor, /*shouldClose=*/true);
  return {};
}

std::error_code TemporaryFile::close() {
  stream_->close();
  std::error_code error = stream_->error();
  stream_->clear_error();
  stream_.reset();
  return error;
}

std::error_code TemporaryFile::finish() {
  std::error_code error = close();
  if (!error)
    error = fs::rename(temporary_, file_);
  if (!error)
    temporary_.clear();
  discard();
  return error;
}

void TemporaryFile::discard() {
  if (stream_)
    (void)close();
  if (!temporary_.empty())
    fs::remove(temporary_);
  temporary_.clear();
  if (lock_ >= 0)
    ::close(lock_);
  lock_ = -1;
}

void remove_abandoned_files(llvm::StringRef folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!is_temporary_name(path::filename(at->path())))
      continue;
    int file = ::open(at->path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
      continue;
    if (::flock(file, LOCK_EX | LOCK_NB) == 0)
      fs::remove(at->path());
    ::close(file);
  }
}

std::error_code replace_file(llvm::StringRef file, llvm::StringRef text) {
  TemporaryFile temporary;
  if (std::error_code error = temporary.open(file))
    return error;
  temporary.stream() << text;
  return temporary.finish();
}

} // namespace foreload
