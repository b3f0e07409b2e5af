#include "emit/source_map.h"

#include "emit/string_literal.h"
#include "emit/vlq.h"
#include "plan/loader_key.h"
#include "source/find_byte.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/JSON.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace foreload {

namespace {

constexpr llvm::StringLiteral byte_order_mark = "\xEF\xBB\xBF";

enum class Kind : uint8_t { Punctuation, Word, Blank };

constexpr std::array<Kind, 256> kinds = [] {
  std::array<Kind, 256> table{};
  for (int byte = 0; byte < 256; ++byte) {
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
    if (is_letter || (byte >= '0' && byte <= '9') || byte == '_' || byte == '$')
      table[byte] = Kind::Word;
  }
  for (char byte : {' ', '\t', '\v', '\f'})
    table[byte] = Kind::Blank;
  return table;
}();

bool is_line_end(char byte) { return byte == '\n' || byte == '\r'; }

/// How many code units of UTF-16 begin with a byte of UTF-8: of four bytes, two.
uint32_t utf16_units(char byte) {
  auto value = static_cast<unsigned char>(byte);
  return ((value & 0xC0) != 0x80) + (value >= 0xF0);
}

Kind kind_of(char byte) { return kinds[static_cast<unsigned char>(byte)]; }

void append_text(std::string &json, llvm::StringRef text) {
  if (find_invalid_utf8(text) == llvm::StringRef::npos)
    append_string_literal(json, text);
  else
    append_string_literal(json, llvm::json::fixUTF8(text));
}

template <typename Range, typename Text> void append_array(std::string &json, const Range &range, Text text_of) {
  json += '[';
  bool is_first = true;
  for (const auto &item : range) {
    if (!std::exchange(is_first, false))
      json += ',';
    append_text(json, text_of(item));
  }
  json += ']';
}

} // namespace

uint32_t SourceMapBuilder::add_source(const SourceFile &file) {
  auto [entry, is_new] = source_indices_.try_emplace(&file, static_cast<uint32_t>(sources_.size()));
  if (is_new)
    sources_.push_back({&file});
  return entry->second;
}

void SourceMapBuilder::Source::move_to(uint32_t target) {
  target = std::min(target, file->size());
  bool is_next_line = line + 1 < file->line_count() && target >= file->line_start(line + 1);
  if (target < offset || is_next_line) {
    // Mostly it is the line after; a search finds any other.
    bool is_line_after = is_next_line && (line + 2 >= file->line_count() || target < file->line_start(line + 2));
    line = is_line_after ? line + 1 : file->line_of(target);
    offset = file->line_start(line);
    column = 0;
  }
  // As SourceFile::position() counts: a byte order mark is no column.
  if (offset == 0 && file->text().take_front(3) == byte_order_mark)
    offset = std::min<uint32_t>(3, target);
  column += utf16_length(file->text({offset, target}));
  offset = target;
}

void SourceMapBuilder::map(uint32_t line, uint32_t column, uint32_t source, uint32_t offset, llvm::StringRef name) {
  assert(source < sources_.size() && "add the source first");
  sources_[source].move_to(offset);
  uint32_t name_index = none;
  if (!name.empty()) {
    auto [entry, is_new] = name_indices_.try_emplace(name, static_cast<uint32_t>(names_.size()));
    if (is_new)
      names_.push_back(entry->first().str());
    name_index = entry->second;
  }
  add_segment(line, column, source, name_index);
}

void SourceMapBuilder::unmap(uint32_t line, uint32_t column) { add_segment(line, column, none, none); }

void SourceMapBuilder::add_segment(uint32_t line, uint32_t column, uint32_t source, uint32_t name) {
  assert((line > line_ || (line == line_ && (line_is_empty_ || column >= column_))) && "segments come in order");
  if (line > line_) {
    mappings_.append(line - line_, ';');
    line_ = line;
    column_ = 0;
    line_is_empty_ = true;
  }
  char text[1 + 5 * 7], *at = text;
  if (!std::exchange(line_is_empty_, false))
    *at++ = ',';
  at = write_vlq(at, int64_t(column) - column_);
  column_ = column;
  if (source != none) {
    const Source &from = sources_[source];
    at = write_vlq(at, int64_t(source) - source_);
    at = write_vlq(at, int64_t(from.line) - source_line_);
    at = write_vlq(at, int64_t(from.column) - source_column_);
    source_ = source;
    source_line_ = from.line;
    source_column_ = from.column;
  }
  if (name != none) {
    at = write_vlq(at, int64_t(name) - name_);
    name_ = name;
  }
  mappings_.append(text, at);
}

inline void SourceMapBuilder::advance(uint32_t columns) {
  assert(!line_is_empty_ && "there is no segment before");
  char text[3 + 2 * 7] = ",", *at = text + 1;
  if (columns < small_vlq_end) {
    const char digit = small_vlq(columns);
    *at++ = digit;
    *at++ = 'A'; // the same source
    *at++ = 'A'; // and line
    *at++ = digit;
  } else {
    at = write_vlq(at, columns);
    *at++ = 'A';
    *at++ = 'A';
    at = write_vlq(at, columns);
  }
  mappings_.append(text, at);
  column_ += columns;
  source_column_ += columns;
}

std::string SourceMapBuilder::to_json(llvm::StringRef file,
                                      llvm::function_ref<std::string(llvm::StringRef)> relative_source) const {
  std::string json = R"({"version":3)";
  size_t size = mappings_.size() + 256;
  for (const Source &source : sources_)
    size += source.file->size() + source.file->size() / 8;
  json.reserve(size);
  if (!file.empty()) {
    json += R"(,"file":)";
    append_text(json, file);
  }
  json += R"(,"sources":)";
  append_array(json, sources_, [&](const Source &source) { return relative_source(source.file->path()); });
  json += R"(,"sourcesContent":)";
  append_array(json, sources_, [](const Source &source) {
    llvm::StringRef text = source.file->text();
    text.consume_front(byte_order_mark);
    return text;
  });
  json += R"(,"names":)";
  append_array(json, names_, [](const std::string &name) { return llvm::StringRef(name); });
  json += R"(,"mappings":")";
  json.append(mappings_.data(), mappings_.size());
  json += "\"}";
  return json;
}

void TextEmitter::append(llvm::StringRef text) {
  code_ += text;
  column_ += utf16_length(text);
}

void TextEmitter::append_line_end(char byte) {
  // Parsers of JavaScript and of Astro end lines at CR too. The LF of a CR LF belongs to the line that the CR has
  // ended, also when the two came in separate pieces.
  bool is_rest_of_line_end = byte == '\n' && !code_.empty() && code_.back() == '\r';
  code_ += byte;
  column_ = 0;
  if (!is_rest_of_line_end)
    ++line_;
}

void TextEmitter::copy(const SourceFile &file, Span span) {
  llvm::StringRef text = file.text().take_front(span.end);
  if (span.begin == 0 && text.take_front(3) == byte_order_mark) {
    code_ += byte_order_mark;
    span.begin = 3;
  }
  if (span.begin >= text.size())
    return;
  uint32_t index = map_.add_source(file);
  for (uint32_t begin = span.begin; begin < text.size();) {
    if (is_line_end(text[begin])) {
      append_line_end(text[begin++]);
      continue;
    }
    uint32_t end = find_byte<'\n', '\r'>(text.data(), begin, span.end);
    map_.map(line_, column_, index, begin); // no segment holds beyond its own line
    copy_line(text.slice(begin, end));
    begin = end;
  }
}

void TextEmitter::copy_line(llvm::StringRef text) {
  uint32_t units = 0, mapped = 0;
  for (size_t begin = 0, end; begin < text.size(); begin = end) {
    Kind kind = kind_of(text[begin]);
    if (kind != Kind::Blank && begin > 0)
      map_.advance(units - std::exchange(mapped, units));
    end = begin;
    do
      units += utf16_units(text[end++]);
    while (kind != Kind::Punctuation && end < text.size() && kind_of(text[end]) == kind);
  }
  code_ += text;
  column_ += units;
}

template <typename Add> void TextEmitter::append_lines(llvm::StringRef text, Add add_segment) {
  while (!text.empty()) {
    llvm::StringRef line = text.take_front(text.find_first_of("\r\n"));
    if (!line.empty()) {
      add_segment();
      append(line);
    }
    text = text.drop_front(line.size());
    if (!text.empty()) {
      append_line_end(text.front());
      text = text.drop_front();
    }
  }
}

void TextEmitter::generate(llvm::StringRef text) {
  append_lines(text, [&] { map_.unmap(line_, column_); });
}

void TextEmitter::generate_mapped(llvm::StringRef text, const SourceFile &source, uint32_t offset,
                                  llvm::StringRef original) {
  uint32_t index = map_.add_source(source);
  append_lines(text, [&] { map_.map(line_, column_, index, offset, std::exchange(original, {})); });
}

std::string TextEmitter::map(llvm::StringRef path) const {
  llvm::StringRef folder = path.rsplit('/').first;
  return map_.to_json(path.substr(folder.size() + 1), [&](llvm::StringRef source) {
    std::string relative = relative_path(folder, source);
    return llvm::StringRef(relative).take_front(2) == "./" ? relative.substr(2) : relative;
  });
}

} // namespace foreload
