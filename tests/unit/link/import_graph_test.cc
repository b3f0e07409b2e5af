#include "link/import_graph.h"

#include <doctest/doctest.h>

#include <string>

using namespace foreload;

namespace {

/// Modules 0, 1, 2… each with the modules that it imports.
ImportGraph graph_of(const std::vector<std::vector<uint32_t>> &imports) {
  ImportGraph graph;
  for (const std::vector<uint32_t> &targets : imports) {
    ImportGraph::Module &module = graph.modules.emplace_back();
    module.edges_begin = static_cast<uint32_t>(graph.edges.size());
    for (uint32_t target : targets)
      graph.edges.push_back({target, ImportForm::Static, false});
    module.edges_end = static_cast<uint32_t>(graph.edges.size());
  }
  return graph;
}

using Modules = std::vector<uint32_t>;

} // namespace

TEST_CASE("a module comes behind those that it imports") {
  ModuleOrder order = order_modules(graph_of({{1, 2}, {3}, {3, 4}, {}, {}}));
  CHECK(order.modules == Modules{3, 4, 1, 2, 0});
  CHECK(order.cycles.empty());
}

TEST_CASE("no module has an order, too") { CHECK(order_modules({}).modules.empty()); }

TEST_CASE("an import that is there twice counts once for the order") {
  CHECK(order_modules(graph_of({{1, 1}, {}})).modules == Modules{1, 0});
}

TEST_CASE("a cycle is told by a shortest way around it") {
  // 1 → 2 → 3 → 1, and 3 → 4 → 1 on a longer way; 0 is in front of it and 5 behind it
  ModuleOrder order = order_modules(graph_of({{1}, {2}, {3, 5}, {4, 1}, {1}, {}}));
  CHECK(order.modules == Modules{5, 1, 2, 3, 4, 0});
  REQUIRE(order.cycles.size() == 1);
  CHECK(order.cycles[0].modules == Modules{1, 2, 3});
  CHECK(order.cycles[0].component_size == 4);
}

TEST_CASE("cycles are sorted, and one that leads to another comes behind it in the order") {
  ModuleOrder order = order_modules(graph_of({{1, 2}, {0}, {3}, {2}, {4}}));
  CHECK(order.modules == Modules{2, 3, 0, 1, 4});
  REQUIRE(order.cycles.size() == 3);
  CHECK(order.cycles[0].modules == Modules{0, 1});
  CHECK(order.cycles[1].modules == Modules{2, 3});
  CHECK(order.cycles[2].modules == Modules{4});
}

TEST_CASE("imports that come later make no cycle") {
  for (ImportForm form : {ImportForm::Dynamic, ImportForm::Resource}) {
    ImportGraph graph = graph_of({{1}, {0}});
    graph.edges[1].form = form;
    ModuleOrder order = order_modules(graph);
    CHECK(order.modules == Modules{1, 0});
    CHECK(order.cycles.empty());
  }
  ImportGraph types = graph_of({{1}, {0}});
  types.edges[1].type_only = true;
  CHECK(order_modules(types).cycles.empty());
}

TEST_CASE("a chain and a cycle of a hundred thousand modules are no matter of the stack") {
  std::vector<std::vector<uint32_t>> imports;
  for (uint32_t i = 0; i < 100000; ++i)
    imports.push_back({i + 1});
  imports.push_back({});
  CHECK(order_modules(graph_of(imports)).modules.front() == 100000);
  imports.back() = {0};
  ModuleOrder order = order_modules(graph_of(imports));
  REQUIRE(order.cycles.size() == 1);
  CHECK(order.cycles[0].modules.size() == 100001);
}
