#include "link/file_index.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace foreload {

namespace {

FileKind kind_of(llvm::sys::fs::file_type type) {
  if (type == llvm::sys::fs::file_type::regular_file)
    return FileKind::File;
  if (type == llvm::sys::fs::file_type::directory_file)
    return FileKind::Folder;
  return FileKind::Missing; // sockets, pipes and devices hold no modules
}

} // namespace

FileIndex::FileIndex(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system)
    : file_system_(std::move(file_system)) {}

const Folder *FileIndex::folder(llvm::StringRef path) {
  return folders_.get(path, [&] { return list(path); }).get();
}

FileKind FileIndex::kind(llvm::StringRef path) {
  const Folder *parent = folder(folder_of(path));
  return parent ? parent->kind(name_of(path)) : FileKind::Missing;
}

std::string FileIndex::real_path(llvm::StringRef path, const Folder &folder, llvm::StringRef name) const {
  if (folder.entries.lookup(name).is_link) {
    llvm::SmallString<256> real;
    if (!file_system_->getRealPath(normalized_path(path, name), real))
      return std::string(real);
  }
  return normalized_path(folder.real_path, name);
}

std::optional<std::string> FileIndex::read(llvm::StringRef path) const {
  auto buffer = file_system_->getBufferForFile(path);
  if (!buffer)
    return std::nullopt;
  return (*buffer)->getBuffer().str();
}

std::unique_ptr<Folder> FileIndex::list(llvm::StringRef path) const {
  std::error_code error;
  auto entry = file_system_->dir_begin(path, error);
  if (error)
    return nullptr;
  auto folder = std::make_unique<Folder>();
  for (llvm::vfs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    llvm::StringRef name = name_of(entry->path());
    llvm::sys::fs::file_type type = entry->type();
    // Some file systems do not tell the type of an entry in a listing.
    bool is_known = type != llvm::sys::fs::file_type::symlink_file && type != llvm::sys::fs::file_type::type_unknown;
    if (!is_known) {
      auto status = file_system_->status(entry->path());
      type = status ? status->getType() : llvm::sys::fs::file_type::file_not_found;
    }
    folder->entries[name] = {kind_of(type), !is_known};
  }
  llvm::SmallString<256> real;
  folder->real_path = file_system_->getRealPath(path, real) ? path.str() : std::string(real);
  return folder;
}

std::string normalized_path(llvm::StringRef folder, llvm::StringRef path) {
  llvm::SmallString<256> joined(folder);
  joined += '/';
  joined += path;
  llvm::sys::path::remove_dots(joined, /*remove_dot_dot=*/true, llvm::sys::path::Style::posix);
  // Two slashes at the start are a network name to LLVM, and a root folder to everyone else.
  llvm::StringRef result = joined;
  while (result.size() > 1 && result[0] == '/' && result[1] == '/')
    result = result.drop_front();
  return result.str();
}

llvm::StringRef folder_of(llvm::StringRef path) {
  size_t slash = path.rfind('/');
  return slash == llvm::StringRef::npos || slash == 0 ? llvm::StringRef("/") : path.take_front(slash);
}

llvm::StringRef name_of(llvm::StringRef path) { return path.substr(path.rfind('/') + 1); }

} // namespace foreload
