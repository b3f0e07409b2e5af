#include "analyze/context.h"

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;

static bool is_value_wrapper(Kind kind) {
  return kind == Kind::ParenthesizedExpression || kind == Kind::AsExpression || kind == Kind::SatisfiesExpression ||
         kind == Kind::NonNullExpression || kind == Kind::InstantiationExpression;
}

SyntaxIndex Code::value_parent(SyntaxIndex node, SyntaxIndex *child) const {
  SyntaxIndex parent = tree[node].parent;
  while (parent != no_syntax && is_value_wrapper(tree[parent].kind)) {
    node = parent;
    parent = tree[node].parent;
  }
  if (child)
    *child = node;
  return parent;
}

bool Code::is_target(SyntaxIndex node) const {
  SyntaxIndex child = node;
  SyntaxIndex parent = value_parent(node, &child);
  if (parent == no_syntax)
    return false;
  switch (tree[parent].kind) {
  case SyntaxKind::AssignmentExpression:
  case SyntaxKind::AugmentedAssignment:
  case SyntaxKind::AssignmentPattern:
  case SyntaxKind::ForInStatement:
    return tree[child].field == SyntaxField::Left;
  case SyntaxKind::UpdateExpression:
  case SyntaxKind::ArrayPattern:
  case SyntaxKind::RestPattern:
    return true;
  case SyntaxKind::PairPattern:
    return tree[child].field == SyntaxField::Value;
  case SyntaxKind::UnaryExpression:
    return text_of(parent).substr(0, 6) == "delete";
  default:
    return false;
  }
}

SyntaxIndex Code::unwrap(SyntaxIndex node) const {
  while (node != no_syntax && is_value_wrapper(tree[node].kind))
    node = tree.first_named_child(node);
  return node;
}

bool is_function(Kind kind) {
  return opens_function(kind) || kind == Kind::ClassBody; // field initializers run when an instance is made
}

SyntaxIndex Code::enclosing_function(SyntaxIndex node) const {
  for (SyntaxIndex at = tree[node].parent; at != no_syntax; at = tree[at].parent)
    if (is_function(tree[at].kind))
      return at;
  return no_syntax;
}

SyntaxIndex Code::top_statement(SyntaxIndex node) const {
  while (tree[node].parent != no_syntax && tree[node].parent != tree.root())
    node = tree[node].parent;
  return node;
}

uint32_t Context::import_of(BindingIndex binding) const {
  if (binding == no_binding || code.scopes.bindings()[binding].kind != BindingKind::Import)
    return no_index;
  llvm::StringRef name = code.scopes.bindings()[binding].name;
  for (uint32_t i = 0; i < facts.imports.size(); ++i)
    if (facts.imports[i].local == name)
      return i;
  return no_index;
}

bool Context::is_runtime_import(uint32_t import) const {
  return import != no_index && std::find(options.runtime_modules.begin(), options.runtime_modules.end(),
                                         facts.imports[import].specifier) != options.runtime_modules.end();
}

SyntaxIndex Context::data_call(const Code &in, SyntaxIndex call) const {
  if (call == no_syntax || in.tree[call].kind != Kind::CallExpression)
    return no_syntax;
  SyntaxIndex callee = in.unwrap(in.tree.child(call, SyntaxField::Function));
  if (callee == no_syntax)
    return no_syntax;
  if (in.tree[callee].kind == Kind::MemberExpression && in.text_of(in.tree.child(callee, SyntaxField::Property)) == "catch")
    return data_call(in, in.unwrap(in.tree.child(callee, SyntaxField::Object)));
  return calls_runtime(in, callee, "getLoaderData") ? call : no_syntax;
}

bool Context::calls_runtime(const Code &in, SyntaxIndex callee, llvm::StringRef name) const {
  callee = in.unwrap(callee);
  if (callee == no_syntax)
    return false;
  SyntaxIndex object = callee;
  llvm::StringRef member;
  if (in.tree[callee].kind == Kind::MemberExpression) {
    object = in.unwrap(in.tree.child(callee, SyntaxField::Object));
    SyntaxIndex property = in.tree.child(callee, SyntaxField::Property);
    if (object == no_syntax || property == no_syntax)
      return false;
    member = in.text_of(property);
  }
  if (in.tree[object].kind != Kind::Identifier && in.tree[object].kind != Kind::ShorthandProperty)
    return false;
  auto references = in.scopes.references_in(object);
  if (references.size() != 1)
    return false;
  // In a template expression, a name that the expression does not bind is the frontmatter's.
  BindingIndex binding = references[0].binding;
  if (&in != &code) {
    if (binding != no_binding)
      return false;
    binding = code.scopes.lookup(in.text_of(object), top_scope);
  }
  uint32_t import = import_of(binding);
  if (!is_runtime_import(import))
    return false;
  return member.empty() ? facts.imports[import].imported == name
                        : facts.imports[import].imported == "*" && member == name;
}

bool Context::is_loader_visible(const Code &in, SyntaxIndex at) const {
  if (!facts.loader || facts.loader->local.empty())
    return true; // another module's: it gets a name that nothing else has
  BindingIndex found = in.scopes.lookup(facts.loader->local, in.scopes.scope_at(in.tree[at].span.begin));
  return found == no_binding ? &in != &code : &in == &code && in.scopes.bindings()[found].scope == top_scope;
}

void Context::report(Span span, uint16_t diagnostic_code, Severity severity, std::string message, std::string hint) {
  facts.diagnostics.push_back(diagnose(source, span, diagnostic_code, severity, std::move(message), std::move(hint)));
}

} // namespace foreload::analyze
