#include "engine/loader_imports.h"

#include "engine/file_finder.h"
#include "engine/module_store.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace foreload {

static bool is_module_path(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  for (llvm::StringRef known : {".astro", ".ts", ".mts", ".js", ".mjs", ".tsx", ".jsx", ".mdx"})
    if (extension == known)
      return true;
  return false;
}

/// Whether \p text may have an `import` or `export … from` that names a loader: a check that is cheaper than parsing,
/// and errs on the safe side. What is declared where it is exported is from nowhere else.
static bool may_import_loader(llvm::StringRef text) {
  for (llvm::StringRef word : {"import", "export"})
    for (size_t at = text.find(word); at != llvm::StringRef::npos; at = text.find(word, at + word.size())) {
      llvm::StringRef clause = text.substr(at + word.size()).ltrim();
      if (word == "export" && clause.find_first_of("{*/") != 0) // `{ … }`, `* as x`, a comment before one of them
        continue;
      clause = clause.take_front(clause.find_first_of("\"'`;=()"));
      if (clause.find("loader") != llvm::StringRef::npos || clause.find('*') != llvm::StringRef::npos)
        return true;
    }
  return false;
}

bool LoaderImports::contains(llvm::StringRef path, ModuleStore &modules) {
  std::lock_guard lock(mutex_);
  if (!is_read_)
    read_all(modules);
  read_changed(modules);
  return count_.lookup(path) != 0 || count_.lookup(llvm::sys::path::filename(path)) != 0;
}

uint64_t LoaderImports::version(ModuleStore &modules) {
  std::lock_guard lock(mutex_);
  read_changed(modules);
  return version_;
}

LoaderImports::Record LoaderImports::record(ModuleStore &modules) {
  std::lock_guard lock(mutex_);
  read_changed(modules);
  Record record{is_read_, {}};
  for (const auto &file : imported_by_)
    if (is_read_ && !file.second.empty())
      record.imported_by.emplace_back(file.first().str(), file.second);
  return record;
}

void LoaderImports::start_from(Record record) {
  std::lock_guard lock(mutex_);
  is_read_ = record.is_read;
  ++version_;
  changed_.clear();
  imported_by_.clear();
  count_.clear();
  for (auto &[file, imported] : record.imported_by) {
    for (const std::string &component : imported)
      ++count_[component];
    imported_by_[file] = std::move(imported);
  }
}

void LoaderImports::read_changed(ModuleStore &modules) {
  if (changed_.empty())
    return;
  // What others import may be found in another place now, or not any more.
  for (const auto &file : imported_by_)
    if (!file.second.empty())
      changed_.insert(file.first());
  for (const auto &file : std::exchange(changed_, {}))
    read(file.first().str(), modules);
}

void LoaderImports::read_all(ModuleStore &modules) {
  is_read_ = true;
  ++version_;
  changed_.clear();
  imported_by_.clear();
  count_.clear();
  std::string folder = root_ + "/src";
  if (!file_system_.exists(folder)) {
    if (!file_system_.exists(root_ + "/package.json"))
      return; // no project: whatever there is may be large
    folder = root_;
  }
  std::vector<Diagnostic> nobody_reads_them; // who reads a file for its own sake says what is wrong with it
  for (const std::string &file : FileFinder(file_system_, "", nobody_reads_them, is_module_path).find(folder))
    read(file, modules);
}

void LoaderImports::read(const std::string &file, ModuleStore &modules) {
  std::vector<std::string> &imported = imported_by_[file];
  for (const std::string &component : imported)
    --count_[component];
  std::vector<std::string> before = std::exchange(imported, {});
  auto note_version = llvm::make_scope_exit([&] { version_ += imported != before; });
  std::shared_ptr<const ModuleFacts> facts = modules.remembered(file);
  if (!facts) {
    llvm::ErrorOr<llvm::vfs::Status> status = file_system_.status(file);
    if (!status || !status->isRegularFile()) // a pipe would be waited for
      return;
    llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text = file_system_.getBufferForFile(file);
    std::string error;
    if (text && may_import_loader((*text)->getBuffer()))
      facts = modules.facts(file, error);
  }
  if (facts)
    imported = imported_loaders(*facts, modules);
  for (const std::string &component : imported)
    ++count_[component];
}

bool LoaderImports::is_below_root(llvm::StringRef path) const {
  return path.consume_front(root_) && path.consume_front("/") && path.find("node_modules/") == llvm::StringRef::npos;
}

void LoaderImports::invalidate(llvm::ArrayRef<std::string> paths) {
  std::lock_guard lock(mutex_);
  for (const std::string &path : paths)
    if (is_read_ && is_module_path(path) && is_below_root(path))
      changed_.insert(path);
}

void LoaderImports::invalidate_all() {
  std::lock_guard lock(mutex_);
  is_read_ = false;
}

} // namespace foreload
