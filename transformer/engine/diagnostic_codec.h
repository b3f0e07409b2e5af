// Diagnostics in archives.
#pragma once
#include "engine/archive.h"
#include "source/diagnostic.h"

namespace foreload {

constexpr Severity last_of(Severity) { return Severity::Info; }

template <class Archive> void fields(Archive &archive, ValueOf<Position> auto &value) {
  auto &[line, column, offset] = value;
  archive(line, column, offset);
}

template <class Archive> void fields(Archive &archive, ValueOf<RelatedPlace> auto &value) {
  auto &[file, start, end, message] = value;
  archive(file, start, end, message);
}

template <class Archive> void fields(Archive &archive, ValueOf<Diagnostic> auto &value) {
  auto &[code, severity, file, start, end, message, hint, related] = value;
  archive(code, severity, file, start, end, message, hint, related);
}

} // namespace foreload
