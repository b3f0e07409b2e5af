#include "host/build_watch.h"

#include "host/build_session.h"

#include "engine/build_record.h"
#include "engine/replace_file.h"

#include <llvm/ADT/STLExtras.h>
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
      session_(std::make_unique<BuildSession>(*host_.state_, options_, BuildSession::Then::Update)),
      trees_{real_path(host_.state_->options.root), real_path(options_.directory)} {}

BuildWatch::~BuildWatch() = default;

BuildResult BuildWatch::build() {
  BuildResult result = session_->build();
  watch_outside();
  save_facts();
  return result;
}

/// Whether what happens at \p path is told because of trees_.
bool BuildWatch::is_in_trees(llvm::StringRef path) const {
  for (llvm::StringRef tree : trees_) {
    llvm::StringRef below = path;
    if (!below.consume_front(tree) || !(below.empty() || below.consume_front("/")))
      continue;
    llvm::SmallVector<llvm::StringRef> names;
    path::parent_path(below).split(names, '/');
    if (llvm::none_of(names, [](llvm::StringRef name) { return name == "node_modules" || name.take_front(1) == "."; }))
      return true;
  }
  return false;
}

/// Watches the folders of what was looked at. Of node_modules only those that something was read in: whole trees of
/// packages would be too much, and who installs some touches package.json.
void BuildWatch::watch_outside() {
  bool only_new = !std::exchange(has_outside_changed_, false);
  if (!only_new)
    outside_.clear();
  for (const ObservedFileSystem::Look &look : host_.state_->observed_files->looks(only_new)) {
    bool is_in_package = llvm::StringRef(look.path).contains("/node_modules/");
    if (is_in_trees(look.path) || (is_in_package && !look.is_read))
      continue;
    llvm::StringRef folder = look.is_listed ? llvm::StringRef(look.path) : path::parent_path(look.path);
    while (!fs::is_directory(folder) && path::has_parent_path(folder))
      folder = path::parent_path(folder); // it will tell when what is missing comes
    if (outside_.insert(folder).second)
      (void)watcher_->add_folder(folder); // who may not list it has no news of it either
    if (look.is_read)
      outside_files_.insert(real_path(folder.str()) + "/" + path::filename(look.path).str());
    bool is_missed = look.is_read ? stamp_of_file(look.path) != look.stamp
                                  : (look.kind == Observation::Kind::Missing) == fs::exists(look.path);
    if (!is_missed)
      continue;
    missed_.push_back({look.path, look.is_read && fs::exists(look.path)});
    (void)host_.state_->observed_files->status(look.path); // else it would be told again if nobody looks any more
  }
  llvm::sort(missed_, [](const FileChange &a, const FileChange &b) { return a.path < b.path; });
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
  if (!is_in_trees(file) && !outside_files_.contains(file)) {
    // A folder above the project, such as /tmp, is everybody's: only what a build has asked for by name counts there.
    const ObservedFileSystem &files = *host_.state_->observed_files;
    std::string folder = path::parent_path(file).str();
    bool is_above = std::string_view(trees_.front()).starts_with(folder == "/" ? folder : folder + "/");
    if (!files.knows(file) && (is_above || !files.is_listed(folder)))
      return false;
  }
  if (file == options_.packed || file == options_.out || is_temporary_name(path::filename(file)))
    return false;
  llvm::StringRef extension = path::extension(change.path);
  return !change.is_written || extension == ".json" || is_component_path(change.path) ||
         is_markdown_path(change.path) || is_script_path(change.path);
}

std::optional<BuildResult> BuildWatch::next(llvm::function_ref<void(llvm::ArrayRef<std::string> paths)> on_change) {
  while (std::optional<FileChanges> changes =
             missed_.empty() ? watcher_->wait() : FileChanges{std::exchange(missed_, {}), false}) {
    std::erase_if(changes->files, [&](const FileChange &change) { return !can_matter(change); });
    if (changes->files.empty() && !changes->is_all)
      continue;
    std::vector<std::string> paths;
    for (const FileChange &change : changes->files)
      paths.push_back(change.path);
    on_change(paths);
    has_outside_changed_ = changes->is_all || llvm::any_of(changes->files, [&](const FileChange &change) {
                             return !change.is_written && !is_in_trees(change.path);
                           });
    BuildResult result = session_->update(*changes);
    watch_outside();
    return result;
  }
  save_facts();
  return std::nullopt;
}

} // namespace foreload
