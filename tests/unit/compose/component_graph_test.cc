#include "compose/component_graph.h"

#include <doctest/doctest.h>

using namespace foreload;

using Lists = std::vector<std::vector<uint32_t>>;

TEST_CASE("a component's phase is the length of the longest chain below it") {
  //     0 → 1 → 2 → 3, 0 → 3, 4 → 2, 5
  ComponentOrder order = order_components({{1, 3}, {2}, {3}, {}, {2}, {}});
  CHECK(order.phases == Lists{{3, 5}, {2}, {1, 4}, {0}});
  CHECK(order.cycles.empty());
}

TEST_CASE("components on a cycle are in no phase, and what needs them is") {
  //     0 → 1 → 2 → 1, 2 → 3, 4 → 4, 5 → 4, 6 → 5
  ComponentOrder order = order_components({{1}, {2}, {1, 3}, {}, {4}, {4}, {5}});
  CHECK(order.phases == Lists{{0, 3, 5}, {6}});
  CHECK(order.cycles == Lists{{1, 2}, {4}});
  CHECK(order.is_on_cycle == std::vector<bool>{false, true, true, false, true, false, false});
}

TEST_CASE("what is between two cycles is on none") {
  ComponentOrder order = order_components({{1}, {0, 2}, {3}, {4}, {3}});
  CHECK(order.cycles == Lists{{0, 1}, {3, 4}});
  CHECK(order.phases == Lists{{2}});
}

TEST_CASE("the chain of a cycle is the shortest from its first component") {
  CHECK(order_components({{1}, {2}, {3, 0}, {0}}).cycles == Lists{{0, 1, 2}});
}

TEST_CASE("long chains do not exhaust the stack") {
  constexpr uint32_t count = 200'000;
  ComponentEdges edges(count);
  for (uint32_t i = 0; i + 1 < count; ++i)
    edges[i].push_back(i + 1);
  CHECK(order_components(edges).phases.size() == count);
  edges[count - 1].push_back(0);
  CHECK(order_components(edges).cycles[0].size() == count);
}
