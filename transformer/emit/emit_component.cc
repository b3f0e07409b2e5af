#include "emit/emit_component.h"

#include "emit/companion.h"
#include "emit/source_map.h"
#include "emit/string_literal.h"
#include "plan/loader_key.h"

#include <llvm/ADT/ArrayRef.h>

#include <algorithm>

namespace foreload {

namespace {

struct Insertion {
  uint32_t offset;
  std::string text;
};

/// \p base, with underscores in front until \p text does not contain it.
std::string unused_name(llvm::StringRef text, std::string base) {
  while (text.find(base) != llvm::StringRef::npos)
    base = "_" + base;
  return base;
}

/// Code that is put in does not move the lines below it, unless a template literal has several.
std::string in_one_line(const SourceFile &source, Span span, llvm::ArrayRef<Span> comments) {
  std::string bare;
  uint32_t from = span.begin;
  for (const Span &comment : comments) {
    if (comment.begin < from || comment.end > span.end)
      continue;
    bare += source.text({from, comment.begin});
    from = comment.end;
  }
  bare += source.text({from, span.end});
  llvm::StringRef code = bare;
  if (code.find('`') != llvm::StringRef::npos)
    return bare;
  std::string text;
  while (!code.empty()) {
    auto [line, rest] = code.split('\n');
    text += (text.empty() ? "" : " ") + (text.empty() ? line.rtrim() : line.trim()).str();
    code = rest;
  }
  return text;
}

} // namespace

std::string companion_path(llvm::StringRef path) { return path.str() + ".foreload.ts"; }

EmittedComponent emit_component(const ModuleGraph &graph, const LiftPlan &plan, const EmitOptions &options) {
  const ModuleFacts &facts = *graph.modules[plan.module].facts;
  const SourceFile &source = *facts.source;
  std::string path = source.path().str();
  EmittedComponent result;
  std::vector<Insertion> insertions;
  std::string imports;

  std::string local; // what the loader is called here
  if (facts.loader) {
    local = facts.loader->local;
    if (local.empty() && !facts.uses.empty()) { // `export { loader } from './data'`
      const ExportFact &fact = facts.exports[facts.loader->re_export];
      local = unused_name(source.text(), "__foreload_loader");
      imports +=
          "import { " + export_name(fact.local) + " as " + local + " } from " + string_literal(fact.specifier) + ";";
    }
    std::string arguments = string_literal(loader_key(path, options.root)) + ", " + local;
    if (plan.passes_props)
      arguments += ", " + loader_props(graph.modules[plan.module].loader_context, "Astro.props");
    for (const LoaderUse &use : facts.uses)
      if (!use.has_arguments)
        insertions.push_back({use.insert_at, arguments});
    // Astro 5 and 6 look for the end of an exported arrow function at its braces. If it has none they hoist the next
    // statement with it, out of the component: the call of getLoaderData, as a rule. An empty block ends their search.
    if (uint32_t end = facts.loader->braceless_end; end != 0 && !facts.uses.empty())
      insertions.push_back({end, source.text()[end - 1] == ';' ? "{}" : ";{}"});
  }

  if (plan.lifts_awaits) {
    std::string wait = unused_name(source.text(), "__foreload_await");
    std::string share = unused_name(source.text(), "__foreload_share");
    bool waits = false, shares = false;
    for (uint32_t i = 0; i < facts.implicit_loaders.size(); ++i) {
      const ImplicitLoader &loader = facts.implicit_loaders[i];
      bool is_shared = is_shared_await(facts, i, plan);
      (is_shared ? shares : waits) = true;
      std::string inputs;
      for (uint32_t input : is_shared ? loader.arguments : loader.inputs)
        inputs += (inputs.empty() ? "" : ", ") + in_one_line(source, facts.codes[input].text, loader.comments);
      std::string key = await_key(graph.modules[plan.module], i, is_shared, options);
      std::string body = "async () => (";
      insertions.push_back({loader.expression.begin, is_shared ? share + "(" + key + ", " + body
                                                               : wait + "(" + key + ", [" + inputs + "], " + body});
      insertions.push_back({loader.expression.end, is_shared ? "), { given: [" + inputs + "] })" : "))"});
    }
    if (waits)
      imports += "import { awaitLifted as " + wait + " } from " + string_literal(options.auto_module) + ";";
    if (shares)
      imports += "import { getLoaderData as " + share + " } from " + string_literal(options.runtime_module) + ";";
  }
  if (!plan.entries.empty()) {
    result.has_companion = true;
    std::string lift = unused_name(source.text(), "__foreload_lift");
    std::string companion = "./" + companion_path(source.path().rsplit('/').second);
    std::string names;
    for (size_t i = 0; i < plan.entries.size(); ++i) {
      const LiftEntry &entry = plan.entries[i];
      std::string name = lift + entry_suffix(i);
      names += (i == 0 ? "" : ", ") + ("lift" + entry_suffix(i)) + " as " + name;
      std::string call;
      EntryParameters parameters = entry_parameters(graph, plan, entry);
      if (parameters.own)
        call += local;
      if (parameters.astro)
        call += (call.empty() ? "" : ", ") + std::string("Astro");
      for (uint32_t value : entry.inputs)
        call += (call.empty() ? "" : ", ") + facts.values[value].name;
      bool needs_semicolon = entry.after_statement && source.text()[entry.at - 1] != ';';
      insertions.push_back({entry.at, (needs_semicolon ? ";" : " ") + name + "(" + call + ");"});
    }
    imports += "import { " + names + " } from " + string_literal(companion) + ";";
  }
  if (!imports.empty()) {
    // After the user's own imports: modules are evaluated in the order in which they were without us.
    bool after_import = facts.last_import_end != 0;
    insertions.push_back({after_import ? facts.last_import_end : facts.frontmatter->code.begin,
                          (after_import && source.text()[facts.last_import_end - 1] != ';' ? ";" : " ") + imports});
  }
  if (insertions.empty())
    return result;

  std::stable_sort(insertions.begin(), insertions.end(),
                   [](const Insertion &a, const Insertion &b) { return a.offset < b.offset; });
  TextEmitter out;
  uint32_t at = 0;
  for (const Insertion &insertion : insertions) {
    out.copy(source, {at, insertion.offset});
    out.generate(insertion.text);
    at = insertion.offset;
  }
  out.copy(source, {at, source.size()});
  result.changed = true;
  result.code = {path, out.code(), out.map(path)};
  if (result.has_companion)
    result.companion = emit_companion(graph, plan, options);
  return result;
}

} // namespace foreload
