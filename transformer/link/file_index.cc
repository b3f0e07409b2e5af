#include "link/file_index.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace foreload {

namespace {

thread_local uint64_t questions_of_thread = 0;

FileKind kind_of(llvm::sys::fs::file_type type) {
  if (type == llvm::sys::fs::file_type::regular_file)
    return FileKind::File;
  if (type == llvm::sys::fs::file_type::directory_file)
    return FileKind::Folder;
  return FileKind::Missing; // sockets, pipes and devices hold no modules
}

/// Of a normalized folder and a name.
std::string path_in(llvm::StringRef folder, llvm::StringRef name) {
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  if (folder != "/")
    path += folder;
  path += '/';
  path += name;
  return path;
}

} // namespace

std::string FileRef::path() const { return path_in(folder->real_path, name); }

llvm::StringMap<Folder::Entry>::const_iterator Folder::at_any_case(llvm::StringRef name) const {
  auto known = in_lower_case.find(name.lower());
  return known == in_lower_case.end() ? entries.end() : entries.find(known->second);
}

FileIndex::FileIndex(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, bool ignores_case, std::string root)
    : file_system_(std::move(file_system)), ignores_case_(ignores_case), root_(std::move(root)) {}

uint64_t FileIndex::disk_questions() { return questions_of_thread; }

const FileIndex::Listing &FileIndex::listing(llvm::StringRef path) {
  return folders_.get(path, [&] { return ignores_case_ ? list(listed_path(path)) : list(path); });
}

std::string FileIndex::listed_path(llvm::StringRef path) {
  if (std::string_view(root_).starts_with(std::string_view(path)) && (root_.size() == path.size() || root_[path.size()] == '/'))
    return path.str();
  if (const Folder *parent = path.size() > 1 ? folder(folder_of(path)) : nullptr)
    if (auto entry = parent->at(name_of(path)); entry != parent->entries.end())
      return path_in(parent->path, entry->first());
  return path.str();
}

const Folder *FileIndex::parent(const Folder &folder) {
  const Folder *known = folder.parent.load(std::memory_order_acquire);
  if (!known) {
    known = this->folder(folder_of(folder.path));
    folder.parent.store(known, std::memory_order_release);
  }
  return known;
}

const Folder *FileIndex::child(const Folder &folder, llvm::StringRef name) {
  const Folder::Entry *entry = folder.find(name);
  if (!entry || entry->kind != FileKind::Folder)
    return nullptr;
  const Folder *known = entry->folder.load(std::memory_order_acquire);
  if (!known) {
    known = this->folder(path_in(folder.path, name));
    entry->folder.store(known, std::memory_order_release);
  }
  return known;
}

FileKind FileIndex::kind(llvm::StringRef path) {
  const Folder *parent = folder(folder_of(path));
  return parent ? parent->kind(name_of(path)) : FileKind::Missing;
}

FileRef FileIndex::file(const Folder &folder, llvm::StringRef name) {
  auto entry = folder.at(name);
  if (entry == folder.entries.end() || entry->second.kind != FileKind::File)
    return {};
  FileRef as_listed{&folder, entry->first()};
  std::string real;
  if (entry->second.is_link) {
    llvm::SmallString<256> storage;
    ++questions_of_thread;
    if (file_system_->getRealPath(path_in(folder.path, entry->first()), storage))
      return as_listed;
    real = std::string(storage);
  } else if (folder.path != folder.real_path) {
    real = path_in(folder.real_path, entry->first());
  } else {
    return as_listed;
  }
  const Folder *real_folder = this->folder(folder_of(real));
  if (!real_folder)
    return as_listed;
  auto real_entry = real_folder->entries.find(name_of(real));
  return real_entry == real_folder->entries.end() ? as_listed : FileRef{real_folder, real_entry->first()};
}

std::optional<std::string> FileIndex::read(llvm::StringRef path) {
  ++questions_of_thread;
  auto buffer = ignores_case_ ? file_system_->getBufferForFile(listed_path(path)) : file_system_->getBufferForFile(path);
  if (!buffer)
    return std::nullopt;
  return (*buffer)->getBuffer().str();
}

bool FileIndex::disk_ignores_case(const FileRef &file) const {
  std::string name = file.name.str();
  for (char &c : name)
    c = llvm::toLower(c) == c ? llvm::toUpper(c) : llvm::toLower(c);
  auto status = file_system_->status(file.path());
  auto of_other = file_system_->status(path_in(file.folder->real_path, name));
  return name != file.name && status && of_other && status->getUniqueID() == of_other->getUniqueID();
}

FileIndex::Listing FileIndex::list(llvm::StringRef path) {
  ++questions_of_thread;
  ++folders_listed_;
  std::error_code error;
  auto entry = file_system_->dir_begin(path, error);
  auto folder = std::make_unique<Folder>();
  folder->ignores_case = ignores_case_;
  for (llvm::vfs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    llvm::StringRef name = name_of(entry->path());
    llvm::sys::fs::file_type type = entry->type();
    // Some file systems do not tell the type of an entry in a listing.
    bool is_known = type != llvm::sys::fs::file_type::symlink_file && type != llvm::sys::fs::file_type::type_unknown;
    if (!is_known) {
      auto status = file_system_->status(entry->path());
      type = status ? status->getType() : llvm::sys::fs::file_type::file_not_found;
    }
    folder->entries.try_emplace(name, kind_of(type), !is_known);
  }
  if (ignores_case_)
    for (const auto &named : folder->entries)
      if (llvm::StringRef &first = folder->in_lower_case[named.first().lower()]; first.empty() || named.first() < first)
        first = named.first();
  if (error)
    return {nullptr, error}; // a part of a listing would be worse than none
  folder->path = path.str();
  folder->real_path = real_path(path);
  return {std::move(folder), {}};
}

/// \p path without links: all names in it need to be looked at only if nobody has listed the folder above.
std::string FileIndex::real_path(llvm::StringRef path) const {
  if (const Listing *above = folders_.find(folder_of(path)); above && above->folder)
    if (const Folder::Entry *entry = above->folder->find(name_of(path)); entry && !entry->is_link)
      return path_in(above->folder->real_path, name_of(path));
  llvm::SmallString<256> real;
  return file_system_->getRealPath(path, real) ? path.str() : std::string(real);
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
