// Imports and exports of the top level, as facts.
#include "analyze/context.h"
#include "parse/string_escapes.h"

#include <algorithm>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

/// What a string literal or a name that another module knows stands for.
std::string literal_text(const Code &code, SyntaxIndex node) {
  llvm::StringRef text = code.text_of(node);
  bool is_string = code.tree[node].kind == Kind::String && text.size() >= 2;
  return without_escapes(is_string ? text.drop_front().drop_back() : text);
}

bool second_token_is(const Code &code, SyntaxIndex statement, llvm::StringRef word) {
  SyntaxIndex first = code.tree.first_child(statement);
  SyntaxIndex second = first == no_syntax ? no_syntax : code.tree.next_sibling(first);
  return second != no_syntax && code.tree[second].kind == Kind::Token && code.text_of(second) == word;
}

void collect_import(Context &context, SyntaxIndex statement) {
  const Code &code = context.code;
  const SyntaxTree &tree = code.tree;
  context.facts.last_import_end = tree[statement].span.end;
  if (second_token_is(code, statement, "type") || second_token_is(code, statement, "typeof"))
    return;
  SyntaxIndex source = tree.child(statement, Field::Source);
  if (source == no_syntax)
    return; // `import x = require()`
  ImportFact base;
  base.specifier = literal_text(code, source);
  base.span = tree[source].span;
  if (SyntaxIndex attribute = tree.child(statement, Kind::ImportAttribute); attribute != no_syntax)
    base.attributes = code.text_of(attribute).str();
  auto add = [&](std::string local, std::string imported) {
    ImportFact fact = base;
    fact.local = std::move(local);
    fact.imported = std::move(imported);
    context.facts.imports.push_back(std::move(fact));
  };

  SyntaxIndex clause = tree.child(statement, Kind::ImportClause);
  if (clause == no_syntax) {
    add("", "");
    return;
  }
  for (SyntaxIndex at = tree.first_child(clause); at != no_syntax; at = tree.next_sibling(at)) {
    switch (tree[at].kind) {
    case Kind::Identifier:
      add(code.text_of(at).str(), "default");
      break;
    case Kind::NamespaceImport:
      if (SyntaxIndex name = tree.child(at, Kind::Identifier); name != no_syntax)
        add(code.text_of(name).str(), "*");
      break;
    case Kind::NamedImports:
      for (SyntaxIndex specifier = tree.first_child(at); specifier != no_syntax;
           specifier = tree.next_sibling(specifier)) {
        if (tree[specifier].kind != Kind::ImportSpecifier)
          continue;
        SyntaxIndex name = tree.child(specifier, Field::Name);
        SyntaxIndex alias = tree.child(specifier, Field::Alias);
        if (name == no_syntax)
          continue;
        SyntaxIndex local = alias == no_syntax ? name : alias;
        // Type-only specifiers bind nothing: the scope analysis has skipped them.
        BindingIndex binding = code.scopes.lookup(code.text_of(local), top_scope);
        if (binding != no_binding && code.scopes.bindings()[binding].name_node == local)
          add(code.text_of(local).str(), literal_text(code, name));
      }
      break;
    default:
      break;
    }
  }
}

void collect_export(Context &context, SyntaxIndex statement) {
  const Code &code = context.code;
  const SyntaxTree &tree = code.tree;
  auto add = [&](std::string exported, std::string local, std::string specifier, SyntaxIndex at) {
    context.facts.exports.push_back({std::move(exported), std::move(local), std::move(specifier), tree[at].span});
  };
  if (second_token_is(code, statement, "type"))
    return;
  SyntaxIndex source = tree.child(statement, Field::Source);
  std::string specifier = source == no_syntax ? "" : literal_text(code, source);

  if (SyntaxIndex clause = tree.child(statement, Kind::ExportClause); clause != no_syntax) {
    for (SyntaxIndex at = tree.first_child(clause); at != no_syntax; at = tree.next_sibling(at)) {
      if (tree[at].kind != Kind::ExportSpecifier)
        continue;
      SyntaxIndex name = tree.child(at, Field::Name);
      SyntaxIndex alias = tree.child(at, Field::Alias);
      SyntaxIndex head = tree.first_child(at);
      if (name == no_syntax || (tree[head].kind == Kind::Token && head != name && code.text_of(head) == "type"))
        continue;
      // A name of this module's own is looked up as it is written.
      std::string local = source == no_syntax ? code.text_of(name).str() : literal_text(code, name);
      add(literal_text(code, alias == no_syntax ? name : alias), std::move(local), specifier,
          alias == no_syntax ? name : alias);
    }
    return;
  }
  if (source != no_syntax) { // `export * from`, `export * as ns from`
    SyntaxIndex ns = tree.child(statement, Kind::NamespaceExport);
    SyntaxIndex name = ns == no_syntax ? no_syntax : tree.first_named_child(ns);
    add(name == no_syntax ? "*" : literal_text(code, name), "*", specifier, name == no_syntax ? source : name);
    return;
  }
  if (second_token_is(code, statement, "default")) {
    SyntaxIndex value = tree.child(statement, Field::Value);
    SyntaxIndex declaration = tree.child(statement, Field::Declaration);
    SyntaxIndex name = declaration != no_syntax ? tree.child(declaration, Field::Name) : code.unwrap(value);
    bool named = name != no_syntax && (declaration != no_syntax || tree[name].kind == Kind::Identifier);
    add("default", named ? code.text_of(name).str() : "", "", statement);
    return;
  }
  // `export const …`, `export function …`: every name that the statement declares at top level. Bindings stand in
  // source order.
  const std::vector<Binding> &bindings = code.scopes.bindings();
  auto first = std::lower_bound(bindings.begin(), bindings.end(), statement,
                                [](const Binding &binding, SyntaxIndex node) { return binding.name_node < node; });
  for (auto at = first; at != bindings.end() && at->name_node < tree[statement].subtree_end; ++at)
    if (at->scope == top_scope)
      add(at->name.str(), at->name.str(), "", at->name_node);
}

} // namespace

void collect_imports_and_exports(Context &context) {
  const SyntaxTree &tree = context.code.tree;
  for (SyntaxIndex at = tree.first_child(tree.root()); at != no_syntax; at = tree.next_sibling(at)) {
    if (tree[at].kind == Kind::ImportStatement)
      collect_import(context, at);
    else if (tree[at].kind == Kind::ExportStatement)
      collect_export(context, at);
  }
  const ScopeTree &scopes = context.code.scopes;
  context.exported.assign(scopes.bindings().size(), false);
  for (const ExportFact &fact : context.facts.exports) {
    if (!fact.specifier.empty() || fact.local.empty())
      continue;
    BindingIndex binding = scopes.lookup(fact.local, top_scope);
    // `export { x }` exports x, but does not hoist a local declaration: only declarations that say `export` are.
    if (binding != no_binding) {
      SyntaxIndex statement = context.code.top_statement(scopes.bindings()[binding].name_node);
      if (tree[statement].kind == Kind::ExportStatement)
        context.exported[binding] = true;
    }
  }
}

void collect_exported_functions(Context &context) {
  const Code &code = context.code;
  for (const ExportFact &fact : context.facts.exports) {
    if (!fact.specifier.empty() || fact.local.empty())
      continue;
    BindingIndex binding = code.scopes.lookup(fact.local, top_scope);
    if (binding == no_binding)
      continue;
    SyntaxIndex function = code.scopes.bindings()[binding].declaration;
    if (code.tree[function].kind == Kind::VariableDeclarator &&
        code.scopes.bindings()[binding].kind == BindingKind::Const)
      function = code.unwrap(code.tree.child(function, Field::Value));
    if (function != no_syntax && code.tree[function].kind == Kind::CallExpression &&
        context.calls_runtime(code, code.tree.child(function, Field::Function), "defineLoader"))
      function = code.unwrap(code.tree.first_named_child(code.tree.child(function, Field::Arguments)));
    if (function != no_syntax && is_function(code.tree[function].kind))
      context.facts.functions.push_back({fact.exported, analyze_context_use(code, function)});
  }
}

} // namespace foreload::analyze
