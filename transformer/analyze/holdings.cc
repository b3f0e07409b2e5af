#include "analyze/holdings.h"

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;
using Holds = EffectUnit::Holds;

EffectUnit::Holds Holdings::of(BindingIndex index) const {
  const Binding &binding = code_.scopes.bindings()[index];
  switch (binding.kind) {
  case BindingKind::Function:
  case BindingKind::Class:
  case BindingKind::Enum:
    return Holds::Function;
  case BindingKind::Const:
  case BindingKind::Let:
  case BindingKind::Var:
    break;
  default:
    return Holds::Value;
  }
  Holds holds = of_value(value_of(binding));
  return holds == Holds::Function && binding.kind != BindingKind::Const ? Holds::Value : holds;
}

EffectUnit::Holds Holdings::of_value(SyntaxIndex value) const {
  const SyntaxTree &tree = code_.tree;
  if (value == no_syntax)
    return Holds::Value;
  if (tree[value].kind == Kind::AsExpression && code_.text_of(value).rtrim().take_back(8) == "as const")
    return Holds::Function;
  value = code_.unwrap(value);
  switch (tree[value].kind) {
  case Kind::ArrowFunction:
  case Kind::FunctionExpression:
  case Kind::GeneratorFunction:
  case Kind::Class:
  case Kind::String:
  case Kind::TemplateString:
  case Kind::Number:
  case Kind::True:
  case Kind::False:
  case Kind::Null:
  case Kind::Undefined:
  case Kind::Regex:
    return Holds::Function;
  case Kind::Object:
    return Holds::Object;
  case Kind::Array:
    return Holds::Collection;
  case Kind::NewExpression: {
    SyntaxIndex constructor = code_.unwrap(tree.child(value, Field::Constructor));
    bool is_builtin = constructor != no_syntax && names_.path_of(constructor).root == Path::Root::Global;
    return is_builtin ? Holds::Collection : Holds::Value;
  }
  case Kind::CallExpression:
    return code_.text_of(tree.child(value, Field::Function)) == "Object.freeze" ? Holds::Function : Holds::Value;
  default:
    return Holds::Value;
  }
}

SyntaxIndex Holdings::value_of(const Binding &binding) const {
  const SyntaxTree &tree = code_.tree;
  return tree[binding.declaration].kind == Kind::VariableDeclarator &&
                 tree.child(binding.declaration, Field::Name) == binding.name_node
             ? tree.child(binding.declaration, Field::Value)
             : no_syntax;
}

bool Holdings::is_empty(SyntaxIndex value) const {
  value = code_.unwrap(value);
  if (value == no_syntax)
    return false;
  return code_.tree[value].kind == Kind::NewExpression ? names_.argument(value, 0) == no_syntax
                                                       : code_.tree.first_named_child(value) == no_syntax;
}

} // namespace foreload::analyze
