#include "compose/component_cache.h"

#include <chrono>

namespace foreload {

/// A file system's clock ticks this slowly: a file that is written twice within a tick may have the same time.
static constexpr std::chrono::milliseconds clock_tick{50};

std::shared_ptr<const ComposedComponent> ComponentCache::find(llvm::StringRef key) {
  std::lock_guard lock(mutex_);
  auto at = by_key_.find(key);
  if (at == by_key_.end()) {
    ++statistics_.misses;
    return nullptr;
  }
  ++statistics_.hits;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->composed;
}

void ComponentCache::insert(llvm::StringRef key, std::shared_ptr<const ComposedComponent> composed,
                            std::shared_ptr<const MarkdownComponent> source, const llvm::vfs::Status *status) {
  size_t bytes = composed->content.size() + source->source->text().size() + sizeof(Entry);
  if (bytes > limits_.bytes || limits_.entries == 0)
    return;
  std::lock_guard lock(mutex_);
  auto [at, is_new] = by_key_.try_emplace(key);
  if (!is_new)
    return; // another request was faster
  while (entries_.size() >= limits_.entries || statistics_.bytes + bytes > limits_.bytes)
    evict_oldest();
  // A file that has just been written may be written again without its time showing it.
  if (status && status->getLastModificationTime() + clock_tick < std::chrono::system_clock::now())
    files_[source->source->path()] = {status->getSize(), status->getLastModificationTime(), status->getUniqueID(), source};
  entries_.push_front({key.str(), std::move(composed), std::move(source), bytes});
  at->second = entries_.begin();
  statistics_.bytes += bytes;
}

void ComponentCache::evict_oldest() {
  Entry &oldest = entries_.back();
  std::string path = oldest.source->source->path().str();
  statistics_.bytes -= oldest.bytes;
  ++statistics_.evictions;
  by_key_.erase(oldest.key);
  entries_.pop_back();
  if (auto file = files_.find(path); file != files_.end() && file->second.source.expired())
    files_.erase(file);
}

std::shared_ptr<const MarkdownComponent> ComponentCache::unchanged(llvm::StringRef path,
                                                                   const llvm::vfs::Status &status) {
  std::lock_guard lock(mutex_);
  auto file = files_.find(path);
  if (file == files_.end() || file->second.size != status.getSize() ||
      file->second.modified != status.getLastModificationTime() || file->second.identity != status.getUniqueID())
    return nullptr;
  return file->second.source.lock();
}

bool ComponentCache::knows(llvm::StringRef path) const {
  std::lock_guard lock(mutex_);
  return files_.count(path) != 0;
}

void ComponentCache::clear() {
  std::lock_guard lock(mutex_);
  by_key_.clear();
  entries_.clear();
  files_.clear();
  statistics_.bytes = 0;
}

CacheStatistics ComponentCache::statistics() const {
  std::lock_guard lock(mutex_);
  CacheStatistics statistics = statistics_;
  statistics.entries = entries_.size();
  return statistics;
}

} // namespace foreload
