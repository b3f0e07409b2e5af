// The files of a project that the host reads by itself.
#pragma once
#include "source/diagnostic.h"

#include <llvm/Support/VirtualFileSystem.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace foreload {

/// A diagnostic about a file or a folder as a whole.
Diagnostic file_error(llvm::StringRef path, uint16_t code, std::string message);

/// Whether the manifest.json at \p path is one that a build has written: then its folder is no source.
bool is_build_manifest(llvm::vfs::FileSystem &file_system, llvm::StringRef path);

/// The files below a directory whose paths are wanted, sorted. Hidden folders, node_modules, \p out and what an earlier
/// build has written are left out; a folder that is reached twice through links is read once.
class FileFinder {
public:
  FileFinder(llvm::vfs::FileSystem &file_system, llvm::StringRef out, std::vector<Diagnostic> &diagnostics,
             std::function<bool(llvm::StringRef path)> is_wanted)
      : file_system_(file_system), out_(out), diagnostics_(diagnostics), is_wanted_(std::move(is_wanted)) {}

  std::vector<std::string> find(llvm::StringRef directory);

private:
  void read(const std::string &folder);
  void drop_below(const std::string &folder);

  llvm::vfs::FileSystem &file_system_;
  llvm::StringRef out_;
  std::vector<Diagnostic> &diagnostics_;
  std::function<bool(llvm::StringRef path)> is_wanted_;
  std::vector<std::string> folders_;
  std::vector<std::string> files_;
  std::set<std::pair<uint64_t, uint64_t>> seen_;
};

} // namespace foreload
