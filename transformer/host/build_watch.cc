#include "host/build_watch.h"

#include "host/build_session.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace foreload {

namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

std::string real_path(const std::string &file) {
  llvm::SmallString<128> real;
  return fs::real_path(file, real) ? file : real.str().str();
}

} // namespace

llvm::Expected<std::unique_ptr<BuildWatch>> BuildWatch::open(Host &host, BuildOptions options) {
  std::string out = options.out;
  if (!out.empty()) { // what is to be there, by the name by which its folder will tell of it
    llvm::SmallString<128> real(real_path(path::parent_path(out).str()));
    path::append(real, path::filename(out));
    out = real.str().str();
  }
  auto is_passed_over = [out](llvm::StringRef folder) {
    llvm::StringRef name = path::filename(folder);
    return folder == out || name == "node_modules" || name.take_front(1) == ".";
  };
  llvm::Expected<std::unique_ptr<FileWatcher>> watcher = FileWatcher::open(is_passed_over);
  if (!watcher)
    return watcher.takeError();
  for (const std::string &folder : {host.state_->options.root, options.directory})
    if (std::error_code error = (*watcher)->add_tree(folder))
      return llvm::createStringError(error, "'" + folder + "' cannot be watched: " + error.message());
  return std::unique_ptr<BuildWatch>(new BuildWatch(host, std::move(options), std::move(*watcher)));
}

BuildWatch::BuildWatch(Host &host, BuildOptions options, std::unique_ptr<FileWatcher> watcher)
    : host_(host), options_(std::move(options)), watcher_(std::move(watcher)),
      session_(std::make_unique<BuildSession>(*host_.state_, options_, BuildSession::Then::Update)) {}

BuildWatch::~BuildWatch() = default;

BuildResult BuildWatch::build() {
  BuildResult result = session_->build();
  save_facts();
  return result;
}

/// Not after each change: who comes next needs the last state only.
void BuildWatch::save_facts() {
  if (DiskCache *cache = host_.state_->fact_cache.get())
    cache->save();
}

/// What is written into a file that nothing is read from is of no account. What comes or goes may be what an import
/// means.
bool BuildWatch::can_matter(const FileChange &change) const {
  llvm::StringRef file = change.path;
  if (!options_.packed.empty() && file.consume_front(options_.packed) && (file.empty() || file.front() == '.'))
    return false;
  llvm::StringRef extension = path::extension(change.path);
  return !change.is_written || extension == ".json" || is_component_path(change.path) ||
         is_markdown_path(change.path) || is_script_path(change.path);
}

std::optional<BuildResult> BuildWatch::next(llvm::function_ref<void(llvm::ArrayRef<std::string> paths)> on_change) {
  while (std::optional<FileChanges> changes = watcher_->wait()) {
    std::erase_if(changes->files, [&](const FileChange &change) { return !can_matter(change); });
    if (changes->files.empty() && !changes->is_all)
      continue;
    std::vector<std::string> paths;
    for (const FileChange &change : changes->files)
      paths.push_back(change.path);
    on_change(paths);
    return session_->update(*changes);
  }
  save_facts();
  return std::nullopt;
}

} // namespace foreload
