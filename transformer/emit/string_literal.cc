#include "emit/string_literal.h"

#include <llvm/ADT/StringExtras.h>

#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace foreload {

/// The first byte of \p text from \p i on that cannot stand for itself.
static size_t next_escaped(llvm::StringRef text, size_t i) {
#if defined(__SSE2__)
  for (; text.size() - i >= 16; i += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(text.data() + i));
    __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    __m128i is_quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), is_backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    if (int mask = _mm_movemask_epi8(_mm_or_si128(is_control, _mm_or_si128(is_quote, is_backslash))))
      return i + static_cast<size_t>(std::countr_zero(static_cast<uint32_t>(mask)));
  }
#endif
  while (i < text.size() && static_cast<unsigned char>(text[i]) >= 0x20 && text[i] != '"' && text[i] != '\\')
    ++i;
  return i;
}

void append_string_literal(std::string &out, llvm::StringRef text) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; (i = next_escaped(text, i)) < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    out.append(text.data() + done, i - done);
    done = i + 1;
    out += '\\';
    switch (byte) {
    case '"':
    case '\\':
      out += text[i];
      break;
    case '\n':
      out += 'n';
      break;
    case '\r':
      out += 'r';
      break;
    case '\t':
      out += 't';
      break;
    default:
      out += "u00";
      out += llvm::hexdigit(byte >> 4, /*LowerCase=*/true);
      out += llvm::hexdigit(byte & 15, /*LowerCase=*/true);
    }
  }
  out.append(text.data() + done, text.size() - done);
  out += '"';
}

std::string string_literal(llvm::StringRef text) {
  std::string literal;
  append_string_literal(literal, text);
  return literal;
}

std::string export_name(llvm::StringRef name) {
  bool is_identifier = !name.empty() && !llvm::isDigit(name[0]);
  for (char c : name)
    is_identifier &= llvm::isAlnum(c) || c == '_' || c == '$';
  return is_identifier ? name.str() : string_literal(name);
}

} // namespace foreload
