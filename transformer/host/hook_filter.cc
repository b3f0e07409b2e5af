#include "host/hook_filter.h"

#include <algorithm>

namespace foreload {

static bool any_matches(const std::vector<std::string> &globs, llvm::StringRef root, llvm::StringRef id) {
  llvm::StringRef below = id;
  bool is_below = below.consume_front(root) && (root == "/" || below.consume_front("/"));
  return std::any_of(globs.begin(), globs.end(), [&](llvm::StringRef glob) {
    if (glob.take_front(1) == "/" || glob.take_front(2) == "**")
      return glob_matches(glob, id);
    // Ids that are no paths, such as `virtual:x`, are below no root.
    return is_below ? glob_matches(glob, below) : id.take_front(1) != "/" && glob_matches(glob, id);
  });
}

bool accepts_id(const HookFilter &filter, llvm::StringRef root, llvm::StringRef id) {
  id = id.take_front(id.find('?'));
  auto has_suffix = [&](llvm::StringRef suffix) {
    return id.size() >= suffix.size() && id.take_back(suffix.size()) == suffix;
  };
  bool is_any = filter.include.empty() && filter.suffixes.empty();
  if (!is_any && !any_matches(filter.include, root, id) &&
      std::none_of(filter.suffixes.begin(), filter.suffixes.end(), has_suffix))
    return false;
  return !any_matches(filter.exclude, root, id);
}

bool accepts_code(const HookFilter &filter, llvm::StringRef code) {
  return filter.code.empty() || std::any_of(filter.code.begin(), filter.code.end(), [&](llvm::StringRef text) {
           return code.find(text) != llvm::StringRef::npos;
         });
}

} // namespace foreload
