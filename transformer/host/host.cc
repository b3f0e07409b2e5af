#include "host/host_state.h"

#include <llvm/Support/MemoryBuffer.h>

namespace foreload {

AnalyzeOptions Host::State::analyze_options() const {
  AnalyzeOptions result;
  result.runtime_modules = options.runtime_aliases;
  result.runtime_modules.push_back(options.runtime_module);
  result.auto_lift = options.auto_lift;
  return result;
}

ResolverOptions Host::State::resolver_options() const {
  ResolverOptions result;
  result.root = options.root;
  return result;
}

Host::State::State(HostOptions host_options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> fs)
    : options(std::move(host_options)), file_system(fs ? std::move(fs) : llvm::vfs::getRealFileSystem()),
      modules(file_system, resolver_options(), analyze_options(), options.ask_first) {}

std::string Host::State::display_path(llvm::StringRef path) const {
  llvm::StringRef below = path;
  return below.consume_front(options.root) && below.consume_front("/") ? below.str() : path.str();
}

void Host::State::report_unresolved(const ModuleGraph &graph, std::vector<Diagnostic> &diagnostics) {
  for (const UnresolvedImport &unresolved : graph.unresolved) {
    if (unresolved.is_value)
      continue;
    std::string error;
    std::shared_ptr<const ModuleFacts> importer = modules.facts(unresolved.importer, error);
    if (!importer)
      continue;
    Span at;
    for (const ImportFact &import : importer->imports)
      if (import.specifier == unresolved.specifier)
        at = import.span;
    for (const ExportFact &re_export : importer->exports)
      if (re_export.specifier == unresolved.specifier)
        at = re_export.span;
    bool is_path = unresolved.specifier[0] == '.' || unresolved.specifier[0] == '/';
    bool is_markdown = importer->kind == ModuleKind::Markdown;
    if (is_markdown && !is_path) // Markdown is everywhere, and `layout: post` may be meant for another tool
      continue;
    diagnostics.push_back(
        diagnose(*importer->source, at, 5001, is_path && !is_markdown ? Severity::Error : Severity::Warning,
                 "'" + unresolved.specifier + "' was not found",
                 is_path ? "" : "aliases are read from tsconfig.json; packages have to be installed"));
  }
}

Host::Host(HostOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system) {
  while (options.root.size() > 1 && options.root.back() == '/')
    options.root.pop_back();
  state_ = std::make_unique<State>(std::move(options), std::move(file_system));
}
Host::~Host() = default;

TransformResult Host::transform(llvm::StringRef id, llvm::StringRef code) {
  TransformResult result;
  result.code = {id.str(), code.str(), ""};
  std::shared_ptr<const ModuleFacts> facts = state_->modules.facts_of_text(id, code);
  result.diagnostics = facts->diagnostics;
  if (facts->kind != ModuleKind::Astro || !facts->usable)
    return result;

  ModuleGraph graph = link_modules(facts, state_->modules);
  LiftPlan plan = plan_lift_point(graph, 0, state_->plan_options());
  EmittedComponent emitted = emit_component(graph, plan, state_->emit_options());
  result.changed = emitted.changed;
  if (emitted.changed)
    result.code = std::move(emitted.code);
  result.has_companion = emitted.has_companion;
  result.companion = std::move(emitted.companion);
  result.dependencies = std::move(graph.dependencies);
  result.unresolved = std::move(graph.unresolved);
  result.diagnostics.insert(result.diagnostics.end(), graph.diagnostics.begin(), graph.diagnostics.end());
  report_plan(graph, plan, result.diagnostics);
  sort_diagnostics(result.diagnostics);
  return result;
}

void Host::add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path) {
  state_->modules.add_resolution(specifier, importer, path);
}

void Host::invalidate(llvm::ArrayRef<std::string> paths) { state_->modules.invalidate(paths); }
void Host::invalidate_all() { state_->modules.invalidate_all(); }

} // namespace foreload
