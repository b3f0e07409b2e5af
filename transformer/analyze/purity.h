// Judges whether code may be evaluated in another place and earlier than it is written: see pure_code.h.
#pragma once
#include "analyze/pure_code.h"
#include "analyze/value_changes.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>

namespace foreload::analyze {

constexpr uint16_t not_early_code = 3010; ///< "cannot be computed early"

/// What a name of the frontmatter's top level is to code that uses it.
struct FrontmatterName {
  uint32_t value = no_index;           ///< into ModuleFacts::values
  uint32_t import = no_index;          ///< into ModuleFacts::imports
  SyntaxIndex initializer = no_syntax; ///< what it was declared with, if it always is that; of a function: its node
  bool is_function = false;            ///< the initializer is a function's
  bool is_props = false;               ///< another name of Astro.props
  bool is_locals = false;              ///< another name of Astro.locals
  bool is_cookies = false;             ///< another name of Astro.cookies
};

/// A judgement on one piece of code.
struct Judgement {
  PureCode code;
  llvm::SmallVector<uint32_t, 2> called; ///< values that it calls, so that it is pure only if they are pure functions
};

class Purity {
public:
  /// Fills ModuleFacts::values with the names only. \p context and \p changes must outlive this.
  Purity(Context &context, const ValueChanges &changes);

  /// Judges the part of \p node that stands in \p text.
  Judgement judge(const CodePlace &place, SyntaxIndex node, Span text);

  /// Judges what awaiting \p node gives: it is the loader's data or fails.
  Judgement judge_awaited(const CodePlace &place, SyntaxIndex node);

  /// By binding of the frontmatter's code.
  const FrontmatterName &name(BindingIndex binding) const { return names_[binding]; }
  const Context &context() const { return context_; }
  const ValueChanges &changes() const { return changes_; }

  /// The index of a prop's name into ModuleFacts::prop_names.
  uint32_t prop(llvm::StringRef name) { return intern(name, prop_indexes_, context_.facts.prop_names); }
  uint32_t slot(llvm::StringRef name) { return intern(name, slot_indexes_, context_.facts.slot_names); }

  /// The end of the last statement of the frontmatter that may change Astro.locals or cookies, or 0.
  uint32_t last_state_change() const { return last_state_change_; }

  /// Whether \p node of the frontmatter is `Astro.props` or another name for it.
  bool is_props(SyntaxIndex node) const;
  /// Whether \p node of the frontmatter is the global `Astro`.
  bool is_astro(SyntaxIndex node) const;

private:
  static uint32_t intern(llvm::StringRef name, llvm::StringMap<uint32_t> &indexes, std::vector<std::string> &names);
  void find_aliases(SyntaxIndex declarator);

  Context &context_;
  const ValueChanges &changes_;
  std::vector<FrontmatterName> names_;
  uint32_t last_state_change_ = 0;
  llvm::StringMap<uint32_t> prop_indexes_;
  llvm::StringMap<uint32_t> slot_indexes_;
};

/// `x` of code, for people: on one line and not too long.
std::string quoted(llvm::StringRef code);

} // namespace foreload::analyze
