#include "host/lift_plugin.h"

#include "host/host_state.h"
#include "plan/loader_key.h"

#include <llvm/ADT/StringMap.h>
#include <nlohmann/json.hpp>

#include <mutex>
#include <set>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

/// What a build knows of its project.
struct Project {
  std::once_flag is_linked;
  ModuleGraph graph;
  std::vector<bool> lift_points;     ///< by module
  llvm::StringMap<uint32_t> numbers; ///< of the components, by path
  std::mutex mutex;                  ///< guards what follows
  std::map<uint32_t, Json> manifest; ///< by component
  std::set<std::string> lifted;      ///< paths
};

class LiftPlugin final : public Plugin {
public:
  LiftPlugin(PlanOptions plan, EmitOptions emit)
      : Plugin(lift_traits()), plan_(std::move(plan)), emit_(std::move(emit)) {}

  void build_start(HookContext &context) override;
  std::optional<ModuleText> transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) override;
  void generate(HookContext &context, llvm::ArrayRef<EmittedText> outputs) override;

private:
  static PluginTraits lift_traits() {
    PluginTraits traits;
    traits.name = "foreload:lift";
    traits.reads_modules = true;
    traits[Hook::BuildStart] = traits[Hook::Generate] = HookUse();
    traits[Hook::Transform] = HookUse();
    traits[Hook::Transform]->filter.suffixes = {".astro"};
    return traits;
  }

  Project *project_of(HookContext &context) const;
  void link(HookContext &context, Project &project) const;
  Json describe(const ModuleGraph &graph, uint32_t number, const LiftPlan &plan, bool is_lift_point) const;

  PlanOptions plan_;
  EmitOptions emit_;
};

void LiftPlugin::build_start(HookContext &context) {
  if (!context.directory().empty()) // else files come one by one
    context.state() = std::make_shared<Project>();
}

/// What the build is about, at the first call. Not in buildStart: the components are read behind it.
Project *LiftPlugin::project_of(HookContext &context) const {
  auto *project = static_cast<Project *>(context.state().get());
  if (project)
    std::call_once(project->is_linked, [&] { link(context, *project); });
  return project;
}

void LiftPlugin::link(HookContext &context, Project &project) const {
  std::vector<std::shared_ptr<const ModuleFacts>> roots;
  std::vector<Diagnostic> &diagnostics = context.output().diagnostics;
  for (const std::shared_ptr<const ModuleFacts> &facts : context.components()) {
    diagnostics.insert(diagnostics.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    if (!facts->usable)
      continue;
    project.numbers[facts->source->path()] = static_cast<uint32_t>(roots.size());
    roots.push_back(facts);
  }
  size_t component_count = roots.size();
  roots.insert(roots.end(), context.documents().begin(), context.documents().end());

  project.graph = link_modules(roots, context.modules());
  const ModuleGraph &graph = project.graph;
  diagnostics.insert(diagnostics.end(), graph.diagnostics.begin(), graph.diagnostics.end());
  report_unresolved(graph, context.modules(), diagnostics);
  std::vector<bool> pages(graph.modules.size());
  for (size_t i = 0; i < graph.modules.size(); ++i)
    pages[i] = is_page(graph.modules[i].path, plan_.root);
  for (size_t i = component_count; i < roots.size(); ++i) // renders of Astro components begin there
    for (uint32_t target : graph.modules[i].site_targets)
      if (target != no_index)
        pages[target] = true;
  project.lift_points = find_lift_points(graph, pages, plan_);
}

std::optional<ModuleText> LiftPlugin::transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) {
  Project *project = project_of(context);
  std::vector<Diagnostic> &diagnostics = context.output().diagnostics;
  PlanOptions options = plan_;
  uint32_t component = no_index;
  ModuleGraph own;
  const ModuleGraph *graph = &own;
  uint32_t number = 0;
  if (project) {
    auto known = project->numbers.find(id);
    if (known == project->numbers.end())
      return std::nullopt; // it cannot be parsed, which link() has said
    component = known->second;
    options.is_lift_point = project->lift_points[component];
  }
  if (project && code == project->graph.modules[component].facts->source->text()) {
    graph = &project->graph;
    number = component;
  } else {
    std::shared_ptr<const ModuleFacts> facts = context.facts_of_text(id, code);
    diagnostics.insert(diagnostics.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    if (facts->kind != ModuleKind::Astro || !facts->usable)
      return std::nullopt;
    own = link_modules(facts, context.modules());
    diagnostics.insert(diagnostics.end(), own.diagnostics.begin(), own.diagnostics.end());
  }

  LiftPlan plan = plan_lift_point(*graph, number, options);
  EmittedComponent emitted = emit_component(*graph, plan, emit_);
  report_plan(*graph, plan, diagnostics);
  if (project) {
    Json description = describe(*graph, number, plan, options.is_lift_point);
    if (emitted.has_companion)
      description["companion"] = emitted.companion.path.substr(context.directory().size() + 1);
    std::lock_guard lock(project->mutex);
    for (const LiftedLoader &loader : plan.lifted)
      project->lifted.insert(graph->modules[loader.module].path);
    project->manifest.emplace(component, std::move(description));
  }
  for (std::string &dependency : own.dependencies)
    context.add_dependency(std::move(dependency));
  for (UnresolvedImport &unresolved : own.unresolved)
    context.ask(std::move(unresolved));
  if (emitted.has_companion)
    context.emit_file(std::move(emitted.companion));
  if (!emitted.changed)
    return std::nullopt;
  return ModuleText{std::move(emitted.code.code), std::move(emitted.code.map)};
}

/// What the manifest says of a component.
Json LiftPlugin::describe(const ModuleGraph &graph, uint32_t number, const LiftPlan &plan, bool is_lift_point) const {
  const LinkedModule &module = graph.modules[number];
  Json json;
  json["liftPoint"] = is_lift_point;
  if (module.facts->loader)
    json["loader"] = {{"key", loader_key(module.path, plan_.root)}};
  else
    json["loader"] = nullptr;
  json["startsOwn"] = plan.starts_own;
  json["lifts"] = Json::array();
  std::set<std::string> dependencies;
  for (const LiftedLoader &loader : plan.lifted) {
    const LinkedModule &from = graph.modules[loader.module];
    dependencies.insert(display_path(plan_.root, from.path));
    json["lifts"].push_back({{"component", display_path(plan_.root, from.path)},
                             {"key", loader_key(from.path, plan_.root)},
                             {"strategy", strategy_text(loader.strategy)}});
  }
  for (uint32_t target : module.site_targets)
    if (target != no_index)
      dependencies.insert(display_path(plan_.root, graph.modules[target].path));
  json["companion"] = nullptr;
  json["dependencies"] = dependencies;
  return json;
}

void LiftPlugin::generate(HookContext &context, llvm::ArrayRef<EmittedText>) {
  Project &project = *project_of(context);
  Json components = Json::object();
  size_t loaders = 0;
  for (auto &[number, json] : project.manifest) {
    loaders += !json["loader"].is_null();
    components[project.graph.modules[number].path.substr(context.directory().size() + 1)] = std::move(json);
  }
  Json manifest;
  manifest["version"] = 1;
  manifest["generator"] = "foreload " FORELOAD_VERSION;
  manifest["components"] = std::move(components);
  context.count("loaders", loaders);
  context.count("lifted", project.lifted.size());
  context.emit_file({context.directory() + "/manifest.json",
                     manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", ""});
}

} // namespace

std::shared_ptr<Plugin> make_lift_plugin(PlanOptions plan, EmitOptions emit) {
  return std::make_shared<LiftPlugin>(std::move(plan), std::move(emit));
}

void report_unresolved(const ModuleGraph &graph, ModuleSource &modules, std::vector<Diagnostic> &diagnostics) {
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

} // namespace foreload
