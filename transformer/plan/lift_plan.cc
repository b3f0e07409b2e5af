#include "plan/lift_plan.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/StringMap.h>

#include <algorithm>
#include <optional>

namespace foreload {

namespace {

Doubt worse(const Doubt &a, const Doubt &b) { return b.certainty > a.certainty ? b : a; }

std::string file_name(llvm::StringRef path) { return path.rsplit('/').second.str(); }

/// The first barrier that ends the render or may change what any loader sees, or nullptr.
const Barrier *first_hard_barrier(const ModuleFacts &facts) {
  for (const Barrier &barrier : facts.barriers)
    if (barrier.kind != Barrier::Kind::State)
      return &barrier;
  return nullptr;
}

Doubt barrier_doubt(const Barrier &barrier) {
  switch (barrier.kind) {
  case Barrier::Kind::Return:
    return {Certainty::May, 3003, barrier.at, "after an early return"};
  case Barrier::Kind::Effect:
    return {Certainty::May, 3004, barrier.at, "after a statement with an effect that cannot be seen through"};
  case Barrier::Kind::State:
    return {Certainty::May, 3004, barrier.at,
            "after a change of Astro.locals or cookies, or a read of the request's body"};
  }
  return {};
}

class Planner {
public:
  Planner(const ModuleGraph &graph, const PlanOptions &options) : graph_(graph), options_(options) {}

  LiftPlan plan(uint32_t root, bool whole_tree) {
    root_ = root;
    whole_tree_ = whole_tree;
    plan_.module = root;
    if (options_.lift || whole_tree_)
      collect_state_writers();
    walk();
    place_registration();
    return std::move(plan_);
  }

  /// Whether a completed render of \p site's owner renders it: its own doubt and that of every slot around it.
  Doubt site_doubt(uint32_t owner, uint32_t site) {
    auto known = [&](uint32_t at) -> std::optional<Doubt> & {
      std::vector<std::optional<Doubt>> &doubts = sites_[owner];
      doubts.resize(facts(owner).sites.size());
      return doubts[at];
    };
    // Sites nest by their places: go out to one that is known, then in again.
    std::vector<uint32_t> chain;
    for (uint32_t at = site; at != no_index && !known(at); at = facts(owner).sites[at].place.site)
      chain.push_back(at);
    for (size_t i = chain.size(); i-- > 0;) {
      const RenderSite &inner = facts(owner).sites[chain[i]];
      Doubt doubt = worse(inner.doubt, place_doubt(owner, inner.place));
      known(chain[i]) = std::move(doubt);
    }
    return *known(site);
  }

private:
  const LinkedModule &module(uint32_t index) const { return graph_.modules[index]; }
  const ModuleFacts &facts(uint32_t index) const { return *graph_.modules[index].facts; }

  /// Whether what stands in \p place is rendered.
  Doubt place_doubt(uint32_t owner, const SlotPlace &place) {
    if (place.site == no_index)
      return {};
    const RenderSite &site = facts(owner).sites[place.site];
    uint32_t target = module(owner).site_targets[place.site];
    Doubt doubt;
    if (site.is_island)
      doubt = {Certainty::Never, 3002, site.span, "in a server island"};
    else if (target == no_index)
      doubt = {Certainty::May, 3005, site.span, "in a slot of <" + site.tag + ">, which is not known"};
    else if (!renders_slot(target, place.slot))
      doubt = {Certainty::May, 3005, site.span,
               "in the slot '" + place.slot + "' of <" + site.tag + ">, which may not render it"};
    return worse(doubt, site_doubt(owner, place.site));
  }

  /// Whether every completed render of a component renders the slot \p name.
  bool renders_slot(uint32_t component, llvm::StringRef name) {
    std::string key = std::to_string(component) + ":" + name.str();
    auto [memo, is_new] = slots_.try_emplace(key, false); // false while a cycle is followed: recursion needs a way out
    if (!is_new)
      return memo->second;
    bool renders = false;
    // Slots that are passed on from component to component are followed on the call stack: not too far.
    constexpr unsigned depth_limit = 256;
    if (!first_hard_barrier(facts(component)) && slot_depth_ < depth_limit) {
      ++slot_depth_;
      for (const SlotFact &slot : facts(component).slots)
        if (slot.name == name && slot.doubt.certainty == Certainty::Must &&
            place_doubt(component, slot.place).certainty == Certainty::Must) {
          renders = true;
          break;
        }
      --slot_depth_;
    }
    slots_[key] = renders;
    return renders;
  }

  /// Components that the lift point can render and that change what loaders may read from the request.
  void collect_state_writers() {
    llvm::DenseSet<uint32_t> reached{root_};
    std::vector<uint32_t> queue{root_};
    for (size_t i = 0; i < queue.size(); ++i) {
      uint32_t at = queue[i];
      const ModuleFacts &it = facts(at);
      bool writes = it.changes_state_in_markup || (it.loader && module(at).loader_context.writes_state);
      for (const Barrier &barrier : it.barriers)
        writes |=
            barrier.kind == Barrier::Kind::State && at != root_; // the root's are handled by the place of registration
      if (writes)
        writers_.push_back(at);
      for (uint32_t target : module(at).site_targets)
        if (target != no_index && reached.insert(target).second)
          queue.push_back(target);
    }
  }

  struct Pending {
    uint32_t module;
    uint32_t site;
    uint32_t parent; ///< index into plan_.nodes
    Doubt doubt;     ///< of this node, seen from the lift point
  };

  void walk() {
    // A component that was met behind a doubt may still be met for certain; its subtree is entered once for each.
    enum : uint8_t { Unseen, SeenInDoubt, SeenForCertain };
    llvm::DenseMap<uint32_t, uint8_t> visited; // not a vector: plans are many, and most are small
    std::vector<Pending> stack{{root_, no_index, no_index, {}}};
    while (!stack.empty()) {
      Pending at = std::move(stack.back());
      stack.pop_back();
      auto index = static_cast<uint32_t>(plan_.nodes.size());
      plan_.nodes.push_back({});
      PlanNode &node = plan_.nodes.back();
      node.module = at.module;
      node.site = at.site;
      node.parent = at.parent;
      node.doubt = at.doubt;
      if (at.module == no_index)
        continue;
      bool certain = at.doubt.certainty == Certainty::Must;
      decide(node, certain);
      uint8_t level = certain ? SeenForCertain : SeenInDoubt;
      node.seen = visited[at.module] >= level;
      if (node.seen || (!whole_tree_ && (!certain || !options_.lift)))
        continue;
      visited[at.module] = level;
      push_children(stack, index, at);
    }
  }

  void push_children(std::vector<Pending> &stack, uint32_t index, const Pending &at) {
    Doubt below = at.doubt;
    if (at.module != root_ || at.site != no_index)
      if (const Barrier *barrier = first_hard_barrier(facts(at.module)))
        below = worse(below, barrier_doubt(*barrier));
    const ModuleFacts &it = facts(at.module);
    for (size_t i = it.sites.size(); i-- > 0;) {
      auto site = static_cast<uint32_t>(i);
      stack.push_back({module(at.module).site_targets[i], site, index, worse(below, site_doubt(at.module, site))});
    }
  }

  /// What becomes of the loader of one node.
  void decide(PlanNode &node, bool certain) {
    const ModuleFacts &it = facts(node.module);
    if (!it.loader || it.uses.empty())
      return;
    if (node.site == no_index) {
      node.verdict = Verdict::Own;
      return;
    }
    if (lifted_.contains(node.module) || node.module == root_) {
      node.verdict = node.module == root_ ? Verdict::Own : Verdict::Lifted;
      node.strategy = strategy_of(node.module);
      return;
    }
    node.verdict = Verdict::Deferred;
    node.why =
        options_.lift ? deferral(node.module) : Doubt{Certainty::May, 3009, it.loader->span, "lifting is switched off"};
    if (node.why.certainty == Certainty::Must && !certain)
      node.why = {node.doubt.certainty, node.doubt.code, {}, node.doubt.text};
    if (node.why.certainty != Certainty::Must)
      return;
    node.verdict = Verdict::Lifted;
    node.strategy = strategy_of(node.module);
    lifted_.insert(node.module);
    plan_.lifted.push_back({node.module, node.strategy});
  }

  Strategy strategy_of(uint32_t component) const {
    return options_.strategy == StrategyOption::Reference || !reference_reason(component).text.empty()
               ? Strategy::Reference
               : Strategy::Inline;
  }

  Doubt reference_reason(uint32_t component) const { return foreload::reference_reason(graph_, component, root_); }

  /// Why the loader of \p component cannot be started by an ancestor, or Must.
  Doubt deferral(uint32_t component) {
    const ModuleFacts &it = facts(component);
    const LoaderFacts &loader = *it.loader;
    const ContextUse &context = module(component).loader_context;
    if (loader.movability == Movability::Never)
      return {Certainty::May, loader.reason_code, loader.reason_span, loader.reason};
    if (Doubt reason = reference_reason(component); options_.strategy == StrategyOption::Inline && !reason.text.empty())
      return {Certainty::May, reason.code, reason.span, reason.text + " (the strategy is 'inline')"};
    if (context.whole)
      return {Certainty::May, 3006, loader.span,
              "what it does with its context cannot be seen, so it may read the props, which only the render knows"};
    if (context.props)
      return {Certainty::May, 3006, loader.span, "it reads its props, which only the render knows"};
    if (context.writes_state)
      return {Certainty::May, 4002, loader.span,
              "it changes Astro.locals or cookies, or reads the request's body: it keeps its place"};
    // What stands around a page is nothing; what stands around another component may change what the loader reads.
    if (context.may_touch_state() && !is_page(module(root_).path, options_.root))
      return {Certainty::May, 4003, loader.span,
              "it reads Astro.locals or cookies, and only a page knows everything that could change them before"};
    if (context.may_touch_state())
      for (uint32_t writer : writers_)
        if (writer != component)
          return {Certainty::May, 4001, loader.span,
                  "it reads Astro.locals or cookies, which " + file_name(module(writer).path) + " may change"};
    return call_doubt(component);
  }

  /// Whether every completed render of a component asks for its loader's data before anything that could matter.
  Doubt call_doubt(uint32_t component) {
    const ModuleFacts &it = facts(component);
    if (std::all_of(it.uses.begin(), it.uses.end(), [](const LoaderUse &use) { return use.has_arguments; }))
      return {Certainty::May, 2009, it.uses.front().call, "getLoaderData() is given a key by hand"};
    Doubt best{Certainty::Never, 3007, it.uses.front().call, "getLoaderData() is called where nothing is rendered"};
    for (const LoaderUse &use : it.uses) {
      if (use.has_arguments)
        continue;
      Doubt doubt = use.doubt;
      if (doubt.certainty != Certainty::Must)
        doubt.text = "getLoaderData() is called " + doubt.text;
      for (const Barrier &barrier : it.barriers) {
        bool before = !use.in_frontmatter || barrier.earliest < use.call.begin;
        bool matters = barrier.kind != Barrier::Kind::State || module(component).loader_context.may_touch_state();
        if (before && matters) {
          Doubt behind = barrier_doubt(barrier);
          behind.text = "getLoaderData() is called " + behind.text;
          doubt = worse(doubt, behind);
        }
      }
      if (doubt.certainty < best.certainty)
        best = doubt;
    }
    return best;
  }

  /// Loaders are started after the last statement that could end the render or change what they see.
  void place_registration() {
    const ModuleFacts &it = facts(root_);
    if (!it.frontmatter)
      return;
    const ContextUse &own_context = module(root_).loader_context;
    bool own =
        it.loader && !it.uses.empty() && !own_context.may_read_props() && !own_context.writes_state && options_.lift;
    // A component beside it may change what its loader reads while it waits for something else.
    own &= !own_context.may_touch_state() || is_page(module(root_).path, options_.root);
    bool touches_state = own && own_context.may_touch_state();
    bool reads_after_writers = touches_state && !writers_.empty();
    for (const LiftedLoader &lifted : plan_.lifted)
      touches_state |= module(lifted.module).loader_context.may_touch_state();
    plan_.register_at = it.frontmatter->code.begin;
    for (const Barrier &barrier : it.barriers) {
      if (barrier.kind == Barrier::Kind::State && !touches_state)
        continue;
      if (barrier.statement.end > plan_.register_at) {
        plan_.register_at = barrier.statement.end;
        plan_.register_after_statement = true;
        plan_.delayed_by = barrier_doubt(barrier);
      }
    }
    plan_.passes_props = it.loader && module(root_).loader_context.may_read_props();
    if (!own)
      return;
    for (const LoaderUse &use : it.uses)
      if (use.doubt.certainty == Certainty::Must && !use.has_arguments && use.awaits_before &&
          (use.in_frontmatter ? use.statement_begin >= plan_.register_at : !reads_after_writers))
        plan_.starts_own = true;
  }

  const ModuleGraph &graph_;
  const PlanOptions &options_;
  uint32_t root_ = 0;
  bool whole_tree_ = false;
  LiftPlan plan_;
  llvm::DenseSet<uint32_t> lifted_; ///< modules
  std::vector<uint32_t> writers_;
  unsigned slot_depth_ = 0;
  llvm::StringMap<bool> slots_;                                       ///< what renders_slot has found
  llvm::DenseMap<uint32_t, std::vector<std::optional<Doubt>>> sites_; ///< what site_doubt has found, by module and site
};

} // namespace

Doubt reference_reason(const ModuleGraph &graph, uint32_t module, uint32_t at) {
  const LinkedModule &component = graph.modules[module];
  const LoaderFacts &loader = *component.facts->loader;
  if (loader.movability != Movability::Inline)
    return {Certainty::Must, loader.reason_code, loader.reason_span, loader.reason};
  if (component.loader_is_imported)
    return {Certainty::Must, 2012, loader.span, "another component imports it"};
  // Its imports mean what they mean to its own package only.
  if (component.import_scope != graph.modules[at].import_scope)
    return {Certainty::Must, 2011, loader.span, "it is another package's"};
  return {};
}

bool is_page(llvm::StringRef path, llvm::StringRef root) {
  if (!path.consume_front(root) || !path.consume_front("/"))
    return false;
  path.consume_front("src/");
  return path.consume_front("pages/");
}

LiftPlan plan_lift_point(const ModuleGraph &graph, uint32_t module, const PlanOptions &options, bool whole_tree) {
  return Planner(graph, options).plan(module, whole_tree);
}

std::vector<bool> find_lift_points(const ModuleGraph &graph, const std::vector<bool> &roots,
                                   const PlanOptions &options) {
  std::vector<bool> points = roots;
  Planner planner(graph, options);
  std::vector<bool> rendered(graph.modules.size()); // by some other component's markup
  for (uint32_t i = 0; i < graph.modules.size(); ++i) {
    const ModuleFacts &facts = *graph.modules[i].facts;
    bool opaque = first_hard_barrier(facts) != nullptr;
    for (uint32_t site = 0; site < facts.sites.size(); ++site) {
      uint32_t target = graph.modules[i].site_targets[site];
      if (target == no_index)
        continue;
      rendered[target] = rendered[target] || target != i;
      if (planner.site_doubt(i, site).certainty != Certainty::Must || facts.sites[site].is_island)
        points[target] = true;
    }
    // Nothing above an early return can start what is below it.
    if (opaque)
      points[i] = true;
  }
  for (uint32_t i = 0; i < graph.modules.size(); ++i)
    if (!rendered[i])
      points[i] = true;
  return points;
}

void report_plan(const ModuleGraph &graph, const LiftPlan &plan, std::vector<Diagnostic> &diagnostics) {
  const LinkedModule &module = graph.modules[plan.module];
  const ModuleFacts &facts = *module.facts;
  if (facts.loader && facts.uses.empty())
    diagnostics.push_back(diagnose(*facts.source, facts.loader->span, 2006, Severity::Warning,
                                   "the loader is exported, but its data is never asked for",
                                   "call `await getLoaderData<typeof loader>()` in this component"));
  bool exports_one = std::any_of(facts.exports.begin(), facts.exports.end(), // one that cannot be used: FL2003
                                 [](const ExportFact &fact) { return fact.exported == "loader"; });
  if (!facts.loader && !exports_one)
    for (const LoaderUse &use : facts.uses)
      diagnostics.push_back(diagnose(*facts.source, use.call, 2007, Severity::Error,
                                     "getLoaderData() is called, but this file exports no loader",
                                     "write `export const loader = async (context) => …` in this component"));
  for (const PlanNode &node : plan.nodes) {
    // Doubts about the render are what conditions are for; what a user can mend in the loader itself is worth a word.
    if (node.verdict != Verdict::Deferred || node.seen || node.why.span.empty() || node.why.code == 3009 ||
        node.why.code == 4003)
      continue;
    const ModuleFacts &child = *graph.modules[node.module].facts;
    if (node.why.code == 2001) // an error of the component itself, which it reports
      continue;
    diagnostics.push_back(diagnose(*child.source, node.why.span, node.why.code, Severity::Info,
                                   "the loader is not started early: " + node.why.text));
  }
}

const char *strategy_text(Strategy strategy) { return strategy == Strategy::Inline ? "inline" : "reference"; }

} // namespace foreload
