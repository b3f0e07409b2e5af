// Where the values of a component's code come from: which awaits and which props are in each of its variables.
#pragma once
#include "analyze/awaits.h"
#include "analyze/context.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringMap.h>

namespace foreload::analyze {

/// The frontmatter, or an expression of the markup.
struct FlowCode {
  const Code &code;
  const FlowCode *outer = nullptr; ///< where names are looked up that it does not bind; null: it is the frontmatter
  uint32_t at = 0;                 ///< where it stands in \p outer
  // FlowValues::add() fills in:
  uint32_t id = 0;
  std::vector<uint32_t> values = {}; ///< by binding
  llvm::DenseMap<SyntaxIndex, uint32_t> declared =
      llvm::DenseMap<SyntaxIndex, uint32_t>(); ///< by the node that binds the name
};

/// Follows values through declarations, assignments, calls that change their object or arguments, and functions.
/// It errs on one side: a value may be said to have something in it that it has not, never the other way round, but
/// for objects that are changed under another name.
class FlowValues {
public:
  /// Makes the values of all names that \p flow binds.
  void add(FlowCode &flow);

  /// What an expression is made of, each once. An await inside counts by its result, not by what it is given.
  std::vector<uint32_t> uses(const FlowCode &flow, SyntaxIndex node);
  /// The value that the await \p node gives.
  uint32_t await_result(const FlowCode &flow, SyntaxIndex node);
  /// Says which await of the facts the expression \p node is.
  void set_await(const FlowCode &flow, SyntaxIndex node, uint32_t await);
  /// Says that the await \p node is none of the facts': its result is made of \p uses.
  void set_result(const FlowCode &flow, SyntaxIndex node, const std::vector<uint32_t> &uses);

  /// The value that a name stands for, or no_index: a global or an import.
  uint32_t value_of(const FlowCode &flow, SyntaxIndex name) const;
  /// The prop that \p expression is, unchanged: `Astro.props.id`, or a variable that is that. Else no_index.
  uint32_t forwarded_prop(const FlowCode &flow, SyntaxIndex expression);
  /// Whether \p expression is all props, or the rest of them.
  bool is_all_props(const FlowCode &flow, SyntaxIndex expression) const;
  /// The name at the root of `a.b[c]`, or no_syntax.
  static SyntaxIndex root_of(const Code &code, SyntaxIndex expression);
  /// Whether an expression is `Astro` or, with a member, `Astro.member`.
  static bool is_astro(const Code &code, SyntaxIndex expression, llvm::StringRef member = {});

  /// Fills AwaitFacts::values and props. Nothing may be asked for after it.
  void finish(AwaitFacts &facts);

private:
  struct Value {
    std::string name;
    std::vector<uint32_t> uses;
    uint32_t await = no_index;
    uint32_t prop = no_index;
    uint32_t forwards = no_index; ///< it is this prop as it came
    bool all_props = false;       ///< it is Astro.props, or the rest of it
  };

  uint32_t add_value(std::string name);
  void add_uses(uint32_t value, const std::vector<uint32_t> &uses);
  uint32_t prop(llvm::StringRef name);
  void declare(FlowCode &flow, BindingIndex binding);
  void declare_from_props(FlowCode &flow, BindingIndex binding, SyntaxIndex pattern);
  void add_parameter_uses(const FlowCode &flow, uint32_t value, SyntaxIndex function);
  void collect_changes(const FlowCode &flow);
  void add_change(const FlowCode &flow, SyntaxIndex target, SyntaxIndex change, const std::vector<uint32_t> &uses);
  std::vector<uint32_t> circumstances(const FlowCode &flow, SyntaxIndex node);
  uint32_t member_prop(const FlowCode &flow, SyntaxIndex props);
  uint32_t lookup(const FlowCode &flow, llvm::StringRef name) const;

  uint32_t codes_ = 0;
  std::vector<Value> values_;
  std::vector<std::string> props_;
  llvm::StringMap<uint32_t> prop_values_;                                   ///< by name
  llvm::DenseMap<std::pair<uint32_t, SyntaxIndex>, uint32_t> await_values_; ///< by code and await expression
};

} // namespace foreload::analyze
