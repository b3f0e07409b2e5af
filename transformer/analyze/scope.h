// Lexical scopes of one syntax tree: what each name is bound to.
//
// Only values count. Types are erased before the code runs, so type-only names (interfaces, aliases, type parameters,
// annotations, `typeof x` in a type) neither bind nor capture anything.
#pragma once
#include "parse/syntax_tree.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringMap.h>

#include <vector>

namespace foreload {

enum class BindingKind : uint8_t { Import, Const, Let, Var, Function, Class, Enum, Namespace, Parameter, Catch };

using ScopeIndex = uint32_t;
using BindingIndex = uint32_t;
constexpr BindingIndex no_binding = UINT32_MAX;
constexpr ScopeIndex top_scope = 0;

struct Binding {
  llvm::StringRef name;
  BindingKind kind;
  ScopeIndex scope;
  SyntaxIndex name_node;
  /// What declares it: variable_declarator, function_declaration, import_statement, a parameter, …
  SyntaxIndex declaration;
};

struct Reference {
  SyntaxIndex node;
  ScopeIndex scope;
  BindingIndex binding; ///< no_binding: free in this tree
  bool writes;          ///< assigned, incremented, or the target of a destructuring assignment
  bool shorthand;       ///< `{ x }`: renaming it needs `{ x: y }`
};

struct Scope {
  ScopeIndex parent; ///< the top scope is its own parent
  SyntaxIndex node;  ///< what opens it
  bool holds_var;    ///< `var` and function bodies' names stop here
  llvm::StringMap<BindingIndex> names;
};

/// Functions of all kinds, methods and static blocks.
bool opens_function(SyntaxKind kind);

/// Built in two passes over the tree's array: declare, then resolve (a name may be used above its declaration).
class ScopeTree {
public:
  /// \p text is what the tree's spans are offsets into; both must outlive the scope tree.
  ScopeTree(const SyntaxTree &tree, llvm::StringRef text);

  const std::vector<Scope> &scopes() const { return scopes_; }
  const std::vector<Binding> &bindings() const { return bindings_; }
  /// In source order.
  const std::vector<Reference> &references() const { return references_; }
  /// The references inside a subtree, as a range of references().
  llvm::ArrayRef<Reference> references_in(SyntaxIndex node) const;

  /// What \p name means at \p scope, or no_binding.
  BindingIndex lookup(llvm::StringRef name, ScopeIndex scope) const;
  /// The innermost scope at a byte offset.
  ScopeIndex scope_at(uint32_t offset) const;

private:
  void declare(SyntaxIndex name_node, BindingKind kind, ScopeIndex scope, SyntaxIndex declaration);
  template <typename Function> void for_each_leaf(SyntaxIndex pattern, Function &&function) const;
  void declare_pattern(SyntaxIndex pattern, BindingKind kind, ScopeIndex scope, SyntaxIndex declaration);
  void declare_imports(SyntaxIndex statement, ScopeIndex scope);
  bool is_default_value(const SyntaxNode &node) const;
  void mark_written(SyntaxIndex target);
  ScopeIndex var_scope(ScopeIndex scope) const;

  const SyntaxTree &tree_;
  llvm::StringRef text_;
  std::vector<Scope> scopes_;
  std::vector<Binding> bindings_;
  std::vector<Reference> references_;
  std::vector<bool> is_binding_; ///< by node
  std::vector<bool> is_written_; ///< by node
};

} // namespace foreload
