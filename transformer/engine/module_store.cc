#include "engine/module_store.h"

#include "engine/archive.h"
#include "engine/fact_codec.h"
#include "engine/module_prefetch.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace foreload {

static std::string resolution_key(llvm::StringRef specifier, llvm::StringRef importer) {
  return specifier.str() + '\0' + importer.str();
}

ModuleStore::ModuleStore(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, ResolverOptions resolver,
                         AnalyzeOptions analyze, bool ask_first)
    : file_system_(file_system), root_(resolver.root), resolver_(std::move(file_system), std::move(resolver)),
      analyze_(std::move(analyze)), ask_first_(ask_first), loader_imports_(*file_system_, root_) {}

std::shared_ptr<const ModuleFacts> ModuleStore::read(llvm::StringRef path, std::string &error, bool &is_new) {
  llvm::ErrorOr<llvm::vfs::Status> status = file_system_->status(path);
  Entry entry = {};
  if (status && status->isRegularFile())
    entry = {true, status->getSize(), status->getLastModificationTime(), status->getUniqueID(), nullptr};
  auto is_entry = [&](const Entry &known) {
    return known.is_file == entry.is_file && known.size == entry.size && known.modified == entry.modified &&
           known.identity == entry.identity;
  };
  const bool is_shared = prefetch_ && !hooks_;
  std::unique_lock lock(mutex_);
  for (;; was_read_.wait(lock)) {
    if (auto at = entries_.find(path); at != entries_.end() && is_entry(at->second)) {
      is_new = false;
      return at->second.facts;
    }
    if (!is_shared || reading_.insert(path).second)
      break;
  }
  uint64_t forgotten = forgotten_;
  lock.unlock();
  is_new = analyze_file(path, status, entry, error) != nullptr;
  lock.lock();
  if (entry.facts && forgotten == forgotten_)
    entries_[path] = entry;
  if (is_shared) {
    reading_.erase(path);
    was_read_.notify_all();
  }
  return entry.facts;
}

std::shared_ptr<const ModuleFacts> ModuleStore::analyze_file(llvm::StringRef path,
                                                             const llvm::ErrorOr<llvm::vfs::Status> &status,
                                                             Entry &entry, std::string &error) {
  std::optional<std::string> loaded = hooks_ ? hooks_->load(path) : std::nullopt;
  std::unique_ptr<llvm::MemoryBuffer> file;
  if (!loaded) {
    if (!entry.is_file) {
      error = status ? "it is not a file" : status.getError().message();
      return nullptr;
    }
    llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = file_system_->getBufferForFile(path);
    if (!buffer) {
      error = buffer.getError().message();
      return nullptr;
    }
    file = std::move(*buffer);
  }
  llvm::StringRef text = loaded ? llvm::StringRef(*loaded) : file->getBuffer();
  std::optional<std::string> prepared = hooks_ ? hooks_->prepare(path, text) : std::nullopt;
  return entry.facts = looked_at(path, prepared ? llvm::StringRef(*prepared) : text);
}

std::shared_ptr<const ModuleFacts> ModuleStore::facts_of_text(llvm::StringRef path, llvm::StringRef text) {
  std::shared_ptr<const ModuleFacts> facts = looked_at(path, text);
  std::lock_guard lock(mutex_);
  return given_[path] = facts;
}

std::shared_ptr<const ModuleFacts> ModuleStore::looked_at(llvm::StringRef path, llvm::StringRef text) {
  std::shared_ptr<const ModuleFacts> facts = known(path, text);
  ++(facts ? known_count_ : analyzed_count_);
  if (!facts)
    facts = analyzed(std::make_shared<SourceFile>(path.str(), text.str()));
  if (hooks_)
    hooks_->parsed(*facts);
  return facts;
}

std::shared_ptr<const ModuleFacts> ModuleStore::known(llvm::StringRef path, llvm::StringRef text) {
  std::lock_guard lock(mutex_);
  if (auto at = entries_.find(path); at != entries_.end() && at->second.facts->source->text() == text)
    return at->second.facts;
  if (auto at = given_.find(path); at != given_.end() && at->second->source->text() == text)
    return at->second;
  return nullptr;
}

void ModuleStore::read_ahead(const ModuleFacts &component) {
  if (prefetch_ && !hooks_)
    prefetch_->start(component);
}

ModuleStore::Statistics ModuleStore::statistics() {
  Statistics result{analyzed_count_, known_count_};
  if (prefetch_) {
    ModulePrefetch::Statistics ahead = prefetch_->statistics();
    result.read_ahead = ahead.files;
    result.is_reading_ahead = ahead.is_busy;
  }
  return result;
}

void ModuleStore::set_cache(DiskCache *cache) {
  cache_ = cache;
  const auto &[runtime_modules, awaits, auto_lift] = analyze_; // all of the options
  ArchiveWriter scope;
  scope(std::string("facts"), program_identity(), runtime_modules, awaits, auto_lift);
  cache_scope_ = scope.take();
}

/// Of the path only the ending counts, so that a file that is moved stays known.
Digest ModuleStore::cache_key(llvm::StringRef path, const Digest &content) const {
  return digest_of({cache_scope_, llvm::sys::path::extension(path), llvm::StringRef("\0", 1),
                    llvm::StringRef(reinterpret_cast<const char *>(content.data()), content.size())});
}

/// Takes the text along: of a file that has changed since, the disk does not have it.
static std::string encode_with_text(const ModuleFacts &facts) {
  ArchiveWriter archive;
  archive(facts.source->text(), encode_facts(facts));
  return archive.take();
}

std::shared_ptr<const ModuleFacts> ModuleStore::facts_of_content(llvm::StringRef path, const Digest &content) {
  std::optional<llvm::StringRef> bytes = cache_ ? cache_->find(cache_key(path, content)) : std::nullopt;
  if (!bytes)
    return nullptr;
  llvm::StringRef text, facts;
  ArchiveReader archive(*bytes);
  archive(text, facts);
  return archive.is_complete() ? decode_facts(facts, std::make_shared<SourceFile>(path.str(), text.str())) : nullptr;
}

std::shared_ptr<const ModuleFacts> ModuleStore::analyzed(std::shared_ptr<const SourceFile> source) const {
  if (!cache_)
    return analyze_module(std::move(source), analyze_);
  Digest key = cache_key(source->path(), digest_of(source->text()));
  if (std::optional<llvm::StringRef> bytes = cache_->find(key)) {
    llvm::StringRef text, encoded;
    ArchiveReader archive(*bytes);
    archive(text, encoded);
    if (std::shared_ptr<const ModuleFacts> facts = archive.is_complete() ? decode_facts(encoded, source) : nullptr)
      return facts;
  }
  std::shared_ptr<const ModuleFacts> facts = analyze_module(std::move(source), analyze_);
  cache_->add(key, encode_with_text(*facts));
  return facts;
}

ResolveResult ModuleStore::resolve(llvm::StringRef specifier, llvm::StringRef importer) {
  bool is_relative = specifier.substr(0, 1) == ".";
  ResolveResult result;
  if (hooks_)
    result = hooks_->resolve(specifier, importer);
  if (result.resolution == Resolution::NotFound && (is_relative || !ask_first_))
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

ResolveResult ModuleStore::guess(llvm::StringRef specifier, llvm::StringRef importer) {
  ResolveResult result = resolve(specifier, importer);
  return result.resolution == Resolution::NotFound ? resolver_.resolve(specifier, importer) : result;
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
  return name == "node_modules" ||
         (name.substr(0, 1) == "@" && parent.rsplit('/').first.rsplit('/').second == "node_modules");
}

/// The nearest folder from \p folder upwards that has \p file; the project's root and a package's folder count as
/// having it.
std::string ModuleStore::nearest(llvm::StringRef folder, llvm::StringRef file) const {
  while (!folder.empty() && folder != root_ && !is_package_folder(folder) && !file_system_->exists(folder + "/" + file))
    folder = folder.rsplit('/').first == folder ? llvm::StringRef() : folder.rsplit('/').first;
  return folder.str();
}

void ModuleStore::add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path) {
  std::lock_guard lock(mutex_);
  resolutions_[resolution_key(specifier, importer)] = path.str();
}

std::shared_ptr<const ModuleFacts> ModuleStore::remembered(llvm::StringRef path) {
  std::lock_guard lock(mutex_);
  auto at = entries_.find(path);
  return at == entries_.end() ? nullptr : at->second.facts;
}

void ModuleStore::forget_texts(llvm::ArrayRef<std::string> paths) {
  loader_imports_.invalidate(paths);
  if (prefetch_)
    prefetch_->forget(paths);
  std::lock_guard lock(mutex_);
  ++forgotten_;
  for (const std::string &path : paths) {
    entries_.erase(path);
    given_.erase(path);
  }
}

void ModuleStore::invalidate(llvm::ArrayRef<std::string> paths) {
  resolver_.invalidate();
  forget_texts(paths);
  std::lock_guard lock(mutex_);
  import_scopes_.clear();
}

void ModuleStore::invalidate_all() {
  resolver_.invalidate();
  loader_imports_.invalidate_all();
  if (prefetch_)
    prefetch_->forget_all();
  std::lock_guard lock(mutex_);
  ++forgotten_;
  entries_.clear();
  given_.clear();
  import_scopes_.clear();
  resolutions_.clear();
}

} // namespace foreload
