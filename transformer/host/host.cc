#include "host/host_state.h"

#include <llvm/Support/MemoryBuffer.h>

namespace foreload {

static AnalyzeOptions analyze_options(const HostOptions &options) {
  AnalyzeOptions result;
  result.runtime_modules = options.runtime_aliases;
  result.runtime_modules.push_back(options.runtime_module);
  return result;
}

static ResolverOptions resolver_options(const HostOptions &options) {
  ResolverOptions result;
  result.root = options.root;
  return result;
}

Host::State::State(HostOptions host_options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> fs)
    : options(std::move(host_options)), file_system(fs ? std::move(fs) : llvm::vfs::getRealFileSystem()),
      modules(file_system, resolver_options(options), analyze_options(options)) {}

std::string Host::State::display_path(llvm::StringRef path) const {
  llvm::StringRef below = path;
  return below.consume_front(options.root) && below.consume_front("/") ? below.str() : path.str();
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
