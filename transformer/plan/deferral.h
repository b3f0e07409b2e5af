// Whether a loader may be started by another component than its own, apart from where that one renders.
#pragma once
#include "link/module_graph.h"
#include "plan/conflicts.h"
#include "plan/lift_plan.h"

#include <optional>
#include <vector>

namespace foreload {

class Deferrals {
public:
  /// For the lift point \p root.
  Deferrals(const ModuleGraph &graph, const PlanOptions &options, uint32_t root);

  /// Why the loader of \p component keeps its place, or Must. The props that it reads are another matter. Of the lift
  /// point itself: why its loader does not start before it is asked for.
  Doubt of(uint32_t component) const;
  /// Why what the lift point's own loader shares with other code forbids that it starts before it is asked for, or
  /// Must.
  Doubt of_own() const { return graph_.resources.empty() ? Doubt{} : conflicts().own_deferral(); }
  /// Why the implicit loader \p index of \p component keeps its place for what it shares with other code, or Must.
  Doubt of_await(uint32_t component, uint32_t index) const {
    return graph_.resources.empty() ? Doubt{} : conflicts().await_deferral(component, index);
  }
  /// Why what reads Astro.locals or cookies in \p component cannot be computed early, or Must.
  Doubt of_state(uint32_t component) const;

  /// Whether something that the lift point renders changes what loaders read from the request.
  bool has_writers() const { return !writers().empty(); }

private:
  Doubt conflict(uint32_t component) const;
  const EffectConflicts &conflicts() const;
  const LinkedModule &module(uint32_t index) const { return graph_.modules[index]; }
  /// What the lift point can render and changes what loaders read from the request.
  const std::vector<uint32_t> &writers() const;

  const ModuleGraph &graph_;
  const PlanOptions &options_;
  uint32_t root_;
  /// Few ask, and all that the lift point can render has to be looked at: kept once somebody has.
  mutable std::optional<std::vector<uint32_t>> writers_;
  mutable std::optional<EffectConflicts> conflicts_; ///< likewise
};

/// Whether a barrier ends the render or may change what any loader sees.
bool is_hard(const Barrier &barrier);
/// What stands behind a barrier is not certain.
Doubt barrier_doubt(const Barrier &barrier);

} // namespace foreload
