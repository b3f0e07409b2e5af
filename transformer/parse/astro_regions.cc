// The fences are found as Astro 7's compiler finds them: by a scan that knows strings, comments, regular expressions
// and template literals by a few characters of context, not by parsing the code. A real lexer would be more precise
// (`${` does not nest here, and a slash after any name divides), but where it disagreed with the compiler the two
// would cut the file at different places, and only the compiler's cut counts.

#include "parse/astro_regions.h"

#include <llvm/ADT/StringExtras.h>

#include <array>
#include <string_view>

using namespace foreload;

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr std::string_view fence = "---";

constexpr auto is_special = [] {
  std::array<bool, 256> table{};
  for (char c : {'-', '\'', '"', '`', '/'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// Anything but markup may stand before the opening fence.
size_t find_opening_fence(std::string_view text) {
  size_t found = text.find(fence);
  size_t markup = text.substr(0, found).find_first_of("<{}");
  return markup == npos ? found : npos;
}

/// The position after the string, comment or template that starts at \p begin and ends with \p last. Unless \p lines
/// is set, a line break ends it, too (an error in the code, which the compiler recovers from in this way).
size_t skip_quoted(std::string_view text, size_t begin, char last, bool lines) {
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == last || (!lines && (text[i] == '\n' || text[i] == '\r')))
      return i + 1;
    if (text[i] == '\\')
      ++i;
  }
  return text.size();
}

struct RegexEnd {
  size_t position;
  bool complete; ///< false: a line break came first, so the slash was none of a regular expression
};

RegexEnd skip_regex(std::string_view text, size_t begin) {
  bool in_class = false;
  for (size_t i = begin; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '\n' || c == '\r') {
      return {i + 1, false};
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '/') {
      for (++i; i < text.size() && llvm::isAlpha(text[i]);)
        ++i;
      return {i, true};
    }
  }
  return {text.size(), true};
}

/// Whether a slash after the character \p c starts a regular expression. Line breaks count as operators.
bool regex_follows(char c) { return !(c == ')' || c == ']' || llvm::isAlnum(c) || c == '_' || c == '$'); }

size_t find_closing_fence(std::string_view text, size_t begin) {
  // The last string, comment or regular expression ended at `known`, and this is whether a slash there would start a
  // regular expression. Beyond it the characters tell, and are looked at only when there is a slash.
  size_t known = begin;
  bool regex_at_known = true;
  auto regex_allowed = [&](size_t slash) {
    while (slash > known && (text[slash - 1] == ' ' || text[slash - 1] == '\t'))
      --slash;
    return slash == known ? regex_at_known : regex_follows(text[slash - 1]);
  };
  size_t i = begin;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (!is_special[static_cast<unsigned char>(c)])
      continue;
    if (c == '-') {
      if (text.compare(i, fence.size(), fence) == 0)
        return i;
      continue;
    }
    char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c != '/') {
      known = skip_quoted(text, i + 1, c, c == '`');
      regex_at_known = text[known - 1] != c;
    } else if (next == '/') {
      size_t line_break = text.find('\n', i);
      known = line_break == npos ? text.size() : line_break + 1;
      regex_at_known = true;
    } else if (next == '*') {
      regex_at_known = regex_allowed(i);
      size_t close = text.find("*/", i + 2);
      known = close == npos ? text.size() : close + 2;
    } else if (regex_allowed(i)) {
      RegexEnd end = skip_regex(text, i + 1);
      known = end.position;
      regex_at_known = !end.complete;
    } else {
      continue;
    }
    i = known - 1;
  }
  return npos;
}

} // namespace

AstroRegions foreload::find_astro_regions(llvm::StringRef text) {
  std::string_view view(text.data(), text.size());
  auto offset = [](size_t position) { return static_cast<uint32_t>(position); };
  AstroRegions regions;
  regions.markup = {view.substr(0, 3) == "\xEF\xBB\xBF" ? 3u : 0u, offset(view.size())};
  size_t open = find_opening_fence(view);
  if (open == npos)
    return regions;
  size_t close = find_closing_fence(view, open + fence.size());
  if (close == npos)
    return regions;
  size_t code = open + fence.size(), end = close + fence.size();
  regions.frontmatter =
      Frontmatter{{offset(open), offset(code)}, {offset(code), offset(close)}, {offset(close), offset(end)}};
  regions.markup.begin = offset(end);
  return regions;
}
