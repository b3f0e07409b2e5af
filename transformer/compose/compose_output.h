// Writing composed components to a folder.
#pragma once
#include "compose/composer.h"

namespace foreload {

/// Writes each component that was requested and composed to its path below \p out. Files are replaced whole. What cannot be
/// written is a diagnostic (FL9002), and so is what would be written over a component of \p base (FL9003). Returns how many
/// were written.
size_t write_components(const ComposeResult &result, llvm::StringRef base, llvm::StringRef out,
                        std::vector<Diagnostic> &diagnostics);

} // namespace foreload
