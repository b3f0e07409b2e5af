#include "compose/component_graph.h"

#include <llvm/ADT/SCCIterator.h>

#include <algorithm>

namespace {

/// A component as LLVM's graph algorithms want it.
struct Vertex {
  uint32_t index = 0;
  std::vector<const Vertex *> targets;
};

} // namespace

template <> struct llvm::GraphTraits<const Vertex *> {
  using NodeRef = const Vertex *;
  using ChildIteratorType = std::vector<const Vertex *>::const_iterator;
  static NodeRef getEntryNode(NodeRef entry) { return entry; }
  static ChildIteratorType child_begin(NodeRef vertex) { return vertex->targets.begin(); }
  static ChildIteratorType child_end(NodeRef vertex) { return vertex->targets.end(); }
};

namespace foreload {

namespace {

/// The shortest chain from \p start back to it through components of which \p members is true.
std::vector<uint32_t> shortest_cycle(const ComponentEdges &edges, uint32_t start, const std::vector<bool> &members) {
  struct Step {
    uint32_t component;
    size_t previous; ///< into steps; the first step is its own
  };
  std::vector<Step> steps{{start, 0}};
  std::vector<bool> reached(edges.size());
  for (size_t i = 0; i < steps.size(); ++i)
    for (uint32_t target : edges[steps[i].component]) {
      if (target == start) {
        std::vector<uint32_t> cycle{steps[i].component};
        for (size_t at = i; at != 0;) {
          at = steps[at].previous;
          cycle.push_back(steps[at].component);
        }
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (members[target] && !reached[target]) {
        reached[target] = true;
        steps.push_back({target, i});
      }
    }
  return {};
}

void find_cycles(const ComponentEdges &edges, ComponentOrder &order) {
  std::vector<Vertex> vertices(edges.size());
  Vertex entry;
  for (uint32_t i = 0; i < vertices.size(); ++i) {
    vertices[i].index = i;
    entry.targets.push_back(&vertices[i]);
    for (uint32_t target : edges[i])
      vertices[i].targets.push_back(&vertices[target]);
  }
  const Vertex *first = &entry;
  std::vector<bool> members(edges.size());
  for (auto component = llvm::scc_begin(first); !component.isAtEnd(); ++component) {
    if (!component.hasCycle())
      continue;
    uint32_t start = (*component).front()->index;
    for (const Vertex *vertex : *component) {
      start = std::min(start, vertex->index);
      members[vertex->index] = order.is_on_cycle[vertex->index] = true;
    }
    order.cycles.push_back(shortest_cycle(edges, start, members));
    for (const Vertex *vertex : *component)
      members[vertex->index] = false;
  }
  std::sort(order.cycles.begin(), order.cycles.end());
}

} // namespace

ComponentOrder order_components(const ComponentEdges &edges) {
  ComponentOrder order;
  order.is_on_cycle.resize(edges.size());
  find_cycles(edges, order);

  std::vector<size_t> open(edges.size()); // what each component still waits for
  std::vector<std::vector<uint32_t>> needed_by(edges.size());
  std::vector<uint32_t> phase;
  for (uint32_t i = 0; i < edges.size(); ++i) {
    if (order.is_on_cycle[i])
      continue;
    for (uint32_t target : edges[i])
      if (!order.is_on_cycle[target]) {
        ++open[i];
        needed_by[target].push_back(i);
      }
    if (open[i] == 0)
      phase.push_back(i);
  }
  while (!phase.empty()) {
    std::vector<uint32_t> next;
    for (uint32_t done : phase)
      for (uint32_t user : needed_by[done])
        if (--open[user] == 0)
          next.push_back(user);
    std::sort(next.begin(), next.end());
    order.phases.push_back(std::move(phase));
    phase = std::move(next);
  }
  return order;
}

} // namespace foreload
