// What functions do with the context that they are given.
#include "analyze/context.h"
#include "analyze/language.h"
#include "analyze/request_state.h"

#include <llvm/ADT/DenseMap.h>

#include <algorithm>
#include <optional>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

/// Whoever gets the request may read its body, which can be read only once.
bool hands_on(const Code &code, SyntaxIndex value) {
  SyntaxIndex child = value;
  SyntaxIndex parent = code.value_parent(value, &child);
  return parent == no_syntax || code.tree[parent].kind != Kind::MemberExpression ||
         code.tree[child].field != Field::Object;
}

void note_member(ContextUse &use, llvm::StringRef member, Span at) {
  if (member == "props")
    use.props = true;
  else if (member == "locals" || member == "cookies")
    use.state = true;
  else if (member == "load")
    use.loads = true;
  else
    return;
  if (use.at.empty())
    use.at = at;
}

/// Which props a loader reads.
class PropsReader {
public:
  PropsReader(const Code &code, SyntaxIndex function, ContextUse &use)
      : code_(code), tree_(code.tree), function_(function), use_(use) {}

  /// \p value evaluates to the props.
  void read(SyntaxIndex value) {
    SyntaxIndex child = value;
    SyntaxIndex parent = code_.value_parent(value, &child);
    if (parent == no_syntax)
      return read_all();
    bool is_object = tree_[child].field == Field::Object;
    if (tree_[parent].kind == Kind::MemberExpression && is_object) {
      read_member(parent, code_.text_of(tree_.child(parent, Field::Property)));
    } else if (tree_[parent].kind == Kind::SubscriptExpression && is_object) {
      read_member(parent, plain_key(code_.unwrap(tree_.child(parent, Field::Index))));
    } else if (tree_[parent].kind == Kind::VariableDeclarator) {
      bind(tree_.child(parent, Field::Name));
    } else {
      if (tree_[parent].kind == Kind::AssignmentExpression && tree_[child].field == Field::Left &&
          tree_[child].kind != Kind::Identifier)
        change();
      read_all();
    }
  }

  /// The props are bound to \p pattern.
  void bind(SyntaxIndex pattern) {
    if (pattern != no_syntax &&
        (tree_[pattern].kind == Kind::AssignmentPattern || tree_[pattern].kind == Kind::ObjectAssignmentPattern))
      pattern = tree_.child(pattern, Field::Left);
    if (pattern == no_syntax)
      return read_all();
    if (tree_[pattern].kind == Kind::ObjectPattern)
      return take(pattern);
    if (tree_[pattern].kind != Kind::Identifier && tree_[pattern].kind != Kind::ShorthandPropertyPattern)
      return read_all();
    for (const Reference &reference : references_to(pattern))
      reference.writes ? read_all() : read(reference.node);
  }

private:
  void read_all() { use_.all_props = true; }
  void change() { use_.whole = use_.changes_props = true; }

  /// The uses of the name that is declared at \p name.
  llvm::ArrayRef<Reference> references_to(SyntaxIndex name) {
    if (references_.empty())
      for (const Reference &reference : code_.scopes.references_in(function_))
        if (reference.binding != no_binding)
          references_[code_.scopes.bindings()[reference.binding].name_node].push_back(reference);
    auto found = references_.find(name);
    return found == references_.end() ? llvm::ArrayRef<Reference>() : llvm::ArrayRef<Reference>(found->second);
  }

  /// \p pattern gets a part of the props, which may be changed by its names.
  void watch(SyntaxIndex pattern) {
    for (SyntaxIndex i = pattern, end = tree_[pattern].subtree_end; i < end; ++i)
      if (tree_[i].kind == Kind::Identifier || tree_[i].kind == Kind::ShorthandPropertyPattern)
        for (const Reference &reference : references_to(i)) {
          SyntaxIndex child = reference.node;
          SyntaxIndex parent = code_.value_parent(child, &child);
          bool is_object = parent != no_syntax && tree_[child].field == Field::Object;
          if (is_object && is_changed(reference.node))
            change();
        }
  }

  /// `{ id, a: b = 1 }`
  void take(SyntaxIndex pattern) {
    watch(pattern);
    for (SyntaxIndex at = tree_.first_child(pattern); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind == Kind::Token || tree_[at].kind == Kind::Comment)
        continue;
      SyntaxIndex key = tree_[at].kind == Kind::PairPattern               ? tree_.child(at, Field::Key)
                        : tree_[at].kind == Kind::ObjectAssignmentPattern ? tree_.child(at, Field::Left)
                                                                          : at;
      read_name(plain_key(key));
    }
  }

  /// The name that a key or an index stands for, if it is written there.
  std::optional<llvm::StringRef> plain_key(SyntaxIndex key) const {
    if (key == no_syntax)
      return std::nullopt;
    llvm::StringRef text = code_.text_of(key);
    if (text.find('\\') != llvm::StringRef::npos)
      return std::nullopt;
    switch (tree_[key].kind) {
    case Kind::PropertyName:
    case Kind::ShorthandPropertyPattern:
      return text;
    case Kind::String:
      return text.size() < 2 ? text : text.drop_front().drop_back();
    default:
      return std::nullopt;
    }
  }

  void read_name(std::optional<llvm::StringRef> name) {
    if (name)
      use_.prop_names.push_back(name->str());
    else
      read_all();
  }

  /// \p member is `props.x`.
  void read_member(SyntaxIndex member, std::optional<llvm::StringRef> name) {
    read_name(name);
    if (is_changed(member))
      change();
    SyntaxIndex child = member;
    SyntaxIndex parent = code_.value_parent(member, &child);
    if (parent != no_syntax && tree_[parent].kind == Kind::VariableDeclarator)
      watch(tree_.child(parent, Field::Name));
  }

  /// Whether the code changes \p value or what is in it.
  bool is_changed(SyntaxIndex value) const {
    SyntaxIndex child = value;
    for (SyntaxIndex parent = code_.value_parent(value, &child); parent != no_syntax;
         parent = code_.value_parent(parent, &child)) {
      switch (tree_[parent].kind) {
      case Kind::MemberExpression:
      case Kind::SubscriptExpression:
        if (tree_[child].field != Field::Object)
          return false;
        break;
      case Kind::AssignmentExpression:
      case Kind::AugmentedAssignment:
      case Kind::ForInStatement:
        return tree_[child].field == Field::Left;
      case Kind::UpdateExpression:
        return true;
      case Kind::UnaryExpression:
        return code_.text_of(parent).substr(0, 6) == "delete";
      case Kind::CallExpression:
        return tree_[child].kind == Kind::MemberExpression && child != value && tree_[child].field == Field::Function &&
               is_changing_method(code_.text_of(tree_.child(child, Field::Property)));
      case Kind::PairPattern: // `({ a: props.x } = y)`
      case Kind::ArrayPattern:
      case Kind::RestPattern:
        return true;
      case Kind::AssignmentPattern:
      case Kind::ObjectAssignmentPattern:
        return tree_[child].field == Field::Left;
      default:
        return false;
      }
    }
    return false;
  }

  const Code &code_;
  const SyntaxTree &tree_;
  SyntaxIndex function_;
  ContextUse &use_;
  llvm::DenseMap<SyntaxIndex, std::vector<Reference>> references_; ///< by the name that they are bound to
};

/// Records what `{ props, locals: l, ...rest }` takes from a context, and to whom it hands on the request.
void note_pattern(const Code &code, ContextUse &use, SyntaxIndex pattern, SyntaxIndex function, PropsReader &props) {
  const SyntaxTree &tree = code.tree;
  for (SyntaxIndex at = tree.first_child(pattern); at != no_syntax; at = tree.next_sibling(at)) {
    SyntaxIndex name = at;
    if (tree[at].kind == Kind::Token || tree[at].kind == Kind::Comment)
      continue;
    if (tree[at].kind == Kind::ObjectAssignmentPattern)
      name = tree.child(at, Field::Left);
    SyntaxIndex bound = name;
    if (tree[at].kind == Kind::PairPattern) {
      name = tree.child(at, Field::Key);
      bound = tree.child(at, Field::Value);
    }
    if (name == no_syntax || tree[name].kind == Kind::RestPattern || tree[name].kind == Kind::ComputedPropertyName) {
      use.whole = true;
      use.at = tree[at].span;
      return;
    }
    llvm::StringRef member = code.text_of(name).trim("'\"");
    note_member(use, member, tree[name].span);
    if (member == "props")
      props.bind(bound);
    if (member != "request")
      continue;
    if (bound == no_syntax || tree[bound].kind == Kind::ObjectPattern)
      continue; // reads properties
    llvm::StringRef local = code.text_of(bound);
    for (const Reference &reference : code.scopes.references_in(function))
      if (code.text_of(reference.node) == local && reference.binding != no_binding &&
          code.scopes.bindings()[reference.binding].name_node == bound)
        use.state |= hands_on(code, reference.node);
  }
}

ContextUse find_context_use(const Code &code, SyntaxIndex function) {
  const SyntaxTree &tree = code.tree;
  ContextUse use;
  for (const Reference &reference : code.scopes.references_in(function))
    if (reference.binding == no_binding && code.text_of(reference.node) == "arguments")
      use = {.whole = true, .at = tree[reference.node].span};

  SyntaxIndex parameter = context_parameter(code, function);
  if (parameter == no_syntax)
    return use;
  PropsReader props(code, function, use);
  RequestState state(code, parameter);
  for (const Reference &reference : code.scopes.references_in(function))
    use.writes_state |= state.is_changed_by(reference.node);
  if (tree[parameter].kind == Kind::ObjectPattern) {
    note_pattern(code, use, parameter, function, props);
    return use;
  }
  if (tree[parameter].kind != Kind::Identifier) { // `...args`
    use.whole = true;
    use.at = tree[parameter].span;
    return use;
  }
  for (const Reference &reference : code.scopes.references_in(function)) {
    if (reference.binding == no_binding || code.scopes.bindings()[reference.binding].name_node != parameter)
      continue;
    SyntaxIndex child = reference.node;
    SyntaxIndex parent = code.value_parent(reference.node, &child);
    if (tree[parent].kind == Kind::MemberExpression && tree[child].field == Field::Object) {
      llvm::StringRef member = code.text_of(tree.child(parent, Field::Property));
      note_member(use, member, tree[parent].span);
      if (member == "props")
        props.read(parent);
      use.state |= member == "request" && hands_on(code, parent);
    } else if (tree[parent].kind == Kind::VariableDeclarator &&
               tree[tree.child(parent, Field::Name)].kind == Kind::ObjectPattern) {
      note_pattern(code, use, tree.child(parent, Field::Name), function, props);
    } else {
      use.whole = true;
      use.at = tree[reference.node].span;
    }
  }
  return use;
}

} // namespace

SyntaxIndex context_parameter(const Code &code, SyntaxIndex function) {
  const SyntaxTree &tree = code.tree;
  if (SyntaxIndex parameter = tree.child(function, Field::Parameter); parameter != no_syntax) // `ctx => …`
    return parameter;
  SyntaxIndex parameters = tree.child(function, Field::Parameters);
  for (SyntaxIndex at = parameters == no_syntax ? no_syntax : tree.first_child(parameters); at != no_syntax;
       at = tree.next_sibling(at)) {
    if (tree[at].kind != Kind::RequiredParameter && tree[at].kind != Kind::OptionalParameter)
      continue;
    SyntaxIndex pattern = tree.child(at, Field::Pattern);
    if (pattern == no_syntax || tree[pattern].kind != Kind::This)
      return pattern;
  }
  return no_syntax;
}

ContextUse analyze_context_use(const Code &code, SyntaxIndex function) {
  ContextUse use = find_context_use(code, function);
  use.all_props |= use.whole;
  std::vector<std::string> &names = use.prop_names;
  if (use.all_props)
    names.clear();
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return use;
}

} // namespace foreload::analyze
