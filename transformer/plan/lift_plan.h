// The graph → what each lift point starts. Decisions only, no text.
//
// A lift point starts the loaders of everything that it is going to render, each once, as soon as it is known that it
// will: at once, if it must; when conditions and props can be computed ahead of the render, by a program that computes
// them (see lift_program.h). Beyond what cannot be computed, a component is a lift point of its own subtree.
#pragma once
#include "link/module_graph.h"
#include "plan/lift_program.h"

#include <deque>
#include <string>
#include <vector>

namespace foreload {

enum class StrategyOption : uint8_t { Auto, Inline, Reference };
enum class Strategy : uint8_t { Inline, Reference };

struct PlanOptions {
  std::string root;
  bool lift = true;
  StrategyOption strategy = StrategyOption::Auto;
  bool auto_lift = false;    ///< awaits of frontmatters are lifted, too
  bool dedupe = false;       ///< and run once a request for equal inputs
  bool speculative = false;  ///< all loaders are as if defined with `speculative: true`
  bool is_lift_point = true; ///< false: it starts nothing, and takes what others have started for it
};

/// A loader that a lift point starts.
struct LiftedLoader {
  uint32_t module;
  Strategy strategy;
};

enum class Verdict : uint8_t {
  None,     ///< the component has no loader, or never asks for its data
  Own,      ///< the lift point's own: started where it is asked for, or earlier (`LiftPlan::starts_own`)
  Lifted,   ///< started by the lift point
  Deferred, ///< starts when its component renders; `why` says why
};

/// What the plan says of one render site, or of the lift point itself.
struct PlanNode {
  uint32_t module = no_index; ///< no_index: not a component that can be read
  uint32_t site = no_index;   ///< the render site in the parent's module; no_index for the lift point itself
  uint32_t parent = no_index;
  Doubt doubt; ///< whether the lift point must-renders it
  Verdict verdict = Verdict::None;
  Strategy strategy = Strategy::Inline;
  Doubt why;                             ///< of a Deferred loader
  uint32_t why_module = no_index;        ///< what the span of `why` is in
  std::vector<LiftCondition> conditions; ///< of the parent's module
  bool is_conditional = false;           ///< of a Lifted loader: conditions are computed at run time
  bool is_speculative = false;           ///< of a Lifted loader: it may run for nothing
  uint32_t function = no_index;          ///< into LiftPlan::functions: what is called for it; no_index: nothing
  bool seen = false;                     ///< stands elsewhere in the tree already, with its children
};

/// Everything that is changed in one component.
struct LiftPlan {
  uint32_t module = 0;
  std::vector<LiftedLoader> lifted;   ///< without the own one; in the order of the markup, depth first
  bool starts_own = false;            ///< the own loader is started before it is asked for
  bool passes_props = false;          ///< getLoaderData gets the props that the loader reads
  bool lifts_awaits = false;          ///< the awaits that are loaders take the runs that were started for them
  bool shares_awaits = false;         ///< such awaits that call the same import with equal arguments are one run
  std::vector<LiftEntry> entries;     ///< what the lift point's frontmatter calls, in source order
  std::deque<LiftFunction> functions; ///< what they call; functions[0] is the lift point's own, which nobody calls
  std::vector<PlanNode> nodes;        ///< the tree, depth first; nodes[0] is the lift point
};

/// Plans module \p module of the graph as a lift point. With \p whole_tree the nodes go on beyond may-render edges, for
/// explanation; what is lifted is the same.
LiftPlan plan_lift_point(const ModuleGraph &graph, uint32_t module, const PlanOptions &options,
                         bool whole_tree = false);

/// The modules that become lift points because \p module is one: what its program leaves out.
std::vector<uint32_t> lift_points_below(const ModuleGraph &graph, uint32_t module, const PlanOptions &options);

/// Diagnostics of the plan for one component: loaders that are not lifted, getLoaderData without a loader.
void report_plan(const ModuleGraph &graph, const LiftPlan &plan, std::vector<Diagnostic> &diagnostics);

/// Why the loader of \p module cannot be inlined at the lift point \p at; an empty text if it can.
Doubt reference_reason(const ModuleGraph &graph, uint32_t module, uint32_t at);

/// Whether the file at absolute path \p path is an Astro page: what is rendered without any component around it.
bool is_page(llvm::StringRef path, llvm::StringRef root);

const char *strategy_text(Strategy strategy);

} // namespace foreload
