// Configurations of component inclusion, as programs hand them in.
#pragma once
#include "arguments.h"
#include "compose/compose_config.h"

namespace foreload::abi {

/// Reads JSON with the keys of docs/compose.md; empty: all that it does not say is as it is by default. Paths in it are
/// relative to \p folder.
inline fl_status read_configuration(ComposeConfig &config, fl_str text, const std::string &folder, const char *name) {
  std::vector<Diagnostic> diagnostics;
  SourceFile file("configuration", text.size ? text_of(text).str() : "{}");
  std::optional<ComposeConfig> read = read_compose_config(file, folder, diagnostics);
  if (!read)
    return fail(FL_ERROR_INVALID_ARGUMENT, "%s: %s", name, diagnostics.front().message.c_str());
  config = std::move(*read);
  return FL_OK;
}

} // namespace foreload::abi
