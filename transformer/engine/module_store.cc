#include "engine/module_store.h"

#include <llvm/Support/MemoryBuffer.h>

namespace foreload {

static std::string resolution_key(llvm::StringRef specifier, llvm::StringRef importer) {
  return specifier.str() + '\0' + importer.str();
}

ModuleStore::ModuleStore(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, ResolverOptions resolver,
                         AnalyzeOptions analyze, bool ask_first)
    : file_system_(file_system), root_(resolver.root), resolver_(std::move(file_system), std::move(resolver)),
      analyze_(std::move(analyze)), ask_first_(ask_first) {}

std::shared_ptr<const ModuleFacts> ModuleStore::facts(llvm::StringRef path, std::string &error) {
  llvm::ErrorOr<llvm::vfs::Status> status = file_system_->status(path);
  if (!status) {
    error = status.getError().message();
    return nullptr;
  }
  if (!status->isRegularFile()) {
    error = "it is not a file";
    return nullptr;
  }
  {
    std::lock_guard lock(mutex_);
    if (auto at = entries_.find(path); at != entries_.end() && at->second.size == status->getSize() &&
                                       at->second.modified == status->getLastModificationTime() &&
                                       at->second.identity == status->getUniqueID())
      return at->second.facts;
  }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = file_system_->getBufferForFile(path);
  if (!buffer) {
    error = buffer.getError().message();
    return nullptr;
  }
  std::shared_ptr<const ModuleFacts> facts = facts_of_text(path, (*buffer)->getBuffer());
  std::lock_guard lock(mutex_);
  entries_[path] = {status->getSize(), status->getLastModificationTime(), status->getUniqueID(), facts};
  return facts;
}

std::shared_ptr<const ModuleFacts> ModuleStore::facts_of_text(llvm::StringRef path, llvm::StringRef text) {
  return analyze_module(std::make_shared<SourceFile>(path.str(), text.str()), analyze_);
}

ResolveResult ModuleStore::resolve(llvm::StringRef specifier, llvm::StringRef importer) {
  bool is_relative = specifier.substr(0, 1) == ".";
  ResolveResult result;
  if (is_relative || !ask_first_)
    result = resolver_.resolve(specifier, importer);
  if (result.resolution != Resolution::NotFound)
    return result;
  std::lock_guard lock(mutex_);
  auto at = resolutions_.find(resolution_key(specifier, importer));
  if (at == resolutions_.end())
    return result;
  if (at->second.empty())
    return {Resolution::External, {}};
  return {Resolution::Found, at->second};
}

std::string ModuleStore::import_scope(llvm::StringRef path) {
  llvm::StringRef folder = path.rsplit('/').first;
  {
    std::lock_guard lock(mutex_);
    if (auto known = import_scopes_.find(folder); known != import_scopes_.end())
      return known->second;
  }
  std::string scope = nearest(folder, "package.json") + '\0' + nearest(folder, "tsconfig.json");
  std::lock_guard lock(mutex_);
  return import_scopes_[folder] = scope;
}

/// Whether a folder is a package's own below node_modules: `node_modules/a` or `node_modules/@a/b`.
static bool is_package_folder(llvm::StringRef folder) {
  llvm::StringRef parent = folder.rsplit('/').first;
  llvm::StringRef name = parent.rsplit('/').second;
  return name == "node_modules" || (name.substr(0, 1) == "@" && parent.rsplit('/').first.rsplit('/').second == "node_modules");
}

/// The nearest folder from \p folder upwards that has \p file; the project's root and a package's folder count as having
/// it.
std::string ModuleStore::nearest(llvm::StringRef folder, llvm::StringRef file) const {
  while (!folder.empty() && folder != root_ && !is_package_folder(folder) &&
         !file_system_->exists(folder + "/" + file))
    folder = folder.rsplit('/').first == folder ? llvm::StringRef() : folder.rsplit('/').first;
  return folder.str();
}

void ModuleStore::add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path) {
  std::lock_guard lock(mutex_);
  resolutions_[resolution_key(specifier, importer)] = path.str();
}

void ModuleStore::invalidate(llvm::ArrayRef<std::string> paths) {
  resolver_.invalidate();
  std::lock_guard lock(mutex_);
  import_scopes_.clear();
  for (const std::string &path : paths)
    entries_.erase(path);
}

void ModuleStore::invalidate_all() {
  resolver_.invalidate();
  std::lock_guard lock(mutex_);
  entries_.clear();
  import_scopes_.clear();
  resolutions_.clear();
}

} // namespace foreload
