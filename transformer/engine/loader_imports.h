// Which components' loaders are imported by other files of the project.
//
// `load(loader)` knows a loader by its function, so one that anybody imports is not copied. A graph of what one
// component renders does not show who does: that takes a look at the whole project.
#pragma once
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <mutex>
#include <string>
#include <vector>

namespace foreload {

class ModuleStore;

/// Safe for concurrent use by multiple threads.
class LoaderImports {
public:
  /// \p file_system must outlive this. Reads what is below \p root when it is first asked: of a folder with `src` only
  /// that, of one without a package.json nothing.
  LoaderImports(llvm::vfs::FileSystem &file_system, llvm::StringRef root) : file_system_(file_system), root_(root) {}

  /// Whether a file imports the loader of the component at \p path, or exports it again. A dynamic
  /// import of a component counts, unless all that is read of it is the component. \p modules says where names lead.
  bool contains(llvm::StringRef path, ModuleStore &modules);

  /// Another number after an invalidate() by which the answers may have changed.
  uint64_t version(ModuleStore &modules);

  /// What there is to know without reading anything.
  struct Record {
    bool is_read = false; ///< false: nobody has asked
    std::vector<std::pair<std::string, std::vector<std::string>>> imported_by; ///< files that import some; what they do
  };
  Record record(ModuleStore &modules);
  void start_from(Record record);

  void invalidate(llvm::ArrayRef<std::string> paths);
  void invalidate_all();

private:
  void read_all(ModuleStore &modules);
  void read_changed(ModuleStore &modules);
  void read(const std::string &file, ModuleStore &modules);
  bool is_below_root(llvm::StringRef path) const;

  llvm::vfs::FileSystem &file_system_;
  std::string root_;
  std::mutex mutex_; ///< guards what follows
  bool is_read_ = false;
  uint64_t version_ = 0;
  llvm::StringSet<> changed_;                             ///< files that are to be read again
  llvm::StringMap<std::vector<std::string>> imported_by_; ///< by file
  llvm::StringMap<unsigned> count_;                       ///< by component, or its file's name: how many import it
};

} // namespace foreload
