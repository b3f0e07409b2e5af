// Emitted text and its source map (version 3, ECMA-426).
//
// Tools that compose maps look up the last segment at or before a place and take its original column as it is; nothing
// is added for the distance. So a map is as exact as its segments are dense: one at each word and punctuation
// character, as magic-string's `hires: 'boundary'` has it. And text without an origin needs a segment that says so,
// else it counts as part of what stands before it.
#pragma once
#include "source/source_file.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace foreload {

/// Collects the segments of one map, in the order of the generated text. Lines and columns count from 0, columns in
/// UTF-16 code units, as in the map itself.
class SourceMapBuilder {
public:
  /// The index of \p file, which must outlive to_json(). The same file has the same index.
  uint32_t add_source(const SourceFile &file);

  /// The text from this place on comes from \p offset of \p source, where it was called \p name if it is not the same.
  /// Amortized O(1) as long as the offsets in a line of a source increase.
  void map(uint32_t line, uint32_t column, uint32_t source, uint32_t offset, llvm::StringRef name = {});
  /// The text from \p columns behind the last segment on, which leads to a source, comes from as far behind that place.
  void advance(uint32_t columns);
  /// The text from this place on comes from no source.
  void unmap(uint32_t line, uint32_t column);

  /// \p file is the name of the generated file, left out if empty; \p relative_source gives a source's path as the
  /// map's reader is to see it.
  std::string to_json(llvm::StringRef file,
                      llvm::function_ref<std::string(llvm::StringRef path)> relative_source) const;

private:
  struct Source {
    const SourceFile *file;
    // The place of the last segment, so that the next one's column need not be counted from the line's start.
    uint32_t line = 0;
    uint32_t offset = 0;
    uint32_t column = 0;

    void move_to(uint32_t target);
  };
  static constexpr uint32_t none = UINT32_MAX;

  /// A segment that leads to the place that \p source is at; \p source and \p name may be none.
  void add_segment(uint32_t line, uint32_t column, uint32_t source, uint32_t name);

  std::vector<Source> sources_;
  llvm::DenseMap<const SourceFile *, uint32_t> source_indices_;
  std::vector<std::string> names_;
  llvm::StringMap<uint32_t> name_indices_;

  llvm::SmallString<0> mappings_; // its append() is inlined, for there is a segment for each word
  // The fields of a segment are differences from those of the segment before.
  uint32_t line_ = 0, column_ = 0, source_ = 0, source_line_ = 0, source_column_ = 0, name_ = 0;
  bool line_is_empty_ = true;
};

/// Puts one text together, front to back, from pieces of files and generated pieces, and maps it. Linear in the size of
/// the text. Not thread-safe; the files must outlive map().
class TextEmitter {
public:
  /// Appends a part of \p source. A byte order mark is copied, but is no column, as SourceFile has it.
  void copy(const SourceFile &source, Span span);
  /// Appends text without an origin.
  void generate(llvm::StringRef text);
  /// Appends text that stands for what is at \p offset of \p source, \p original if it was a name: an error in it is
  /// shown there.
  void generate_mapped(llvm::StringRef text, const SourceFile &source, uint32_t offset, llvm::StringRef original = {});

  const std::string &code() const { return code_; }
  /// The map as JSON, for an output file at absolute path \p path: sources are relative to its folder and carry their
  /// content.
  std::string map(llvm::StringRef path) const;

private:
  void append(llvm::StringRef text); // of one line
  void copy_line(llvm::StringRef text); // its start is mapped
  void append_line_end(char byte);
  /// Calls \p add_segment before each line of \p text that is not empty.
  template <typename Add> void append_lines(llvm::StringRef text, Add add_segment);

  std::string code_;
  SourceMapBuilder map_;
  // The place at the end of the code.
  uint32_t line_ = 0;
  uint32_t column_ = 0;
};

} // namespace foreload
