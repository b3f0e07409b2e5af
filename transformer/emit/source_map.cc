#include "emit/source_map.h"
#include "plan/loader_key.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/JSON.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace foreload {

namespace {

constexpr llvm::StringLiteral byte_order_mark = "\xEF\xBB\xBF";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }
bool is_word(char byte) { return llvm::isAlnum(byte) || byte == '_' || byte == '$' || (byte & 0x80); }
bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f'; }
bool is_line_end(char byte) { return byte == '\n' || byte == '\r'; }

/// Appends \p text, which is valid UTF-8, as a JSON string.
void append_quoted(std::string &json, llvm::StringRef text) {
  json += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\')
      continue;
    json.append(text.data() + done, i - done);
    done = i + 1;
    json += '\\';
    switch (byte) {
    case '"':
    case '\\':
      json += text[i];
      break;
    case '\n':
      json += 'n';
      break;
    case '\r':
      json += 'r';
      break;
    case '\t':
      json += 't';
      break;
    default:
      json += "u00";
      json += llvm::hexdigit(byte >> 4, /*LowerCase=*/true);
      json += llvm::hexdigit(byte & 15, /*LowerCase=*/true);
    }
  }
  json.append(text.data() + done, text.size() - done);
  json += '"';
}

void append_text(std::string &json, llvm::StringRef text) {
  if (find_invalid_utf8(text) == llvm::StringRef::npos)
    append_quoted(json, text);
  else
    append_quoted(json, llvm::json::fixUTF8(text));
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
  Source &from = sources_[source];
  from.move_to(offset);
  start_segment(line, column);
  append_vlq(int64_t(source) - source_);
  append_vlq(int64_t(from.line) - source_line_);
  append_vlq(int64_t(from.column) - source_column_);
  source_ = source;
  source_line_ = from.line;
  source_column_ = from.column;
  if (name.empty())
    return;
  auto [entry, is_new] = name_indices_.try_emplace(name, static_cast<uint32_t>(names_.size()));
  if (is_new)
    names_.push_back(entry->first());
  append_vlq(int64_t(entry->second) - name_);
  name_ = entry->second;
}

void SourceMapBuilder::unmap(uint32_t line, uint32_t column) { start_segment(line, column); }

void SourceMapBuilder::start_segment(uint32_t line, uint32_t column) {
  assert((line > line_ || (line == line_ && (line_is_empty_ || column >= column_))) && "segments come in order");
  if (line > line_) {
    mappings_.append(line - line_, ';');
    line_ = line;
    column_ = 0;
    line_is_empty_ = true;
  }
  if (!std::exchange(line_is_empty_, false))
    mappings_ += ',';
  append_vlq(int64_t(column) - column_);
  column_ = column;
}

/// Base 64, five bits a digit, lowest first; the lowest bit of all is the sign.
void SourceMapBuilder::append_vlq(int64_t value) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint64_t rest = value < 0 ? (static_cast<uint64_t>(-value) << 1 | 1) : static_cast<uint64_t>(value) << 1;
  do {
    uint64_t digit = rest & 31;
    rest >>= 5;
    mappings_ += digits[rest ? digit | 32 : digit];
  } while (rest);
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
  append_array(json, names_, [](llvm::StringRef name) { return name; });
  json += R"(,"mappings":")";
  json += mappings_;
  json += "\"}";
  return json;
}

/// Appends \p byte; whether a line starts after it.
bool TextEmitter::append(char byte) {
  // Parsers of JavaScript and of Astro end lines at CR too. The LF of a CR LF belongs to the line that the CR has
  // ended, also when the two came in separate pieces.
  bool is_rest_of_line_end = byte == '\n' && !code_.empty() && code_.back() == '\r';
  code_ += byte;
  if (is_line_end(byte)) {
    if (!is_rest_of_line_end)
      ++line_;
    column_ = 0;
    return true;
  }
  if (!is_continuation(byte))
    column_ += static_cast<unsigned char>(byte) >= 0xF0 ? 2 : 1;
  return false;
}

void TextEmitter::copy(const SourceFile &source, Span span) {
  llvm::StringRef text = source.text();
  if (span.begin == 0 && text.take_front(span.end).take_front(3) == byte_order_mark) {
    code_ += byte_order_mark;
    span.begin = 3;
  }
  if (span.empty())
    return;
  uint32_t index = map_.add_source(source);
  bool starts_piece = true, follows_word = false;
  for (uint32_t i = span.begin; i < span.end; ++i) {
    char byte = text[i];
    bool starts_token = is_word(byte) ? !follows_word : !is_blank(byte);
    if ((starts_token || starts_piece) && !is_line_end(byte))
      map_.map(line_, column_, index, i);
    follows_word = is_word(byte);
    starts_piece = append(byte); // no segment holds beyond its line
  }
}

void TextEmitter::generate(llvm::StringRef text) {
  bool starts_piece = true;
  for (char byte : text) {
    if (starts_piece && !is_line_end(byte))
      map_.unmap(line_, column_);
    starts_piece = append(byte);
  }
}

void TextEmitter::generate_mapped(llvm::StringRef text, const SourceFile &source, uint32_t offset,
                                  llvm::StringRef original) {
  uint32_t index = map_.add_source(source);
  bool starts_piece = true;
  for (char byte : text) {
    if (starts_piece && !is_line_end(byte))
      map_.map(line_, column_, index, offset, std::exchange(original, {}));
    starts_piece = append(byte);
  }
}

std::string TextEmitter::map(llvm::StringRef path) const {
  llvm::StringRef folder = path.rsplit('/').first;
  return map_.to_json(path.substr(folder.size() + 1), [&](llvm::StringRef source) {
    std::string relative = relative_path(folder, source);
    return llvm::StringRef(relative).take_front(2) == "./" ? relative.substr(2) : relative;
  });
}

} // namespace foreload
