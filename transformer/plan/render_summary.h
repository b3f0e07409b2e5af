// One component's part of the graph of a page: see plan/waterfalls.h. Not part of the planner's interface.
#pragma once
#include "analyze/awaits.h"
#include "link/module_graph.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLFunctionalExtras.h>

#include <map>
#include <string>
#include <vector>

namespace foreload::plan {

/// What the length of a way through the graph means.
enum class Measure : uint8_t {
  Now,      ///< the order of the source; foreload's loaders begin as in Possible
  Possible, ///< what is used, and what decides whether something runs
  Data,     ///< what is used
};
constexpr size_t measure_count = 3;

using NodeIndex = uint32_t;
constexpr NodeIndex no_node_index = UINT32_MAX;

/// The nodes by which a component is entered.
enum Input : NodeIndex {
  PageStart, ///< the request comes in
  Begin,     ///< the component's frontmatter runs
  Known,     ///< it is known that the component is rendered
  FirstProp, ///< then for each prop: its value is there, and the promise that it is was made
};
constexpr NodeIndex value_of_prop(uint32_t prop) { return FirstProp + 2 * prop; }
constexpr NodeIndex promise_of_prop(uint32_t prop) { return FirstProp + 2 * prop + 1; }

/// From node to node; or, if it has a site, into the component that stands there, by its node `input`: to the end, or
/// through it to the slot whose content `to` is.
struct SummaryEdge {
  NodeIndex from = 0;
  NodeIndex to = no_node_index; ///< no_node_index: into the component, and there to an end
  uint32_t weight = 0;
  uint32_t site = no_index;
  NodeIndex input = 0;
};

/// The slot of a component, and which of its two nodes is meant.
struct SlotGoal {
  std::string slot; ///< as ContentPlace::slot
  bool known = false;
  friend auto operator<=>(const SlotGoal &, const SlotGoal &) = default;
};

/// The longest ways from each node to one goal.
struct WaysTo {
  std::vector<int32_t> length; ///< by node; -1: there is no way
  std::vector<uint32_t> edge;  ///< by node: the first edge of the way; no_index: it is there
};

class RenderSummary {
public:
  /// \p callees: by site the summary of what is rendered there, or null. Those must outlive this.
  RenderSummary(const LinkedModule &module, uint32_t module_index, std::vector<const RenderSummary *> callees);

  uint32_t module_index() const { return module_index_; }
  const LinkedModule &module() const { return module_; }
  const AwaitFacts &facts() const { return facts_; }
  const RenderSummary *callee(uint32_t site) const { return callees_[site]; }
  /// The props that the component or one of those below it wants to know, by name. Those of AwaitFacts come first.
  llvm::ArrayRef<std::string> props() const { return props_; }

  /// The longest ways to an end: the most awaits in a row below each node.
  const WaysTo &ways_down(Measure measure) const { return graphs_[static_cast<size_t>(measure)].down; }
  /// The longest ways to where a slot is rendered, or null if it is not.
  const WaysTo *ways_to_slot(Measure measure, const SlotGoal &goal) const;
  const SummaryEdge &edge(Measure measure, uint32_t index) const {
    return graphs_[static_cast<size_t>(measure)].edges[index];
  }
  llvm::ArrayRef<SummaryEdge> edges(Measure measure) const { return graphs_[static_cast<size_t>(measure)].edges; }
  size_t node_count() const { return node_count_; }

  /// The await that is over at a node, or no_index.
  uint32_t await_at(NodeIndex node) const { return awaits_at_[node]; }
  NodeIndex node_of_await(uint32_t await) const { return moments_[facts_.awaits[await].over]; }
  /// What the content is that begins to render at a node.
  const SlotGoal &goal_at(NodeIndex node) const { return content_goals_.find(node)->second; }
  /// Whether content for the slot \p slot would be rendered.
  bool renders_slot(llvm::StringRef slot) const;
  /// Calls \p function for each attribute of a site that may be the prop \p name, until one is it for certain.
  void for_each_source(const SiteFlow &site, llvm::StringRef name,
                       llvm::function_ref<void(const PassedProp &)> function) const;
  /// Whether foreload starts what an await waits for as soon as all that it needs is there.
  bool is_lifted(const AwaitFact &await) const;
  /// The props that an await's loader reads.
  std::vector<std::string> loader_props() const;

private:
  struct Graph {
    std::vector<SummaryEdge> edges; ///< by `from`
    std::vector<uint32_t> first;    ///< by node: into edges
    WaysTo down;
    std::map<SlotGoal, WaysTo> slots;
  };
  class Builder;

  void collect_props();
  void lay_out();
  bool is_alive(const ContentPlace &place) const;
  WaysTo find_ways(const Graph &graph, Measure measure, const SlotGoal *goal) const;

  const LinkedModule &module_;
  uint32_t module_index_;
  const AwaitFacts &facts_;
  std::vector<const RenderSummary *> callees_;
  std::vector<std::string> props_;

  // Where things are among the nodes. An edge leads from a lower one to a higher one.
  size_t node_count_ = 0;
  std::vector<NodeIndex> moments_;
  std::vector<NodeIndex> controls_;
  struct SiteNodes {
    NodeIndex begins;
    NodeIndex known;
    std::map<std::string, NodeIndex>
        contents;       ///< by slot: it begins to render; the next node: it is known that it will
    bool alive = false; ///< something becomes of it
  };
  std::vector<SiteNodes> sites_;
  struct SlotNodes {
    NodeIndex begins; ///< the next node: it is known that it will
    bool alive;
  };
  std::vector<SlotNodes> slots_;
  std::vector<uint32_t> awaits_at_; ///< by node
  llvm::DenseMap<NodeIndex, SlotGoal> content_goals_;
  Graph graphs_[measure_count];
};

} // namespace foreload::plan
