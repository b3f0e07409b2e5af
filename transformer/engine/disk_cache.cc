#include "engine/disk_cache.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/xxhash.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>

namespace foreload {

namespace fs = llvm::sys::fs;

namespace {

/// Of which a lookup opens and searches all.
constexpr size_t max_packs = 8;
/// What a killed process left behind is older than this, and what a living one writes is not.
constexpr auto abandoned_after = std::chrono::hours(1);
constexpr uint64_t page_size = 65536; // the largest that Linux has

// A pack: the header, the values, the index by key, and from the next page on when each was last used (seconds, 32 bits).
// Numbers are the machine's own; a pack from a machine of the other kind has the wrong sizes.
struct Header {
  char magic[16];
  uint64_t file_size;
  uint64_t index_at;
  uint64_t stamps_at;
  uint64_t count;
  uint64_t index_checksum;
};
constexpr char magic[16] = "foreload pack 1";

struct IndexEntry {
  Digest key;
  uint64_t at;
  uint64_t size;
  uint64_t checksum;
};
static_assert(sizeof(Header) == 56 && sizeof(IndexEntry) == 56, "there is no padding in what is written");

struct Entry {
  Digest key;
  llvm::StringRef value;
  uint32_t used;
};

template <class T> llvm::StringRef bytes_of(const T &value, size_t count = 1) {
  return {reinterpret_cast<const char *>(&value), count * sizeof(T)};
}

uint32_t now() {
  return static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

std::error_code last_error() { return {errno, std::generic_category()}; }

class Descriptor {
public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

private:
  int number_;
};

struct PackFile {
  std::string path;
  uint64_t size;
};

/// What createUniqueFile() makes of a pack's name. Whatever else may be in the folder is not ours.
bool is_pack_name(llvm::StringRef name) {
  return name.size() == 17 && std::string_view(name).ends_with(".pack") &&
         llvm::all_of(name.drop_back(5), llvm::isHexDigit);
}

std::vector<PackFile> find_packs(const std::string &folder) {
  std::vector<PackFile> packs;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    uint64_t size;
    if (is_pack_name(llvm::sys::path::filename(at->path())) && !fs::file_size(at->path(), size))
      packs.push_back({at->path(), size});
  }
  return packs;
}

void remove_abandoned(const std::string &folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    fs::file_status status;
    if (std::string_view(at->path()).ends_with(".tmp") && !fs::status(at->path(), status) &&
        status.getLastModificationTime() + abandoned_after < std::chrono::system_clock::now())
      fs::remove(at->path());
  }
}

std::error_code write_pack(const std::string &folder, std::vector<Entry> entries) {
  llvm::sort(entries, [](const Entry &a, const Entry &b) { return a.key < b.key; });
  std::vector<IndexEntry> index;
  std::vector<uint32_t> stamps;
  uint64_t at = sizeof(Header);
  for (const Entry &entry : entries) {
    index.push_back({entry.key, at, entry.value.size(), llvm::xxHash64(entry.value)});
    stamps.push_back(entry.used);
    at += entry.value.size();
  }
  llvm::StringRef index_bytes = bytes_of(*index.data(), index.size());
  Header header;
  std::memcpy(header.magic, magic, sizeof magic);
  header.index_at = at;
  header.stamps_at = llvm::alignTo(at + index_bytes.size(), page_size);
  header.count = index.size();
  header.file_size = header.stamps_at + stamps.size() * sizeof(uint32_t);
  header.index_checksum = llvm::xxHash64(index_bytes);

  if (std::error_code error = fs::create_directories(folder))
    return error;
  llvm::SmallString<128> temporary;
  int descriptor;
  if (std::error_code error = fs::createUniqueFile(folder + "/%%%%%%%%%%%%.pack.tmp", descriptor, temporary))
    return error;
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << bytes_of(header);
  for (const Entry &entry : entries)
    stream << entry.value;
  stream << index_bytes;
  stream.write_zeros(static_cast<unsigned>(header.stamps_at - at - index_bytes.size()));
  stream << bytes_of(*stamps.data(), stamps.size());
  stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  if (!error)
    error = fs::rename(temporary, temporary.str().drop_back(llvm::StringRef(".tmp").size()));
  if (error)
    fs::remove(temporary);
  return error;
}

} // namespace

class DiskCache::Pack {
public:
  /// Null: it cannot be read, or is none; then it is removed, since nobody will ever complete it.
  static std::unique_ptr<Pack> open(const std::string &path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    bool is_writable = file.is_open();
    Descriptor read_only(is_writable ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    int descriptor = is_writable ? file.number() : read_only.number();
    uint64_t size = 0;
    if (descriptor < 0 || fs::file_size(path, size))
      return nullptr;
    std::error_code error;
    std::unique_ptr<Pack> pack;
    if (size >= sizeof(Header))
      pack.reset(new Pack(descriptor, size, error));
    if (error)
      return nullptr;
    if (!pack || !pack->is_sound(size)) {
      fs::remove(path);
      return nullptr;
    }
    const Header &header = pack->header();
    auto mode = is_writable ? fs::mapped_file_region::readwrite : fs::mapped_file_region::priv;
    pack->stamps_ = fs::mapped_file_region(descriptor, mode, header.count * sizeof(uint32_t), header.stamps_at, error);
    return error ? nullptr : std::move(pack);
  }

  std::optional<llvm::StringRef> find(const Digest &key) {
    llvm::ArrayRef<IndexEntry> entries = index();
    const IndexEntry *at = std::lower_bound(entries.begin(), entries.end(), key,
                                            [](const IndexEntry &entry, const Digest &wanted) { return entry.key < wanted; });
    if (at == entries.end() || at->key != key)
      return std::nullopt;
    std::optional<llvm::StringRef> value = value_of(*at);
    if (value)
      stamp(static_cast<size_t>(at - entries.begin())).store(now(), std::memory_order_relaxed);
    else
      is_damaged_.store(true, std::memory_order_relaxed);
    return value;
  }

  /// Whether a value turned out to be another one than what was written.
  bool is_damaged() const { return is_damaged_.load(std::memory_order_relaxed); }

  /// What is sound of it.
  void list(std::vector<Entry> &entries) {
    llvm::ArrayRef<IndexEntry> all = index();
    for (size_t at = 0; at < all.size(); ++at)
      if (std::optional<llvm::StringRef> value = value_of(all[at]))
        entries.push_back({all[at].key, *value, stamp(at).load(std::memory_order_relaxed)});
  }

private:
  Pack(int descriptor, uint64_t size, std::error_code &error)
      : contents_(descriptor, fs::mapped_file_region::readonly, size, 0, error) {}

  const Header &header() const { return *reinterpret_cast<const Header *>(contents_.const_data()); }
  llvm::ArrayRef<IndexEntry> index() const { return index_; }
  std::atomic_ref<uint32_t> stamp(size_t at) {
    return std::atomic_ref<uint32_t>(reinterpret_cast<uint32_t *>(stamps_.data())[at]);
  }

  bool is_sound(uint64_t size) {
    const Header &header = this->header();
    if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.file_size != size || header.count == 0 ||
        header.count > size / sizeof(IndexEntry) || header.index_at > size ||
        header.count * sizeof(IndexEntry) > size - header.index_at || header.stamps_at % page_size != 0 ||
        header.stamps_at > size || header.count * sizeof(uint32_t) != size - header.stamps_at)
      return false;
    llvm::StringRef bytes(contents_.const_data() + header.index_at, header.count * sizeof(IndexEntry));
    if (llvm::xxHash64(bytes) != header.index_checksum)
      return false;
    // Values end anywhere, so the index is read from a copy that is aligned.
    index_.resize(header.count);
    std::memcpy(index_.data(), bytes.data(), bytes.size());
    return true;
  }

  std::optional<llvm::StringRef> value_of(const IndexEntry &entry) const {
    uint64_t end = header().index_at;
    if (entry.at > end || entry.size > end - entry.at)
      return std::nullopt;
    llvm::StringRef value(contents_.const_data() + entry.at, entry.size);
    if (llvm::xxHash64(value) != entry.checksum)
      return std::nullopt;
    return value;
  }

  fs::mapped_file_region contents_, stamps_;
  std::vector<IndexEntry> index_;
  std::atomic<bool> is_damaged_ = false;
};

DiskCache::DiskCache(std::string folder, uint64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {
  for (const PackFile &file : find_packs(folder_))
    if (std::unique_ptr<Pack> pack = Pack::open(file.path))
      packs_.push_back(std::move(pack));
}

DiskCache::~DiskCache() = default;

std::optional<llvm::StringRef> DiskCache::find(const Digest &key) {
  for (const std::unique_ptr<Pack> &pack : packs_)
    if (std::optional<llvm::StringRef> value = pack->find(key)) {
      ++hits_;
      return value;
    }
  ++misses_;
  return std::nullopt;
}

void DiskCache::add(const Digest &key, std::string value) {
  std::lock_guard lock(mutex_);
  additions_.emplace_back(key, std::move(value));
}

std::error_code DiskCache::save() {
  std::vector<std::pair<Digest, std::string>> additions;
  {
    std::lock_guard lock(mutex_);
    additions = std::exchange(additions_, {});
  }
  if (additions.empty())
    return {};
  std::vector<Entry> entries;
  for (const auto &[key, value] : additions)
    entries.push_back({key, value, now()});
  if (std::error_code error = write_pack(folder_, std::move(entries)))
    return error;
  return tidy();
}

std::error_code DiskCache::tidy() const {
  auto size_of = [](const std::vector<PackFile> &files) {
    uint64_t size = 0;
    for (const PackFile &file : files)
      size += file.size;
    return size;
  };
  std::vector<PackFile> files = find_packs(folder_);
  bool is_damaged = std::any_of(packs_.begin(), packs_.end(),
                                [](const std::unique_ptr<Pack> &pack) { return pack->is_damaged(); });
  if (!is_damaged && files.size() <= max_packs && size_of(files) <= max_bytes_)
    return {};

  // The lock is gone with the process that has it, however that ends.
  Descriptor lock(::open((folder_ + "/lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666));
  if (!lock.is_open())
    return last_error();
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0)
    return {}; // somebody else is at it
  remove_abandoned(folder_);
  files = find_packs(folder_);
  uint64_t size = size_of(files), limit = UINT64_MAX;
  if (size > max_bytes_) {
    limit = max_bytes_ / 4 * 3; // so that the next run does not have to do it again
  } else if (!is_damaged) {
    // A pack that is larger than the others together is worth no rewriting for their sake.
    llvm::sort(files, [](const PackFile &a, const PackFile &b) { return a.size < b.size; });
    if (files.back().size > size / 2)
      files.pop_back();
  }

  std::vector<std::unique_ptr<Pack>> packs; // keeps the values mapped
  std::vector<Entry> all;
  for (const PackFile &file : files)
    if (std::unique_ptr<Pack> pack = Pack::open(file.path)) {
      pack->list(all);
      packs.push_back(std::move(pack));
    }
  llvm::sort(all, [](const Entry &a, const Entry &b) { return a.used != b.used ? a.used > b.used : a.key < b.key; });
  std::vector<Entry> kept;
  std::set<Digest> seen;
  uint64_t kept_size = 0;
  for (const Entry &entry : all) {
    if (!seen.insert(entry.key).second)
      continue;
    kept_size += entry.value.size() + sizeof(IndexEntry) + sizeof(uint32_t);
    if (kept_size > limit)
      break;
    kept.push_back(entry);
  }
  if (!kept.empty())
    if (std::error_code error = write_pack(folder_, std::move(kept)))
      return error;
  for (const PackFile &file : files)
    fs::remove(file.path);
  return {};
}

} // namespace foreload
