// In which order components can be composed: what includes what, as phases.
#pragma once
#include <cstdint>
#include <vector>

namespace foreload {

/// edges[i] are the numbers of what component i needs, each once.
using ComponentEdges = std::vector<std::vector<uint32_t>>;

struct ComponentOrder {
  /// Each phase needs earlier ones only. A component is in the first phase in which it can be: the number of its phase is
  /// the length of the longest chain of components below it. Within a phase by number.
  std::vector<std::vector<uint32_t>> phases;
  /// For each set of components that include each other, the shortest chain from its first one back to it. Such
  /// components are in no phase; what needs them is, as if they were not there.
  std::vector<std::vector<uint32_t>> cycles;
  std::vector<bool> is_on_cycle; ///< by component
};

/// Kahn's algorithm in waves, after the strongly connected components (Tarjan). Linear, but for the length of cycles,
/// and not recursive.
ComponentOrder order_components(const ComponentEdges &edges);

} // namespace foreload
