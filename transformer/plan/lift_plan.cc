#include "plan/lift_plan.h"
#include "plan/program_builder.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>

#include <algorithm>

namespace foreload {

Doubt reference_reason(const ModuleGraph &graph, uint32_t module, uint32_t at) {
  const LinkedModule &component = graph.modules[module];
  const LoaderFacts &loader = *component.facts->loader;
  if (loader.movability != Movability::Inline)
    return {Certainty::Must, loader.reason_code, loader.reason_span, loader.reason};
  if (component.loader_is_imported)
    return {Certainty::Must, 2012, loader.span, "another file imports it"};
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

namespace {

Strategy strategy_of(const ModuleGraph &graph, const PlanOptions &options, uint32_t component, uint32_t at) {
  return options.strategy == StrategyOption::Reference || !reference_reason(graph, component, at).text.empty()
             ? Strategy::Reference
             : Strategy::Inline;
}

/// Of two that are as bad, the one that has a reason: a condition without a code is computed, it holds nothing back.
Doubt worse(const Doubt &a, const Doubt &b) {
  return b.certainty > a.certainty || (b.certainty == a.certainty && a.code == 0) ? b : a;
}

/// Writes down what a program does, render site by render site.
class PlanWalk {
public:
  PlanWalk(const ModuleGraph &graph, const PlanOptions &options, ProgramBuilder &program, uint32_t root,
           bool whole_tree, LiftPlan &plan)
      : graph_(graph), options_(options), program_(program), root_(root), whole_tree_(whole_tree), plan_(plan) {}

  void run() {
    std::vector<Pending> stack{{root_, no_index, no_index, 0, {}}};
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
      node.function = at.function;
      if (at.decision)
        node.conditions = at.decision->conditions;
      if (at.module == no_index)
        continue;
      uint32_t function = at.function;
      if (function == no_index && whole_tree_)
        function = program_.function_of_unknown(at.module);
      decide(node, at, function);
      if (function == no_index)
        continue;
      bool is_certain = at.function != no_index;
      uint8_t level = is_certain ? 2 : 1;
      uint8_t &seen = seen_[function];
      node.seen = seen >= level;
      if (node.seen)
        continue;
      seen = level;
      push_children(stack, index, at, function, is_certain);
    }
  }

private:
  struct Pending {
    uint32_t module;
    uint32_t site;
    uint32_t parent;   ///< index into plan_.nodes
    uint32_t function; ///< what the program calls; no_index: nothing
    Doubt doubt;       ///< of this node, seen from the lift point
    const SiteDecision *decision = nullptr;
  };

  void push_children(std::vector<Pending> &stack, uint32_t index, const Pending &at, uint32_t number, bool is_certain) {
    const LiftFunction &function = program_.functions()[number];
    const LinkedModule &linked = graph_.modules[function.module];
    for (size_t i = linked.facts->sites.size(); i-- > 0;) {
      const SiteDecision &decision = function.sites[i];
      if (!decision.visited)
        continue;
      stack.push_back({linked.site_targets[i], static_cast<uint32_t>(i), index,
                       is_certain ? decision.function : no_index, worse(at.doubt, decision.doubt), &decision});
    }
  }

  /// What becomes of the loader of one node.
  void decide(PlanNode &node, const Pending &at, uint32_t number) {
    const ModuleFacts &it = *graph_.modules[node.module].facts;
    if (!it.loader || it.uses.empty())
      return;
    if (node.site == no_index) {
      node.verdict = Verdict::Own;
      return;
    }
    node.strategy = strategy_of(graph_, options_, node.module, root_);
    node.why_module = node.module;
    node.verdict = Verdict::Deferred;
    if (at.function != no_index && program_.functions()[at.function].registers) {
      node.verdict = node.module == root_ ? Verdict::Own : Verdict::Lifted;
      const LiftFunction &function = program_.functions()[at.function];
      if (!function.own_conditions.empty() || !node.conditions.empty() || at.decision->is_speculative)
        node.is_conditional = true;
      node.is_speculative = at.decision->is_speculative;
      return;
    }
    if (at.function != no_index || (number != no_index && whole_tree_)) {
      const LiftFunction &function = program_.functions()[at.function != no_index ? at.function : number];
      if (function.deferred.certainty != Certainty::Must && (at.function != no_index || function.deferred.code != 3006))
        node.why = function.deferred;
      if (node.why.code == 3006 && at.decision)
        explain_props(node, *at.decision);
    }
    if (node.why.certainty == Certainty::Must)
      node.why = {node.doubt.certainty, node.doubt.code, {}, node.doubt.text};
  }

  /// Names the prop that cannot be computed, and why.
  void explain_props(PlanNode &node, const SiteDecision &decision) {
    const ContextUse &context = graph_.modules[node.module].loader_context;
    for (const auto &[name, known] : decision.unknown_props) {
      bool reads = context.whole || context.all_props || name.empty() ||
                   std::find(context.prop_names.begin(), context.prop_names.end(), name) != context.prop_names.end();
      if (!reads)
        continue;
      node.why.text = name.empty() ? "it reads props of a spread that " + known.doubt.text
                                   : "it reads the prop `" + name + "`, whose value " + known.doubt.text;
      node.why.code = 3011;
      if (!known.doubt.span.empty() && known.module != no_index) {
        node.why.span = known.doubt.span;
        node.why_module = known.module;
      }
      return;
    }
  }

  const ModuleGraph &graph_;
  const PlanOptions &options_;
  ProgramBuilder &program_;
  const uint32_t root_;
  const bool whole_tree_;
  LiftPlan &plan_;
  llvm::DenseMap<uint32_t, uint8_t> seen_; ///< functions: 2 as part of the program, 1 otherwise
};

/// The loaders that the entries of a plan start, in the order in which they do.
class LiftedCollector {
public:
  explicit LiftedCollector(const std::deque<LiftFunction> &functions)
      : functions_(functions), visited_(functions.size()) {}

  std::vector<uint32_t> collect(const std::vector<LiftEntry> &entries) {
    for (const LiftEntry &entry : entries)
      visit(entry.steps, 0);
    return std::move(lifted_);
  }

private:
  void visit(const std::vector<LiftStep> &steps, uint32_t function) {
    for (const LiftStep &step : steps) {
      uint32_t module = functions_[function].module;
      bool is_register = step.kind == LiftStep::Kind::Register || (step.data & own_run) != 0;
      if (is_register && function != 0 && seen_.insert(module).second)
        lifted_.push_back(module);
      if (step.kind == LiftStep::Kind::Call && !visited_[step.operand]) {
        visited_[step.operand] = true;
        visit(functions_[step.operand].steps, step.operand);
      }
      visit(step.steps, function);
      for (const LiftStep::Content &content : step.contents)
        visit(content.steps, function);
    }
  }

  const std::deque<LiftFunction> &functions_;
  std::vector<bool> visited_;
  llvm::DenseSet<uint32_t> seen_;
  std::vector<uint32_t> lifted_;
};

} // namespace

LiftPlan plan_lift_point(const ModuleGraph &graph, uint32_t module, const PlanOptions &options, bool whole_tree) {
  LiftPlan plan;
  plan.module = module;
  const LinkedModule &linked = graph.modules[module];
  plan.passes_props = linked.facts->loader && linked.loader_context.may_read_props();
  plan.shares_awaits = options.dedupe;
  plan.lifts_awaits = options.lift && !linked.facts->implicit_loaders.empty();
  if (!options.is_lift_point && !whole_tree) // what is below belongs to the plans of those that start it
    return plan;
  ProgramBuilder program(graph, options, module);
  program.build();
  PlanWalk(graph, options, program, module, whole_tree, plan).run();
  if (options.lift && options.is_lift_point)
    plan.entries = program.entries();
  plan.starts_own =
      std::any_of(plan.entries.begin(), plan.entries.end(), [](const LiftEntry &entry) { return entry.starts_own; });
  plan.functions = program.take_functions();
  for (uint32_t lifted : LiftedCollector(plan.functions).collect(plan.entries))
    plan.lifted.push_back({lifted, strategy_of(graph, options, lifted, module)});
  return plan;
}

std::vector<uint32_t> lift_points_below(const ModuleGraph &graph, uint32_t module, const PlanOptions &options) {
  ProgramBuilder program(graph, options, module);
  program.build();
  std::vector<uint32_t> found;
  for (size_t i = 0; i < program.functions().size(); ++i) {
    const LiftFunction &function = program.functions()[i];
    if (i != 0 && !function.is_complete)
      found.push_back(function.module);
    for (uint32_t site = 0; i == 0 && site < function.sites.size(); ++site)
      if (function.sites[site].function == no_index || function.sites[site].is_speculative)
        if (uint32_t target = graph.modules[function.module].site_targets[site]; target != no_index)
          found.push_back(target);
  }
  return found;
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
    const ModuleFacts &child = *graph.modules[node.why_module].facts;
    if (node.why.code == 2001) // an error of the component itself, which it reports
      continue;
    diagnostics.push_back(diagnose(*child.source, node.why.span, node.why.code, Severity::Info,
                                   "the loader is not started early: " + node.why.text));
  }
}

const char *strategy_text(Strategy strategy) { return strategy == Strategy::Inline ? "inline" : "reference"; }

} // namespace foreload
