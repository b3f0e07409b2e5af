// What variables hold.
#pragma once
#include "analyze/names.h"

namespace foreload::analyze {

/// What a variable of a module holds.
class Holdings {
public:
  explicit Holdings(const Names &names) : names_(names), code_(names.code()) {}

  EffectUnit::Holds of(BindingIndex index) const;

  EffectUnit::Holds of_value(SyntaxIndex value) const;

  /// What a variable was declared with, or no_syntax.
  SyntaxIndex value_of(const Binding &binding) const;

  bool is_empty(SyntaxIndex value) const;

private:
  const Names &names_;
  const Code &code_;
};

} // namespace foreload::analyze
