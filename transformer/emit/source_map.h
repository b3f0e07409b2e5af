// Text that is put together from copied and generated pieces, with its source map (version 3).
#pragma once
#include "source/source_file.h"

#include <llvm/ADT/StringMap.h>

#include <string>
#include <vector>

namespace foreload {

/// Builds one output text front to back. Copied text is mapped at every line start and at every boundary between words
/// and other characters: tools that compose maps take a segment's column as it is, so columns survive composition only
/// where a segment starts. Linear in the output. Not thread-safe; files that were copied from must outlive map().
class TextEmitter {
public:
  /// Appends a span of \p source, mapped to itself.
  void copy(const SourceFile &source, Span span);
  /// Appends text that comes from nowhere.
  void generate(llvm::StringRef text);
  /// Appends text that stands for \p original at \p offset of \p source: a renamed name.
  void generate_mapped(llvm::StringRef text, const SourceFile &source, uint32_t offset, llvm::StringRef original);

  const std::string &code() const { return code_; }
  /// The map as JSON, for an output file at absolute path \p path: sources are relative to its folder and carry their
  /// content.
  std::string map(llvm::StringRef path) const;

private:
  static constexpr uint32_t none = UINT32_MAX;

  /// Maps the end of the output so far; \p source none: from here on it comes from nowhere.
  void add_segment(uint32_t source, uint32_t line, uint32_t column, uint32_t name);
  void append(llvm::StringRef text);
  uint32_t source_index(const SourceFile &source);

  std::string code_;
  std::string mappings_;
  std::vector<const SourceFile *> sources_;
  std::vector<std::string> names_;
  llvm::StringMap<uint32_t> name_indexes_;
  uint32_t column_ = 0; ///< of the end of code_, in UTF-16 units
  // What the map's deltas are relative to.
  uint32_t last_generated_column_ = 0;
  uint32_t last_source_ = 0;
  uint32_t last_line_ = 0;
  uint32_t last_column_ = 0;
  uint32_t last_name_ = 0;
  bool line_has_segment_ = false;
  bool mapped_ = false; ///< what follows the last segment of this line is mapped
};

} // namespace foreload
