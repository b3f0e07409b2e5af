#include "cli/diagnostic_text.h"

#include <llvm/Support/Unicode.h>

#include <algorithm>
#include <map>
#include <memory>

namespace foreload::cli {

namespace {

/// Reads each file that a diagnostic speaks of once.
class SourceLines {
public:
  explicit SourceLines(llvm::vfs::FileSystem &file_system) : file_system_(file_system) {}

  const SourceFile *file(const std::string &path) {
    auto [entry, is_new] = files_.try_emplace(path);
    if (is_new)
      if (auto buffer = file_system_.getBufferForFile(path))
        entry->second = std::make_unique<SourceFile>(path, (*buffer)->getBuffer().str());
    return entry->second.get();
  }

private:
  llvm::vfs::FileSystem &file_system_;
  std::map<std::string, std::unique_ptr<SourceFile>> files_;
};

struct Place {
  const std::string &file;
  Position start;
  Position end;
};

} // namespace

std::string printable(llvm::StringRef text) {
  std::string shown;
  for (char c : text) {
    if (c == '\t')
      shown += "    ";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      shown += '?';
    else
      shown += c;
  }
  return shown;
}

size_t shown_columns(llvm::StringRef text) {
  int width = llvm::sys::unicode::columnWidthUTF8(text);
  return width < 0 ? utf16_length(text) : static_cast<size_t>(width);
}

/// Code that was made by a program may be one line of megabytes: so much of a line is shown, in bytes.
constexpr size_t longest_line = 240;

/// The start of the character that the byte at \p offset belongs to.
static size_t character_start(llvm::StringRef text, size_t offset) {
  while (offset > 0 && offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80)
    --offset;
  return offset;
}

/// The line that \p place starts in, and a mark below what it covers of that line.
static std::string frame(const Place &place, SourceLines &lines, Painter paint) {
  const SourceFile *file = lines.file(place.file);
  uint32_t line = place.start.line - 1;
  if (!file || place.start.line == 0 || line >= file->line_count() || place.start.offset > file->size() ||
      file->line_of(place.start.offset) != line)
    return "";
  uint32_t line_begin = file->line_start(line);
  uint32_t line_end = line + 1 < file->line_count() ? file->line_start(line + 1) : file->size();
  llvm::StringRef text = file->text(Span{line_begin, line_end}).rtrim("\r\n");
  size_t begin = std::min<size_t>(place.start.offset - line_begin, text.size());
  size_t end = place.end.offset < place.start.offset ? begin : place.end.offset - line_begin;
  end = std::clamp(end, begin, text.size());
  std::string before = printable(text.substr(0, begin)), after;
  if (text.size() > longest_line) {
    size_t from = begin > longest_line / 3 ? character_start(text, begin - longest_line / 3) : 0;
    size_t to = character_start(text, std::min(from + longest_line, text.size()));
    before = (from > 0 ? "…" : "") + printable(text.slice(from, begin));
    after = to < text.size() ? "…" : "";
    text = text.take_front(to);
    end = std::min(end, to);
  }

  std::string number = std::to_string(place.start.line);
  std::string margin(number.size() + 1, ' ');
  std::string indent(shown_columns(before), ' ');
  std::string mark(std::max<size_t>(shown_columns(printable(text.slice(begin, end))), 1), '^');
  return margin + paint(Colour::Blue, " |") + "\n" + " " + paint(Colour::Blue, number + " |") + " " + before +
         printable(text.substr(begin)) + after + "\n" + margin + paint(Colour::Blue, " |") + " " + indent + paint(Colour::Red, mark) + "\n";
}

static std::string place_text(const Place &place, SourceLines &lines, llvm::StringRef folder, Painter paint) {
  std::string text;
  if (!place.file.empty()) {
    text = "  " + paint(Colour::Blue, "-->") + " " + shown_path(place.file, folder).str();
    // Offset 0 to 0 is the file as a whole, as when it cannot be read.
    if (place.end.offset > 0)
      text += ":" + std::to_string(place.start.line) + ":" + std::to_string(place.start.column);
    text += "\n";
  }
  return place.end.offset > 0 ? text + frame(place, lines, paint) : text;
}

static Colour colour_of(Severity severity) {
  return severity == Severity::Error ? Colour::Red : severity == Severity::Warning ? Colour::Yellow : Colour::Green;
}

std::string diagnostic_text(llvm::ArrayRef<Diagnostic> diagnostics, llvm::vfs::FileSystem &file_system,
                            llvm::StringRef folder, Painter paint) {
  SourceLines lines(file_system);
  std::string text;
  for (const Diagnostic &diagnostic : diagnostics) {
    std::string label = std::string(severity_text(diagnostic.severity)) + "[" + diagnostic.code_text() + "]";
    text += paint(colour_of(diagnostic.severity), label) + ": " + paint(Colour::Bold, diagnostic.message) + "\n";
    text += place_text({diagnostic.file, diagnostic.start, diagnostic.end}, lines, folder, paint);
    for (const RelatedPlace &place : diagnostic.related)
      text += "  " + paint(Colour::Green, "note") + ": " + place.message + "\n" +
              place_text({place.file, place.start, place.end}, lines, folder, paint);
    if (!diagnostic.hint.empty())
      text += "  " + paint(Colour::Green, "hint") + ": " + diagnostic.hint + "\n";
    text += "\n";
  }
  return text;
}

std::string shortened(std::string text, size_t columns) {
  if (shown_columns(text) <= columns)
    return text;
  while (!text.empty() && shown_columns(text) >= columns) {
    size_t end = text.size() - 1;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) // not within a character
      --end;
    text.resize(end);
  }
  return text + "…";
}

std::string counted(size_t count, llvm::StringRef noun) {
  return std::to_string(count) + " " + noun.str() + (count == 1 ? "" : "s");
}

static size_t count(llvm::ArrayRef<Diagnostic> diagnostics, Severity severity) {
  return std::count_if(diagnostics.begin(), diagnostics.end(),
                       [&](const Diagnostic &diagnostic) { return diagnostic.severity == severity; });
}

bool has_errors(llvm::ArrayRef<Diagnostic> diagnostics) { return count(diagnostics, Severity::Error) != 0; }

std::string diagnostic_summary(llvm::ArrayRef<Diagnostic> diagnostics) {
  size_t errors = count(diagnostics, Severity::Error);
  size_t warnings = count(diagnostics, Severity::Warning);
  std::string text = errors ? counted(errors, "error") : "";
  if (warnings)
    text += (errors ? ", " : "") + counted(warnings, "warning");
  return text;
}

llvm::StringRef shown_path(llvm::StringRef path, llvm::StringRef folder) {
  llvm::StringRef rest = path;
  if (!folder.empty() && rest.consume_front(folder) && rest.consume_front("/") && !rest.empty())
    return rest;
  return path;
}

} // namespace foreload::cli
