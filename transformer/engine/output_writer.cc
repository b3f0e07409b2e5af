#include "engine/output_writer.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/Support/Base64.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foreload {

namespace fs = llvm::sys::fs;

/// Whether \p text is what a regular file has; a link is none. A build asks that of all of its outputs.
static bool has_text(const std::string &path, llvm::StringRef text) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0)
    return false;
  auto close = llvm::make_scope_exit([&] { ::close(file); });
  struct stat status;
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || static_cast<size_t>(status.st_size) != text.size())
    return false;
  while (!text.empty()) {
    char part[16 * 1024];
    ssize_t size = ::read(file, part, std::min(sizeof part, text.size()));
    if (size < 0 && errno == EINTR)
      continue;
    if (size <= 0 || std::memcmp(part, text.data(), static_cast<size_t>(size)) != 0)
      return false;
    text = text.drop_front(static_cast<size_t>(size));
  }
  return true;
}

std::error_code OutputWriter::write(llvm::StringRef below, llvm::StringRef text) {
  std::string file = path(below);
  std::error_code error;
  if (has_text(file, text)) {
    ++unchanged_;
  } else {
    if (keeps_account_)
      note_folders(file);
    error = replace_file(file, text);
    if (!error) {
      ++written_;
      bytes_ += text.size();
    }
  }
  if (keeps_account_ && !error) {
    std::lock_guard lock(mutex_);
    account_[below] = {text.size(), llvm::xxHash64(text)};
  }
  return error;
}

/// Remembers the folders that \p file is about to bring about.
void OutputWriter::note_folders(llvm::StringRef file) {
  for (llvm::StringRef folder = llvm::sys::path::parent_path(file); !folder.empty() && !fs::exists(folder);
       folder = llvm::sys::path::parent_path(folder)) {
    std::lock_guard lock(mutex_);
    made_folders_.insert(folder.str());
  }
}

void OutputWriter::remove(llvm::StringRef below) {
  std::lock_guard lock(mutex_);
  auto written = account_.find(below);
  if (written == account_.end())
    return;
  Written expected = written->second;
  account_.erase(written);
  std::string file = path(below);
  auto text = llvm::MemoryBuffer::getFile(file, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!text || fs::is_symlink_file(file) || (*text)->getBufferSize() != expected.size ||
      llvm::xxHash64((*text)->getBuffer()) != expected.hash || fs::remove(file))
    return;
  for (llvm::StringRef folder = llvm::sys::path::parent_path(file); made_folders_.contains(folder.str());
       folder = llvm::sys::path::parent_path(folder)) {
    if (::rmdir(folder.str().c_str()) != 0) // there is something in it
      return;
    made_folders_.erase(folder.str());
  }
}

std::string PackWriter::line(llvm::StringRef below, llvm::StringRef text) {
  std::string line;
  llvm::raw_string_ostream stream(line);
  llvm::json::OStream json(stream);
  json.object([&] {
    json.attribute("path", llvm::json::fixUTF8(below));
    if (llvm::json::isUTF8(text))
      json.attribute("text", text);
    else // what is no text passes through as it is
      json.attribute("base64", llvm::encodeBase64(text));
  });
  stream << "\n";
  stream.flush();
  return line;
}

void PackWriter::write(size_t turn, llvm::StringRef lines) {
  std::unique_lock lock(mutex_);
  turned_.wait(lock, [&] { return turn_ == turn; });
  if (turn == 0)
    error_ = pack_.open(file_);
  if (pack_.is_open())
    pack_.stream() << lines;
  ++turn_;
  lock.unlock();
  turned_.notify_all();
}

std::error_code PackWriter::finish() { return pack_.is_open() ? pack_.finish() : error_; }

} // namespace foreload
