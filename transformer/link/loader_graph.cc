#include "link/loader_graph.h"

#include <llvm/ADT/SCCIterator.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/Path.h>

#include <algorithm>

namespace {

/// A node as LLVM's graph algorithms want it.
struct Vertex {
  uint32_t index = foreload::no_index;
  llvm::SmallVector<const Vertex *, 2> targets;
};

} // namespace

template <> struct llvm::GraphTraits<const Vertex *> {
  using NodeRef = const Vertex *;
  using ChildIteratorType = llvm::SmallVectorImpl<const Vertex *>::const_iterator;
  static NodeRef getEntryNode(NodeRef entry) { return entry; }
  static ChildIteratorType child_begin(NodeRef vertex) { return vertex->targets.begin(); }
  static ChildIteratorType child_end(NodeRef vertex) { return vertex->targets.end(); }
};

namespace foreload {

namespace {

/// The shortest way from \p start back to it through nodes of which \p members is true.
LoaderCycle shortest_cycle(const LoaderGraph &graph, uint32_t start, const std::vector<bool> &members) {
  struct Step {
    uint32_t node;
    uint32_t previous; ///< into steps
    LoaderEdge edge;   ///< by which it was reached
  };
  std::vector<Step> steps{{start, no_index, {}}};
  std::vector<bool> reached(graph.nodes.size());
  for (size_t i = 0; i < steps.size(); ++i)
    for (const LoaderEdge &edge : graph.edges[steps[i].node]) {
      if (edge.target == start) {
        LoaderCycle cycle;
        cycle.edges.push_back(edge);
        for (uint32_t at = static_cast<uint32_t>(i); at != no_index; at = steps[at].previous) {
          cycle.nodes.push_back(steps[at].node);
          if (steps[at].previous != no_index)
            cycle.edges.push_back(steps[at].edge);
        }
        std::reverse(cycle.nodes.begin(), cycle.nodes.end());
        std::reverse(cycle.edges.begin(), cycle.edges.end());
        return cycle;
      }
      if (members[edge.target] && !reached[edge.target]) {
        reached[edge.target] = true;
        steps.push_back({edge.target, static_cast<uint32_t>(i), edge});
      }
    }
  return {};
}

void find_cycles(LoaderGraph &graph) {
  std::vector<Vertex> vertices(graph.nodes.size());
  Vertex entry;
  for (uint32_t i = 0; i < vertices.size(); ++i) {
    vertices[i].index = i;
    entry.targets.push_back(&vertices[i]);
    for (const LoaderEdge &edge : graph.edges[i])
      vertices[i].targets.push_back(&vertices[edge.target]);
  }
  std::vector<uint32_t> starts;
  std::vector<bool> members(graph.nodes.size());
  const Vertex *first = &entry;
  for (auto component = llvm::scc_begin(first); !component.isAtEnd(); ++component) {
    if (!component.hasCycle())
      continue;
    uint32_t start = no_index;
    for (const Vertex *vertex : *component) {
      start = std::min(start, vertex->index);
      members[vertex->index] = true;
    }
    graph.cycles.push_back(shortest_cycle(graph, start, members));
    for (const Vertex *vertex : *component)
      members[vertex->index] = false;
  }
  std::sort(graph.cycles.begin(), graph.cycles.end(),
            [](const LoaderCycle &a, const LoaderCycle &b) { return a.nodes < b.nodes; });
}

/// Kahn's algorithm, from the loaders that load nothing upwards.
void sort_loaders(LoaderGraph &graph) {
  std::vector<size_t> open(graph.nodes.size());
  std::vector<std::vector<uint32_t>> loaded_by(graph.nodes.size());
  for (uint32_t i = 0; i < graph.nodes.size(); ++i) {
    open[i] = graph.edges[i].size();
    for (const LoaderEdge &edge : graph.edges[i])
      loaded_by[edge.target].push_back(i);
    if (open[i] == 0)
      graph.order.push_back(i);
  }
  for (size_t i = 0; i < graph.order.size(); ++i)
    for (uint32_t user : loaded_by[graph.order[i]])
      if (--open[user] == 0)
        graph.order.push_back(user);
}

} // namespace

void order_loaders(LoaderGraph &graph) {
  sort_loaders(graph);
  if (graph.order.size() != graph.nodes.size())
    find_cycles(graph);
}

std::string loader_name(const LoaderNode &node) {
  std::string file = llvm::sys::path::filename(node.facts->source->path()).str();
  bool is_components = node.facts->loader && node.facts->loader->local == node.local;
  if (is_components)
    return file;
  return (node.local.empty() ? "the default export" : node.local) + " in " + file;
}

Diagnostic describe_cycle(const LoaderGraph &graph, const LoaderCycle &cycle) {
  std::string chain;
  for (uint32_t node : cycle.nodes)
    chain += loader_name(graph.nodes[node]) + " → ";
  chain += loader_name(graph.nodes[cycle.nodes[0]]);
  bool is_certain =
      std::all_of(cycle.edges.begin(), cycle.edges.end(), [](const LoaderEdge &edge) { return edge.is_certain; });
  Diagnostic diagnostic =
      diagnose(*graph.nodes[cycle.nodes[0]].facts->source, cycle.edges[0].span, 5002,
               is_certain ? Severity::Error : Severity::Warning,
               std::string(is_certain ? "loaders wait for each other: " : "loaders may wait for each other: ") + chain,
               "move what they both need into a loader of its own");
  for (size_t i = 1; i < cycle.nodes.size(); ++i) {
    const SourceFile &source = *graph.nodes[cycle.nodes[i]].facts->source;
    Span span = cycle.edges[i].span;
    diagnostic.related.push_back(
        {source.path().str(), source.position(span.begin), source.position(span.end),
         loader_name(graph.nodes[cycle.nodes[i]]) + " loads " + loader_name(graph.nodes[cycle.edges[i].target])});
  }
  return diagnostic;
}

} // namespace foreload
