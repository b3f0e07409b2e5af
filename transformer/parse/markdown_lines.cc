#include "parse/markdown_lines.h"

namespace foreload {

void for_each_text_line(llvm::StringRef content, llvm::function_ref<void(llvm::StringRef)> line) {
  llvm::StringRef fence; // of the code that is open
  while (!content.empty()) {
    auto [text, rest] = content.split('\n');
    llvm::StringRef trimmed = text.ltrim(' ');
    llvm::StringRef marks =
        trimmed.take_while([trimmed](char c) { return (c == '`' || c == '~') && c == trimmed[0]; });
    bool is_fence = marks.size() >= 3 && text.size() - trimmed.size() <= 3;
    if (!fence.empty()) {
      if (is_fence && marks[0] == fence[0] && marks.size() >= fence.size() &&
          trimmed.drop_front(marks.size()).trim().empty())
        fence = {};
    } else if (is_fence) {
      fence = marks;
    } else {
      line(text);
    }
    content = rest;
  }
}

std::vector<llvm::StringRef> mdx_import_lines(llvm::StringRef content) {
  std::vector<llvm::StringRef> lines;
  bool is_import = false, is_between = true;
  for_each_text_line(content, [&](llvm::StringRef line) {
    bool is_blank = line.trim().empty();
    if (is_between || is_import)
      is_import = !is_blank && (is_import || line.substr(0, 7) == "import ");
    is_between = is_blank;
    if (is_import)
      lines.push_back(line);
  });
  return lines;
}

} // namespace foreload
