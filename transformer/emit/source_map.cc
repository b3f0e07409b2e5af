#include "emit/source_map.h"

#include "plan/loader_key.h"

#include <algorithm>

namespace foreload {

/// Base 64 digits of five bits each, least significant first, sign in the lowest bit (ECMA-426).
static void append_vlq(std::string &out, int64_t value) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint64_t bits = value < 0 ? (static_cast<uint64_t>(-value) << 1) | 1 : static_cast<uint64_t>(value) << 1;
  do {
    uint64_t digit = bits & 31;
    bits >>= 5;
    out += digits[digit | (bits ? 32 : 0)];
  } while (bits);
}

static void append_json_string(std::string &out, llvm::StringRef text) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
      } else {
        out += c;
      }
    }
  }
  out += '"';
}

static bool is_word(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) || c == '_' || c == '$';
}

void TextEmitter::copy(const SourceFile &source, Span span) {
  if (span.empty())
    return;
  uint32_t index = source_index(source);
  uint32_t line = source.line_of(span.begin);
  uint32_t line_begin = source.line_start(line);
  uint32_t column = utf16_length(source.text({line_begin, span.begin}));
  for (uint32_t at = span.begin; at < span.end;) {
    add_segment(index, line, column, none);
    uint32_t line_end = line + 1 < source.line_count() ? source.line_start(line + 1) : source.size();
    uint32_t end = at + 1;
    while (end < span.end && end < line_end && is_word(source.text()[end]) == is_word(source.text()[at]))
      ++end;
    llvm::StringRef piece = source.text({at, end});
    append(piece);
    column += utf16_length(piece);
    at = end;
    if (at == line_end && line + 1 < source.line_count()) {
      ++line;
      column = 0;
    }
  }
}

void TextEmitter::generate(llvm::StringRef text) {
  if (text.empty())
    return;
  add_segment(none, 0, 0, none);
  append(text);
}

void TextEmitter::generate_mapped(llvm::StringRef text, const SourceFile &source, uint32_t offset, llvm::StringRef original) {
  auto [name, is_new] = name_indexes_.try_emplace(original, static_cast<uint32_t>(names_.size()));
  if (is_new)
    names_.push_back(original.str());
  uint32_t line = source.line_of(offset);
  add_segment(source_index(source), line, utf16_length(source.text({source.line_start(line), offset})), name->second);
  append(text);
}

void TextEmitter::add_segment(uint32_t source, uint32_t line, uint32_t column, uint32_t name) {
  if (source == none && !mapped_)
    return; // unmapped is what a line begins with
  if (line_has_segment_)
    mappings_ += ',';
  append_vlq(mappings_, int64_t(column_) - last_generated_column_);
  last_generated_column_ = column_;
  line_has_segment_ = true;
  mapped_ = source != none;
  if (!mapped_)
    return;
  append_vlq(mappings_, int64_t(source) - last_source_);
  append_vlq(mappings_, int64_t(line) - last_line_);
  append_vlq(mappings_, int64_t(column) - last_column_);
  last_source_ = source;
  last_line_ = line;
  last_column_ = column;
  if (name == none)
    return;
  append_vlq(mappings_, int64_t(name) - last_name_);
  last_name_ = name;
}

void TextEmitter::append(llvm::StringRef text) {
  code_ += text;
  for (;;) {
    // Consumers of maps split generated text at LF only, as CR LF and LF files are split; a lone CR is a column.
    auto [before, after] = text.split('\n');
    if (before.size() == text.size()) {
      column_ += utf16_length(text);
      return;
    }
    mappings_ += ';';
    column_ = 0;
    last_generated_column_ = 0;
    line_has_segment_ = false;
    mapped_ = false;
    text = after;
  }
}

uint32_t TextEmitter::source_index(const SourceFile &source) {
  auto at = std::find(sources_.begin(), sources_.end(), &source);
  if (at == sources_.end())
    at = sources_.insert(at, &source);
  return static_cast<uint32_t>(at - sources_.begin());
}

std::string TextEmitter::map(llvm::StringRef path) const {
  auto [folder, name] = path.rsplit('/');
  std::string json = "{\"version\":3,\"file\":";
  append_json_string(json, name);
  json += ",\"sources\":[";
  for (const SourceFile *source : sources_) {
    if (source != sources_.front())
      json += ',';
    std::string relative = relative_path(folder, source->path());
    append_json_string(json, llvm::StringRef(relative).substr(relative.substr(0, 2) == "./" ? 2 : 0));
  }
  json += "],\"sourcesContent\":[";
  for (const SourceFile *source : sources_) {
    if (source != sources_.front())
      json += ',';
    append_json_string(json, source->text());
  }
  json += "],\"names\":[";
  for (size_t i = 0; i < names_.size(); ++i) {
    if (i)
      json += ',';
    append_json_string(json, names_[i]);
  }
  json += "],\"mappings\":\"" + mappings_ + "\"}";
  return json;
}

} // namespace foreload
