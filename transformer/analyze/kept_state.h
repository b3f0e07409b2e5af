// State that lives in what functions return and classes construct: `let n = 0; return () => ++n`.
#pragma once
#include "analyze/holdings.h"

#include <utility>

namespace foreload::analyze {

/// Finds the state of objects and closures.
class KeptState {
public:
  KeptState(const Names &names, const Holdings &holdings)
      : names_(names), holdings_(holdings), code_(names.code()), tree_(code_.tree) {}

  /// Whether what a class or a function of the range makes changes while it is used.
  bool is_kept_by(SyntaxIndex node) const { return closures_keep_state(node) || instances_keep_state(node); }

  /// The class or object literal that `this` means at \p keyword, and the method that it stands in.
  std::pair<SyntaxIndex, SyntaxIndex> owner_of_this(SyntaxIndex keyword) const;

  bool has_word(SyntaxIndex method, llvm::StringRef word) const;

private:
  const Binding &binding(BindingIndex index) const { return code_.scopes.bindings()[index]; }

  bool instances_keep_state(SyntaxIndex node) const;

  /// `const makeCounter = () => { let n = 0; return () => ++n; }`. Callbacks are called before it returns.
  bool closures_keep_state(SyntaxIndex node) const;

  bool is_changed_at(const Reference &reference) const;

  const Names &names_;
  const Holdings &holdings_;
  const Code &code_;
  const SyntaxTree &tree_;
};

} // namespace foreload::analyze
