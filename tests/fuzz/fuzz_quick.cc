// The quick parser on any bytes: what it parses, and the grammar finds no error in, has the same nodes.
#include "parse/quick_parser.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

/// Whether there is something in \p tree that the grammar gets wrong: it takes `a && b! > c` for `(a && b!) > c`,
/// `a < b < c` for `a < (b < c)`, and sees a semicolon in `export { a }` before a `from` in a later line.
static bool is_wrong(const SyntaxTree &tree, llvm::StringRef text) {
  auto is_binary = [&](SyntaxIndex node) { return tree[node].kind == SyntaxKind::BinaryExpression; };
  auto compares_by = [&](SyntaxIndex node, llvm::StringRef operators) {
    SyntaxIndex left = is_binary(node) ? tree.child(node, SyntaxField::Left) : no_syntax;
    llvm::StringRef rest = left == no_syntax ? "" : text.substr(tree[left].span.end).ltrim();
    return !rest.empty() && operators.contains(rest[0]);
  };
  auto is_cut = [&](SyntaxIndex node) {
    if (tree[node].kind != SyntaxKind::ExportStatement || tree.child(node, SyntaxKind::ExportClause) == no_syntax)
      return false;
    SyntaxIndex next = tree.next_sibling(node);
    while (next != no_syntax && tree[next].kind == SyntaxKind::Comment)
      next = tree.next_sibling(next);
    return next != no_syntax && text.substr(tree[next].span.begin).take_front(4) == "from";
  };
  for (SyntaxIndex i = 1; i < tree.size(); ++i) {
    if (is_cut(i))
      return true;
    if (tree[i].field == SyntaxField::Right && compares_by(i, "<") && compares_by(tree[i].parent, "<>"))
      return true;
    for (SyntaxIndex at = i; tree[i].kind == SyntaxKind::NonNullExpression && at != tree.root(); at = tree[at].parent)
      if (is_binary(at) && is_binary(tree[at].parent) && tree[at].field == SyntaxField::Left)
        return true;
  }
  return false;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  std::vector<SyntaxNode> nodes;
  if (!quick_parse(text, 0, nodes))
    return 0;
  SyntaxTree tree = SyntaxTree::parse_by_grammar(text, 0);
  if (tree.first_error() || is_wrong(tree, text))
    return 0;
  REQUIRE(nodes.size() == tree.size());
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    const SyntaxNode &quick = nodes[i], &node = tree[i];
    REQUIRE(quick.kind == node.kind && quick.field == node.field && quick.span == node.span);
    REQUIRE(quick.parent == node.parent && quick.subtree_end == node.subtree_end);
  }
  return 0;
}
