#include "analyze/request_state.h"

#include <llvm/ADT/SmallVector.h>

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

/// Whether `locals` or `cookies`, which \p value evaluates to, is more than read there.
bool changes_state(const Code &code, SyntaxIndex value, bool is_cookies) {
  const SyntaxTree &tree = code.tree;
  SyntaxIndex child = value;
  SyntaxIndex parent = code.value_parent(value, &child);
  if (parent == no_syntax)
    return false;
  if (tree[parent].kind == Kind::VariableDeclarator)
    return tree[tree.child(parent, Field::Name)].kind != Kind::ObjectPattern; // an alias is not followed
  if (tree[parent].kind == Kind::SpreadElement || tree[parent].kind == Kind::ExpressionStatement)
    return false;
  bool is_member = (tree[parent].kind == Kind::MemberExpression || tree[parent].kind == Kind::SubscriptExpression) &&
                   tree[child].field == Field::Object;
  if (!is_member)
    return true;
  if (is_cookies) {
    SyntaxIndex property = tree.child(parent, Field::Property);
    llvm::StringRef name = property == no_syntax ? llvm::StringRef() : code.text_of(property);
    return name != "get" && name != "has" && name != "headers";
  }
  while (is_member) {
    SyntaxIndex member = parent;
    parent = code.value_parent(member, &child);
    if (parent == no_syntax)
      return false;
    is_member = (tree[parent].kind == Kind::MemberExpression || tree[parent].kind == Kind::SubscriptExpression) &&
                tree[child].field == Field::Object;
  }
  return code.is_target(child);
}

/// Whether `request.<member>` reads the request's body, which can be read only once.
bool is_body_member(llvm::StringRef member) {
  for (llvm::StringRef known : {"text", "json", "formData", "arrayBuffer", "blob", "bytes", "body"})
    if (member == known)
      return true;
  return false;
}

} // namespace

RequestState::RequestState(const Code &code, const RequestState *outer) : code_(code), tree_(code.tree), outer_(outer) {
  collect_aliases();
}

RequestState::RequestState(const Code &code, SyntaxIndex parameter) : code_(code), tree_(code.tree), outer_(nullptr) {
  if (tree_[parameter].kind == Kind::Identifier)
    add_alias(parameter, Object::Astro);
  for (SyntaxIndex at = tree_.first_child(parameter); at != no_syntax; at = tree_.next_sibling(at))
    add_pattern_alias(at, Object::Astro);
  collect_aliases();
}

void RequestState::collect_aliases() {
  for (SyntaxIndex i = 0; i < tree_.size(); ++i) {
    bool is_assignment = tree_[i].kind == Kind::AssignmentExpression;
    if (tree_[i].kind != Kind::VariableDeclarator && !is_assignment)
      continue;
    SyntaxIndex name = tree_.child(i, is_assignment ? Field::Left : Field::Name);
    SyntaxIndex value = code_.unwrap(tree_.child(i, is_assignment ? Field::Right : Field::Value));
    if (name == no_syntax || value == no_syntax)
      continue;
    Object object = object_of(value);
    if (object == Object::None)
      continue;
    if (tree_[name].kind == Kind::Identifier)
      add_alias(name, object);
    else if (tree_[name].kind == Kind::ObjectPattern)
      for (SyntaxIndex at = tree_.first_child(name); at != no_syntax; at = tree_.next_sibling(at))
        add_pattern_alias(at, object);
  }
}

void RequestState::add_pattern_alias(SyntaxIndex element, Object object) {
  SyntaxIndex key = element, bound = element;
  if (tree_[element].kind == Kind::PairPattern) {
    key = tree_.child(element, Field::Key);
    bound = tree_.child(element, Field::Value);
  }
  if (key == no_syntax || bound == no_syntax || tree_[element].kind == Kind::Token ||
      tree_[element].kind == Kind::Comment)
    return;
  if (tree_[element].kind == Kind::RestPattern)
    add_alias(tree_.first_named_child(element), object);
  else if (tree_[bound].kind == Kind::ObjectPattern) { // `{ locals: { user } }`
    for (SyntaxIndex at = tree_.first_child(bound); at != no_syntax; at = tree_.next_sibling(at))
      add_pattern_alias(at, member_object(object, code_.text_of(key)));
  } else {
    if (tree_[bound].kind == Kind::ObjectAssignmentPattern || tree_[bound].kind == Kind::AssignmentPattern)
      bound = tree_.child(bound, Field::Left);
    add_alias(bound, member_object(object, code_.text_of(bound == key || key == element ? bound : key)));
  }
}

void RequestState::add_alias(SyntaxIndex name, Object object) {
  if (name == no_syntax || object == Object::None)
    return;
  // Of a declaration the name is the binding itself, of an assignment a reference.
  BindingIndex binding = binding_of(name);
  if (binding == no_binding)
    binding = code_.scopes.lookup(code_.text_of(name), code_.scopes.scope_at(tree_[name].span.begin));
  if (binding != no_binding)
    aliases_.try_emplace(binding, object);
}

RequestState::Object RequestState::member_object(Object object, llvm::StringRef member) {
  member = member.trim("'\"");
  switch (object) {
  case Object::Astro:
    return member == "locals"    ? Object::Locals
           : member == "cookies" ? Object::Cookies
           : member == "request" ? Object::Request
                                 : Object::None;
  case Object::Locals:
  case Object::PartOfLocals:
    return Object::PartOfLocals;
  default:
    return Object::None;
  }
}

RequestState::Object RequestState::object_of_name(SyntaxIndex name) const {
  llvm::StringRef text = code_.text_of(name);
  if (text == "Astro" && binding_of(name) == no_binding)
    return Object::Astro;
  BindingIndex binding = binding_of(name);
  if (binding != no_binding)
    return aliases_.lookup(binding);
  BindingIndex outside = outer_ ? outer_->code_.scopes.lookup(text, top_scope) : no_binding;
  return outside == no_binding ? Object::None : outer_->aliases_.lookup(outside);
}

/// What an expression stands for.
RequestState::Object RequestState::object_of(SyntaxIndex expression) const {
  llvm::SmallVector<llvm::StringRef, 4> members;
  while (expression != no_syntax && tree_[expression].kind == Kind::MemberExpression) {
    members.push_back(code_.text_of(tree_.child(expression, Field::Property)));
    expression = code_.unwrap(tree_.child(expression, Field::Object));
  }
  if (expression == no_syntax || tree_[expression].kind != Kind::Identifier)
    return Object::None;
  Object object = object_of_name(expression);
  for (size_t i = members.size(); i-- > 0;)
    object = member_object(object, members[i]);
  return object;
}

bool RequestState::is_changed_by(SyntaxIndex name) const {
  Object object = object_of_name(name);
  if (object == Object::None)
    return false;
  SyntaxIndex child = name;
  SyntaxIndex parent = code_.value_parent(name, &child);
  if (parent == no_syntax)
    return false;
  if (object == Object::Astro) {
    if (tree_[parent].kind != Kind::MemberExpression || tree_[child].field != Field::Object)
      return tree_[name].kind == Kind::ShorthandProperty || !is_aliased(parent, child); // all else may do anything
    object = member_object(object, code_.text_of(tree_.child(parent, Field::Property)));
    if (object == Object::None)
      return false;
    name = parent;
    parent = code_.value_parent(name, &child);
  }
  if (parent != no_syntax && is_aliased(parent, child))
    return false;
  if (object == Object::Request)
    return parent != no_syntax && tree_[parent].kind == Kind::MemberExpression && tree_[child].field == Field::Object &&
           is_body_member(code_.text_of(tree_.child(parent, Field::Property)));
  if (is_expression_of_markup(parent)) // a component's attribute: a part is read, the whole may be kept or changed
    return object != Object::PartOfLocals;
  if (object == Object::Cookies)
    return changes_state(code_, name, true);
  if (calls_for_effect(name) || is_written_by_call(child))
    return true;
  // A part of the locals that is handed to somebody is read; the whole of them may be kept or changed.
  bool is_member = parent != no_syntax && tree_[child].field == Field::Object &&
                   (tree_[parent].kind == Kind::MemberExpression || tree_[parent].kind == Kind::SubscriptExpression);
  return (object == Object::Locals || is_member) && changes_state(code_, name, false);
}

/// Whether \p value, a child of \p parent, gets another name there, or its properties are read.
bool RequestState::is_aliased(SyntaxIndex parent, SyntaxIndex value) const {
  if (tree_[parent].kind == Kind::VariableDeclarator)
    return true;
  SyntaxIndex left = tree_[parent].kind == Kind::AssignmentExpression ? tree_.child(parent, Field::Left) : no_syntax;
  return left != no_syntax && tree_[left].kind == Kind::Identifier &&
         (left == value || tree_[value].field == Field::Right);
}

/// `Object.assign(Astro.locals.session, …)`
bool RequestState::is_written_by_call(SyntaxIndex value) const {
  SyntaxIndex arguments = code_.value_parent(value, &value);
  while (arguments != no_syntax && tree_[value].field == Field::Object &&
         (tree_[arguments].kind == Kind::MemberExpression || tree_[arguments].kind == Kind::SubscriptExpression))
    arguments = code_.value_parent(arguments, &value);
  if (arguments == no_syntax || tree_[arguments].kind != Kind::Arguments || tree_.first_named_child(arguments) != value)
    return false;
  llvm::StringRef callee = code_.text_of(tree_.first_child(tree_[arguments].parent));
  for (llvm::StringRef known :
       {"Object.assign", "Object.defineProperty", "Object.defineProperties", "Object.setPrototypeOf", "Reflect.set"})
    if (callee == known)
      return true;
  return false;
}

/// Whether \p value is the object of a method call whose result nobody uses: `Astro.locals.session.clear();`
bool RequestState::calls_for_effect(SyntaxIndex value) const {
  SyntaxIndex child = value;
  SyntaxIndex parent = code_.value_parent(value, &child);
  bool is_called = false;
  for (; parent != no_syntax; parent = code_.value_parent(parent, &child)) {
    Kind kind = tree_[parent].kind;
    if ((kind == Kind::MemberExpression || kind == Kind::SubscriptExpression) && tree_[child].field == Field::Object)
      continue;
    if (kind == Kind::CallExpression && tree_[child].field == Field::Function)
      is_called = true;
    else if (kind != Kind::AwaitExpression)
      return is_called && kind == Kind::ExpressionStatement && !is_expression_of_markup(parent);
  }
  return false;
}

bool RequestState::is_expression_of_markup(SyntaxIndex node) const {
  return outer_ && node != no_syntax && tree_[node].kind == Kind::ExpressionStatement &&
         tree_[node].parent == tree_.root();
}

bool RequestState::may_occur_in(llvm::StringRef text) const {
  auto has = [&](const auto &alias) {
    return text.find(code_.scopes.bindings()[alias.first].name) != llvm::StringRef::npos;
  };
  return text.find("Astro") != llvm::StringRef::npos || std::any_of(aliases_.begin(), aliases_.end(), has);
}

BindingIndex RequestState::binding_of(SyntaxIndex name) const {
  auto references = code_.scopes.references_in(name);
  return references.size() == 1 ? references[0].binding : no_binding;
}

} // namespace foreload::analyze
