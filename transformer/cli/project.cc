#include "cli/project.h"

#include <algorithm>
#include <filesystem>

namespace foreload::cli {

namespace fs = std::filesystem;

std::string absolute_path(llvm::StringRef path) {
  std::error_code error;
  fs::path absolute = fs::absolute(path.str(), error).lexically_normal();
  if (!absolute.has_filename() && absolute.has_relative_path())
    absolute = absolute.parent_path(); // lexically_normal keeps the slash of "folder/"
  return absolute.string();
}

std::string project_root(llvm::StringRef folder) {
  static const char *const markers[] = {"package.json",     "astro.config.mjs", "astro.config.js", "astro.config.ts",
                                        "astro.config.mts", "astro.config.cjs", "astro.config.cts"};
  for (fs::path candidate = folder.str();; candidate = candidate.parent_path()) {
    std::error_code error;
    for (const char *marker : markers)
      if (fs::is_regular_file(candidate / marker, error))
        return candidate.string();
    if (!candidate.has_relative_path())
      return folder.str();
  }
}

std::vector<std::string> find_components(llvm::StringRef folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder.str(), fs::directory_options::skip_permission_denied, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    std::string name = entries->path().filename().string();
    std::error_code ignored;
    if (entries->is_directory(ignored)) {
      if (name == "node_modules" || name[0] == '.')
        entries.disable_recursion_pending();
    } else if (entries->path().extension() == ".astro" && entries->is_regular_file(ignored)) {
      files.push_back(entries->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace foreload::cli
