// A table of computed values that many threads fill and read.
#pragma once
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringMap.h>

#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string_view>

namespace foreload {

/// Maps a string to a value that is a function of that string. Insert-only: a reference stays valid as long as the
/// table. Two threads that miss at once both compute, and the first one's value stays; so compute() may itself use the
/// table. Safe for concurrent use by multiple threads.
template <typename Value> class ConcurrentMemo {
public:
  /// Null: nobody has asked for it yet.
  const Value *find(llvm::StringRef key) const {
    const Shard &shard = shards_[shard_of(key)];
    std::shared_lock lock(shard.mutex);
    auto found = shard.values.find(key);
    return found == shard.values.end() ? nullptr : found->second.get();
  }

  const Value &get(llvm::StringRef key, llvm::function_ref<Value()> compute) {
    Shard &shard = shards_[shard_of(key)];
    {
      std::shared_lock lock(shard.mutex);
      if (auto found = shard.values.find(key); found != shard.values.end())
        return *found->second;
    }
    auto value = std::make_unique<const Value>(compute());
    std::unique_lock lock(shard.mutex);
    return *shard.values.try_emplace(key, std::move(value)).first->second;
  }

private:
  struct Shard {
    mutable std::shared_mutex mutex;
    llvm::StringMap<std::unique_ptr<const Value>> values;
  };
  static constexpr size_t shard_count = 16;

  static size_t shard_of(llvm::StringRef key) {
    return std::hash<std::string_view>{}({key.data(), key.size()}) % shard_count;
  }

  std::array<Shard, shard_count> shards_;
};

} // namespace foreload
