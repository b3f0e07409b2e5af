// Composed components, and the files that they were made of, for as long as there is room.
#pragma once
#include "compose/markdown_component.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <list>
#include <mutex>

namespace foreload {

/// A component with everything put in. Immutable once made.
struct ComposedComponent {
  uint64_t number = 0; ///< no other one of this process has it
  std::string content;
  Span body; ///< of `content`: what another component includes
  std::vector<Diagnostic> diagnostics;
};

struct CacheLimits {
  size_t entries = 200;
  size_t bytes = size_t(150) << 20;
};

struct CacheStatistics {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t evictions = 0;
  size_t entries = 0;
  size_t bytes = 0;

  /// From 0 to 1; 0 if nothing was looked for.
  double hit_ratio() const { return hits + misses ? static_cast<double>(hits) / static_cast<double>(hits + misses) : 0; }
};

/// Drops what was not used for longest. Safe for concurrent use by multiple threads.
///
/// An entry's key has the component's path, its content's digest, the context's, and the numbers of the composed components
/// that were put into it: an entry is never out of date, it is only not asked for any more. What tells that a file need not be read again is its
/// size, time and identity; that is known for as long as an entry holds the file.
class ComponentCache {
public:
  explicit ComponentCache(CacheLimits limits) : limits_(limits) {}

  /// Counts as a hit or a miss.
  std::shared_ptr<const ComposedComponent> find(llvm::StringRef key);

  /// \p status is that of the file when \p source was read from it; null if it was not. What is larger than the cache is
  /// not kept.
  void insert(llvm::StringRef key, std::shared_ptr<const ComposedComponent> composed,
              std::shared_ptr<const MarkdownComponent> source, const llvm::vfs::Status *status);

  /// What was read of the file at \p path, if \p status says that it is the same still.
  std::shared_ptr<const MarkdownComponent> unchanged(llvm::StringRef path, const llvm::vfs::Status &status);

  /// Whether unchanged() has something to compare with.
  bool knows(llvm::StringRef path) const;

  void clear();
  CacheStatistics statistics() const;

private:
  struct Entry {
    std::string key;
    std::shared_ptr<const ComposedComponent> composed;
    std::shared_ptr<const MarkdownComponent> source;
    size_t bytes = 0;
  };
  struct File {
    uint64_t size = 0;
    llvm::sys::TimePoint<> modified;
    llvm::sys::fs::UniqueID identity;
    std::weak_ptr<const MarkdownComponent> source; ///< its owners are the entries
  };

  void evict_oldest();

  const CacheLimits limits_;
  mutable std::mutex mutex_; ///< guards what follows
  std::list<Entry> entries_; ///< the one that was used last comes first
  llvm::StringMap<std::list<Entry>::iterator> by_key_;
  llvm::StringMap<File> files_; ///< by path
  CacheStatistics statistics_;
};

} // namespace foreload
