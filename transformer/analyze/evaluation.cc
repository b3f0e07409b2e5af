#include "analyze/evaluation.h"

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

bool has_optional_chain(const Code &code, SyntaxIndex node) {
  for (SyntaxIndex i = node, end = code.tree[node].subtree_end; i < end; ++i)
    if (code.tree[i].kind == Kind::OptionalChain || (code.tree[i].kind == Kind::Token && code.text_of(i) == "?."))
      return true;
  return false;
}

/// What \p parent does to the evaluation of its child \p child, or nullptr for nothing.
const char *condition_between(const Code &code, SyntaxIndex parent, SyntaxIndex child) {
  const SyntaxNode &node = code.tree[parent];
  Field field = code.tree[child].field;
  switch (node.kind) {
  case Kind::IfStatement:
    return field == Field::Condition ? nullptr : "in a branch of `if`";
  case Kind::TernaryExpression:
    return field == Field::Condition ? nullptr : "in an arm of `?:`";
  case Kind::BinaryExpression: {
    if (field != Field::Right)
      return nullptr;
    llvm::StringRef op = code.text_of(code.tree.child(parent, Field::Operator));
    return op == "&&" || op == "||" || op == "??" ? "on the right of a logical operator" : nullptr;
  }
  case Kind::AugmentedAssignment: {
    SyntaxIndex op = code.tree.child(parent, Field::Operator);
    llvm::StringRef text = op == no_syntax ? llvm::StringRef() : code.text_of(op);
    return field == Field::Right && (text == "&&=" || text == "||=" || text == "?""?=")
               ? "on the right of a logical assignment"
               : nullptr;
  }
  case Kind::ForInStatement:
    return field == Field::Right ? nullptr : "in a loop";
  case Kind::ForStatement:
    return field == Field::Initializer ? nullptr : "in a loop";
  case Kind::WhileStatement:
  case Kind::DoStatement:
    return "in a loop";
  case Kind::SwitchStatement:
    return field == Field::Value ? nullptr : "in a case of `switch`";
  case Kind::CatchClause:
    return "in a `catch` clause";
  case Kind::LabeledStatement:
    return "in a labelled statement";
  case Kind::AssignmentPattern:
  case Kind::ObjectAssignmentPattern:
    return field == Field::Right ? "in a default value" : nullptr;
  case Kind::RequiredParameter:
  case Kind::OptionalParameter:
    return "in a function";
  case Kind::CallExpression:
  case Kind::MemberExpression:
  case Kind::SubscriptExpression:
    return field != Field::Function && field != Field::Object && has_optional_chain(code, parent)
               ? "behind an optional chain"
               : nullptr;
  default:
    return is_function(node.kind) ? "in a function" : nullptr;
  }
}

} // namespace

Doubt evaluation_doubt(const Code &code, SyntaxIndex node) {
  for (SyntaxIndex at = node; code.tree[at].parent != no_syntax; at = code.tree[at].parent) {
    SyntaxIndex parent = code.tree[at].parent;
    if (const char *condition = condition_between(code, parent, at))
      return {Certainty::May, 3001, code.tree[parent].span, condition};
  }
  return {};
}

} // namespace foreload::analyze
