// Calls of getLoaderData().
#include "analyze/context.h"
#include "analyze/evaluation.h"

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

/// Finds the top-level statements that await something when they run.
void collect_awaits(Context &context) {
  const Code &code = context.code;
  for (SyntaxIndex i = 0; i < code.tree.size(); ++i) {
    if (is_function(code.tree[i].kind)) {
      i = code.tree[i].subtree_end - 1;
      continue;
    }
    bool is_await = code.tree[i].kind == Kind::AwaitExpression;
    bool is_for_await = code.tree[i].kind == Kind::Token && code.tree[i].parent != no_syntax &&
                        code.tree[code.tree[i].parent].kind == Kind::ForInStatement && code.text_of(i) == "await";
    if (!is_await && !is_for_await)
      continue;
    SyntaxIndex statement = code.top_statement(i);
    context.facts.await_statements.push_back(code.tree[statement].span.begin);
    i = code.tree[statement].subtree_end - 1;
  }
}

} // namespace

void collect_loader_uses(Context &context, const Code &in, bool in_frontmatter, const Doubt &place) {
  if (in_frontmatter)
    collect_awaits(context);
  const SyntaxTree &tree = in.tree;
  bool has_runtime = false;
  for (uint32_t i = 0; i < context.facts.imports.size(); ++i)
    has_runtime |= context.is_runtime_import(i);
  if (!has_runtime)
    return;
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    if (tree[i].kind == Kind::CallExpression) {
      SyntaxIndex callee = tree.child(i, Field::Function);
      SyntaxIndex arguments = tree.child(i, Field::Arguments);
      if (callee == no_syntax || arguments == no_syntax || tree[arguments].kind != Kind::Arguments ||
          !context.calls_runtime(in, callee, "getLoaderData"))
        continue;
      if (!context.is_loader_visible(in, i)) {
        const std::string &name = context.facts.loader->local;
        context.report(tree[i].span, 2008, Severity::Error,
                       "the loader cannot be named here: '" + name + "' is something else in this scope",
                       "call getLoaderData() outside, or give the other '" + name + "' another name");
        continue;
      }
      LoaderUse use;
      use.call = tree[i].span;
      use.insert_at = tree[arguments].span.end - 1;
      use.has_arguments = tree.first_named_child(arguments) != no_syntax;
      use.in_frontmatter = in_frontmatter;
      use.doubt = place;
      if (use.doubt.certainty == Certainty::Must)
        use.doubt = evaluation_doubt(in, i);
      if (in_frontmatter) {
        use.statement_begin = tree[in.top_statement(i)].span.begin;
        const std::vector<uint32_t> &awaits = context.facts.await_statements;
        use.awaits_before = !awaits.empty() && awaits.front() < use.statement_begin;
        SyntaxIndex parent = in.value_parent(i, nullptr);
        use.is_kept = parent != no_syntax && tree[parent].kind == Kind::VariableDeclarator;
      } else {
        use.awaits_before = true; // the template is rendered after the frontmatter
      }
      context.facts.uses.push_back(std::move(use));
      continue;
    }
    // getLoaderData passed around: nobody could give it its key.
    bool is_name = tree[i].kind == Kind::Identifier || tree[i].kind == Kind::ShorthandProperty ||
                   tree[i].kind == Kind::MemberExpression;
    if (is_name && context.calls_runtime(in, i, "getLoaderData")) {
      SyntaxIndex child = i;
      SyntaxIndex parent = in.value_parent(i, &child);
      if (parent == no_syntax || tree[parent].kind != Kind::CallExpression || tree[child].field != Field::Function)
        context.report(tree[i].span, 2005, Severity::Warning,
                       "getLoaderData is used without being called: it gets no key here and will throw",
                       "call it where it stands: `await getLoaderData<typeof loader>()`");
    }
  }
}

} // namespace foreload::analyze
