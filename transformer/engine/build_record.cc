// The bytes of a record are the arrays that it is checked by, so that nothing is to be parsed: names are offsets, and lie
// behind the arrays with a NUL each, as the system takes them. A checksum over all of it says whether they can be trusted.
#include "engine/build_record.h"

#include "engine/replace_file.h"
#include "source/real_file_system.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/xxhash.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

namespace foreload {

struct BuildRecord::Header {
  char magic[16];
  Digest key;
  uint64_t checksum; ///< of what follows it
  uint64_t folders, files, others, names;
};

/// Files of one folder; a large folder has several of these.
struct BuildRecord::Folder {
  FileStamp stamp;
  Digest listing;
  uint32_t path;
  uint32_t first_file;
  uint32_t file_count;
  uint8_t was_listed;
  uint8_t is_settled;
  uint8_t unused[2];
};

struct BuildRecord::File {
  FileStamp stamp;
  Digest content;
  uint32_t name;
  uint8_t has_content; ///< else it was written, and has to be as it is
  uint8_t is_settled;
  uint8_t unused[2];
};

/// What is neither.
struct BuildRecord::Other {
  uint32_t path;
  uint32_t real_path; ///< an empty name: nobody asked
  Observation::Kind kind;
  uint8_t unused[3];
};

namespace {

constexpr char magic[16] = "foreload record";
/// What a thread takes at a time.
constexpr uint32_t files_at_once = 256;
/// Files that a thread looks at in the time that it takes to start it, several times over.
constexpr size_t files_per_thread = 1000;
constexpr size_t max_threads = 8;
/// With more changes than these, a thread does not go on to look for others: all will be done again.
constexpr size_t max_changed = 1000;

template <class T> void append(std::string &bytes, const std::vector<T> &values) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>, "no padding is written");
  bytes.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

class Names {
public:
  uint32_t add(llvm::StringRef name) {
    auto at = static_cast<uint32_t>(text_.size());
    text_.append(name.data(), name.size());
    text_ += '\0';
    return at;
  }
  const std::string &text() const { return text_; }

private:
  std::string text_;
};

std::string join(llvm::StringRef folder, llvm::StringRef name) {
  return (folder == "/" ? folder + name : folder + "/" + name).str();
}

std::optional<FileStamp> stamp_at(int folder, const char *name, mode_t type) {
  struct statx status;
  if (::statx(folder, name, AT_NO_AUTOMOUNT, STATX_TYPE | STATX_SIZE | STATX_MTIME | STATX_INO, &status) != 0 ||
      (status.stx_mode & S_IFMT) != type)
    return std::nullopt;
  return FileStamp{status.stx_size, status.stx_mtime.tv_sec * int64_t(1'000'000'000) + status.stx_mtime.tv_nsec,
                   status.stx_ino, makedev(status.stx_dev_major, status.stx_dev_minor)};
}

} // namespace

std::optional<FileStamp> stamp_of_file(llvm::StringRef path) { return stamp_at(AT_FDCWD, path.str().c_str(), S_IFREG); }

std::error_code BuildRecord::write(llvm::StringRef file, const Digest &key, const Observations &seen,
                                   llvm::ArrayRef<WrittenFile> written, int64_t taken_at, llvm::StringRef result) {
  std::map<std::string, std::vector<File>> by_folder;
  std::vector<Other> others;
  Names names;
  uint32_t nothing = names.add("");
  auto add_file = [&](llvm::StringRef path, const FileStamp &stamp, const std::optional<Digest> &content) {
    File entry = {};
    entry.stamp = stamp;
    entry.content = content.value_or(Digest());
    entry.name = names.add(llvm::sys::path::filename(path));
    entry.has_content = content.has_value();
    entry.is_settled = !content || stamp.is_settled(taken_at);
    by_folder[llvm::sys::path::parent_path(path).str()].push_back(entry);
  };
  for (const auto &[path, what] : seen) {
    if (what.content)
      add_file(path, what.stamp, what.content);
    if (what.listing)
      by_folder[path]; // is there, with files or without
    if ((!what.content && !what.listing) || !what.real_path.empty())
      others.push_back({names.add(path), what.real_path.empty() ? nothing : names.add(what.real_path), what.kind, {}});
  }
  for (const WrittenFile &output : written)
    add_file(output.path, output.stamp, std::nullopt);

  std::vector<Folder> folders;
  std::vector<File> files;
  for (const auto &[path, entries] : by_folder) {
    Folder folder = {};
    folder.path = names.add(path);
    if (auto at = seen.find(path); at != seen.end() && at->second.listing) {
      folder.stamp = at->second.stamp;
      folder.listing = *at->second.listing;
      folder.was_listed = true;
      folder.is_settled = folder.stamp.is_settled(taken_at);
    }
    size_t at = 0;
    do {
      folder.first_file = static_cast<uint32_t>(files.size());
      folder.file_count = static_cast<uint32_t>(std::min<size_t>(files_at_once, entries.size() - at));
      files.insert(files.end(), entries.begin() + at, entries.begin() + at + folder.file_count);
      folders.push_back(folder);
      folder.was_listed = false; // once is enough
      at += folder.file_count;
    } while (at < entries.size());
  }

  Header header = {};
  std::memcpy(header.magic, magic, sizeof magic);
  header.key = key;
  header.folders = folders.size();
  header.files = files.size();
  header.others = others.size();
  header.names = names.text().size();
  std::string bytes(reinterpret_cast<const char *>(&header), sizeof header);
  append(bytes, folders);
  append(bytes, files);
  append(bytes, others);
  bytes += names.text();
  bytes += result;
  header.checksum = llvm::xxHash64(llvm::StringRef(bytes).drop_front(offsetof(Header, folders)));
  bytes.replace(0, sizeof header, reinterpret_cast<const char *>(&header), sizeof header);
  return replace_file(file, bytes);
}

std::optional<BuildRecord> BuildRecord::read(llvm::StringRef file, const Digest &key) {
  auto bytes = llvm::WritableMemoryBuffer::getFile(file);
  BuildRecord record;
  if (!bytes)
    return std::nullopt;
  record.bytes_ = std::move(*bytes);
  if (!record.lay_out() || reinterpret_cast<const Header *>(record.bytes_->getBufferStart())->key != key)
    return std::nullopt;
  return record;
}

/// Finds the parts; says whether they are sound.
bool BuildRecord::lay_out() {
  size_t size = bytes_->getBufferSize();
  char *at = bytes_->getBufferStart();
  if (size < sizeof(Header))
    return false;
  Header header;
  std::memcpy(&header, at, sizeof header);
  llvm::StringRef summed(at + offsetof(Header, folders), size - offsetof(Header, folders));
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.checksum != llvm::xxHash64(summed))
    return false;
  at += sizeof header;
  size_t left = size - sizeof header;
  auto take = [&]<class T>(T *, uint64_t count) {
    if (count > left / sizeof(T)) {
      left = 0;
      return llvm::MutableArrayRef<T>();
    }
    llvm::MutableArrayRef<T> part(reinterpret_cast<T *>(at), count);
    at += count * sizeof(T);
    left -= count * sizeof(T);
    return part;
  };
  folders_ = take(static_cast<Folder *>(nullptr), header.folders);
  files_ = take(static_cast<File *>(nullptr), header.files);
  others_ = take(static_cast<Other *>(nullptr), header.others);
  llvm::MutableArrayRef<char> names = take(static_cast<char *>(nullptr), header.names);
  names_ = llvm::StringRef(names.data(), names.size());
  result_ = llvm::StringRef(at, left);
  return folders_.size() == header.folders && files_.size() == header.files && others_.size() == header.others &&
         names_.size() == header.names;
}

/// What a thread is asked, and what it finds.
struct BuildRecord::Check {
  const OwnFiles &own;
  const int64_t now;
  bool refreshed = false;
  std::vector<std::string> changed = {};
};

std::optional<std::vector<std::string>> BuildRecord::changed_texts(const OwnFiles &own) {
  size_t threads = std::min<size_t>({std::thread::hardware_concurrency(), max_threads, files_.size() / files_per_thread + 1});
  std::atomic<size_t> next = 0;
  std::atomic<bool> is_same = true; // but for texts
  std::vector<Check> checks(threads, Check{own, nanoseconds_now()});
  auto work = [&](Check &check) {
    for (size_t at = next++; at < folders_.size() && is_same; at = next++)
      if (!this->check(folders_[at], check) || check.changed.size() > max_changed)
        is_same = false;
  };
  std::vector<std::thread> others;
  for (size_t at = 1; at < threads; ++at)
    others.emplace_back(work, std::ref(checks[at]));
  work(checks[0]);
  for (std::thread &thread : others)
    thread.join();
  for (size_t at = 0; at < others_.size() && is_same; ++at)
    is_same = check(others_[at]);
  std::vector<std::string> changed;
  for (Check &check : checks) {
    is_stale_ |= check.refreshed;
    std::move(check.changed.begin(), check.changed.end(), std::back_inserter(changed));
  }
  std::sort(changed.begin(), changed.end());
  return is_same ? std::optional(std::move(changed)) : std::nullopt;
}

/// False: something else than texts has changed.
bool BuildRecord::check(Folder &folder, Check &check) const {
  int descriptor = ::open(name(folder.path), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  bool is_same = true;
  if (folder.was_listed) {
    struct stat status;
    ::fstat(descriptor, &status);
    FileStamp stamp{static_cast<uint64_t>(status.st_size),
                    status.st_mtim.tv_sec * int64_t(1'000'000'000) + status.st_mtim.tv_nsec, status.st_ino, status.st_dev};
    if (!folder.is_settled || stamp != folder.stamp) {
      is_same = digest_of_listing(*real_file_system(), name(folder.path), check.own) == folder.listing;
      folder.stamp = stamp;
      folder.is_settled = stamp.is_settled(check.now);
      check.refreshed = true;
    }
  }
  for (uint32_t at = 0; at < folder.file_count && is_same; ++at) {
    File &file = files_[folder.first_file + at];
    Verdict verdict = this->check(file, descriptor, check);
    if (verdict == Verdict::OtherText)
      check.changed.push_back(join(name(folder.path), name(file.name)));
    is_same = verdict != Verdict::Different;
  }
  ::close(descriptor);
  return is_same;
}

/// The digest of a file's content, if it has the size \p size.
static std::optional<Digest> digest_of_file(int folder, const char *name, uint64_t size) {
  int descriptor = ::openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return std::nullopt;
  auto buffer = llvm::MemoryBuffer::getOpenFile(descriptor, name, static_cast<uint64_t>(-1),
                                                /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  ::close(descriptor);
  if (!buffer || (*buffer)->getBufferSize() != size)
    return std::nullopt;
  return digest_of((*buffer)->getBuffer());
}

BuildRecord::Verdict BuildRecord::check(File &file, int folder, Check &check) const {
  std::optional<FileStamp> stamp = stamp_at(folder, name(file.name), S_IFREG);
  if (!stamp)
    return Verdict::Different;
  if (file.is_settled && *stamp == file.stamp)
    return Verdict::Same;
  if (!file.has_content)
    return Verdict::Different;
  if (stamp->size != file.stamp.size || digest_of_file(folder, name(file.name), stamp->size) != file.content)
    return Verdict::OtherText;
  file.stamp = *stamp;
  file.is_settled = stamp->is_settled(check.now);
  check.refreshed = true;
  return Verdict::Same;
}

bool BuildRecord::check(const Other &other) const {
  llvm::vfs::FileSystem &disk = *real_file_system();
  if (kind_of(disk.status(name(other.path))) != other.kind)
    return false;
  if (llvm::StringRef real_path = name(other.real_path); !real_path.empty()) {
    llvm::SmallString<256> real;
    return !disk.getRealPath(name(other.path), real) && real == real_path;
  }
  return true;
}

llvm::ArrayRef<BuildRecord::File> BuildRecord::files_of(const Folder &folder) const {
  return llvm::ArrayRef<File>(files_).slice(folder.first_file, folder.file_count);
}

Observations BuildRecord::observations() const {
  Observations seen;
  for (const Folder &folder : folders_) {
    if (folder.was_listed) {
      Observation &what = seen[name(folder.path)];
      what.kind = Observation::Kind::Folder;
      what.stamp = folder.stamp;
      what.listing = folder.listing;
    }
    for (const File &file : files_of(folder)) {
      if (!file.has_content)
        continue;
      Observation &what = seen[join(name(folder.path), name(file.name))];
      what.kind = Observation::Kind::File;
      what.stamp = file.stamp;
      what.content = file.content;
    }
  }
  for (const Other &other : others_) {
    Observation &what = seen[name(other.path)];
    what.kind = other.kind;
    what.real_path = name(other.real_path);
  }
  return seen;
}

std::vector<WrittenFile> BuildRecord::written() const {
  std::vector<WrittenFile> written;
  for (const Folder &folder : folders_)
    for (const File &file : files_of(folder))
      if (!file.has_content)
        written.push_back({join(name(folder.path), name(file.name)), file.stamp});
  return written;
}

std::optional<Digest> BuildRecord::content(llvm::StringRef path) const {
  llvm::StringRef parent = llvm::sys::path::parent_path(path), wanted = llvm::sys::path::filename(path);
  const Folder *folder = std::lower_bound(folders_.begin(), folders_.end(), parent, [&](const Folder &at, llvm::StringRef to) {
    return llvm::StringRef(name(at.path)) < to;
  });
  for (; folder != folders_.end() && parent == name(folder->path); ++folder)
    for (const File &file : files_of(*folder))
      if (file.has_content && wanted == name(file.name))
        return file.content;
  return std::nullopt;
}

std::error_code BuildRecord::refresh(llvm::StringRef file) {
  Header header;
  std::memcpy(&header, bytes_->getBufferStart(), sizeof header);
  llvm::StringRef bytes(bytes_->getBufferStart(), bytes_->getBufferSize());
  header.checksum = llvm::xxHash64(bytes.drop_front(offsetof(Header, folders)));
  std::memcpy(bytes_->getBufferStart(), &header, sizeof header);
  return replace_file(file, bytes);
}

} // namespace foreload
