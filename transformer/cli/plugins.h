// The plugins that the command line names, and what they took.
#pragma once
#include "cli/terminal.h"
#include "host/plugin.h"

#include <llvm/Support/Error.h>

namespace foreload::cli {

/// Loads what `--plugin FILE[=OPTIONS]` names. OPTIONS is a file with JSON, or JSON that begins with a brace.
llvm::Expected<std::vector<std::shared_ptr<Plugin>>> load_plugins(llvm::ArrayRef<std::string> given,
                                                                  llvm::StringRef root);

/// A host's statistics as a table, the most expensive hook first.
std::string statistics_text(llvm::StringRef json, Painter paint);

} // namespace foreload::cli
