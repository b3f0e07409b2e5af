#include "host/lift_plugin.h"

#include "host/host_state.h"
#include "plan/loader_key.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

/// What a build knows of its project. Complete when transforms begin, but for what a component's own transform puts down.
struct Project {
  struct Component {
    uint32_t number = 0;       ///< in the graph
    std::string description;   ///< its part of the manifest; empty: it was not transformed
    bool has_loader = false;
    std::set<std::string> lifted; ///< paths of the components whose loaders it starts
  };

  ModuleGraph graph;
  std::vector<bool> lift_points;               ///< by module
  std::map<std::string, Component> components; ///< by path; those that can be parsed
};

class LiftPlugin final : public Plugin {
public:
  LiftPlugin(PlanOptions plan, EmitOptions emit)
      : Plugin(lift_traits()), plan_(std::move(plan)), emit_(std::move(emit)) {}

  void build_start(HookContext &context) override;
  void link(HookContext &context) override;
  std::optional<ModuleText> transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) override;
  void generate(HookContext &context, llvm::ArrayRef<EmittedText> outputs) override;

private:
  static PluginTraits lift_traits() {
    PluginTraits traits;
    traits.name = "foreload:lift";
    traits.reads_modules = true;
    traits.leaves_outputs = true;
    traits[Hook::BuildStart] = traits[Hook::Generate] = HookUse();
    traits[Hook::Transform] = HookUse();
    traits[Hook::Transform]->filter.suffixes = {".astro"};
    return traits;
  }

  /// Null: files come one by one.
  static Project *project_of(HookContext &context) { return static_cast<Project *>(context.state().get()); }
  Json describe(const ModuleGraph &graph, uint32_t number, const LiftPlan &plan, bool is_lift_point) const;

  PlanOptions plan_;
  EmitOptions emit_;
};

void LiftPlugin::build_start(HookContext &context) {
  if (!context.directory().empty()) // else files come one by one
    context.state() = std::make_shared<Project>();
}

void LiftPlugin::link(HookContext &context) {
  Project &project = *project_of(context);
  std::vector<std::shared_ptr<const ModuleFacts>> roots;
  std::vector<Diagnostic> &diagnostics = context.output().diagnostics;
  for (const std::shared_ptr<const ModuleFacts> &facts : context.components()) {
    diagnostics.insert(diagnostics.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    if (!facts->usable)
      continue;
    project.components[facts->source->path().str()].number = static_cast<uint32_t>(roots.size());
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
  Project::Component *component = nullptr;
  ModuleGraph own;
  const ModuleGraph *graph = &own;
  uint32_t number = 0;
  if (project) {
    auto known = project->components.find(id.str());
    if (known == project->components.end())
      return std::nullopt; // it cannot be parsed, which link() has said
    component = &known->second;
    options.is_lift_point = project->lift_points[component->number];
  }
  if (component && code == project->graph.modules[component->number].facts->source->text()) {
    graph = &project->graph;
    number = component->number;
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
  if (component) {
    Json description = describe(*graph, number, plan, options.is_lift_point);
    if (emitted.has_companion)
      description["companion"] = emitted.companion.path.substr(context.directory().size() + 1);
    component->description = description.dump(2, ' ', false, Json::error_handler_t::replace);
    component->has_loader = !description["loader"].is_null();
    for (const LiftedLoader &loader : plan.lifted)
      component->lifted.insert(graph->modules[loader.module].path);
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
  size_t loaders = 0;
  std::set<std::string> lifted;
  std::string manifest = "{\n  \"version\": 1,\n  \"generator\": \"foreload " FORELOAD_VERSION "\",\n  \"components\": {";
  bool is_first = true;
  for (auto &[path, component] : project_of(context)->components) {
    if (component.description.empty()) // nobody waited for it
      continue;
    loaders += component.has_loader;
    lifted.insert(component.lifted.begin(), component.lifted.end());
    manifest += is_first ? "\n    " : ",\n    ";
    is_first = false;
    manifest += Json(path.substr(context.directory().size() + 1)).dump(-1, ' ', false, Json::error_handler_t::replace);
    manifest += ": ";
    for (char c : component.description) {
      manifest += c;
      if (c == '\n') // in a text it would be escaped
        manifest += "    ";
    }
  }
  manifest += is_first ? "}\n}\n" : "\n  }\n}\n";
  context.count("loaders", loaders);
  context.count("lifted", lifted.size());
  context.emit_file({context.directory() + "/manifest.json", std::move(manifest), ""});
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
