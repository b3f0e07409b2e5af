#include "emit/string_literal.h"

#include <llvm/ADT/StringExtras.h>

namespace foreload {

void append_string_literal(std::string &out, llvm::StringRef text) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\')
      continue;
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
