#include "engine/file_watcher.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace foreload {

namespace fs = llvm::sys::fs;

/// Writers are waited for until they close the file: what they have written until then may be half of it.
static constexpr uint32_t watched_events = IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                           IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

static std::error_code last_error() { return std::error_code(errno, std::generic_category()); }

llvm::Expected<std::unique_ptr<FileWatcher>>
FileWatcher::open(std::function<bool(llvm::StringRef path)> is_passed_over) {
  int events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events < 0)
    return llvm::createStringError(last_error(), "files cannot be watched: " + last_error().message());
  int stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (stop < 0) {
    std::error_code error = last_error();
    ::close(events);
    return llvm::createStringError(error, "files cannot be watched: " + error.message());
  }
  return std::unique_ptr<FileWatcher>(new FileWatcher(events, stop, std::move(is_passed_over)));
}

FileWatcher::FileWatcher(int events, int stop, std::function<bool(llvm::StringRef)> is_passed_over)
    : events_(events), stop_(stop), is_passed_over_(std::move(is_passed_over)) {}

FileWatcher::~FileWatcher() {
  ::close(events_);
  ::close(stop_);
}

std::error_code FileWatcher::add_tree(llvm::StringRef folder) {
  asked_.push_back({folder.str(), true});
  return add(folder.str(), true, false);
}

std::error_code FileWatcher::add_folder(llvm::StringRef folder) {
  asked_.push_back({folder.str(), false});
  return add(folder.str(), false, false);
}

std::error_code FileWatcher::add(std::string top, bool is_tree, bool is_new) {
  std::vector<std::string> queue{std::move(top)};
  std::error_code first_error;
  for (size_t at = 0; at < queue.size(); ++at) {
    llvm::SmallString<128> real;
    if (fs::real_path(queue[at], real)) // it is gone again, or a link that leads nowhere
      continue;
    std::string folder = real.str().str();
    if ((at != 0 || is_new) && is_passed_over_(queue[at]))
      continue;
    int watch = inotify_add_watch(events_, folder.c_str(), watched_events);
    if (watch < 0) {
      // Without the right to read it nobody can know what is in it; that a folder is gone or none is no error here.
      if (errno != ENOENT && errno != ENOTDIR && !first_error)
        first_error = last_error();
      continue;
    }
    auto known = folders_.find(watch);
    if (known != folders_.end() && known->second.path == folder && (!is_tree || known->second.is_tree))
      continue;
    keep(watch, {folder, is_tree});
    if (!is_tree)
      continue;
    // What comes into the folder from now on is told; what came before is listed.
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      fs::file_type type = entry->type();
      if (type == fs::file_type::symlink_file || type == fs::file_type::type_unknown ||
          type == fs::file_type::status_error)
        type = fs::get_file_type(entry->path(), /*Follow=*/true);
      if (type == fs::file_type::directory_file)
        queue.push_back(entry->path());
      if (is_new)
        note(entry->path(), false, false);
    }
  }
  return first_error;
}

/// A watch stays with its folder when that is moved, and a path may lead to another folder than before: events that
/// tell of it may not have been read yet.
void FileWatcher::keep(int watch, Folder folder) {
  if (auto moved = folders_.find(watch); moved != folders_.end())
    watches_.erase(moved->second.path);
  auto [at, is_first] = watches_.try_emplace(folder.path, watch);
  if (!is_first) {
    inotify_rm_watch(events_, at->second);
    folders_.erase(std::exchange(at->second, watch));
  }
  folders_[watch] = std::move(folder);
}

void FileWatcher::remove_tree(llvm::StringRef folder) {
  std::string inside = folder.str() + "/";
  for (auto at = folders_.begin(); at != folders_.end();) {
    const std::string &path = at->second.path;
    if (path != folder && !std::string_view(path).starts_with(inside)) {
      ++at;
      continue;
    }
    inotify_rm_watch(events_, at->first); // else a folder that was moved would go on telling by its old name
    watches_.erase(path);
    at = folders_.erase(at);
  }
}

void FileWatcher::note(std::string path, bool is_written, bool is_created) {
  auto [at, is_first] = seen_.try_emplace(path, Seen{is_written, is_created});
  if (!is_first)
    at->second.is_written &= is_written;
}

bool FileWatcher::read_events() {
  alignas(inotify_event) char buffer[64 * 1024];
  ssize_t size = ::read(events_, buffer, sizeof buffer);
  if (size <= 0)
    return false;
  for (const char *at = buffer; at < buffer + size;) {
    auto *event = reinterpret_cast<const inotify_event *>(at);
    at += sizeof *event + event->len;
    if (event->mask & IN_Q_OVERFLOW)
      is_overrun_ = true;
    auto folder = folders_.find(event->wd);
    if (folder == folders_.end()) // its watch is gone
      continue;
    std::string path = folder->second.path;
    bool is_tree = folder->second.is_tree;
    if (event->mask & IN_IGNORED) {
      watches_.erase(path);
      folders_.erase(folder);
      continue;
    }
    bool is_of_folder = event->len == 0; // else of something in it
    if (!is_of_folder)
      path += std::string("/") + event->name;
    bool is_folder = is_of_folder || event->mask & IN_ISDIR;
    if (event->mask & IN_ISDIR && is_passed_over_(path))
      continue;
    bool is_gone = event->mask & (IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF);
    if (is_of_folder && !is_gone) // somebody has touched it
      continue;
    note(path, event->mask & (IN_CLOSE_WRITE | IN_ATTRIB), event->mask & IN_CREATE);
    if (is_folder && is_gone)
      remove_tree(path);
    // Where a folder has gone, another one may be by now, or the same one again.
    if (is_tree && (is_folder || event->mask & (IN_CREATE | IN_MOVED_TO)) &&
        fs::get_file_type(path, /*Follow=*/true) == fs::file_type::directory_file)
      add(path, true, true);
  }
  return true;
}

bool FileWatcher::poll(int timeout) {
  pollfd waited[] = {{events_, POLLIN, 0}, {stop_, POLLIN, 0}};
  int count;
  do
    count = ::poll(waited, 2, timeout);
  while (count < 0 && errno == EINTR);
  return count > 0;
}

bool FileWatcher::is_stopped() {
  uint64_t count;
  return ::read(stop_, &count, sizeof count) == sizeof count;
}

void FileWatcher::stop() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(stop_, &one, sizeof one); // fails only if it is stopped already
}

std::optional<FileChanges> FileWatcher::wait() {
  // A single save is answered at once. Where more comes in, as when a branch is checked out, rest is waited for longer;
  // but not for ever, as something may be writing all the time.
  using Clock = std::chrono::steady_clock;
  constexpr int shortest_rest = 1, longest_rest = 50;
  constexpr auto longest_wait = std::chrono::milliseconds(500);
  FileChanges changes;
  while (changes.files.empty() && !changes.is_all) {
    poll(-1);
    Clock::time_point first = Clock::now();
    do {
      if (is_stopped())
        return std::nullopt;
      while (read_events()) {
      }
    } while (Clock::now() - first < longest_wait &&
             poll(std::clamp(static_cast<int>(seen_.size()), shortest_rest, longest_rest)));
    changes.is_all = std::exchange(is_overrun_, false);
    if (changes.is_all)
      start_over();
    for (const auto &it : seen_) {
      bool is_passing = it.second.is_created && !fs::exists(it.first()); // it came and went
      if (!is_passing)
        changes.files.push_back({it.first().str(), it.second.is_written});
    }
    seen_.clear();
  }
  std::sort(changes.files.begin(), changes.files.end(),
            [](const FileChange &a, const FileChange &b) { return a.path < b.path; });
  return changes;
}

/// There may be folders that nobody has told of.
void FileWatcher::start_over() {
  for (const auto &[watch, folder] : folders_)
    inotify_rm_watch(events_, watch);
  folders_.clear();
  watches_.clear();
  for (const Folder &folder : asked_)
    add(folder.path, folder.is_tree, false);
}

} // namespace foreload
