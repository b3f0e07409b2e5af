#include "analyze/held_functions.h"

#include <algorithm>
#include <set>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;
using Values = llvm::SmallVector<uint32_t, 2>;

class HolderFinder {
public:
  HolderFinder(const Code &code, size_t value_count, llvm::function_ref<uint32_t(BindingIndex)> value_of)
      : code_(code), tree_(code.tree), value_of_(value_of), reads_(value_count) {}

  std::vector<Values> find() {
    for (SyntaxIndex i = 0; i < tree_.size(); ++i) {
      Values made;
      switch (tree_[i].kind) {
      case Kind::VariableDeclarator:
      case Kind::FunctionDeclaration:
      case Kind::GeneratorFunction:
      case Kind::Class:
        made = declared_by(tree_.child(i, Field::Name));
        break;
      case Kind::ExpressionStatement: // `client.use(() => locale)`
        for (const Reference &reference : code_.scopes.references_in(i))
          if (uint32_t value = value_of_reference(reference); value != no_index && !is_in_function(reference.node, i))
            made.push_back(value);
        break;
      default:
        continue;
      }
      add(i, made);
      i = tree_[i].subtree_end - 1;
    }
    pass_on();
    std::vector<Values> holders(reads_.size());
    for (uint32_t holder = 0; holder < reads_.size(); ++holder)
      for (uint32_t value : reads_[holder])
        holders[value].push_back(holder);
    return holders;
  }

private:
  struct Hold {
    uint32_t value;
    uint32_t by;
  };

  /// Bindings stand in the order of their names.
  Values declared_by(SyntaxIndex pattern) const {
    Values values;
    if (pattern == no_syntax)
      return values;
    const std::vector<Binding> &all = code_.scopes.bindings();
    auto at = std::lower_bound(all.begin(), all.end(), pattern,
                               [](const Binding &binding, SyntaxIndex name) { return binding.name_node < name; });
    for (; at != all.end() && at->name_node < tree_[pattern].subtree_end; ++at)
      if (uint32_t value = value_of_(static_cast<BindingIndex>(at - all.begin())); value != no_index)
        values.push_back(value);
    return values;
  }

  uint32_t value_of_reference(const Reference &reference) const {
    return reference.binding == no_binding ? no_index : value_of_(reference.binding);
  }

  bool is_in_function(SyntaxIndex node, SyntaxIndex unit) const {
    for (SyntaxIndex at = node; at != no_syntax && at >= unit; at = tree_[at].parent)
      if (is_function(tree_[at].kind) || tree_[at].kind == Kind::Class)
        return true;
    return false;
  }

  /// \p unit makes the values \p made, or changes them.
  void add(SyntaxIndex unit, const Values &made) {
    for (const Reference &reference : code_.scopes.references_in(unit)) {
      uint32_t value = value_of_reference(reference);
      if (value == no_index)
        continue;
      // A function declaration is there from the start; what it reads may not be.
      bool is_read = is_in_function(reference.node, unit) &&
                     code_.scopes.bindings()[reference.binding].kind != BindingKind::Function;
      for (uint32_t by : made) {
        holds_.push_back({value, by});
        if (is_read)
          reads_[by].insert(value);
      }
    }
  }

  /// Who holds a value may hold its functions.
  void pass_on() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Hold &hold : holds_)
        if (hold.value != hold.by)
          for (uint32_t value : reads_[hold.value])
            changed |= reads_[hold.by].insert(value).second;
    }
  }

  const Code &code_;
  const SyntaxTree &tree_;
  llvm::function_ref<uint32_t(BindingIndex)> value_of_;
  std::vector<std::set<uint32_t>> reads_; ///< by value: what its functions read
  std::vector<Hold> holds_;
};

} // namespace

std::vector<llvm::SmallVector<uint32_t, 2>> find_holders(const Code &code, size_t value_count,
                                                         llvm::function_ref<uint32_t(BindingIndex)> value_of) {
  return HolderFinder(code, value_count, value_of).find();
}

} // namespace foreload::analyze
