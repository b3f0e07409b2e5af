// `foreload explain`: the component tree with a verdict for each loader.
#include "host/host_state.h"
#include "host/lift_plugin.h"
#include "host/load_names.h"
#include "plan/conflicts.h"
#include "plan/loader_key.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

#include <cassert>

namespace foreload {

namespace {

using Json = nlohmann::ordered_json;

const char *certainty_text(Certainty certainty) {
  switch (certainty) {
  case Certainty::Must:
    return "must";
  case Certainty::May:
    return "may";
  case Certainty::Never:
    return "never";
  }
  return "";
}

Json place_json(const SourceFile &source, Span span) {
  Position at = source.position(span.begin);
  return {{"line", at.line}, {"column", at.column}};
}

/// A code, a reason and a place, as far as there are any.
void add_doubt(Json &json, const Doubt &doubt, const SourceFile &source) {
  if (doubt.code != 0)
    json["code"] = "FL" + std::to_string(doubt.code);
  if (!doubt.text.empty())
    json["reason"] = doubt.text;
  if (!doubt.span.empty())
    json["at"] = place_json(source, doubt.span);
}

/// Where the lift point calls for loaders, and what delays that.
Json start_json(const SourceFile &source, const LiftEntry &entry) {
  Json json = place_json(source, {entry.at, entry.at});
  if (entry.delayed_by.code != 0) {
    json["code"] = "FL" + std::to_string(entry.delayed_by.code);
    json["reason"] = entry.delayed_by.text;
  }
  return json;
}

/// Code as it is shown in a sentence: one line, not too long.
std::string quoted(llvm::StringRef code) {
  std::string text;
  while (!code.empty()) {
    auto [line, more] = code.split('\n');
    text += (text.empty() ? "" : " ") + line.trim().str();
    code = more;
  }
  constexpr size_t limit = 60;
  if (text.size() > limit) {
    size_t end = limit;
    while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) // not inside of a character
      --end;
    text = text.substr(0, end) + "…";
  }
  return "`" + text + "`";
}

std::string quoted(const ModuleFacts &facts, uint32_t code) {
  return quoted(facts.source->text(facts.codes[code].text));
}

/// The list of a callback: `posts` of `posts.map(`, `{ length: 3 }` of `Array.from({ length: 3 },`.
llvm::StringRef list_of(llvm::StringRef head) {
  head = head.rtrim();
  if (head.consume_front("Array.from("))
    return head.rtrim(", \n").ltrim();
  head = head.rtrim("( \n");
  if (size_t dot = head.rfind('.'); dot != llvm::StringRef::npos)
    head = head.take_front(dot).rtrim("? \n");
  return head;
}

std::string condition_text(const ModuleFacts &facts, const LiftCondition &condition) {
  if (condition.kind == LiftCondition::Kind::Guard)
    return "unless " + quoted(facts, condition.index);
  const RenderNode &node = facts.render[condition.index];
  switch (condition.kind) {
  case LiftCondition::Kind::Branch:
    switch (node.test) {
    case RenderNode::Test::Truthy:
      return "if " + quoted(facts, node.index);
    case RenderNode::Test::Falsy:
      return "unless " + quoted(facts, node.index);
    case RenderNode::Test::Nullish:
      return "if " + quoted(facts, node.index) + " is null or undefined";
    case RenderNode::Test::Equals:
      return "if " + quoted(facts, node.index) + " is " + quoted(facts, node.operand);
    }
    break;
  case LiftCondition::Kind::Each: {
    const CallbackFact &callback = facts.callbacks[node.index];
    return callback.head == no_index
               ? "in a function that may return before"
               : "for each of " + quoted(list_of(facts.source->text(facts.codes[callback.head].text)));
  }
  case LiftCondition::Kind::Content: {
    const ContentFact &content = facts.contents[node.index];
    return "if <" + facts.sites[content.site].tag + "> renders its slot '" + content.slot + "'";
  }
  case LiftCondition::Kind::Slot:
    return "if the slot '" + facts.slots[node.index].name + "' is empty";
  case LiftCondition::Kind::Guard:
    break;
  }
  return {};
}

class Explainer {
public:
  Explainer(const ModuleGraph &graph, const LiftPlan &plan, const PlanOptions &plan_options, const HostOptions &options,
            llvm::function_ref<std::string(llvm::StringRef)> display)
      : graph_(graph), plan_(plan), schedule_(schedule_loads(graph, plan, plan_options)), options_(options),
        display_(display) {
    for (const LiftEntry &entry : plan.entries)
      find_calls(entry, entry.steps);
  }

  Json tree() {
    // Children follow their parents in the list, so going backwards every child is complete when it is attached.
    std::vector<Json> trees(plan_.nodes.size());
    for (size_t i = plan_.nodes.size(); i-- > 0;) {
      const PlanNode &node = plan_.nodes[i];
      Json children = trees[i].is_null() ? Json::array() : std::move(trees[i]["children"]);
      std::reverse(children.begin(), children.end());
      trees[i] = node_json(node);
      trees[i]["children"] = std::move(children);
      if (node.parent != no_index)
        trees[node.parent]["children"].push_back(std::move(trees[i]));
    }
    return std::move(trees[0]);
  }

  /// The order of all loads; null for a tree that is too large.
  Json schedule() const {
    std::optional<Schedule> plain = schedule_plain_loads(graph_, plan_);
    if (!schedule_ || !plain)
      return {};
    Json json;
    json["waves"] = Json::array();
    for (const ScheduledLoad &load : schedule_->loads) {
      while (json["waves"].size() <= load.wave)
        json["waves"].push_back(Json::array());
      Json &wave = json["waves"][load.wave];
      std::string key = key_of(graph_, load, options_.root);
      if (std::find(wave.begin(), wave.end(), key) == wave.end()) // runs with other props
        wave.push_back(std::move(key));
    }
    json["criticalPath"] = Json::array();
    json["repeated"] = Json::array();
    for (uint32_t number : schedule_->critical_path)
      json["criticalPath"].push_back(load_json(number));
    for (uint32_t number : schedule_->repeated) {
      Json load = load_json(number);
      if (std::find(json["repeated"].begin(), json["repeated"].end(), load) == json["repeated"].end())
        json["repeated"].push_back(std::move(load));
    }
    json["plainDepth"] = plain->critical_path.size();
    json["plainIsRepeated"] = !plain->repeated.empty();
    return json;
  }

  /// What several do to the same thing, so that their order shows; null if there is nothing of the kind.
  Json conflicts() const {
    if (graph_.resources.empty())
      return {};
    EffectConflicts conflicts(graph_, plan_.module, is_page(graph_.modules[plan_.module].path, options_.root));
    Json list;
    for (const Conflict &conflict : conflicts.all()) {
      const Resource &resource = graph_.resources[conflict.resource];
      bool is_file = llvm::sys::path::is_absolute(resource.module);
      Json json{{"resource", resource_text(resource, is_file ? display_(resource.module) : resource.module)}};
      for (const ConflictSide &side : conflict.sides) {
        const LinkedModule &module = graph_.modules[side.module];
        Json use{{"component", display_(module.path)},
                 {"by", side.is_loader ? "loader" : "render"},
                 {"does", effect_text(side.use->does)}};
        use["at"] = place_json(*side.use->source, side.use->at);
        use["at"]["file"] = display_(side.use->source->path());
        if (side.is_loader)
          use["keepsPlace"] = (side.module == plan_.module ? conflicts.own_deferral() : conflicts.deferral(side.module))
                                  .certainty != Certainty::Must;
        json["uses"].push_back(std::move(use));
      }
      list.push_back(std::move(json));
    }
    return list;
  }

private:
  Json load_json(uint32_t number) const {
    const ScheduledLoad &load = schedule_->loads[number];
    Json json{{"key", key_of(graph_, load, options_.root)}, {"file", display_(path_of(graph_, load))}};
    if (const ModuleFacts *component = component_of(graph_, load))
      json.update(place_json(*component->source, load.await == no_index
                                                     ? component->loader->span
                                                     : component->implicit_loaders[load.await].expression));
    else
      json["name"] = name_of(graph_, load);
    return json;
  }

  Json node_json(const PlanNode &node) {
    Json json;
    const RenderSite *site = nullptr;
    const SourceFile *site_source = nullptr;
    if (node.site != no_index) {
      const ModuleFacts &parent = *graph_.modules[plan_.nodes[node.parent].module].facts;
      site = &parent.sites[node.site];
      site_source = parent.source.get();
    }
    assert(site || node.module != no_index); // the lift point itself is a component
    json["component"] = node.module == no_index ? "<" + site->tag + ">" : display_(graph_.modules[node.module].path);
    json["known"] = node.module != no_index;
    json["loader"] = node.module == no_index ? Json() : loader_json(node);
    if (node.module != no_index && !graph_.modules[node.module].facts->implicit_loaders.empty())
      json["awaits"] = awaits_json(node);
    if (json["loader"].is_object())
      add_start(json["loader"], static_cast<size_t>(&node - plan_.nodes.data()));
    if (site) {
      Json at = place_json(*site_source, site->span);
      at["certainty"] = certainty_text(node.doubt.certainty);
      if (node.doubt.code != 0)
        at["code"] = "FL" + std::to_string(node.doubt.code);
      if (!node.doubt.text.empty())
        at["reason"] = node.doubt.text;
      for (const LiftCondition &condition : node.conditions)
        at["conditions"].push_back(condition_text(*graph_.modules[plan_.nodes[node.parent].module].facts, condition));
      json["site"] = std::move(at);
    }
    json["seen"] = node.seen;
    return json;
  }

  /// The last call in the lift point's frontmatter that starts loaders of the component of \p node; null: none does.
  const LiftEntry *entry_of(const PlanNode &node) const {
    const PlanNode *at = &node; // up to what the lift point itself renders
    while (at->parent != no_index && plan_.nodes[at->parent].parent != no_index)
      at = &plan_.nodes[at->parent];
    auto entry = entries_.find(at->site);
    return entry == entries_.end() ? nullptr : entry->second;
  }

  void find_calls(const LiftEntry &entry, const std::vector<LiftStep> &steps) {
    for (const LiftStep &step : steps) {
      if (step.kind == LiftStep::Kind::Call)
        entries_[step.index] = &entry;
      find_calls(entry, step.steps);
      for (const LiftStep::Content &content : step.contents)
        find_calls(entry, content.steps);
    }
  }

  /// When the loader of a node starts.
  void add_start(Json &json, size_t node) {
    uint32_t number = schedule_ ? schedule_->load_of_node[node] : no_index;
    if (number == no_index)
      return;
    const ScheduledLoad &load = schedule_->loads[number];
    json["wave"] = load.wave;
    if (load.waits_for != no_index)
      json["waitsFor"] = display_(path_of(graph_, schedule_->loads[load.waits_for]));
  }

  Json loader_json(const PlanNode &node) {
    const LinkedModule &module = graph_.modules[node.module];
    const ModuleFacts &facts = *module.facts;
    if (!facts.loader)
      return Json();
    Json json;
    json["key"] = loader_key(module.path, options_.root);
    switch (node.verdict) {
    case Verdict::None:
      json["verdict"] = "unused";
      add_doubt(json, {Certainty::May, 2006, facts.loader->span, "its data is never asked for"}, *facts.source);
      break;
    case Verdict::Own:
      json["verdict"] = "own";
      json["startsEarly"] = plan_.starts_own;
      break;
    case Verdict::Lifted:
      json["verdict"] = "lifted";
      json["strategy"] = strategy_text(node.strategy);
      if (node.strategy == Strategy::Reference)
        add_doubt(json, reference_reason(graph_, node.module, plan_.module), *facts.source);
      json["liftedBy"] = display_(graph_.modules[plan_.module].path);
      if (const LiftEntry *entry = entry_of(node);
          entry && entry != plan_.entries.data() && entry->delayed_by.code != 0) // what delays the first delays all
        json["delayed"] = start_json(*graph_.modules[plan_.module].facts->source, *entry);
      break;
    case Verdict::Deferred:
      json["verdict"] = "deferred";
      json["strategy"] = "defer";
      add_doubt(json, node.why, *graph_.modules[node.why_module].facts->source);
      if (node.why_module != node.module && !node.why.span.empty())
        json["at"]["file"] = display_(graph_.modules[node.why_module].path);
      break;
    }
    json["declared"] = place_json(*facts.source, facts.loader->span);
    json["loads"] = loads_json(module.loader_node, module.path);
    return json;
  }

  /// The awaits of a component that are loaders.
  Json awaits_json(const PlanNode &node) {
    const ModuleFacts &facts = *graph_.modules[node.module].facts;
    Json awaits = Json::array();
    for (uint32_t i = 0; i < facts.implicit_loaders.size(); ++i) {
      Json json;
      json["awaited"] = quoted(facts, facts.implicit_loaders[i].code);
      json["declared"] = place_json(*facts.source, facts.implicit_loaders[i].expression);
      Known known;
      if (node.function != no_index)
        known = plan_.functions[node.function].awaits[i];
      else
        known.doubt = {Certainty::May, node.doubt.code, {}, node.doubt.text};
      bool is_own = node.site == no_index;
      json["verdict"] = is_own ? "own" : known.is_known() ? "lifted" : "deferred";
      if (is_own)
        json["startsEarly"] = known.is_known();
      else if (known.is_known())
        json["liftedBy"] = display_(graph_.modules[plan_.module].path);
      if (!known.is_known() && known.doubt.code != 0) {
        uint32_t module = known.module == no_index ? node.module : known.module;
        add_doubt(json, known.doubt, *graph_.modules[module].facts->source);
        if (module != node.module && !known.doubt.span.empty())
          json["at"]["file"] = display_(graph_.modules[module].path);
      }
      for (uint32_t other = 0; other < i; ++other)
        if ((known.data & implicit_run(other)) != 0 && known.is_known())
          json["after"].push_back(place_json(*facts.source, facts.implicit_loaders[other].expression));
      awaits.push_back(std::move(json));
    }
    return awaits;
  }

  /// The loaders that the loader of \p component loads by its context.
  Json loads_json(uint32_t loader, llvm::StringRef component) {
    Json loads = Json::array();
    if (loader == no_index)
      return loads;
    const LoaderGraph &loaders = graph_.loaders;
    const SourceFile &source = *loaders.nodes[loader].facts->source;
    for (const LoaderEdge &edge : loaders.edges[loader]) {
      const LoaderNode &target = loaders.nodes[edge.target];
      Json json;
      json["loader"] = loader_name(target);
      json["file"] = display_(target.facts->source->path());
      json["certain"] = edge.is_certain;
      json["at"] = place_json(source, edge.span);
      if (source.path() != component) // the loader is written in another file
        json["at"]["file"] = display_(source.path());
      loads.push_back(std::move(json));
    }
    return loads;
  }

  const ModuleGraph &graph_;
  const LiftPlan &plan_;
  const std::optional<Schedule> schedule_;
  const HostOptions &options_;
  llvm::function_ref<std::string(llvm::StringRef)> display_;
  std::map<uint32_t, const LiftEntry *> entries_; ///< by render site of the lift point: the last that calls for it
};

/// What a Markdown file renders: each component is a lift point of its own.
class MarkdownExplainer {
public:
  MarkdownExplainer(const ModuleGraph &graph, const HostOptions &options, const PlanOptions &plan_options,
                    llvm::function_ref<std::string(llvm::StringRef)> display)
      : graph_(graph), options_(options), plan_options_(plan_options), display_(display) {}

  Json tree() {
    const LinkedModule &file = graph_.modules[0];
    Json root = node(display_(file.path));
    for (uint32_t i = 0; i < file.facts->sites.size(); ++i)
      root["children"].push_back(child(file.facts->sites[i], file.site_targets[i]));
    return root;
  }

  std::vector<LiftPlan> plans; ///< of the components that were met

private:
  static Json node(std::string component) {
    Json json;
    json["component"] = std::move(component);
    json["known"] = true;
    json["loader"] = nullptr;
    json["seen"] = false;
    json["children"] = Json::array();
    return json;
  }

  Json child(const RenderSite &site, uint32_t target) {
    bool is_known = target != no_index;
    bool is_new = is_known && seen_.insert(target).second;
    Json json;
    if (is_new) {
      plans.push_back(plan_lift_point(graph_, target, plan_options_, true));
      json = Explainer(graph_, plans.back(), plan_options_, options_, display_).tree();
    } else {
      json = node(is_known ? display_(graph_.modules[target].path) : "<" + site.tag + ">");
      json["known"] = is_known;
      json["seen"] = is_known;
    }
    const SourceFile &source = *graph_.modules[0].facts->source;
    Json at = place_json(source, site.span);
    at["certainty"] = certainty_text(site.doubt.certainty);
    Json doubt;
    add_doubt(doubt, {site.doubt.certainty, site.doubt.code, {}, site.doubt.text}, source);
    if (!doubt.is_null())
      at.update(doubt);
    if (site.doubt.certainty == Certainty::Must)
      at["slots"] = {"default"}; // a layout gets all that the file renders
    json["site"] = std::move(at);
    return json;
  }

  const ModuleGraph &graph_;
  const HostOptions &options_;
  const PlanOptions &plan_options_;
  llvm::function_ref<std::string(llvm::StringRef)> display_;
  llvm::DenseSet<uint32_t> seen_; ///< modules
};

} // namespace

ExplainResult Host::explain(llvm::StringRef id) {
  ExplainResult result;
  std::string error;
  std::shared_ptr<const ModuleFacts> facts = state_->modules.facts(id, error);
  Json json;
  json["file"] = state_->display_path(id);
  json["tree"] = nullptr;
  Json schedule, conflicts;
  if (!facts) {
    Diagnostic diagnostic;
    diagnostic.code = 9001;
    diagnostic.file = id.str();
    diagnostic.message = "the file could not be read: " + error;
    result.diagnostics.push_back(std::move(diagnostic));
  } else if (facts->kind == ModuleKind::Script || !facts->usable) {
    result.diagnostics = facts->diagnostics;
  } else {
    ModuleGraph graph = link_modules(facts, state_->modules);
    auto display = [&](llvm::StringRef path) { return state_->display_path(path); };
    PlanOptions plan_options = state_->plan_options();
    std::vector<LiftPlan> plans;
    if (facts->kind == ModuleKind::Markdown) {
      MarkdownExplainer explainer(graph, state_->options, plan_options, display);
      json["tree"] = explainer.tree();
      plans = std::move(explainer.plans);
    } else {
      plans.push_back(plan_lift_point(graph, 0, plan_options, true));
      Explainer explainer(graph, plans[0], plan_options, state_->options, display);
      json["tree"] = explainer.tree();
      schedule = explainer.schedule();
      conflicts = explainer.conflicts();
    }
    json["startsAt"] = Json::array();
    for (const LiftPlan &plan : plans) {
      const LinkedModule &module = graph.modules[plan.module];
      for (const LiftEntry &entry : plan.entries) {
        Json at = start_json(*module.facts->source, entry);
        if (plan.module != 0)
          at["file"] = display(module.path);
        for (uint32_t input : entry.inputs)
          at["inputs"].push_back(module.facts->values[input].name);
        json["startsAt"].push_back(std::move(at));
      }
      report_plan(graph, plan, result.diagnostics);
    }
    if (!schedule.is_null())
      json["schedule"] = std::move(schedule);
    if (!conflicts.is_null())
      json["conflicts"] = std::move(conflicts);
    for (const LinkedModule &module : graph.modules)
      result.diagnostics.insert(result.diagnostics.end(), module.facts->diagnostics.begin(),
                                module.facts->diagnostics.end());
    result.diagnostics.insert(result.diagnostics.end(), graph.diagnostics.begin(), graph.diagnostics.end());
    result.diagnostics.insert(result.diagnostics.end(), graph.unusable.begin(), graph.unusable.end());
    report_unresolved(graph, state_->modules, result.diagnostics);
    sort_diagnostics(result.diagnostics);
  }
  result.json = json.dump(2, ' ', false, Json::error_handler_t::replace);
  return result;
}

} // namespace foreload
