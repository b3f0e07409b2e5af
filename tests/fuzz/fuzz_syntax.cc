// The syntax tree and its scopes on any bytes: the nodes are a tree, the scopes nest, and names mean what they say.
#include "analyze/scope.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

static void check_tree(const SyntaxTree &tree, uint32_t size) {
  REQUIRE(tree.size() > 0 && tree[tree.root()].parent == no_syntax && tree[tree.root()].subtree_end == tree.size());
  for (SyntaxIndex i = 1; i < tree.size(); ++i) {
    const SyntaxNode &node = tree[i];
    REQUIRE(node.span.begin <= node.span.end && node.span.end <= size);
    REQUIRE(node.parent < i);
    const SyntaxNode &parent = tree[node.parent];
    REQUIRE(i < node.subtree_end && node.subtree_end <= parent.subtree_end);
    REQUIRE(node.parent == tree.root() || parent.span.contains(node.span) || node.kind == SyntaxKind::Comment);
    // The parent is the nearest enclosing node, and siblings stand side by side.
    SyntaxIndex enclosing = i - 1;
    while (tree[enclosing].subtree_end <= i)
      enclosing = tree[enclosing].parent;
    REQUIRE(node.parent == enclosing);
    if (SyntaxIndex next = tree.next_sibling(i); next != no_syntax)
      REQUIRE(tree[next].parent == node.parent && node.span.end <= tree[next].span.begin);
  }
}

static void check_scopes(const SyntaxTree &tree, const ScopeTree &scopes, llvm::StringRef text) {
  auto text_of = [&](SyntaxIndex node) { return text.substr(tree[node].span.begin, tree[node].span.size()); };
  for (ScopeIndex i = 1; i < scopes.scopes().size(); ++i) {
    const Scope &scope = scopes.scopes()[i];
    REQUIRE(scope.parent < i);
    const Scope &parent = scopes.scopes()[scope.parent];
    REQUIRE(parent.node < scope.node && tree[scope.node].subtree_end <= tree[parent.node].subtree_end);
  }
  for (BindingIndex i = 0; i < scopes.bindings().size(); ++i) {
    const Binding &binding = scopes.bindings()[i];
    REQUIRE(binding.name == text_of(binding.name_node));
    REQUIRE(scopes.lookup(binding.name, binding.scope) == i);
  }
  SyntaxIndex last = 0;
  for (const Reference &reference : scopes.references()) {
    REQUIRE(reference.node > last && reference.scope < scopes.scopes().size());
    last = reference.node;
    REQUIRE(reference.binding == scopes.lookup(text_of(reference.node), reference.scope));
    if (reference.binding == no_binding)
      continue;
    const Binding &binding = scopes.bindings()[reference.binding];
    REQUIRE(binding.name == text_of(reference.node));
    ScopeIndex scope = reference.scope; // the binding's is this one or one around it
    while (scope != binding.scope) {
      REQUIRE(scope != top_scope);
      scope = scopes.scopes()[scope].parent;
    }
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  SyntaxTree tree = SyntaxTree::parse(text, 0);
  check_tree(tree, static_cast<uint32_t>(size));
  ScopeTree scopes(tree, text);
  check_scopes(tree, scopes, text);
  return 0;
}
