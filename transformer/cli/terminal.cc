#include "cli/terminal.h"

#include <cstdlib>
#include <unistd.h>

namespace foreload::cli {

bool is_terminal(std::FILE *stream) {
  const char *term = std::getenv("TERM");
  return term && llvm::StringRef(term) != "dumb" && isatty(fileno(stream));
}

bool wants_colour(std::FILE *stream) {
  const char *no_color = std::getenv("NO_COLOR"); // https://no-color.org: any value but the empty one
  return !(no_color && *no_color) && is_terminal(stream);
}

static const char *escape_code(Colour colour) {
  switch (colour) {
  case Colour::Red:
    return "\x1b[1;31m";
  case Colour::Yellow:
    return "\x1b[1;33m";
  case Colour::Green:
    return "\x1b[32m";
  case Colour::Blue:
    return "\x1b[1;34m";
  case Colour::Bold:
    return "\x1b[1m";
  case Colour::Dim:
    return "\x1b[2m";
  }
  return "";
}

std::string Painter::operator()(Colour colour, llvm::StringRef text) const {
  if (!colour_ || text.empty())
    return text.str();
  return escape_code(colour) + text.str() + "\x1b[0m";
}

bool print(std::FILE *stream, llvm::StringRef text) {
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0;
}

} // namespace foreload::cli
