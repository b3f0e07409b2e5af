#include "host/lift_plugin.h"

#include "engine/diagnostic_codec.h"
#include "host/host_state.h"
#include "plan/loader_key.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <map>
#include <set>

namespace foreload {

constexpr ResourceKind last_of(ResourceKind) { return ResourceKind::Cache; }

template <class Archive> void fields(Archive &archive, ValueOf<SharedState> auto &value) {
  auto &[changes_state, changes_astro, has_speculative_loaders, changeable, changed, loaded] = value;
  archive(changes_state, changes_astro, has_speculative_loaders, changeable, changed, loaded);
}

namespace {

using Json = nlohmann::ordered_json;

/// What a build knows of a component, or of a document that renders some.
struct Component {
  llvm::StringRef path;                     ///< its key in Project::components
  std::shared_ptr<const ModuleFacts> facts; ///< null: it was restored, and not needed yet
  uint32_t number = no_index; ///< in the graph; no_index: it is not there
  bool is_input = false;      ///< else it is outside of the directory, and rendered by one that is in it
  bool is_document = false;
  std::vector<Component *> renders;
  std::vector<Component *> islands; ///< of these, those that are rendered in requests of their own
  bool is_rendered = false;         ///< by some other one
  bool is_lift_point = false;
  bool was_lift_point = false; ///< before the last find_lift_points()
  std::optional<std::vector<Component *>>
      points_below; ///< the lift points that it leads to if it is one; nothing: to be found

  // What its transform puts down:
  std::string description; ///< its part of the manifest; empty: it was not transformed
  bool has_loader = false;
  std::set<std::string> lifted; ///< paths of the components whose loaders it starts
};

/// What a build knows of its project. Complete when transforms begin, but for what a component's own transform puts
/// down.
///
/// If the build is kept, a change of some files' texts is followed along the imports to the components whose plans it
/// can reach. Only these are linked again, with what is around them as a summary (SharedState). That is as good as
/// linking everything if what they add to the summary is what it was; else everything is linked. Another process can
/// go on from a project that was saved. It has no facts then: they come from the cache, when somebody asks for them.
struct Project {
  ModuleGraph graph;                           ///< of what is to be transformed, and what that renders
  std::map<std::string, Component> components; ///< by path; those that can be parsed
  SharedState shared;                          ///< of all
  llvm::StringMap<llvm::StringSet<>> importers;
  llvm::StringMap<std::shared_ptr<const ModuleFacts>> files;  ///< that were linked; null as in Component
  std::map<std::string, std::vector<Diagnostic>> diagnostics; ///< by file: what linking has to say
  std::vector<Diagnostic> unusable;                           ///< of the components that cannot be parsed
  std::atomic<bool> is_manifest_new = false;
  size_t loaders = 0, lifted = 0; ///< as in the manifest
  bool has_lost = false;          ///< the cache did not have what somebody has asked for

  Component &at(const std::string &path) {
    auto known = components.try_emplace(path).first;
    known->second.path = known->first;
    return known->second;
  }
  /// Null: it is no file that was linked, or lost.
  std::shared_ptr<const ModuleFacts> facts_as_linked(HookContext &context, llvm::StringRef path) {
    auto linked = files.find(path);
    if (linked == files.end())
      return nullptr;
    if (!linked->second)
      linked->second = context.facts_before(path);
    has_lost |= !linked->second;
    return linked->second;
  }
};

/// The modules as they were linked last. Of those that have changed, it gives what they are now if it is asked to.
/// Others may have changed, too, but nobody has told of that yet, and then it will be compared with what was linked.
class LinkedModules final : public ModuleSource {
public:
  LinkedModules(HookContext &context, Project &project, const std::set<std::string> *changed)
      : context_(context), project_(project), modules_(context.modules()), changed_(changed) {}

  std::shared_ptr<const ModuleFacts> facts(llvm::StringRef path, std::string &error) override {
    bool is_new = !project_.files.count(path) || (changed_ && changed_->contains(path.str()));
    return is_new ? modules_.facts(path, error) : project_.facts_as_linked(context_, path);
  }
  ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer) override {
    return modules_.resolve(specifier, importer);
  }
  std::string case_hint(llvm::StringRef specifier, llvm::StringRef importer) override {
    return modules_.case_hint(specifier, importer);
  }
  std::string import_scope(llvm::StringRef path) override { return modules_.import_scope(path); }
  bool is_loader_imported(llvm::StringRef path) override { return modules_.is_loader_imported(path); }

private:
  HookContext &context_;
  Project &project_;
  ModuleSource &modules_;
  const std::set<std::string> *changed_;
};

using Roots = std::vector<std::shared_ptr<const ModuleFacts>>;

class LiftPlugin final : public Plugin {
public:
  LiftPlugin(PlanOptions plan, EmitOptions emit)
      : Plugin(lift_traits()), plan_(std::move(plan)), emit_(std::move(emit)) {}

  void build_start(HookContext &context) override;
  void link(HookContext &context) override;
  void save(HookContext &context, ArchiveWriter &archive) override;
  bool restore(HookContext &context, ArchiveReader &archive) override;
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
  void link_all(HookContext &context, Project &project) const;
  /// False: what the change means for other components cannot be told from what it reaches.
  bool link_changed(HookContext &context, Project &project, BuildChange &change) const;
  /// The components of a graph that are outside of the directory.
  static std::set<std::string> outsiders(const Project &project, const ModuleGraph &graph);
  /// Takes \p graph, and puts its components in their places in it, with what they render.
  static void place(Project &project, ModuleGraph graph);
  void find_lift_points(HookContext &context, Project &project) const;
  const std::vector<Component *> &points_below(HookContext &context, Project &project, Component &component) const;
  static std::vector<Diagnostic> link_diagnostics(const ModuleGraph &graph, ModuleSource &modules);
  static std::string script_diagnostics(const ModuleGraph &graph, ModuleSource &modules);
  static void report_links(HookContext &context, Project &project, bool is_whole);
  std::string manifest(HookContext &context, Project &project) const;
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
  BuildChange *change = context.change();
  if (!change || !link_changed(context, project, *change)) {
    if (change)
      change->is_wide = true;
    if (context.is_restored())
      return;
    link_all(context, project);
  }
  for (const Diagnostic &diagnostic : project.unusable)
    context.report(diagnostic);
  for (const auto &[file, diagnostics] : project.diagnostics)
    for (const Diagnostic &diagnostic : diagnostics)
      context.report(diagnostic);
}

void LiftPlugin::link_all(HookContext &context, Project &project) const {
  project.components.clear();
  project.diagnostics.clear();
  project.unusable.clear();
  project.is_manifest_new = true;
  Roots roots;
  for (const std::shared_ptr<const ModuleFacts> &facts : context.components()) {
    if (facts->usable) {
      project.at(facts->source->path().str()).is_input = true;
      roots.push_back(facts);
    } else {
      project.unusable.insert(project.unusable.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    }
  }
  for (const std::shared_ptr<const ModuleFacts> &facts : context.documents()) {
    Component &document = project.at(facts->source->path().str());
    document.is_input = document.is_document = true;
    roots.push_back(facts);
  }
  ModuleGraph graph = link_modules(roots, context.modules(), {.around = nullptr, .notes_importers = context.is_kept()});
  project.shared = std::move(graph.shared);
  project.importers = std::move(graph.importers);
  project.files = std::move(graph.files);
  place(project, std::move(graph));
  find_lift_points(context, project);
  report_links(context, project, /*is_whole=*/true);
}

bool LiftPlugin::link_changed(HookContext &context, Project &project, BuildChange &change) const {
  if (change.is_wide)
    return false;
  // It may have changed before it was linked, and been told of now: others that render it know it already.
  for (const Diagnostic &diagnostic : project.unusable)
    if (change.files.contains(diagnostic.file))
      return false;
  std::set<std::string> reached; // by way of the imports
  std::vector<std::string> queue;
  auto reach = [&](const std::string &file) {
    if (reached.insert(file).second)
      queue.push_back(file);
  };
  for (const std::string &file : change.files)
    reach(file);
  while (!queue.empty()) {
    std::string file = std::move(queue.back());
    queue.pop_back();
    if (auto importers = project.importers.find(file); importers != project.importers.end())
      for (const auto &importer : importers->second)
        reach(importer.first().str());
  }
  // Most of a project is linked faster as a whole, from facts that several threads have read.
  if (context.is_restored() && reached.size() > 64 + project.components.size() / 8)
    return false;

  Roots before, after;
  LinkedModules as_linked(context, project, nullptr), as_changed(context, project, &change.files);
  std::vector<Component *> touched;
  for (const std::string &path : reached) {
    auto known = project.components.find(path);
    if (known == project.components.end()) {
      if (is_component_path(path) && change.files.contains(path)) // it could not be parsed
        return false;
      continue;
    }
    std::string error;
    before.push_back(as_linked.facts(path, error));
    after.push_back(as_changed.facts(path, error));
    if (!before.back() || !before.back()->usable || !after.back() || !after.back()->usable)
      return false;
    touched.push_back(&known->second);
  }
  ModuleGraph graph_before = link_modules(before, as_linked, {.around = &project.shared});
  ModuleGraph graph = link_modules(after, as_changed, {.around = &project.shared, .notes_importers = true});
  // Components outside of the directory come and go with those that render them.
  if (graph.shared != graph_before.shared || outsiders(project, graph) != outsiders(project, graph_before))
    return false;
  // What is said of a script depends on all who import it.
  if (script_diagnostics(graph, as_changed) != script_diagnostics(graph_before, as_linked))
    return false;

  for (const auto &file : graph.importers)
    for (const auto &importer : file.second)
      project.importers[file.first()].insert(importer.first());
  for (const auto &file : graph.files)
    project.files[file.first()] = file.second;
  for (Component *component : touched)
    component->points_below.reset();
  place(project, std::move(graph));
  find_lift_points(context, project);

  // Once more, with all that is to be transformed, and in the order of a build from nothing: what depends on it is the
  // same.
  auto facts_of = [&](const std::string &path) {
    Component &component = project.components.at(path);
    if (!component.facts)
      component.facts = project.facts_as_linked(context, path);
    return component.facts;
  };
  Roots turned;
  for (Component *component : touched)
    change.again.insert(component->path.str());
  for (auto &[path, component] : project.components)
    if (component.is_lift_point != component.was_lift_point && change.again.insert(path).second)
      turned.push_back(facts_of(path));
  if (project.has_lost)
    return false;
  std::set<std::string> wanted;
  for (const LinkedModule &module : project.graph.modules)
    wanted.insert(module.path);
  for (const LinkedModule &module : link_modules(turned, as_linked, {.around = &project.shared}).modules)
    wanted.insert(module.path);
  Roots components, documents;
  for (const std::string &path : wanted)
    if (const Component &component = project.components.at(path); component.is_input)
      (component.is_document ? documents : components).push_back(facts_of(path));
  if (project.has_lost)
    return false;
  components.insert(components.end(), documents.begin(), documents.end());
  place(project, link_modules(components, as_linked, {.around = &project.shared}));
  report_links(context, project, /*is_whole=*/false);
  return !project.has_lost;
}

std::set<std::string> LiftPlugin::outsiders(const Project &project, const ModuleGraph &graph) {
  std::set<std::string> paths;
  for (const LinkedModule &module : graph.modules) {
    auto known = project.components.find(module.path);
    if (known == project.components.end() || !known->second.is_input)
      paths.insert(module.path);
  }
  return paths;
}

void LiftPlugin::place(Project &project, ModuleGraph graph) {
  for (const LinkedModule &module : project.graph.modules)
    if (auto known = project.components.find(module.path); known != project.components.end())
      known->second.number = no_index;
  project.graph = std::move(graph);
  std::vector<Component *> by_number;
  for (uint32_t number = 0; number < project.graph.modules.size(); ++number) {
    const LinkedModule &module = project.graph.modules[number];
    Component &component = *by_number.emplace_back(&project.at(module.path));
    component.facts = module.facts;
    component.number = number;
    component.renders.clear();
    component.islands.clear();
  }
  for (uint32_t number = 0; number < by_number.size(); ++number) {
    const LinkedModule &module = project.graph.modules[number];
    for (uint32_t site = 0; site < module.site_targets.size(); ++site)
      if (uint32_t target = module.site_targets[site]; target != no_index) {
        by_number[number]->renders.push_back(by_number[target]);
        if (module.facts->sites[site].is_island)
          by_number[number]->islands.push_back(by_number[target]);
      }
  }
}

/// The components that renders start from: pages, what documents render, islands, what nothing else renders; and what
/// the program of such a one leaves out, as it starts where it renders.
void LiftPlugin::find_lift_points(HookContext &context, Project &project) const {
  std::vector<Component *> queue;
  auto add = [&](Component *component) {
    if (!std::exchange(component->is_lift_point, true))
      queue.push_back(component);
  };
  for (auto &[path, component] : project.components) {
    component.was_lift_point = std::exchange(component.is_lift_point, false);
    component.is_rendered = false;
  }
  for (auto &[path, component] : project.components)
    for (Component *target : component.renders)
      target->is_rendered |= target != &component;
  for (auto &[path, component] : project.components) {
    if (!component.is_rendered || is_page(path, plan_.root))
      add(&component);
    for (Component *target : component.is_document ? component.renders : component.islands)
      add(target);
  }
  for (size_t next = 0; next < queue.size(); ++next)
    for (Component *component : points_below(context, project, *queue[next]))
      add(component);
}

const std::vector<Component *> &LiftPlugin::points_below(HookContext &context, Project &project,
                                                         Component &component) const {
  if (component.points_below)
    return *component.points_below;
  ModuleGraph own;
  bool is_placed = component.number != no_index;
  if (!is_placed) {
    LinkedModules as_linked(context, project, nullptr);
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = as_linked.facts(component.path, error);
    if (!facts)
      return component.points_below.emplace();
    own = link_modules(facts, as_linked, {.around = &project.shared});
  }
  const ModuleGraph &graph = is_placed ? project.graph : own;
  component.points_below.emplace();
  for (uint32_t number : lift_points_below(graph, is_placed ? component.number : 0, plan_))
    component.points_below->push_back(&project.components.at(graph.modules[number].path));
  return *component.points_below;
}

std::vector<Diagnostic> LiftPlugin::link_diagnostics(const ModuleGraph &graph, ModuleSource &modules) {
  std::vector<Diagnostic> diagnostics = graph.diagnostics;
  report_unresolved(graph, modules, diagnostics);
  return diagnostics;
}

/// What linking says of other files than those in the graph, to be compared.
std::string LiftPlugin::script_diagnostics(const ModuleGraph &graph, ModuleSource &modules) {
  ArchiveWriter said;
  for (const Diagnostic &diagnostic : link_diagnostics(graph, modules))
    if (std::binary_search(graph.dependencies.begin(), graph.dependencies.end(), diagnostic.file))
      said(diagnostic);
  return said.take();
}

/// Notes what there is to say about the files in the graph, in place of what was said before. \p is_whole: and about
/// what these import.
void LiftPlugin::report_links(HookContext &context, Project &project, bool is_whole) {
  const ModuleGraph &graph = project.graph;
  std::vector<Diagnostic> diagnostics = link_diagnostics(graph, context.modules());
  std::set<std::string> own;
  for (const LinkedModule &module : graph.modules) {
    own.insert(module.path);
    project.diagnostics.erase(module.path);
    if (const Component &component = project.components.at(module.path); component.is_input && !component.is_document)
      diagnostics.insert(diagnostics.end(), module.facts->diagnostics.begin(), module.facts->diagnostics.end());
  }
  for (Diagnostic &diagnostic : diagnostics)
    if (is_whole || own.contains(diagnostic.file))
      project.diagnostics[diagnostic.file].push_back(std::move(diagnostic));
}

std::optional<ModuleText> LiftPlugin::transform(HookContext &context, llvm::StringRef id, llvm::StringRef code) {
  Project *project = project_of(context);
  std::vector<Diagnostic> &diagnostics = context.output().diagnostics;
  PlanOptions options = plan_;
  Component *component = nullptr;
  ModuleGraph own;
  const ModuleGraph *graph = &own;
  uint32_t number = 0;
  if (project) {
    auto known = project->components.find(id.str());
    if (known == project->components.end())
      return std::nullopt; // it cannot be parsed, which link() has said
    component = &known->second;
    options.is_lift_point = component->is_lift_point;
  }
  if (component && code == project->graph.modules[component->number].facts->source->text()) {
    graph = &project->graph;
    number = component->number;
  } else {
    std::shared_ptr<const ModuleFacts> facts = context.facts_of_text(id, code);
    diagnostics.insert(diagnostics.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    if (facts->kind != ModuleKind::Astro || !facts->usable)
      return std::nullopt;
    context.read_ahead(*facts);
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
    std::string text = description.dump(2, ' ', false, Json::error_handler_t::replace);
    if (text != component->description)
      project->is_manifest_new = true;
    component->description = std::move(text);
    component->has_loader = !description["loader"].is_null();
    component->lifted.clear();
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

void LiftPlugin::save(HookContext &context, ArchiveWriter &archive) {
  const Project &project = *project_of(context);
  std::vector<llvm::StringRef> paths;
  llvm::StringMap<uint32_t> numbers; // of the paths
  auto number_of = [&](llvm::StringRef path) {
    auto [at, is_new] = numbers.try_emplace(path, static_cast<uint32_t>(paths.size()));
    if (is_new)
      paths.push_back(at->first());
    return at->second;
  };
  auto numbers_of = [&](const std::vector<Component *> &components) {
    std::vector<uint32_t> result;
    for (const Component *component : components)
      result.push_back(number_of(component->path));
    return result;
  };
  for (const auto &[path, component] : project.components) // the first of all
    number_of(path);
  ArchiveWriter body;
  body(project.components.size());
  for (const auto &[path, component] : project.components) {
    std::optional<std::vector<uint32_t>> below;
    if (component.points_below)
      below = numbers_of(*component.points_below);
    body(component.is_input, component.is_document, component.is_lift_point, numbers_of(component.renders),
         numbers_of(component.islands), below, component.description, component.has_loader, component.lifted);
  }
  std::vector<uint32_t> files;
  for (const auto &file : project.files)
    files.push_back(number_of(file.first()));
  std::vector<std::pair<uint32_t, std::vector<uint32_t>>> importers;
  for (const auto &file : project.importers) {
    auto &[number, those] = importers.emplace_back(number_of(file.first()), std::vector<uint32_t>());
    for (const auto &importer : file.second)
      those.push_back(number_of(importer.first()));
  }
  std::vector<std::pair<std::string, std::vector<Diagnostic>>> diagnostics(project.diagnostics.begin(),
                                                                          project.diagnostics.end());
  body(files, importers, project.shared, diagnostics, project.unusable, project.loaders, project.lifted);
  archive(paths, body.bytes());
}

bool LiftPlugin::restore(HookContext &context, ArchiveReader &archive) {
  Project &project = *project_of(context);
  std::vector<llvm::StringRef> paths;
  llvm::StringRef bytes;
  archive(paths, bytes);
  ArchiveReader body(bytes);
  size_t count = 0;
  body(count);
  if (count > paths.size())
    return false;
  std::vector<Component *> components;
  for (llvm::StringRef path : llvm::ArrayRef<llvm::StringRef>(paths).take_front(count))
    components.push_back(&project.at(path.str()));
  auto take = [&](const std::vector<uint32_t> &numbers) {
    std::vector<Component *> result;
    for (uint32_t number : numbers)
      number < count ? result.push_back(components[number]) : body.fail();
    return result;
  };
  for (Component *component : components) {
    std::vector<uint32_t> renders, islands;
    std::optional<std::vector<uint32_t>> below;
    body(component->is_input, component->is_document, component->is_lift_point, renders, islands, below,
         component->description, component->has_loader, component->lifted);
    component->renders = take(renders);
    component->islands = take(islands);
    if (below)
      component->points_below = take(*below);
  }
  std::vector<uint32_t> files;
  std::vector<std::pair<uint32_t, std::vector<uint32_t>>> importers;
  std::vector<std::pair<std::string, std::vector<Diagnostic>>> diagnostics;
  body(files, importers, project.shared, diagnostics, project.unusable, project.loaders, project.lifted);
  auto path_of = [&](uint32_t number) {
    if (number >= paths.size())
      body.fail();
    return number < paths.size() ? paths[number] : llvm::StringRef();
  };
  for (uint32_t file : files)
    project.files.try_emplace(path_of(file), nullptr);
  for (const auto &[file, those] : importers) {
    llvm::StringSet<> &known = project.importers[path_of(file)];
    for (uint32_t importer : those)
      known.insert(path_of(importer));
  }
  for (auto &[file, those] : diagnostics)
    project.diagnostics.emplace(std::move(file), std::move(those));
  return body.is_complete();
}

void LiftPlugin::generate(HookContext &context, llvm::ArrayRef<EmittedText>) {
  Project &project = *project_of(context);
  if (project.is_manifest_new.exchange(false))
    context.emit_file({context.directory() + "/manifest.json", manifest(context, project), ""});
  context.count("loaders", project.loaders);
  context.count("lifted", project.lifted);
}

std::string LiftPlugin::manifest(HookContext &context, Project &project) const {
  std::set<std::string> lifted;
  project.loaders = 0;
  std::string text = "{\n  \"version\": 1,\n  \"generator\": \"foreload " FORELOAD_VERSION "\",\n  \"components\": {";
  bool is_first = true;
  for (auto &[path, component] : project.components) {
    if (component.description.empty())
      continue;
    project.loaders += component.has_loader;
    lifted.insert(component.lifted.begin(), component.lifted.end());
    text += is_first ? "\n    " : ",\n    ";
    is_first = false;
    text += Json(path.substr(context.directory().size() + 1)).dump(-1, ' ', false, Json::error_handler_t::replace);
    text += ": ";
    for (char c : component.description) {
      text += c;
      if (c == '\n') // in a string it would be escaped
        text += "    ";
    }
  }
  for (const std::string &path : lifted) // those of packages are not among the components
    if (auto known = project.components.find(path); known == project.components.end() || known->second.description.empty())
      ++project.loaders;
  project.lifted = lifted.size();
  return text + (is_first ? "}\n}\n" : "\n  }\n}\n");
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
    std::string hint = modules.case_hint(unresolved.specifier, unresolved.importer);
    if (hint.empty() && !is_path)
      hint = "aliases are read from tsconfig.json; packages have to be installed";
    diagnostics.push_back(diagnose(*importer->source, at, 5001,
                                   is_path && !is_markdown ? Severity::Error : Severity::Warning,
                                   "'" + unresolved.specifier + "' was not found", std::move(hint)));
  }
}

} // namespace foreload
