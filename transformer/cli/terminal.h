// Colour for people, and none for files, pipes and those who ask for none.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <cstdio>
#include <string>

namespace foreload::cli {

enum class Colour : uint8_t { Red, Yellow, Green, Blue, Bold, Dim };

/// Whether \p stream is a terminal on which text can be moved about and coloured.
bool is_terminal(std::FILE *stream);

/// Whether text for \p stream may be coloured: it is a terminal that can, and NO_COLOR is not set.
bool wants_colour(std::FILE *stream);

/// Paints text, or passes it through.
class Painter {
public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string operator()(Colour colour, llvm::StringRef text) const;

private:
  bool colour_;
};

/// Writes all of \p text. False if the stream cannot take it, as when a disk is full or a pipe was closed.
bool print(std::FILE *stream, llvm::StringRef text);

} // namespace foreload::cli
