// Objects that only one name has: to change them is to go on making them.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/DenseMap.h>

namespace foreload::analyze {

/// Whether nobody else has what \p node evaluates to: literals, `new Map()`, copies.
bool makes_object(const Code &code, SyntaxIndex node);

class OwnObjects {
public:
  explicit OwnObjects(const Code &code) : code_(code) {}

  /// Whether \p binding is declared with such an object and never stands for anything else: a constant, or the `all` of
  /// `list.reduce((all, x) => { all.push(x); return all }, [])`.
  bool holds_own(BindingIndex binding);

private:
  bool is_constant(const Binding &binding) const;
  bool is_accumulator(const Binding &binding) const;

  const Code &code_;
  llvm::DenseMap<BindingIndex, bool> known_;
};

} // namespace foreload::analyze
