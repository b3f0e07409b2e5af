// The JavaScript of a `{…}` in markup.
#pragma once
#include "parse/syntax_tree.h"
#include "parse/template.h"

#include <string>
#include <vector>

namespace foreload {

/// The expression's own JavaScript: what stands around the markup in it, which becomes a number, as does a mere comment. Every byte of a file
/// is in the own code of one expression at most, so all of them together are no longer than the file.
struct ExpressionCode {
  std::string text; ///< in parentheses, so that `{a: 1}` is an object; on a line of its own, for `{// comment`
  std::vector<TextPiece> pieces;
};

/// \p index: an Expression of \p markup, whose spans are offsets into \p text.
ExpressionCode expression_code(const TemplateTree &markup, llvm::StringRef text, uint32_t index);

} // namespace foreload
