// A store of values by the digest of what they were computed from: facts, by the text of a file and the options.
//
// It is a folder of packs. A pack is written once, by one process, under another name, and then renamed: nobody meets half
// of one, whenever the writer is killed. All that is new in a run makes one pack, so that ten thousand values are one file
// to open and to map, not ten thousand. What looks odd in a pack, or does not have its checksum, counts as not there; a file
// that is no pack is removed, and one with such a value is written anew without it.
//
// When there are many packs, or they are too large, a process that gets the lock for it makes one of them, without what
// nobody has used for longest. When each value was last used is noted in the pack, in place; it is the only thing that
// changes there, and nothing depends on it but what is thrown away first.
#pragma once
#include "engine/digest.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace foreload {

/// Safe for concurrent use by multiple threads; any number of processes may use one folder.
class DiskCache {
public:
  /// A folder that does not exist is made when there is something to save. Never fails: what cannot be read is not there.
  DiskCache(std::string folder, uint64_t max_bytes);
  ~DiskCache();
  DiskCache(const DiskCache &) = delete;
  DiskCache &operator=(const DiskCache &) = delete;

  /// The value lasts as long as this. What add() was given is found after save() only, by another object.
  std::optional<llvm::StringRef> find(const Digest &key);
  void add(const Digest &key, std::string value);
  /// Writes what was added. Errors are no failures: what could not be saved is computed again.
  std::error_code save();

  const std::string &folder() const { return folder_; }
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

private:
  class Pack;
  std::error_code tidy() const;

  std::string folder_;
  uint64_t max_bytes_;
  std::vector<std::unique_ptr<Pack>> packs_;
  std::atomic<uint64_t> hits_ = 0, misses_ = 0;
  std::mutex mutex_; ///< guards what follows
  std::vector<std::pair<Digest, std::string>> additions_;
};

} // namespace foreload
