#include "parse/expression_code.h"

#include "parse/js_lexer.h"

namespace foreload {

ExpressionCode expression_code(const TemplateTree &markup, llvm::StringRef text, uint32_t index) {
  const TemplateNode &node = markup.nodes[index];
  ExpressionCode code{"(", {{0, node.content.begin}}};
  uint32_t at = node.content.begin;
  auto take = [&](uint32_t end) {
    code.pieces.push_back({static_cast<uint32_t>(code.text.size()), at});
    code.text += text.slice(at, end);
  };
  auto put_number_for = [&](Span span) {
    take(span.begin);
    // A number of two digits, so that it begins and ends where the markup does.
    code.text += " 10 ";
    code.pieces.push_back({static_cast<uint32_t>(code.text.size()) - 3, span.begin});
    code.pieces.push_back({static_cast<uint32_t>(code.text.size()) - 2, span.end - 1});
    at = span.end;
  };
  for (uint32_t i = index + 1; i < node.subtree_end; i = markup.nodes[i].subtree_end)
    put_number_for(markup.nodes[i].span);
  // `{/* a comment */}` is no expression to a parser, and is nothing in the page.
  if (!node.content.empty() && JsLexer(text, node.content.end).skip_trivia(node.content.begin) >= node.content.end)
    put_number_for(node.content);
  take(node.content.end);
  code.pieces.push_back({static_cast<uint32_t>(code.text.size()), node.content.end});
  code.text += "\n)";
  return code;
}

} // namespace foreload
