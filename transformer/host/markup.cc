#include "host/markup.h"

#include <cmath>

namespace foreload {

std::string escaped(llvm::StringRef text) {
  std::string result;
  result.reserve(text.size());
  for (char c : text)
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    case '\'':
      result += "&#39;";
      break;
    default:
      // Neither HTML nor XML can have the others, escaped or not.
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
        result += c;
      else
        result += "\xef\xbf\xbd";
    }
  return result;
}

std::string decimal(double value, unsigned digits) {
  long long unit = 1;
  for (unsigned i = 0; i < digits; ++i)
    unit *= 10;
  long long scaled = std::llround(std::abs(value) * static_cast<double>(unit));
  std::string whole = std::to_string(scaled / unit);
  std::string part = std::to_string(scaled % unit);
  part.insert(0, digits - std::min<size_t>(digits, part.size()), '0');
  while (!part.empty() && part.back() == '0')
    part.pop_back();
  return (value < 0 && scaled != 0 ? "-" : "") + whole + (part.empty() ? "" : "." + part);
}

} // namespace foreload
