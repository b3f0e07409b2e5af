// Parses the common part of TypeScript in one pass by hand, many times faster than the grammar's tables do.
#pragma once
#include "parse/syntax_tree.h"

#include <llvm/ADT/StringRef.h>

#include <vector>

namespace foreload {

/// Writes to \p nodes the very nodes that SyntaxTree makes of tree-sitter's tree of \p text, spans plus \p base, and
/// returns true; or returns false where it meets anything that it does not know, or that looks wrong. Then nothing is
/// known about the text, and \p nodes is not to be used.
bool quick_parse(llvm::StringRef text, uint32_t base, std::vector<SyntaxNode> &nodes);

} // namespace foreload
