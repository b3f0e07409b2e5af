// Where values go that code reads from what outlives it.
#pragma once
#include "analyze/names.h"

#include <llvm/ADT/DenseSet.h>

namespace foreload::analyze {

/// Tells changes that nobody looks at from others.
///
/// What loaders write down for somebody else to see later (logs, counters, meters) must not keep them from running at
/// once. `log.push(name);` and `count++;` add to something; `id = ++last` looks at what is there. `peak =
/// Math.max(peak, running)` looks, too, but what it sees goes nowhere but into what is written down.
class Flow {
public:
  explicit Flow(const Names &names) : names_(names), code_(names.code()), tree_(code_.tree) {}

  /// \p is_looked_at: by variable of the module, whether what is written down in it is looked at by code that anybody
  /// may call. Without it, all are.
  void set_looked_at(const std::vector<bool> *is_looked_at) { is_looked_at_ = is_looked_at; }

  EffectKind change(const Access &access) const { return adds(access) ? EffectKind::Adds : EffectKind::Changes; }
  /// Whether what is read goes nowhere but into what outlives the function: into a log, into a meter, or to the
  /// console.
  bool is_kept_inside(const Access &access) const;
  /// Whether what \p access, which changes something, evaluates to is looked at: `id = ++last`.
  bool is_change_looked_at(const Access &access) const;

private:
  bool adds(const Access &access) const;

  static bool is_adding_method(llvm::StringRef name) { return is_one_of(name, {"push", "unshift", "add", "append"}); }

  bool adds_by_method(const Access &access) const;

  /// Whether `push` or the like is called on \p object.
  bool is_added_to(SyntaxIndex object) const;

  bool is_empty_value(SyntaxIndex value) const;

  /// Whether \p expression has a part that is written as \p text.
  bool names(SyntaxIndex expression, llvm::StringRef text) const;

  /// `if (running > peak) peak = running;`
  bool is_compared(SyntaxIndex assignment, llvm::StringRef target) const;

  /// Whether nobody sees what \p expression evaluates to.
  bool is_discarded(SyntaxIndex expression) const;

  /// Whether nobody sees what a function returns.
  bool is_called_for_nothing(SyntaxIndex function) const;

  /// Whether what goes into \p target from \p source is written down: it outlives the function, and nobody looks at it.
  bool is_record(SyntaxIndex target, const Path &source) const;

  bool goes_inside(SyntaxIndex expression, const Path &source, llvm::SmallVectorImpl<SyntaxIndex> &queue,
                   llvm::DenseSet<BindingIndex> &followed) const;

  bool follow_local(SyntaxIndex name, llvm::SmallVectorImpl<SyntaxIndex> &queue,
                    llvm::DenseSet<BindingIndex> &followed) const;

  /// The variable that is declared by \p name alone, or no_binding.
  BindingIndex variable_of(SyntaxIndex name) const;

  /// Whether the branches of an `if` do nothing but write down.
  bool only_writes_down(SyntaxIndex statement, const Path &source) const;

  const Names &names_;
  const Code &code_;
  const SyntaxTree &tree_;
  const std::vector<bool> *is_looked_at_ = nullptr;
};

} // namespace foreload::analyze
