#include "source/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace foreload {

std::string Diagnostic::code_text() const { return "FL" + std::to_string(code); }

const char *severity_text(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error";
  case Severity::Warning:
    return "warning";
  case Severity::Info:
    return "info";
  }
  return "";
}

Diagnostic diagnose(const SourceFile &file, Span span, uint16_t code, Severity severity, std::string message,
                    std::string hint) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.severity = severity;
  diagnostic.file = file.path().str();
  diagnostic.start = file.position(span.begin);
  diagnostic.end = file.position(span.end);
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

void sort_diagnostics(std::vector<Diagnostic> &diagnostics) {
  auto key = [](const Diagnostic &d) { return std::tie(d.file, d.start.offset, d.end.offset, d.code, d.message); };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic &a, const Diagnostic &b) { return key(a) < key(b); });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(),
                                [&](const Diagnostic &a, const Diagnostic &b) { return key(a) == key(b); }),
                    diagnostics.end());
}

} // namespace foreload
