// What a project wants composed, and how: the configuration file of `foreload compose`.
#pragma once
#include "compose/composer.h"

namespace foreload {

struct ComposeConfig {
  ComposerOptions options;
  ComposeRequest request;       ///< what `includes` and `components` name, with `context_vars`
  std::vector<std::string> hot; ///< to be put into the cache before anything is asked for
};

/// Reads a configuration. Paths in it are relative to \p folder, which is absolute. What is wrong is reported (FL7001), and
/// nothing is returned: a key that is misspelt would be ignored without a word otherwise. docs/compose.md has the keys.
std::optional<ComposeConfig> read_compose_config(const SourceFile &file, llvm::StringRef folder,
                                                 std::vector<Diagnostic> &diagnostics);

} // namespace foreload
