// The graph and a lift point's plan → the order in which the loads of its render can start.
//
// Both the lift program and the render itself start loads, each behind the data that it needs. Together they are a
// graph of events: a load starts with the first of its causes, all else happens with the last of what it waits for.
// Kahn's algorithm goes through it in the order of time, where each load takes one unit if its cost is not known; so the
// wave of an event says how many loads have to come one after the other before it. Conditions are taken to hold, and lists to have items: it is the longest
// that the page can take.
#pragma once
#include "plan/lift_plan.h"

#include <optional>

namespace foreload {

struct ScheduledLoad {
  uint32_t module = no_index;    ///< the component whose loader it is
  uint32_t await = no_index;     ///< not of the loader that it exports: into its ModuleFacts::implicit_loaders
  uint32_t loader = no_index;    ///< no component's loader: the node of ModuleGraph::loaders
  uint32_t wave = 0;             ///< how many loads come one after the other before it starts
  uint32_t waits_for = no_index; ///< the last one of these; into Schedule::loads
  double start = 0;              ///< when it starts and has its data, in what LoadCost counts
  double end = 0;
};

/// How long it takes from when all is there that a load waits for (its start, and what it loads itself) to its data.
using LoadCost = llvm::function_ref<double(const ScheduledLoad &)>;

struct Schedule {
  std::vector<ScheduledLoad> loads;    ///< each behind those that it waits for
  std::vector<uint32_t> critical_path; ///< the longest chain of loads of which each has to wait for the one before it
  /// Loads of components that render themselves and wait at each level: how long a chain they make, the data decides.
  std::vector<uint32_t> repeated;
  std::vector<uint32_t> load_of_node; ///< by LiftPlan::nodes: of the exported loader; no_index: there is none
};

/// The schedule of \p plan, which has the whole tree. No value for a tree that is too large to be followed.
std::optional<Schedule> schedule_loads(const ModuleGraph &graph, const LiftPlan &plan, const PlanOptions &options);

/// The schedule of the same tree without lifting: each load starts when its component renders, and a component renders
/// when those around it have their data. With \p cost the critical path is the one that takes longest, not the one of
/// the most loads.
std::optional<Schedule> schedule_plain_loads(const ModuleGraph &graph, const LiftPlan &plan, LoadCost cost = nullptr);

} // namespace foreload
