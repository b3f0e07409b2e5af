#include "analyze/flow.h"

#include <llvm/ADT/StringSwitch.h>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

bool Flow::is_kept_inside(const Access &access) const {
  SyntaxIndex whole = access.call != no_syntax && !access.method.empty() ? access.call : access.whole;
  llvm::SmallVector<SyntaxIndex, 4> queue{whole};
  llvm::DenseSet<BindingIndex> followed;
  for (size_t next = 0; next < queue.size(); ++next)
    if (!goes_inside(queue[next], access.path, queue, followed))
      return false;
  return true;
}

bool Flow::adds(const Access &access) const {
  if (!access.assigns)
    return adds_by_method(access);
  SyntaxIndex child = access.whole;
  SyntaxIndex parent = code_.value_parent(access.whole, &child);
  if (parent == no_syntax)
    return false;
  switch (tree_[parent].kind) {
  case Kind::UpdateExpression:
    return is_discarded(parent);
  case Kind::AugmentedAssignment: {
    llvm::StringRef op = code_.text_of(tree_.child(parent, Field::Operator));
    if (op != "\?\?=" && op != "||=" && op != "&&=")
      return is_discarded(parent);
    // `(globalThis.log ??= []).push(name);`
    return op != "&&=" && is_empty_value(tree_.child(parent, Field::Right)) &&
           (is_discarded(parent) || is_added_to(parent));
  }
  case Kind::AssignmentExpression: {
    if (!is_discarded(parent))
      return false;
    bool has_key = tree_[access.whole].kind == Kind::SubscriptExpression &&
                   names_.literal(tree_.child(access.whole, Field::Index)).empty();
    return has_key || names(tree_.child(parent, Field::Right), code_.text_of(access.whole)) ||
           is_compared(parent, code_.text_of(access.whole));
  }
  default:
    return false;
  }
}

bool Flow::adds_by_method(const Access &access) const {
  if (access.call == no_syntax)
    return false;
  if (is_adding_method(access.method)) // what they return is not looked at in `(name) => log.push(name)` either
    return is_discarded(access.call) || tree_[access.call].field == Field::Body;
  return access.method == "set" && is_discarded(access.call);
}

bool Flow::is_added_to(SyntaxIndex object) const {
  SyntaxIndex child = object;
  SyntaxIndex member = code_.value_parent(object, &child);
  if (member == no_syntax || tree_[member].kind != Kind::MemberExpression || tree_[child].field != Field::Object ||
      !is_adding_method(names_.member_name(member)))
    return false;
  SyntaxIndex callee = member;
  SyntaxIndex call = code_.value_parent(member, &callee);
  return call != no_syntax && tree_[call].kind == Kind::CallExpression &&
         (is_discarded(call) || tree_[call].field == Field::Body);
}

bool Flow::is_empty_value(SyntaxIndex value) const {
  value = code_.unwrap(value);
  if (value == no_syntax)
    return false;
  switch (tree_[value].kind) {
  case Kind::Object:
  case Kind::Array:
    return tree_.first_named_child(value) == no_syntax;
  case Kind::NewExpression:
    return names_.argument(value, 0) == no_syntax;
  case Kind::Number:
    return true;
  default:
    return false;
  }
}

bool Flow::names(SyntaxIndex expression, llvm::StringRef text) const {
  for (SyntaxIndex i = expression; expression != no_syntax && i < tree_[expression].subtree_end; ++i)
    if (tree_[i].kind != Kind::Token && tree_[i].span.size() == text.size() && code_.text_of(i) == text)
      return true;
  return false;
}

bool Flow::is_compared(SyntaxIndex assignment, llvm::StringRef target) const {
  for (SyntaxIndex at = tree_[assignment].parent; at != no_syntax && !opens_function(tree_[at].kind);
       at = tree_[at].parent)
    if (tree_[at].kind == Kind::IfStatement && names(tree_.child(at, Field::Condition), target))
      return true;
  return false;
}

bool Flow::is_discarded(SyntaxIndex expression) const {
  SyntaxIndex child = expression;
  for (SyntaxIndex parent = code_.value_parent(expression, &child); parent != no_syntax;
       parent = code_.value_parent(parent, &child)) {
    switch (tree_[parent].kind) {
    case Kind::ExpressionStatement:
      return true;
    case Kind::AwaitExpression:
      continue;
    case Kind::UnaryExpression:
      return code_.text_of(parent).substr(0, 4) == "void";
    case Kind::BinaryExpression:
      if (tree_[child].field != Field::Right)
        return false;
      continue;
    case Kind::TernaryExpression:
      if (tree_[child].field == Field::Condition)
        return false;
      continue;
    case Kind::ForStatement:
      return tree_[child].field == Field::Increment || tree_[child].field == Field::Initializer;
    case Kind::ArrowFunction:
      return tree_[child].field == Field::Body && is_called_for_nothing(parent);
    default:
      return false;
    }
  }
  return false;
}

bool Flow::is_called_for_nothing(SyntaxIndex function) const {
  SyntaxIndex child = function;
  SyntaxIndex parent = code_.value_parent(function, &child);
  if (parent == no_syntax)
    return false;
  if (tree_[parent].kind == Kind::Arguments) {
    SyntaxIndex callee = code_.unwrap(tree_.child(tree_[parent].parent, Field::Function));
    llvm::StringRef name = callee == no_syntax                            ? llvm::StringRef()
                           : tree_[callee].kind == Kind::MemberExpression ? names_.member_name(callee)
                                                                          : code_.text_of(callee);
    return is_one_of(name, {"forEach", "finally", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"});
  }
  if (tree_[parent].kind != Kind::VariableDeclarator)
    return false;
  BindingIndex variable = variable_of(tree_.child(parent, Field::Name));
  if (variable == no_binding || !names_.is_seen_whole(variable))
    return false;
  for (SyntaxIndex name : names_.uses_of(variable)) {
    SyntaxIndex called = name;
    SyntaxIndex call = code_.value_parent(name, &called);
    if (call == no_syntax || tree_[call].kind != Kind::CallExpression || tree_[called].field != Field::Function)
      return false;
    SyntaxIndex use = call;
    SyntaxIndex around = code_.value_parent(call, &use);
    if (around == no_syntax || tree_[around].kind != Kind::ExpressionStatement)
      return false;
  }
  return true;
}

bool Flow::is_change_looked_at(const Access &access) const {
  SyntaxIndex change = access.call;
  if (access.assigns) {
    SyntaxIndex child = access.whole;
    change = code_.value_parent(access.whole, &child);
  }
  return change != no_syntax && !adds(access) && !is_discarded(change);
}

bool Flow::is_record(SyntaxIndex target, const Path &source) const {
  Path path = names_.path_of(target);
  if (path.root == Path::Root::Global)
    return true;
  if (path.root != Path::Root::Module)
    return false;
  bool is_itself = source.root == Path::Root::Module && source.index == path.index;
  return is_itself || (is_looked_at_ && !(*is_looked_at_)[path.index]);
}

bool Flow::goes_inside(SyntaxIndex expression, const Path &source, llvm::SmallVectorImpl<SyntaxIndex> &queue,
                       llvm::DenseSet<BindingIndex> &followed) const {
  SyntaxIndex child = expression;
  for (SyntaxIndex parent = code_.value_parent(expression, &child); parent != no_syntax;
       parent = code_.value_parent(parent, &child)) {
    switch (tree_[parent].kind) {
    case Kind::BinaryExpression:
    case Kind::UnaryExpression:
    case Kind::TemplateSubstitution:
    case Kind::TemplateString:
    case Kind::Object:
    case Kind::Array:
    case Kind::Pair:
    case Kind::SpreadElement:
      continue;
    case Kind::TernaryExpression:
      if (tree_[child].field == Field::Condition)
        return false;
      continue;
    case Kind::MemberExpression:
      if (tree_[child].field != Field::Object)
        return false;
      continue;
    case Kind::CallExpression: {
      if (tree_[child].field != Field::Function || tree_[child].kind != Kind::MemberExpression)
        return false;
      llvm::StringRef method = names_.member_name(child);
      if (is_adding_method(method)) // of another name for the log
        return is_discarded(parent) || tree_[parent].field == Field::Body;
      if (!is_one_of(method, {"toFixed", "toString", "at", "get", "has", "includes", "indexOf"}))
        return false;
      continue;
    }
    case Kind::Arguments: {
      SyntaxIndex call = tree_[parent].parent;
      SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
      if (callee == no_syntax || tree_[callee].kind != Kind::MemberExpression)
        return false;
      Path path = names_.path_of(callee);
      if (path.root == Path::Root::Global && path.global == "console")
        return is_discarded(call);
      if (is_record(callee, source) &&
          (is_adding_method(names_.member_name(callee)) || names_.member_name(callee) == "set"))
        return is_discarded(call) || tree_[call].field == Field::Body;
      if (path.root != Path::Root::Global || path.global != "Math")
        return false;
      parent = call;
      continue;
    }
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment: {
      if (tree_[child].field != Field::Right || !is_discarded(parent))
        return false;
      return is_record(tree_.child(parent, Field::Left), source);
    }
    case Kind::VariableDeclarator:
      return follow_local(tree_.child(parent, Field::Name), queue, followed);
    case Kind::IfStatement:
      return tree_[child].field == Field::Condition && only_writes_down(parent, source);
    case Kind::ExpressionStatement:
      return true;
    default:
      return false;
    }
  }
  return false;
}

bool Flow::follow_local(SyntaxIndex name, llvm::SmallVectorImpl<SyntaxIndex> &queue,
                        llvm::DenseSet<BindingIndex> &followed) const {
  BindingIndex local = variable_of(name);
  if (local == no_binding || names_.is_of_module(local) || !names_.is_seen_whole(local))
    return false;
  if (followed.insert(local).second)
    queue.append(names_.uses_of(local).begin(), names_.uses_of(local).end());
  return true;
}

BindingIndex Flow::variable_of(SyntaxIndex name) const {
  if (name == no_syntax || tree_[name].kind != Kind::Identifier)
    return no_binding;
  BindingIndex found = code_.scopes.lookup(code_.text_of(name), code_.scopes.scope_at(tree_[name].span.begin));
  return found != no_binding && code_.scopes.bindings()[found].name_node == name ? found : no_binding;
}

bool Flow::only_writes_down(SyntaxIndex statement, const Path &source) const {
  for (SyntaxIndex i = tree_.child(statement, Field::Condition); i < tree_[statement].subtree_end;
       i = tree_[i].kind == Kind::ExpressionStatement || tree_[i].field == Field::Condition ? tree_[i].subtree_end
                                                                                            : i + 1) {
    switch (tree_[i].kind) {
    case Kind::ExpressionStatement: {
      SyntaxIndex change = code_.unwrap(tree_.first_named_child(i));
      if (change == no_syntax)
        return false;
      Field field = tree_[change].kind == Kind::UpdateExpression ? Field::Argument : Field::Left;
      bool assigns = tree_[change].kind == Kind::UpdateExpression || tree_[change].kind == Kind::AssignmentExpression ||
                     tree_[change].kind == Kind::AugmentedAssignment;
      if (!assigns || !is_record(tree_.child(change, field), source))
        return false;
      break;
    }
    case Kind::ReturnStatement:
    case Kind::ThrowStatement:
    case Kind::BreakStatement:
    case Kind::ContinueStatement:
    case Kind::LexicalDeclaration:
    case Kind::VariableDeclaration:
      return false;
    default:
      break;
    }
  }
  return true;
}

} // namespace foreload::analyze
