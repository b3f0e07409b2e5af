#include "analyze/value_changes.h"

#include "analyze/language.h"

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

/// Whether the object that \p value evaluates to may be changed by the code around it.
bool is_changed_around(const Code &code, SyntaxIndex value) {
  const SyntaxTree &tree = code.tree;
  SyntaxIndex child = value;
  SyntaxIndex parent = code.value_parent(value, &child);
  for (bool is_name = true;; is_name = false) {
    if (parent == no_syntax)
      return false;
    bool is_object = tree[child].field == Field::Object &&
                     (tree[parent].kind == Kind::MemberExpression || tree[parent].kind == Kind::SubscriptExpression);
    switch (tree[parent].kind) {
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment:
      return tree[child].field == Field::Left && !is_name;
    case Kind::UpdateExpression:
      return !is_name;
    case Kind::UnaryExpression:
      return !is_name && code.text_of(parent).substr(0, 6) == "delete";
    case Kind::ForInStatement:
      return tree[child].field == Field::Left && !is_name;
    case Kind::CallExpression: {
      if (tree[child].field != Field::Function || is_name)
        return false;
      SyntaxIndex property = tree.child(child, Field::Property);
      llvm::StringRef method = property == no_syntax ? llvm::StringRef() : code.text_of(property);
      if (is_changing_method(method))
        return true;
      // A call whose result nobody uses is made for what it does.
      SyntaxIndex statement = code.value_parent(parent);
      return statement != no_syntax && tree[statement].kind == Kind::ExpressionStatement && method != "forEach" &&
             method_effect(method) == MethodEffect::Unknown;
    }
    case Kind::Arguments: {
      SyntaxIndex call = tree[parent].parent;
      llvm::StringRef callee = code.text_of(tree.first_child(call));
      if ((callee == "Object.assign" || callee == "Object.freeze" || callee == "Object.defineProperty") &&
          tree.first_named_child(parent) == child)
        return true;
      SyntaxIndex statement = code.value_parent(call);
      while (statement != no_syntax && tree[statement].kind == Kind::AwaitExpression)
        statement = code.value_parent(statement);
      return statement != no_syntax && tree[statement].kind == Kind::ExpressionStatement &&
             callee.substr(0, 8) != "console.";
    }
    default:
      if (!is_object)
        return false;
    }
    parent = code.value_parent(parent, &child);
  }
}

} // namespace

ValueChanges::ValueChanges(const Context &context)
    : context_(context), last_change_(context.code.scopes.bindings().size()),
      rebound_(context.code.scopes.bindings().size()) {
  const Code &code = context_.code;
  for (const Reference &reference : code.scopes.references()) {
    if (reference.binding == no_binding)
      continue;
    if (reference.writes)
      rebound_[reference.binding] = true;
    else if (!is_changed_around(code, reference.node))
      continue;
    uint32_t at = code.enclosing_function(reference.node) == no_syntax
                      ? code.tree[code.top_statement(reference.node)].span.end
                      : anywhere;
    last_change_[reference.binding] = std::max(last_change_[reference.binding], at);
  }
}

} // namespace foreload::analyze
