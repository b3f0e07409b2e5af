#include "source/source_file.h"

#include "source/find_byte.h"

#include <llvm/Support/ConvertUTF.h>

#include <algorithm>
#include <cstring>

namespace foreload {

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (uint32_t i = 0, n = size(); (i = find_byte<'\n', '\r'>(text_.data(), i, n)) < n; ++i)
    if (text_[i] == '\n' || i + 1 == n || text_[i + 1] != '\n')
      line_starts_.push_back(i + 1);
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

Position SourceFile::position_at(uint32_t line, uint32_t column) const {
  if (line == 0 || line > line_count())
    return position(size());
  uint32_t at = line_starts_[line - 1], end = line < line_count() ? line_starts_[line] : size();
  while (end > at && (text_[end - 1] == '\n' || text_[end - 1] == '\r'))
    --end;
  for (uint32_t units = 1; at < end && units < column; ++units) {
    auto lead = static_cast<unsigned char>(text_[at]);
    at += llvm::getNumBytesForUTF8(lead);
    units += lead >= 0xF0;
  }
  return position(std::min(at, end));
}

/// How many bytes of ASCII \p text starts with. Most text is all of it, so eight at a time.
static size_t ascii_length(llvm::StringRef text) {
  size_t i = 0;
  for (uint64_t bytes; i + sizeof(bytes) <= text.size(); i += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + i, sizeof(bytes));
    if (bytes & 0x8080808080808080)
      break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80)
    ++i;
  return i;
}

uint32_t utf16_length(llvm::StringRef text) {
  size_t ascii = ascii_length(text);
  auto units = static_cast<uint32_t>(ascii);
  for (size_t i = ascii; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || byte >= 0xC0) // not a continuation byte
      units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

size_t find_invalid_utf8(llvm::StringRef text) {
  auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  for (size_t at = 0; (at += ascii_length(text.substr(at))) < text.size();) {
    auto *character = reinterpret_cast<const llvm::UTF8 *>(text.data() + at);
    if (!llvm::isLegalUTF8Sequence(character, end))
      return at;
    at += llvm::getNumBytesForUTF8(*character);
  }
  return llvm::StringRef::npos;
}

} // namespace foreload
