#include "parse/string_escapes.h"

#include <llvm/Support/ConvertUTF.h>

#include <optional>
#include <tuple>
#include <utility>

namespace foreload {

/// Takes `61`, \p digits hexadecimal ones, or `{1F600}` from the front of \p text. Nothing: it is neither.
static std::optional<uint32_t> take_hexadecimal(llvm::StringRef &text, size_t digits, bool may_have_braces) {
  llvm::StringRef number = text.take_front(digits), rest = text.drop_front(number.size());
  if (may_have_braces && text.take_front(1) == "{")
    std::tie(number, rest) = text.drop_front().split('}');
  else if (number.size() < digits)
    return std::nullopt;
  uint32_t value;
  if (number.getAsInteger(16, value) || value > 0x10FFFF)
    return std::nullopt;
  text = rest;
  return value;
}

static void append_utf8(uint32_t code_point, std::string &out) {
  char bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT], *end = bytes;
  if (!llvm::ConvertCodePointToUTF8(code_point, end)) // half of a pair
    llvm::ConvertCodePointToUTF8(0xFFFD, end = bytes);
  out.append(bytes, end);
}

/// Takes what comes after a `\u`. A character beyond the first 65536 may be written as a pair of surrogates.
static std::optional<uint32_t> take_code_point(llvm::StringRef &text) {
  std::optional<uint32_t> first = take_hexadecimal(text, 4, true);
  llvm::StringRef rest = text;
  if (first && *first >> 10 == 0xD800 >> 10 && rest.consume_front("\\u"))
    if (std::optional<uint32_t> second = take_hexadecimal(rest, 4, false); second && *second >> 10 == 0xDC00 >> 10) {
      text = rest;
      return 0x10000 + ((*first & 0x3FF) << 10) + (*second & 0x3FF);
    }
  return first;
}

/// Takes what comes after a backslash.
static void take_escape(llvm::StringRef &text, std::string &out) {
  constexpr std::pair<char, char> controls[] = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'},
                                                {'b', '\b'}, {'f', '\f'}, {'v', '\v'}, {'0', '\0'}};
  char kind = text.front();
  text = text.drop_front();
  if (kind == '\n')
    return; // the literal goes on in the next line
  if (kind == '\r') {
    text.consume_front("\n");
    return;
  }
  if (kind == 'u' || kind == 'x')
    if (std::optional<uint32_t> code_point = kind == 'u' ? take_code_point(text) : take_hexadecimal(text, 2, false))
      return append_utf8(*code_point, out);
  for (auto [letter, character] : controls)
    if (kind == letter)
      kind = character;
  out += kind;
}

std::string without_escapes(llvm::StringRef literal) {
  std::string out;
  while (!literal.empty()) {
    llvm::StringRef plain;
    std::tie(plain, literal) = literal.split('\\');
    out += plain;
    if (!literal.empty())
      take_escape(literal, out);
  }
  return out;
}

} // namespace foreload
