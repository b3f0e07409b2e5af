// What is said to users about their files.
#pragma once
#include "source/source_file.h"

#include <string>
#include <vector>

namespace foreload {

enum class Severity : uint8_t { Error, Warning, Info };

/// Another place that helps to understand a diagnostic. Positions are resolved already, so that a diagnostic outlives
/// the file that it speaks of.
struct RelatedPlace {
  std::string file;
  Position start;
  Position end;
  std::string message;
};

/// One message about one place. Codes are listed in docs/diagnostics.md; messages are lower-case without a full stop.
struct Diagnostic {
  uint16_t code = 0; ///< 1001 is shown as FL1001
  Severity severity = Severity::Error;
  std::string file;
  Position start;
  Position end;
  std::string message;
  std::string hint; ///< what to do; may be empty
  std::vector<RelatedPlace> related;

  std::string code_text() const;
};

const char *severity_text(Severity severity);

/// Makes a diagnostic at \p span of \p file.
Diagnostic diagnose(const SourceFile &file, Span span, uint16_t code, Severity severity, std::string message,
                    std::string hint = {});

/// Sorts by file, offset, code and message, and drops exact repeats: the order of discovery does not show.
void sort_diagnostics(std::vector<Diagnostic> &diagnostics);

} // namespace foreload
