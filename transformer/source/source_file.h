// The immutable text of one file, and positions in it.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace foreload {

/// A place as people and JavaScript tools count it.
struct Position {
  uint32_t line = 1;   ///< from 1
  uint32_t column = 1; ///< from 1, in UTF-16 code units
  uint32_t offset = 0; ///< from 0, in bytes
};

/// Owns the bytes of one file. Immutable after construction, so safe for concurrent use by any number of threads.
///
/// Lines end at LF, CR LF and CR. (U+2028 and U+2029 end a line in ECMAScript, but not in editors and source maps.)
class SourceFile {
public:
  /// \p path is absolute with forward slashes, or whatever the embedder names the file by.
  SourceFile(std::string path, std::string text);

  llvm::StringRef path() const { return path_; }
  /// The whole text, byte order mark included. One NUL follows it.
  llvm::StringRef text() const { return text_; }
  llvm::StringRef text(Span span) const { return text().substr(span.begin, span.size()); }
  uint32_t size() const { return static_cast<uint32_t>(text_.size()); }

  /// The position of a byte offset; past the end counts as the end. O(log lines + length of the line).
  Position position(uint32_t offset) const;
  /// The position of a line and column, both from 1; what is past the end of the line or of the file counts as there.
  Position position_at(uint32_t line, uint32_t column) const;
  /// Where line \p line (from 0) starts. There is always at least one line.
  uint32_t line_start(uint32_t line) const { return line_starts_[line]; }
  uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }
  /// The line (from 0) that holds \p offset.
  uint32_t line_of(uint32_t offset) const;

private:
  std::string path_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

/// The number of UTF-16 code units that UTF-8 \p text has. Invalid bytes count as one unit each, as decoders that
/// substitute U+FFFD count them.
uint32_t utf16_length(llvm::StringRef text);

/// The byte offset of the first invalid UTF-8 sequence, or npos.
size_t find_invalid_utf8(llvm::StringRef text);

} // namespace foreload
