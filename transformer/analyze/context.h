// What the passes over one file share. Not part of the analyzer's interface.
#pragma once
#include "analyze/module_facts.h"
#include "analyze/scope.h"
#include "parse/syntax_tree.h"

namespace foreload::analyze {

/// One parsed piece of TypeScript (a frontmatter, a script module, a template expression) with its scopes.
struct Code {
  Code(SyntaxTree parsed, llvm::StringRef source_text)
      : tree(std::move(parsed)), scopes(tree, source_text), text(source_text) {}
  Code(const Code &) = delete; // scopes refers to tree
  Code &operator=(const Code &) = delete;

  const SyntaxTree tree;
  const ScopeTree scopes;
  const llvm::StringRef text; ///< what the tree's spans index

  llvm::StringRef text_of(SyntaxIndex node) const { return text.substr(tree[node].span.begin, tree[node].span.size()); }
  /// The parent of \p node with the wrappers that do not change a value skipped: parentheses, `as`, `satisfies`, `!`.
  SyntaxIndex value_parent(SyntaxIndex node, SyntaxIndex *child = nullptr) const;
  /// Whether \p node, `a` or `a.b`, is assigned, counted up or deleted.
  bool is_target(SyntaxIndex node) const;
  /// The expression inside such wrappers.
  SyntaxIndex unwrap(SyntaxIndex node) const;
  /// The nearest enclosing function-like node, or no_syntax at top level.
  SyntaxIndex enclosing_function(SyntaxIndex node) const;
  /// The child of the program that holds \p node.
  SyntaxIndex top_statement(SyntaxIndex node) const;
};

struct Context {
  ModuleFacts &facts;
  const SourceFile &source;
  const AnalyzeOptions &options;
  const Code &code;
  std::vector<bool> exported; ///< by binding of the top scope: it is an export, which Astro hoists to module scope

  /// What an import binding brings, as an index into facts.imports, or no_index.
  uint32_t import_of(BindingIndex binding) const;
  bool is_runtime_import(uint32_t import) const;
  /// Whether calling \p callee calls the runtime's function \p name: renamed and namespace imports included.
  bool calls_runtime(const Code &in, SyntaxIndex callee, llvm::StringRef name) const;
  /// The call of getLoaderData() that \p call is, or that it is a fallback for: `getLoaderData().catch(fallback)`. Data
  /// that there is, is the same with a fallback and without, and of a loader that fails nothing is started. Otherwise
  /// no_syntax.
  SyntaxIndex data_call(const Code &in, SyntaxIndex call) const;
  /// Whether the loader's name means the loader where \p at stands, and no variable of an inner scope.
  bool is_loader_visible(const Code &in, SyntaxIndex at) const;

  void report(Span span, uint16_t diagnostic_code, Severity severity, std::string message, std::string hint = {});
};

class RequestState;
class ValueChanges;
class PureCodes;

bool is_function(SyntaxKind kind);

/// What a Markdown or MDX file renders. It is not parsed as a whole, so there is no Context.
void analyze_markdown(ModuleFacts &facts, const AnalyzeOptions &options);
/// Imports and exports of the top level.
void collect_imports_and_exports(Context &context);
/// The `loader` export.
void analyze_loader(Context &context);
/// The pattern of a function's first parameter, which is a loader's context, or no_syntax.
SyntaxIndex context_parameter(const Code &code, SyntaxIndex function);
/// What a function does with its first parameter, the context.
ContextUse analyze_context_use(const Code &code, SyntaxIndex function);
/// `export` functions of a script module.
void collect_exported_functions(Context &context);
/// Exports of a script module that are constants.
void collect_exported_constants(Context &context, const ValueChanges &changes);
/// Imports whose values the file changes.
void collect_changed_imports(Context &context, const ValueChanges &changes);
/// What the functions of the top level load by their context.
void collect_loads(Context &context);
/// Calls of getLoaderData in \p in: the frontmatter, or a template expression whose own doubt is \p place.
void collect_loader_uses(Context &context, const Code &in, bool in_frontmatter, const Doubt &place);
/// Awaits of the frontmatter that are as good as loaders.
void collect_implicit_loaders(Context &context, const RequestState &state, PureCodes &codes);
/// Statements that loaders must not be moved across.
void collect_barriers(Context &context, const RequestState &state);
/// Component tags and slots.
void analyze_markup(Context &context, Span markup, const RequestState &state, PureCodes &codes);
/// What the component waits for, once all else is known.
void collect_awaits(Context &context, Span markup);
/// Likewise of a Markdown file.
void collect_markdown_awaits(ModuleFacts &facts);

} // namespace foreload::analyze
