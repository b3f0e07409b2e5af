#include "plan/loader_key.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>

namespace foreload {

std::string relative_path(llvm::StringRef from, llvm::StringRef to) {
  llvm::SmallVector<llvm::StringRef, 16> from_parts, to_parts;
  from.split(from_parts, '/', -1, false);
  to.split(to_parts, '/', -1, false);
  size_t common = 0;
  while (common < from_parts.size() && common + 1 < to_parts.size() && from_parts[common] == to_parts[common])
    ++common;
  std::string result;
  for (size_t i = common; i < from_parts.size(); ++i)
    result += "../";
  if (result.empty())
    result = "./";
  for (size_t i = common; i < to_parts.size(); ++i) {
    result += to_parts[i];
    if (i + 1 < to_parts.size())
      result += '/';
  }
  return result;
}

/// Encodes as `new URL('file:' + path)` does for what can stand in a path, and what would break out of a JavaScript
/// string.
static void append_encoded(std::string &out, llvm::StringRef path) {
  for (char c : path) {
    bool plain = llvm::isAlnum(c) || llvm::StringRef("-._~!$&'()*+,;=:@/[]").find(c) != llvm::StringRef::npos;
    if (plain)
      out += c;
    else {
      auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += llvm::hexdigit(byte >> 4);
      out += llvm::hexdigit(byte & 15);
    }
  }
}

std::string url_path(llvm::StringRef path) {
  std::string url;
  append_encoded(url, path);
  return url;
}

std::string loader_key(llvm::StringRef path, llvm::StringRef root) {
  std::string key = "file:///";
  llvm::StringRef below = path;
  if (below.consume_front(root) && below.consume_front("/")) {
    append_encoded(key, below);
    return key;
  }
  // The first node_modules of the path keeps apart two versions of a package that are nested differently.
  if (size_t at = path.find("/node_modules/"); at != llvm::StringRef::npos) {
    append_encoded(key, path.substr(at + 1));
    return key;
  }
  append_encoded(key, relative_path(root, path));
  return key;
}

} // namespace foreload
