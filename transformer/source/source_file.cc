#include "source/source_file.h"

#include <llvm/Support/ConvertUTF.h>

#include <algorithm>

namespace foreload {

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (uint32_t i = 0, n = size(); i < n; ++i) {
    if (text_[i] == '\n' || (text_[i] == '\r' && (i + 1 == n || text_[i + 1] != '\n')))
      line_starts_.push_back(i + 1);
  }
}

uint32_t SourceFile::line_of(uint32_t offset) const {
  auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<uint32_t>(after - line_starts_.begin()) - 1;
}

Position SourceFile::position(uint32_t offset) const {
  offset = std::min(offset, size());
  uint32_t line = line_of(offset);
  uint32_t start = line_starts_[line];
  // The byte order mark is not a column: editors and compilers hide it.
  if (line == 0 && std::string_view(text_).starts_with("\xEF\xBB\xBF"))
    start = std::min<uint32_t>(3, offset);
  return {line + 1, utf16_length(text({start, std::max(start, offset)})) + 1, offset};
}

uint32_t utf16_length(llvm::StringRef text) {
  uint32_t units = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || byte >= 0xC0) // not a continuation byte
      units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

size_t find_invalid_utf8(llvm::StringRef text) {
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  auto *at = begin;
  if (llvm::isLegalUTF8String(&at, reinterpret_cast<const llvm::UTF8 *>(text.end())))
    return llvm::StringRef::npos;
  return static_cast<size_t>(at - begin);
}

} // namespace foreload
