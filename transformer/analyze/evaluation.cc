#include "analyze/evaluation.h"

#include <optional>

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

/// Whether something that stands in \p block before \p node may throw or leave, so that a `catch` may go on without
/// \p node. What cannot: literals, functions, and the names that they are given.
bool may_throw_before(const Code &code, SyntaxIndex block, SyntaxIndex node) {
  const SyntaxTree &tree = code.tree;
  for (SyntaxIndex i = block + 1; i < node; ++i) {
    if (tree[i].subtree_end > node)
      continue; // around the node, not before it
    Kind around = tree[tree[i].parent].kind;
    bool is_name =
        (tree[i].field == Field::Name && around == Kind::VariableDeclarator) ||
        (tree[i].field == Field::Left && around == Kind::AssignmentExpression && tree[i].kind == Kind::Identifier);
    if (is_name && (tree[i].kind == Kind::Identifier || tree[tree[i].parent].subtree_end > node)) {
      i = tree[i].subtree_end - 1;
      continue;
    }
    switch (tree[i].kind) {
    case Kind::Token:
    case Kind::Comment:
    case Kind::String:
    case Kind::StringFragment:
    case Kind::Number:
    case Kind::True:
    case Kind::False:
    case Kind::Null:
    case Kind::Undefined:
    case Kind::LexicalDeclaration:
    case Kind::VariableDeclaration:
    case Kind::VariableDeclarator:
    case Kind::ExpressionStatement:
    case Kind::EmptyStatement:
      break;
    case Kind::TypeAnnotation:
    case Kind::TypeArguments:
      i = tree[i].subtree_end - 1;
      break;
    default:
      // The callee of the call itself is known.
      if (tree[i].field == Field::Function && tree[i].parent == node)
        return false;
      if (!opens_function(tree[i].kind))
        return true;
      i = tree[i].subtree_end - 1;
    }
  }
  return false;
}

/// What \p parent does to the evaluation of its child \p child, or nullptr for nothing.
/// \p evaluated is what it is all about, somewhere in \p child.
const char *condition_between(const Code &code, SyntaxIndex parent, SyntaxIndex child, SyntaxIndex evaluated) {
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
    return field == Field::Right && (text == "&&=" || text == "||=" ||
                                     text == "?"
                                             "?=")
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
  case Kind::TryStatement:
    return field == Field::Body && code.tree.child(parent, Kind::CatchClause) != no_syntax &&
                   may_throw_before(code, child, evaluated)
               ? "in a `try` block, behind something that may throw"
               : nullptr;
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

/// The condition on which \p parent evaluates its child \p child, if it is one.
std::optional<EvaluationCondition> condition_on(const Code &code, SyntaxIndex parent, SyntaxIndex child) {
  using Test = RenderNode::Test;
  const SyntaxTree &tree = code.tree;
  Field field = tree[child].field;
  switch (tree[parent].kind) {
  case Kind::IfStatement:
  case Kind::TernaryExpression:
    if (field == Field::Consequence || field == Field::Alternative)
      return EvaluationCondition{tree.child(parent, Field::Condition),
                                 field == Field::Consequence ? Test::Truthy : Test::Falsy};
    return std::nullopt;
  case Kind::BinaryExpression: {
    llvm::StringRef op = code.text_of(tree.child(parent, Field::Operator));
    if (field != Field::Right || (op != "&&" && op != "||" && op != "??"))
      return std::nullopt;
    return EvaluationCondition{tree.child(parent, Field::Left), op == "&&"   ? Test::Truthy
                                                                : op == "||" ? Test::Falsy
                                                                             : Test::Nullish};
  }
  default:
    return std::nullopt;
  }
}

Doubt doubt_of(const Code &code, SyntaxIndex node, SyntaxIndex function,
               llvm::SmallVectorImpl<EvaluationCondition> *conditions) {
  for (SyntaxIndex at = node; code.tree[at].parent != no_syntax; at = code.tree[at].parent) {
    SyntaxIndex parent = code.tree[at].parent;
    if (parent == function)
      break;
    if (conditions)
      if (auto condition = condition_on(code, parent, at)) {
        conditions->push_back(*condition);
        continue;
      }
    if (const char *condition = condition_between(code, parent, at, node))
      return {Certainty::May, 3001, code.tree[parent].span, condition};
  }
  return {};
}

} // namespace

Doubt evaluation_doubt(const Code &code, SyntaxIndex node, SyntaxIndex function) {
  return doubt_of(code, node, function, nullptr);
}

Doubt evaluation_doubt(const Code &code, SyntaxIndex node, llvm::SmallVectorImpl<EvaluationCondition> &conditions) {
  return doubt_of(code, node, no_syntax, &conditions);
}

} // namespace foreload::analyze
