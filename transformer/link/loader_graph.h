// Loaders that load loaders: `await context.load(other)`.
#pragma once
#include "analyze/module_facts.h"

#include <memory>
#include <string>
#include <vector>

namespace foreload {

/// A function that loads others or is loaded: a component's loader, wherever it is written, or any other that is given
/// a context by `load`.
struct LoaderNode {
  std::shared_ptr<const ModuleFacts> facts; ///< of the file that it is written in
  std::string local;                        ///< what it is called there; empty: its `export default`
};

/// One `load` in the code of a node.
struct LoaderEdge {
  uint32_t target;
  Span span;       ///< in the file of the loading node
  bool is_certain; ///< every run of the loader that completes makes it
};

/// A way from a loader back to itself; the edge i of it leads from nodes[i] to nodes[i + 1], the last one to nodes[0].
struct LoaderCycle {
  std::vector<uint32_t> nodes;
  std::vector<LoaderEdge> edges;
};

/// Nodes are numbered in the order in which the linker meets them: its modules' own first, each before what it loads.
struct LoaderGraph {
  std::vector<LoaderNode> nodes;
  std::vector<std::vector<LoaderEdge>> edges; ///< by node; in source order
  /// Each loader behind all that it loads; without those that are on a cycle and those that load one of them.
  std::vector<uint32_t> order;
  /// One for each set of loaders that wait for each other: the shortest through the first of them.
  std::vector<LoaderCycle> cycles;
};

/// Fills order and cycles. Linear in nodes and edges, and not recursive.
void order_loaders(LoaderGraph &graph);

/// What is wrong with a cycle: an error if it is closed in every run, a warning if a loader may leave it.
Diagnostic describe_cycle(const LoaderGraph &graph, const LoaderCycle &cycle);

/// How people call a loader: `Card.astro`, or `session in data.ts` where it is no component's.
std::string loader_name(const LoaderNode &node);

} // namespace foreload
