#include "link/import_graph.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SCCIterator.h>
#include <llvm/ADT/StringSwitch.h>

#include <algorithm>
#include <numeric>

namespace foreload {

namespace {

/// The edges that order modules, as one flat array.
struct OrderingEdges {
  std::vector<uint32_t> begin; ///< of each module; the last one's end
  std::vector<uint32_t> targets;

  explicit OrderingEdges(const ImportGraph &graph) {
    begin.reserve(graph.modules.size() + 1);
    targets.reserve(graph.edges.size());
    for (const ImportGraph::Module &module : graph.modules) {
      begin.push_back(static_cast<uint32_t>(targets.size()));
      for (uint32_t at = module.edges_begin; at < module.edges_end; ++at)
        if (graph.edges[at].orders())
          targets.push_back(graph.edges[at].target);
    }
    begin.push_back(static_cast<uint32_t>(targets.size()));
  }

  size_t size() const { return begin.size() - 1; }
  llvm::ArrayRef<uint32_t> of(uint32_t module) const {
    return {targets.data() + begin[module], begin[module + 1] - begin[module]};
  }
};

/// A module that Kahn's algorithm has left over, as LLVM's graph algorithms want it.
struct Vertex {
  uint32_t module = 0;
  llvm::SmallVector<const Vertex *, 2> targets;
};

} // namespace

} // namespace foreload

template <> struct llvm::GraphTraits<const foreload::Vertex *> {
  using NodeRef = const foreload::Vertex *;
  using ChildIteratorType = llvm::SmallVectorImpl<const foreload::Vertex *>::const_iterator;
  static NodeRef getEntryNode(NodeRef entry) { return entry; }
  static ChildIteratorType child_begin(NodeRef vertex) { return vertex->targets.begin(); }
  static ChildIteratorType child_end(NodeRef vertex) { return vertex->targets.end(); }
};

namespace foreload {

namespace {

/// The shortest way from \p start back to it through modules whose \p component is the same.
std::vector<uint32_t> shortest_cycle(const OrderingEdges &edges, uint32_t start,
                                     const std::vector<uint32_t> &component) {
  struct Step {
    uint32_t module;
    size_t previous; // into steps
  };
  std::vector<Step> steps{{start, 0}};
  llvm::DenseSet<uint32_t> seen;
  for (size_t at = 0; at < steps.size(); ++at)
    for (uint32_t target : edges.of(steps[at].module)) {
      if (target == start) {
        std::vector<uint32_t> cycle;
        for (size_t step = at; step != 0; step = steps[step].previous)
          cycle.push_back(steps[step].module);
        cycle.push_back(start);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (component[target] == component[start] && seen.insert(target).second)
        steps.push_back({target, at});
    }
  return {};
}

/// Adds the modules that are part of a cycle or behind one, of which \p open is not 0, to \p order.
void order_cycles(const OrderingEdges &edges, const std::vector<uint32_t> &open, ModuleOrder &order) {
  std::vector<Vertex> vertices(edges.size());
  Vertex entry;
  for (uint32_t module = 0; module < vertices.size(); ++module) {
    if (!open[module])
      continue;
    vertices[module].module = module;
    entry.targets.push_back(&vertices[module]);
    for (uint32_t target : edges.of(module))
      if (open[target])
        vertices[module].targets.push_back(&vertices[target]);
  }
  std::vector<uint32_t> component_of(edges.size());
  uint32_t number = 0;
  const Vertex *first = &entry;
  // Components come callees first, which goes on where Kahn's algorithm has stopped.
  for (auto component = llvm::scc_begin(first); !component.isAtEnd(); ++component) {
    if (component->front() == &entry)
      continue;
    ++number;
    size_t begin = order.modules.size();
    for (const Vertex *vertex : *component) {
      component_of[vertex->module] = number;
      order.modules.push_back(vertex->module);
    }
    std::sort(order.modules.begin() + static_cast<std::ptrdiff_t>(begin), order.modules.end());
    if (component.hasCycle())
      order.cycles.push_back({shortest_cycle(edges, order.modules[begin], component_of), component->size()});
  }
  std::sort(order.cycles.begin(), order.cycles.end(), [](const auto &a, const auto &b) { return a.modules < b.modules; });
}

} // namespace

ModuleType module_type(llvm::StringRef path) {
  return llvm::StringSwitch<ModuleType>(path.substr(path.rfind('.') + 1))
      .Case("astro", ModuleType::Astro)
      .Cases("js", "mjs", "cjs", "jsx", ModuleType::Script)
      .Cases("ts", "mts", "cts", "tsx", ModuleType::Script)
      .Cases("md", "mdx", "markdown", ModuleType::Markdown)
      .Case("json", ModuleType::Json)
      .Default(ModuleType::Asset);
}

ModuleOrder order_modules(const ImportGraph &graph) {
  OrderingEdges edges(graph);
  size_t count = edges.size();
  // Who is behind whom, as another flat array: counted, summed up, filled in.
  std::vector<uint32_t> users_end(count + 1), users(edges.targets.size());
  for (uint32_t target : edges.targets)
    ++users_end[target + 1];
  std::partial_sum(users_end.begin(), users_end.end(), users_end.begin());
  for (uint32_t module = 0; module < count; ++module)
    for (uint32_t target : edges.of(module))
      users[users_end[target]++] = module;

  // Kahn, from the modules that need nothing upwards.
  ModuleOrder order;
  order.modules.reserve(count);
  std::vector<uint32_t> open(count);
  for (uint32_t module = 0; module < count; ++module) {
    open[module] = static_cast<uint32_t>(edges.of(module).size());
    if (open[module] == 0)
      order.modules.push_back(module);
  }
  for (size_t at = 0; at < order.modules.size(); ++at) {
    uint32_t module = order.modules[at];
    for (uint32_t user = module ? users_end[module - 1] : 0; user < users_end[module]; ++user)
      if (--open[users[user]] == 0)
        order.modules.push_back(users[user]);
  }
  if (order.modules.size() < count)
    order_cycles(edges, open, order);
  return order;
}

void find_other_cases(ImportGraph &graph) {
  for (LooseImport &loose : graph.loose) {
    if (loose.is_external)
      continue;
    const FileRef &importer = graph.modules[loose.module].file;
    loose.other_case = graph.lookup->in_other_case(loose.specifier, importer.folder->path, importer.name);
  }
}

} // namespace foreload
