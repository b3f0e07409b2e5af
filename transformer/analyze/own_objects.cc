#include "analyze/own_objects.h"

#include "analyze/language.h"

#include <llvm/ADT/StringSwitch.h>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

constexpr unsigned depth_limit = 8; ///< of chained calls

bool is_trivia(Kind kind) { return kind == Kind::Token || kind == Kind::Comment; }

/// `Object.keys`, if the code binds no `Object`, or empty.
llvm::StringRef global_path(const Code &code, SyntaxIndex node) {
  SyntaxIndex root = node;
  if (code.tree[node].kind == Kind::MemberExpression)
    root = code.tree.child(node, Field::Object);
  if (root == no_syntax || code.tree[root].kind != Kind::Identifier)
    return {};
  auto references = code.scopes.references_in(root);
  return references.size() == 1 && references[0].binding == no_binding ? code.text_of(node) : llvm::StringRef();
}

bool makes_object_at(const Code &code, SyntaxIndex node, unsigned depth) {
  const SyntaxTree &tree = code.tree;
  node = code.unwrap(node);
  if (node == no_syntax || depth > depth_limit)
    return false;
  switch (tree[node].kind) {
  case Kind::Object:
  case Kind::Array:
    return true;
  case Kind::NewExpression: {
    SyntaxIndex callee = code.unwrap(tree.child(node, Field::Constructor));
    return callee != no_syntax && is_plain_constructor(global_path(code, callee));
  }
  case Kind::CallExpression: {
    SyntaxIndex callee = code.unwrap(tree.child(node, Field::Function));
    if (callee == no_syntax)
      return false;
    llvm::StringRef path = global_path(code, callee);
    if (path == "Object.assign")
      return makes_object_at(code, tree.first_named_child(tree.child(node, Field::Arguments)), depth + 1);
    bool is_maker = llvm::StringSwitch<bool>(path)
                        .Cases("Array", "Array.from", "Array.of", "JSON.parse", "structuredClone", true)
                        .Cases("Object.entries", "Object.fromEntries", "Object.keys", "Object.values", true)
                        .Default(false);
    if (is_maker)
      return true;
    if (tree[callee].kind != Kind::MemberExpression)
      return false;
    llvm::StringRef method = code.text_of(tree.child(callee, Field::Property));
    if (method == "sort" || method == "reverse")
      return makes_object_at(code, tree.child(callee, Field::Object), depth + 1);
    return llvm::StringSwitch<bool>(method)
        .Cases("concat", "filter", "flat", "flatMap", "map", "slice", "split", true)
        .Cases("toReversed", "toSorted", "toSpliced", "with", true)
        .Default(false);
  }
  default:
    return false;
  }
}

} // namespace

bool makes_object(const Code &code, SyntaxIndex node) { return makes_object_at(code, node, 0); }

bool OwnObjects::holds_own(BindingIndex binding) {
  auto [found, is_new] = known_.try_emplace(binding, false);
  if (is_new) {
    const Binding &it = code_.scopes.bindings()[binding];
    found->second = is_constant(it) || is_accumulator(it);
  }
  return found->second;
}

bool OwnObjects::is_constant(const Binding &binding) const {
  const SyntaxTree &tree = code_.tree;
  return binding.kind == BindingKind::Const && tree[binding.declaration].kind == Kind::VariableDeclarator &&
         tree.child(binding.declaration, Field::Name) == binding.name_node &&
         makes_object(code_, tree.child(binding.declaration, Field::Value));
}

bool OwnObjects::is_accumulator(const Binding &binding) const {
  const SyntaxTree &tree = code_.tree;
  SyntaxIndex parameter = binding.declaration;
  if (binding.kind != BindingKind::Parameter || tree[parameter].kind != Kind::RequiredParameter ||
      tree.child(parameter, Field::Pattern) != binding.name_node ||
      tree.first_named_child(tree[parameter].parent) != parameter)
    return false;
  SyntaxIndex function = tree[tree[parameter].parent].parent, argument = function;
  SyntaxIndex arguments = code_.value_parent(function, &argument);
  if ((tree[function].kind != Kind::ArrowFunction && tree[function].kind != Kind::FunctionExpression) ||
      arguments == no_syntax || tree[arguments].kind != Kind::Arguments ||
      tree.first_named_child(arguments) != argument)
    return false;
  SyntaxIndex callee = code_.unwrap(tree.child(tree[arguments].parent, Field::Function));
  SyntaxIndex start = tree.next_sibling(argument);
  while (start != no_syntax && is_trivia(tree[start].kind))
    start = tree.next_sibling(start);
  if (callee == no_syntax || tree[callee].kind != Kind::MemberExpression || start == no_syntax ||
      !makes_object(code_, start))
    return false;
  llvm::StringRef method = code_.text_of(tree.child(callee, Field::Property));
  if (method != "reduce" && method != "reduceRight")
    return false;

  // The next call is given what this one returns.
  auto returns_own = [&](SyntaxIndex value) {
    value = code_.unwrap(value);
    if (value != no_syntax && tree[value].kind == Kind::SequenceExpression) // `(all[x] = 1, all)`
      for (SyntaxIndex at = tree.first_child(value); at != no_syntax; at = tree.next_sibling(at))
        if (!is_trivia(tree[at].kind))
          value = at;
    if (value == no_syntax || tree[value].kind != Kind::Identifier)
      return makes_object(code_, value);
    auto references = code_.scopes.references_in(value);
    return references.size() == 1 && references[0].binding != no_binding &&
           code_.scopes.bindings()[references[0].binding].name_node == binding.name_node;
  };
  for (const Reference &reference : code_.scopes.references_in(function))
    if (reference.writes && reference.binding != no_binding &&
        code_.scopes.bindings()[reference.binding].name_node == binding.name_node)
      return false;
  SyntaxIndex body = tree.child(function, Field::Body);
  if (body == no_syntax || tree[body].kind != Kind::StatementBlock)
    return body != no_syntax && returns_own(body);
  for (SyntaxIndex i = body, end = tree[body].subtree_end; i < end; ++i) {
    if (is_function(tree[i].kind))
      i = tree[i].subtree_end - 1;
    else if (tree[i].kind == Kind::ReturnStatement && !returns_own(tree.first_named_child(i)))
      return false;
  }
  return true;
}

} // namespace foreload::analyze
