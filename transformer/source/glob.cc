#include "source/glob.h"

#include <vector>

namespace foreload {

namespace {

/// Where the bracket expression that begins at \p glob ends, or npos if it never does.
size_t class_end(llvm::StringRef glob) {
  size_t at = 1;
  if (at < glob.size() && (glob[at] == '!' || glob[at] == '^'))
    ++at;
  if (at < glob.size() && glob[at] == ']') // the first one is a member
    ++at;
  return glob.find(']', at);
}

bool is_in_class(llvm::StringRef members, char byte) {
  bool is_negated = members.consume_front("!") || members.consume_front("^");
  bool found = false;
  for (size_t at = 0; at < members.size(); ++at) {
    unsigned char first = members[at], last = first, value = byte;
    if (at + 2 < members.size() && members[at + 1] == '-') {
      last = members[at + 2];
      at += 2;
    }
    found |= first <= value && value <= last;
  }
  return found != is_negated && byte != '/';
}

/// The place of the top-level commas and of the brace that closes the one that \p glob begins with; empty if there is
/// none.
std::vector<size_t> alternatives(llvm::StringRef glob) {
  std::vector<size_t> places;
  unsigned depth = 0;
  for (size_t at = 0; at < glob.size(); ++at) {
    if (glob[at] == '\\')
      ++at;
    else if (glob[at] == '{')
      ++depth;
    else if (glob[at] == ',' && depth == 1)
      places.push_back(at);
    else if (glob[at] == '}' && --depth == 0) {
      places.push_back(at);
      return places;
    }
  }
  return {};
}

/// Without braces. Stars are tried shortest first; to go back to the last of each kind is enough, so that the time is
/// at most the product of the lengths, squared.
bool plain_matches(llvm::StringRef glob, llvm::StringRef text) {
  struct Retry {
    size_t glob = llvm::StringRef::npos, text = 0;
  } star, double_star;
  size_t g = 0, t = 0;
  auto go_back = [&] {
    if (star.glob != llvm::StringRef::npos && star.text < text.size() && text[star.text] != '/') {
      g = star.glob;
      t = ++star.text;
      return true;
    }
    if (double_star.glob != llvm::StringRef::npos && double_star.text < text.size()) {
      // `**/` takes whole folders.
      if (glob[double_star.glob - 1] == '/') {
        size_t slash = text.find('/', double_star.text);
        if (slash == llvm::StringRef::npos)
          return false;
        double_star.text = slash + 1;
      } else {
        ++double_star.text;
      }
      g = double_star.glob;
      t = double_star.text;
      star.glob = llvm::StringRef::npos;
      return true;
    }
    return false;
  };
  for (;;) {
    llvm::StringRef rest = glob.substr(g);
    if (rest.take_front(2) == "**") {
      bool is_folders = (g == 0 || glob[g - 1] == '/') && rest.substr(2, 1) == "/";
      g += is_folders ? 3 : 2;
      double_star = {g, t};
      star.glob = llvm::StringRef::npos;
      continue;
    }
    if (rest.take_front(1) == "*") {
      star = {++g, t};
      continue;
    }
    if (rest.empty() && t == text.size())
      return true;
    size_t taken = 0;
    if (!rest.empty() && t < text.size()) {
      if (rest[0] == '?')
        taken = text[t] != '/';
      else if (size_t end = rest[0] == '[' ? class_end(rest) : llvm::StringRef::npos; end != llvm::StringRef::npos)
        taken = is_in_class(rest.slice(1, end), text[t]) ? end + 1 : 0;
      else if (rest[0] == '\\' && rest.size() > 1)
        taken = rest[1] == text[t] ? 2 : 0;
      else
        taken = rest[0] == text[t];
    }
    if (taken) {
      g += taken;
      if (rest[0] == '?') // the rest of the character
        while (t + 1 < text.size() && (static_cast<unsigned char>(text[t + 1]) & 0xc0) == 0x80)
          ++t;
      ++t;
    } else if (!go_back()) {
      return false;
    }
  }
}

bool matches(llvm::StringRef glob, llvm::StringRef text, unsigned &left) {
  for (size_t at = 0; at < glob.size(); ++at) {
    if (glob[at] == '\\') {
      ++at;
      continue;
    }
    if (glob[at] != '{')
      continue;
    std::vector<size_t> places = alternatives(glob.substr(at));
    if (places.empty())
      break; // a brace like any other character
    size_t begin = 1;
    for (size_t end : places) {
      if (left == 0)
        return false;
      std::string one = glob.take_front(at).str() + glob.substr(at).slice(begin, end).str() +
                        glob.substr(at + places.back() + 1).str();
      if (matches(one, text, left))
        return true;
      begin = end + 1;
    }
    return false;
  }
  return left > 0 && left-- > 0 && plain_matches(glob, text);
}

} // namespace

bool glob_matches(llvm::StringRef glob, llvm::StringRef text) {
  unsigned left = 1000;
  return matches(glob, text, left);
}

std::string escaped_glob(llvm::StringRef text) {
  std::string glob;
  for (char c : text) {
    if (llvm::StringRef("*?[]{}\\").contains(c))
      glob += '\\';
    glob += c;
  }
  return glob;
}

std::string fixed_folder(llvm::StringRef glob) {
  std::string path;
  size_t folder_end = 0;
  for (size_t at = 0; at < glob.size() && !llvm::StringRef("*?[{").contains(glob[at]); ++at) {
    if (glob[at] == '/')
      folder_end = path.size();
    if (glob[at] == '\\' && at + 1 < glob.size())
      ++at;
    path += glob[at];
  }
  path.resize(folder_end);
  return path;
}

} // namespace foreload
