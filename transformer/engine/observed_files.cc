#include "engine/observed_files.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/xxhash.h>

#include <chrono>

namespace foreload {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

constexpr int64_t second = 1'000'000'000;

int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool FileStamp::is_settled(int64_t taken_at) const {
  int64_t step = modified % second == 0 ? 2 * second : second / 50;
  return modified + step < taken_at;
}

FileStamp stamp_of(const llvm::vfs::Status &status) {
  auto modified = std::chrono::duration_cast<std::chrono::nanoseconds>(status.getLastModificationTime().time_since_epoch());
  return {status.getSize(), modified.count(), status.getUniqueID().getFile(), status.getUniqueID().getDevice()};
}

std::optional<Observation::Kind> kind_of(const llvm::ErrorOr<llvm::vfs::Status> &status) {
  if (status)
    return status->isRegularFile() ? Observation::Kind::File
           : status->isDirectory() ? Observation::Kind::Folder
                                   : Observation::Kind::Other;
  if (status.getError() == std::errc::no_such_file_or_directory || status.getError() == std::errc::not_a_directory)
    return Observation::Kind::Missing;
  return std::nullopt;
}

bool OwnFiles::contains(llvm::StringRef folder, llvm::StringRef name) const {
  llvm::StringRef rest = out;
  return (rest.consume_front(folder) && rest.consume_front("/") && rest == name) ||
         (name.substr(0, 1) == "." && path::filename(folder) == "node_modules");
}

/// What is in a folder; links are links.
using Names = std::map<std::string, fs::file_type>;

/// Whether a name is hidden, and of nothing that is imported.
static bool is_private(llvm::StringRef name) { return name[0] == '.' && name.find('.', 1) == llvm::StringRef::npos; }

static Digest digest_of_names(const Names &names, llvm::StringRef folder, const OwnFiles &own, bool is_portable) {
  std::string text;
  for (const auto &[name, type] : names)
    if (!own.contains(folder, name) && !(is_portable && is_private(name)))
      text += name + '\0' + static_cast<char>(type);
  return digest_of(text);
}

static Names names_of(llvm::ArrayRef<llvm::vfs::directory_entry> entries) {
  Names names;
  for (const llvm::vfs::directory_entry &entry : entries)
    names.emplace(path::filename(entry.path()).str(), entry.type());
  return names;
}

static std::vector<llvm::vfs::directory_entry> entries_of(llvm::vfs::FileSystem &file_system, llvm::StringRef folder,
                                                          std::error_code &error) {
  std::vector<llvm::vfs::directory_entry> entries;
  for (llvm::vfs::directory_iterator at = file_system.dir_begin(folder, error), end; !error && at != end;
       at.increment(error))
    entries.push_back(*at);
  return entries;
}

std::optional<Digest> digest_of_listing(llvm::vfs::FileSystem &file_system, llvm::StringRef folder,
                                        const OwnFiles &own, bool is_portable) {
  std::error_code error;
  std::vector<llvm::vfs::directory_entry> entries = entries_of(file_system, folder, error);
  if (error)
    return std::nullopt;
  return digest_of_names(names_of(entries), folder, own, is_portable);
}

namespace {

/// A listing that was read already.
class ListedEntries final : public llvm::vfs::detail::DirIterImpl {
public:
  explicit ListedEntries(std::vector<llvm::vfs::directory_entry> entries) : entries_(std::move(entries)) {
    CurrentEntry = entries_.front();
  }
  std::error_code increment() override {
    CurrentEntry = ++at_ < entries_.size() ? entries_[at_] : llvm::vfs::directory_entry();
    return {};
  }

private:
  std::vector<llvm::vfs::directory_entry> entries_;
  size_t at_ = 0;
};

} // namespace

class ObservedFileSystem::ObservedFile final : public llvm::vfs::File {
public:
  ObservedFile(std::unique_ptr<llvm::vfs::File> file, std::string name, ObservedFileSystem &owner)
      : file_(std::move(file)), name_(std::move(name)), owner_(&owner) {}

  llvm::ErrorOr<llvm::vfs::Status> status() override { return file_->status(); }
  llvm::ErrorOr<std::string> getName() override { return file_->getName(); }
  std::error_code close() override { return file_->close(); }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine &name, int64_t size, bool with_nul,
                                                               bool is_volatile) override {
    // Before it is read: what is written meanwhile changes the time that it has then.
    llvm::ErrorOr<llvm::vfs::Status> status = file_->status();
    auto buffer = file_->getBuffer(name, size, with_nul, is_volatile);
    if (status && buffer)
      owner_->note_content(name_, stamp_of(*status), (*buffer)->getBuffer());
    return buffer;
  }

private:
  std::unique_ptr<llvm::vfs::File> file_;
  std::string name_;
  llvm::IntrusiveRefCntPtr<ObservedFileSystem> owner_;
};

void ObservedFileSystem::note(const std::string &name, const llvm::ErrorOr<llvm::vfs::Status> &status) const {
  std::optional<Observation::Kind> kind = kind_of(status);
  Observation now;
  now.kind = kind.value_or(Observation::Kind::Missing);
  if (status)
    now.stamp = stamp_of(*status);
  std::lock_guard lock(mutex_);
  auto [at, is_new] = seen_.try_emplace(name);
  Observation &known = at->second.what;
  if (is_new) {
    known = now;
    new_.push_back(&at->first);
  }
  // Of a folder the names count, wherever they are looked at; making the output may change its time.
  bool is_same = known.kind == now.kind && (!known.content || known.stamp == now.stamp);
  is_steady_ &= kind && is_same;
  if (!is_same)
    known = now;
}

void ObservedFileSystem::note_content(const std::string &name, const FileStamp &stamp, llvm::StringRef content) {
  uint64_t checksum = llvm::xxHash64(content);
  {
    std::lock_guard lock(mutex_);
    const Seen &known = seen_[name];
    if (known.what.content && known.what.stamp == stamp && known.checksum == checksum)
      return;
  }
  Digest digest = digest_of(content);
  std::lock_guard lock(mutex_);
  auto &[known, known_checksum, names] = seen_[name];
  bool was_read = known.content.has_value();
  is_steady_ &= known.kind == Observation::Kind::File && (!was_read || (known.stamp == stamp && known.content == digest));
  known.stamp = stamp;
  known.content = digest;
  known_checksum = checksum;
}

llvm::ErrorOr<llvm::vfs::Status> ObservedFileSystem::status(const llvm::Twine &name) {
  llvm::ErrorOr<llvm::vfs::Status> result = base_->status(name);
  note(name.str(), result);
  return result;
}

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> ObservedFileSystem::openFileForRead(const llvm::Twine &name) {
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> file = base_->openFileForRead(name);
  if (!file) {
    note(name.str(), base_->status(name));
    return file;
  }
  note(name.str(), (*file)->status());
  return std::make_unique<ObservedFile>(std::move(*file), name.str(), *this);
}

llvm::vfs::directory_iterator ObservedFileSystem::dir_begin(const llvm::Twine &name, std::error_code &error) {
  std::string folder = name.str();
  llvm::ErrorOr<llvm::vfs::Status> status = base_->status(folder); // before it is read
  note(folder, status);
  std::vector<llvm::vfs::directory_entry> entries = entries_of(*base_, folder, error);
  if (error) {
    std::lock_guard lock(mutex_);
    is_steady_ &= !status || !status->isDirectory();
    return {};
  }
  Names names = names_of(entries);
  {
    std::lock_guard lock(mutex_);
    Seen &known = seen_[folder];
    is_steady_ &= !known.names || known.names == names;
    known.names = std::move(names);
  }
  if (entries.empty())
    return {};
  return llvm::vfs::directory_iterator(std::make_shared<ListedEntries>(std::move(entries)));
}

std::error_code ObservedFileSystem::getRealPath(const llvm::Twine &name,
                                                llvm::SmallVectorImpl<char> &real) FORELOAD_REAL_PATH_CONST {
  std::error_code error = base_->getRealPath(name, real);
  std::string asked = name.str();
  llvm::StringRef found(real.data(), real.size());
  if (!error && found != asked) {
    note(asked, base_->status(asked));
    std::lock_guard lock(mutex_);
    seen_[asked].what.real_path = found.str();
  }
  return error;
}

std::optional<Digest> ObservedFileSystem::content(llvm::StringRef file) {
  auto known = [&]() -> std::optional<Digest> {
    std::lock_guard lock(mutex_);
    auto at = seen_.find(file.str());
    return at == seen_.end() ? std::nullopt : at->second.what.content;
  };
  if (std::optional<Digest> digest = known())
    return digest;
  return getBufferForFile(file) ? known() : std::nullopt;
}

std::vector<ObservedFileSystem::Look> ObservedFileSystem::looks(bool only_new) {
  std::lock_guard lock(mutex_);
  std::vector<Look> result;
  auto add = [&](const std::string &name, const Seen &seen) {
    result.push_back({name, seen.what.kind, seen.what.content.has_value(), seen.names.has_value(), seen.what.stamp});
  };
  if (only_new)
    for (const std::string *name : new_)
      add(*name, seen_.at(*name));
  else
    for (const auto &[name, seen] : seen_)
      add(name, seen);
  new_.clear();
  return result;
}

bool ObservedFileSystem::knows(llvm::StringRef name) const {
  std::lock_guard lock(mutex_);
  if (seen_.contains(name.str()))
    return true;
  std::string inside = name.str() + "/";
  auto at = seen_.lower_bound(inside);
  return at != seen_.end() && std::string_view(at->first).starts_with(inside);
}

bool ObservedFileSystem::is_listed(llvm::StringRef folder) const {
  std::lock_guard lock(mutex_);
  auto at = seen_.find(folder.str());
  return at != seen_.end() && at->second.names;
}

std::optional<Observations> ObservedFileSystem::observations(const OwnFiles &own) const {
  std::lock_guard lock(mutex_);
  if (!is_steady_)
    return std::nullopt;
  Observations result;
  for (const auto &[name, seen] : seen_) {
    Observation what = seen.what;
    bool is_looked_into = what.content || seen.names || !what.real_path.empty();
    if (name == own.out && !is_looked_into)
      continue; // the first build makes it
    if (seen.names) {
      what.listing = digest_of_names(*seen.names, name, own, false);
      what.portable_listing = digest_of_names(*seen.names, name, own, true);
    }
    if (!what.content && !what.listing && what.real_path.empty()) {
      auto parent = seen_.find(path::parent_path(name).str());
      if (parent != seen_.end() && parent->second.names) {
        auto listed = parent->second.names->find(path::filename(name).str());
        bool is_listed = listed != parent->second.names->end();
        if (what.kind == Observation::Kind::Missing
                ? !is_listed
                : is_listed && (listed->second == fs::file_type::regular_file ||
                                listed->second == fs::file_type::directory_file))
          continue; // the listing says so
      }
    }
    result.emplace(name, what);
  }
  return result;
}

} // namespace foreload
