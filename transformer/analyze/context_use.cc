// What functions do with the context that they are given.
#include "analyze/context.h"
#include "analyze/request_state.h"

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

/// Records what `{ props, locals: l, ...rest }` takes from a context, and to whom it hands on the request.
void note_pattern(const Code &code, ContextUse &use, SyntaxIndex pattern, SyntaxIndex function) {
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

} // namespace

ContextUse analyze_context_use(const Code &code, SyntaxIndex function) {
  const SyntaxTree &tree = code.tree;
  ContextUse use;
  for (const Reference &reference : code.scopes.references_in(function))
    if (reference.binding == no_binding && code.text_of(reference.node) == "arguments")
      use = {.whole = true, .at = tree[reference.node].span};

  SyntaxIndex parameter = tree.child(function, Field::Parameter); // `ctx => …`
  if (parameter == no_syntax) {
    SyntaxIndex parameters = tree.child(function, Field::Parameters);
    for (SyntaxIndex at = parameters == no_syntax ? no_syntax : tree.first_child(parameters); at != no_syntax;
         at = tree.next_sibling(at)) {
      if (tree[at].kind != Kind::RequiredParameter && tree[at].kind != Kind::OptionalParameter)
        continue;
      SyntaxIndex pattern = tree.child(at, Field::Pattern);
      if (pattern != no_syntax && tree[pattern].kind == Kind::This)
        continue;
      parameter = pattern;
      break;
    }
  }
  if (parameter == no_syntax)
    return use;
  RequestState state(code, parameter);
  for (const Reference &reference : code.scopes.references_in(function))
    use.writes_state |= state.is_changed_by(reference.node);
  if (tree[parameter].kind == Kind::ObjectPattern) {
    note_pattern(code, use, parameter, function);
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
      use.state |= member == "request" && hands_on(code, parent);
    } else if (tree[parent].kind == Kind::VariableDeclarator &&
               tree[tree.child(parent, Field::Name)].kind == Kind::ObjectPattern) {
      note_pattern(code, use, tree.child(parent, Field::Name), function);
    } else {
      use.whole = true;
      use.at = tree[reference.node].span;
    }
  }
  return use;
}

} // namespace foreload::analyze
