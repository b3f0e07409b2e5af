// The quick parser on any bytes: what it parses, and the grammar finds no error in, has the same nodes.
#include "parse/quick_parser.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  std::vector<SyntaxNode> nodes;
  if (!quick_parse(text, 0, nodes))
    return 0;
  SyntaxTree tree = SyntaxTree::parse_by_grammar(text, 0);
  if (tree.first_error())
    return 0;
  REQUIRE(nodes.size() == tree.size());
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    const SyntaxNode &quick = nodes[i], &node = tree[i];
    REQUIRE(quick.kind == node.kind && quick.field == node.field && quick.span == node.span);
    REQUIRE(quick.parent == node.parent && quick.subtree_end == node.subtree_end);
  }
  return 0;
}
