#include "engine/file_finder.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <algorithm>

namespace foreload {

Diagnostic file_error(llvm::StringRef path, uint16_t code, std::string message) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.file = path.str();
  diagnostic.message = std::move(message);
  return diagnostic;
}

bool is_build_manifest(llvm::vfs::FileSystem &file_system, llvm::StringRef path) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text = file_system.getBufferForFile(path);
  return text && (*text)->getBuffer().find("\"generator\": \"foreload ") != llvm::StringRef::npos;
}

std::vector<std::string> FileFinder::find(llvm::StringRef directory) {
  if (llvm::ErrorOr<llvm::vfs::Status> status = file_system_.status(out_); !out_.empty() && status)
    seen_.insert({status->getUniqueID().getDevice(), status->getUniqueID().getFile()});
  folders_.push_back(directory.str());
  while (!folders_.empty()) {
    std::string folder = std::move(folders_.back());
    folders_.pop_back();
    read(folder);
  }
  std::sort(files_.begin(), files_.end());
  return std::move(files_);
}

void FileFinder::read(const std::string &folder) {
  llvm::ErrorOr<llvm::vfs::Status> status = file_system_.status(folder);
  if (status && !seen_.insert({status->getUniqueID().getDevice(), status->getUniqueID().getFile()}).second)
    return;
  std::error_code error;
  for (llvm::vfs::directory_iterator at = file_system_.dir_begin(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::string path = llvm::sys::path::convert_to_slash(at->path());
    llvm::StringRef name = llvm::sys::path::filename(path);
    if (name.empty() || name[0] == '.' || name == "node_modules" || path == out_)
      continue;
    if (name == "manifest.json" && is_build_manifest(file_system_, path)) { // of an earlier build
      drop_below(folder);
      return;
    }
    llvm::sys::fs::file_type type = at->type();
    if (type != llvm::sys::fs::file_type::regular_file && type != llvm::sys::fs::file_type::directory_file) {
      // A directory entry tells a link from what it leads to; only status() follows it.
      llvm::ErrorOr<llvm::vfs::Status> entry = file_system_.status(path);
      if (!entry) {
        if (is_wanted_(path))
          diagnostics_.push_back(file_error(path, 9001, "the file could not be read: " + entry.getError().message()));
        continue;
      }
      type = entry->getType();
    }
    if (type == llvm::sys::fs::file_type::directory_file)
      folders_.push_back(path);
    else if (is_wanted_(path))
      files_.push_back(path);
  }
  if (error)
    diagnostics_.push_back(file_error(folder, 9001, "the folder could not be read: " + error.message()));
}

void FileFinder::drop_below(const std::string &folder) {
  auto is_below = [&](const std::string &path) { return std::string_view(path).starts_with(folder + "/"); };
  std::erase_if(folders_, is_below);
  std::erase_if(files_, is_below);
}

} // namespace foreload
