#include "analyze/kept_state.h"
#include "analyze/memo.h"

#include <map>
#include <set>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;
using Holds = EffectUnit::Holds;

std::pair<SyntaxIndex, SyntaxIndex> KeptState::owner_of_this(SyntaxIndex keyword) const {
  for (SyntaxIndex at = tree_[keyword].parent; at != no_syntax; at = tree_[at].parent) {
    Kind kind = tree_[at].kind;
    SyntaxIndex parent = tree_[at].parent;
    if (kind == Kind::FieldDefinition)
      return {tree_[parent].parent, at};
    if (!opens_function(kind) || kind == Kind::ArrowFunction || parent == no_syntax)
      continue;
    if (kind == Kind::MethodDefinition && tree_[parent].kind == Kind::ClassBody)
      return {tree_[parent].parent, at};
    if (kind == Kind::MethodDefinition)
      return {parent, at};
    if (kind == Kind::FunctionExpression && tree_[parent].kind == Kind::Pair)
      return {tree_[parent].parent, at};
    return {no_syntax, at};
  }
  return {no_syntax, no_syntax};
}

bool KeptState::has_word(SyntaxIndex method, llvm::StringRef word) const {
  for (SyntaxIndex at = tree_.first_child(method); at != no_syntax; at = tree_.next_sibling(at))
    if (tree_[at].kind == Kind::Token && code_.text_of(at) == word)
      return true;
  return false;
}

bool KeptState::instances_keep_state(SyntaxIndex node) const {
  struct Property {
    std::vector<SyntaxIndex> accesses;
    bool is_written = false;
  };
  std::map<std::pair<SyntaxIndex, llvm::StringRef>, Property> properties;
  for (SyntaxIndex i = node; i < tree_[node].subtree_end; ++i) {
    if (tree_[i].kind != Kind::This)
      continue;
    auto [owner, method] = owner_of_this(i);
    if (owner == no_syntax || tree_[owner].kind == Kind::Object || tree_[method].kind == Kind::FieldDefinition ||
        has_word(method, "static"))
      continue;
    SyntaxIndex name = tree_.child(method, Field::Name);
    if (name != no_syntax && code_.text_of(name) == "constructor")
      continue;
    SyntaxIndex child = i;
    SyntaxIndex member = code_.value_parent(i, &child);
    if (member == no_syntax || tree_[member].kind != Kind::MemberExpression)
      continue;
    Access access = names_.access_of_this(i);
    Property &property = properties[{owner, names_.member_name(member)}];
    property.accesses.push_back(member);
    property.is_written |= access.assigns || (is_mutating_method(access.method) && !access.path.members.empty());
  }
  for (const auto &[key, property] : properties)
    if (property.is_written && !is_memo(code_, property.accesses, code_.scopes.scope_at(tree_[key.first].span.begin)))
      return true;
  return false;
}

bool KeptState::closures_keep_state(SyntaxIndex node) const {
  std::set<BindingIndex> changed;
  for (const Reference &reference : code_.scopes.references_in(node)) {
    if (reference.binding == no_binding || changed.count(reference.binding))
      continue;
    const Binding &local = binding(reference.binding);
    if (local.scope == top_scope || local.kind == BindingKind::Import)
      continue;
    if (!is_changed_at(reference))
      continue;
    SyntaxIndex owner = code_.enclosing_function(local.name_node);
    SyntaxIndex inner = no_syntax; // the outermost function between the two
    for (SyntaxIndex at = code_.enclosing_function(reference.node); at != no_syntax && at != owner;
         at = code_.enclosing_function(at))
      inner = at;
    if (owner == no_syntax || inner == no_syntax)
      continue;
    SyntaxIndex child = inner;
    SyntaxIndex around = code_.value_parent(inner, &child);
    if (around != no_syntax && tree_[around].kind == Kind::Arguments)
      continue;
    changed.insert(reference.binding);
  }
  for (BindingIndex index : changed) {
    SyntaxIndex owner = code_.enclosing_function(binding(index).name_node);
    std::vector<SyntaxIndex> accesses;
    for (SyntaxIndex name : names_.uses_of(index))
      if (code_.enclosing_function(name) != owner)
        accesses.push_back(name);
    if (!is_memo(code_, accesses, binding(index).scope))
      return true;
  }
  return false;
}

bool KeptState::is_changed_at(const Reference &reference) const {
  if (reference.writes)
    return true;
  Access access = names_.access_of_this(reference.node); // follows the members of any name
  if (access.assigns)
    return true;
  Holds holds = holdings_.of_value(holdings_.value_of(binding(reference.binding)));
  return is_mutating_method(access.method) && holds == Holds::Collection;
}

} // namespace foreload::analyze
