// Code that may be evaluated in another place and earlier than it is written.
//
// Pure is what computes its value from literals, from what a request is (Astro.url, Astro.params, …), from props, from
// constants and from other pure values, and changes nothing. A call is pure if the language says so (`Math.max`,
// `list.filter(…)`, `String(x)`), if it calls a function of the frontmatter whose code is pure, or if it is marked by
// `/* @__PURE__ */`. Reading a property counts as pure: data has no getters with effects.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/DenseSet.h>

namespace foreload::analyze {

/// The frontmatter, or an expression of the markup in its surroundings: names that it does not bind are looked up
/// outwards, and in the frontmatter last.
struct CodePlace {
  const Code &code;
  const CodePlace *outer = nullptr; ///< the expression of the markup that this one stands in
  uint32_t at = 0;                  ///< where the markup that holds it begins in \p outer
  /// Bindings of \p code that cannot be computed early: what awaits, what a callback that nobody understands is given.
  llvm::DenseSet<BindingIndex> unknown = {};
  uint32_t names = no_index; ///< of PureCodes::look_at
};

/// Fills ModuleFacts::values, declarations, codes, prop_names and slot_names.
class PureCodes {
public:
  /// Finds the values of the frontmatter. \p context, \p changes and \p state must outlive this.
  PureCodes(Context &context, ValueChanges &changes, const RequestState &state);
  ~PureCodes();

  /// Finds what an expression of the markup changes: values of the frontmatter may no longer be copied then, and names
  /// that change are no longer pure. To be called before its parts are added and after the expressions around it, for
  /// each expression that may_change() says yes to, whether it renders anything or not, and for those with parts.
  void look_at(CodePlace &place);
  /// Whether the expression \p code may change anything: a check that is cheaper than parsing it.
  bool may_change(llvm::StringRef code) const;

  /// Adds the code of \p node to ModuleFacts::codes, and returns its index. What is not pure has a doubt.
  uint32_t add(const CodePlace &place, SyntaxIndex node);
  /// Likewise for a part of \p node: what stands in \p text. For `list.map(` of `list.map((item) => …)`.
  uint32_t add(const CodePlace &place, SyntaxIndex node, Span text);

  /// Likewise for a condition of the frontmatter, which is evaluated where it stands: nothing that it uses may change
  /// later.
  uint32_t add_condition(SyntaxIndex node);

  /// The index into ModuleFacts::values of what the frontmatter declares, or no_index.
  uint32_t value_of(BindingIndex binding) const;
  /// The index of a prop's name into ModuleFacts::prop_names.
  uint32_t prop(llvm::StringRef name);

  /// Remembers the value of an attribute: the component that is given it may share it with others.
  void note_shared(const CodePlace &place, SyntaxIndex value, uint32_t site, uint32_t prop);
  /// Fills what says who shares what with whom: SiteProp::groups and the like.
  void write_shared();

  /// Finds what ends the render early on a condition that is pure: fills Barrier::condition.
  void add_guards();

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace foreload::analyze
