#include "plan/waterfalls.h"
#include "plan/render_summary.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/GraphTraits.h>
#include <llvm/ADT/SCCIterator.h>
#include <llvm/ADT/SmallVector.h>

#include <algorithm>
#include <deque>
#include <set>

namespace foreload {

namespace plan {

/// A component as LLVM's search for circles wants to see it.
struct RenderingNode {
  uint32_t module;
  std::vector<RenderingNode *> children;
};

} // namespace plan
} // namespace foreload

namespace llvm {
template <> struct GraphTraits<foreload::plan::RenderingNode *> {
  using NodeRef = foreload::plan::RenderingNode *;
  using ChildIteratorType = std::vector<NodeRef>::iterator;
  static NodeRef getEntryNode(NodeRef node) { return node; }
  static ChildIteratorType child_begin(NodeRef node) { return node->children.begin(); }
  static ChildIteratorType child_end(NodeRef node) { return node->children.end(); }
};
} // namespace llvm

namespace foreload {

using namespace plan;

namespace {

/// One rendering of a component: which, and where.
struct Instance {
  const RenderSummary *summary;
  uint32_t parent; ///< no_index: the page
  uint32_t site;   ///< in the parent
};

/// Follows the longest chain of one page, and finds out what keeps each await of it.
class WaterfallFinder {
public:
  explicit WaterfallFinder(const RenderSummary &root) { instances_.push_back({&root, no_index, no_index}); }

  Waterfall find() {
    Waterfall waterfall;
    waterfall.root = root().module_index();
    waterfall.now = longest(Measure::Now).second;
    // What is needed is found without regard to which branches exclude each other, so it may come to more than there
    // is.
    waterfall.possible = std::min(longest(Measure::Possible).second, waterfall.now);
    waterfall.data = std::min(longest(Measure::Data).second, waterfall.possible);
    follow_longest();
    for (const Place &place : chain_) {
      WaterfallStep step;
      step.module = instances_[place.instance].summary->module_index();
      step.await = place.await;
      auto turn = static_cast<int32_t>(waterfall.steps.size() + 1);
      step.earliest = static_cast<unsigned>(std::clamp(level(place), 1, turn));
      step.needs = find_needs(place, static_cast<uint32_t>(waterfall.steps.size()));
      for (uint32_t i = 0; i < waterfall.steps.size() && step.together == no_index; ++i)
        if (waterfall.steps[i].earliest == step.earliest)
          step.together = i;
      waterfall.steps.push_back(std::move(step));
    }
    return waterfall;
  }

private:
  /// An await in one rendering of its component.
  struct Place {
    uint32_t instance;
    uint32_t await;
    friend bool operator==(Place, Place) = default;
  };

  const RenderSummary &root() const { return *instances_[0].summary; }
  const AwaitFacts &facts(uint32_t instance) const { return instances_[instance].summary->facts(); }

  /// The input of the page that the longest way begins at, and the way's length. All of them are there at the start.
  std::pair<NodeIndex, unsigned> longest(Measure measure) const {
    const WaysTo &ways = root().ways_down(measure);
    NodeIndex best = Begin;
    for (NodeIndex input : {NodeIndex(PageStart), NodeIndex(Known)})
      if (ways.length[input] > ways.length[best])
        best = input;
    return {best, static_cast<unsigned>(ways.length[best])};
  }

  uint32_t instance_at(uint32_t parent, uint32_t site) {
    auto [known, is_new] = children_.try_emplace({parent, site}, static_cast<uint32_t>(instances_.size()));
    if (is_new)
      instances_.push_back({instances_[parent].summary->callee(site), parent, site});
    return known->second;
  }

  /// Fills chain_. A way that leads through a component to one of its slots is followed inside, and then goes on.
  void follow_longest() {
    struct Frame {
      uint32_t instance;
      NodeIndex node;
      const WaysTo *ways;
    };
    std::vector<Frame> frames{{0, longest(Measure::Now).first, &root().ways_down(Measure::Now)}};
    while (!frames.empty()) {
      Frame &frame = frames.back();
      const RenderSummary &summary = *instances_[frame.instance].summary;
      uint32_t index = frame.ways->edge[frame.node];
      if (index == no_index) {
        frames.pop_back();
        continue;
      }
      const SummaryEdge &edge = summary.edge(Measure::Now, index);
      if (edge.site == no_index) {
        if (edge.weight != 0)
          chain_.push_back({frame.instance, summary.await_at(edge.to)});
        frame.node = edge.to;
        continue;
      }
      uint32_t child = instance_at(frame.instance, edge.site);
      const RenderSummary &callee = *instances_[child].summary;
      if (edge.to == no_node_index) {
        frame = {child, edge.input, &callee.ways_down(Measure::Now)};
      } else {
        frame.node = edge.to;
        frames.push_back({child, edge.input, callee.ways_to_slot(Measure::Now, summary.goal_at(edge.to))});
      }
    }
  }

  /// The turns after which each node of an instance may be reached at the earliest, by what is needed; -1: never.
  const std::vector<int32_t> &levels(uint32_t instance) {
    // Parents have lower numbers.
    for (auto i = static_cast<uint32_t>(levels_.size()); i <= instance; ++i) {
      const RenderSummary &summary = *instances_[i].summary;
      std::vector<int32_t> level(summary.node_count(), -1);
      if (instances_[i].parent == no_index) {
        level[PageStart] = level[Known] = 0;
      } else {
        const std::vector<int32_t> &outer = levels_[instances_[i].parent];
        for (const SummaryEdge &edge : instances_[instances_[i].parent].summary->edges(Measure::Possible))
          if (edge.site == instances_[i].site && edge.to == no_node_index && outer[edge.from] >= 0)
            level[edge.input] = std::max(level[edge.input], outer[edge.from] + static_cast<int32_t>(edge.weight));
      }
      for (const SummaryEdge &edge : summary.edges(Measure::Possible)) // by `from`, so each is final when it is used
        if (edge.to != no_node_index && level[edge.from] >= 0)
          level[edge.to] = std::max(level[edge.to], level[edge.from] + static_cast<int32_t>(edge.weight));
      levels_.push_back(std::move(level));
    }
    return levels_[instance];
  }

  int32_t level(Place place) {
    return levels(place.instance)[instances_[place.instance].summary->node_of_await(place.await)];
  }

  // ---- needs

  /// Something that may have awaits in it, and why that matters.
  struct Question {
    AwaitNeed need; ///< without what is needed
    uint32_t instance;
    uint32_t value;   ///< no_index: the prop `prop`
    std::string prop; ///< of the instance
    uint32_t moment;  ///< awaits that are over later do not count
  };

  std::vector<AwaitNeed> find_needs(Place place, uint32_t step_count) {
    needs_.clear();
    const AwaitFact &await = facts(place.instance).awaits[place.await];
    AwaitNeed data;
    ask_uses(place.instance, await.uses, await.before, data);
    if (instances_[place.instance].summary->is_lifted(await))
      for (const std::string &prop : instances_[place.instance].summary->loader_props()) {
        data.name = prop;
        questions_.push_back({data, place.instance, no_index, prop, 0});
      }
    if (await.starts.empty())
      ask_controls(place.instance, await.in_force);
    for (const WorkStart &start : await.starts)
      if (start.by == WorkStart::By::Here)
        ask_controls(place.instance, start.in_force);
    ask_known(place.instance);
    answer();

    std::vector<std::pair<int32_t, AwaitNeed>> found;
    for (auto &[needed, need] : needs_) {
      for (uint32_t step = 0; step < step_count; ++step)
        if (chain_[step] == needed)
          need.step = step;
      found.emplace_back(level(needed), std::move(need));
    }
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) {
      bool a_data = a.second.why == AwaitNeed::Why::Data, b_data = b.second.why == AwaitNeed::Why::Data;
      return a.first != b.first ? a.first > b.first : a_data && !b_data;
    });
    std::vector<AwaitNeed> needs;
    for (auto &[turn, need] : found)
      needs.push_back(std::move(need));
    return needs;
  }

  void ask_uses(uint32_t instance, const std::vector<uint32_t> &uses, uint32_t moment, const AwaitNeed &need) {
    for (uint32_t use : uses) {
      AwaitNeed named = need;
      if (named.name.empty())
        named.name = facts(instance).values[use].name;
      questions_.push_back({std::move(named), instance, use, {}, moment});
    }
  }

  void ask_controls(uint32_t instance, const InForce &in_force) {
    llvm::SmallVector<uint32_t, 8> open{in_force.guard, in_force.condition};
    while (!open.empty()) {
      uint32_t index = open.pop_back_val();
      if (index == no_index || !controls_seen_.insert({instance, index}).second)
        continue;
      const Control &control = facts(instance).controls[index];
      AwaitNeed need;
      need.why = control.kind == Control::Kind::Condition    ? AwaitNeed::Why::Condition
                 : control.kind == Control::Kind::Repetition ? AwaitNeed::Why::Repetition
                 : control.kind == Control::Kind::Guard      ? AwaitNeed::Why::Guard
                                                             : AwaitNeed::Why::Effect;
      need.at_module = instances_[instance].summary->module_index();
      need.at = control.at;
      ask_uses(instance, control.uses, control.moments_before - 1, need);
      // What decides whether a guard is met is part of it.
      if (control.kind == Control::Kind::Guard)
        for (uint32_t at = control.in_force.condition; at != no_index;
             at = facts(instance).controls[at].in_force.condition)
          ask_uses(instance, facts(instance).controls[at].uses, facts(instance).controls[at].moments_before - 1, need);
      open.push_back(control.in_force.guard);
      if (control.kind != Control::Kind::Guard)
        open.push_back(control.in_force.condition);
      open.append(control.joined.begin(), control.joined.end());
    }
  }

  /// What decides whether a component is rendered.
  void ask_known(uint32_t instance) {
    llvm::SmallVector<std::pair<uint32_t, uint32_t>, 8> open; // sites, as instance of the owner and site
    auto open_place = [&](uint32_t owner, const ContentPlace &place) {
      if (place.site != no_index)
        open.emplace_back(owner, place.site);
    };
    for (uint32_t at = instance; instances_[at].parent != no_index; at = instances_[at].parent)
      open.emplace_back(instances_[at].parent, instances_[at].site);
    while (!open.empty()) {
      auto [owner, index] = open.pop_back_val();
      const SiteFlow &site = facts(owner).sites[index];
      ask_controls(owner, site.in_force);
      if (site.place.site == no_index)
        continue;
      open_place(owner, site.place);
      // It stands in a slot: what decides whether that is rendered counts, too.
      if (!facts(owner).sites[site.place.site].rendered || !instances_[owner].summary->callee(site.place.site))
        continue;
      uint32_t host = instance_at(owner, site.place.site);
      for (const SlotFlow &slot : facts(host).slots)
        if (slot.name.empty() || site.place.slot.empty() || slot.name == site.place.slot) {
          ask_controls(host, slot.in_force);
          open_place(host, slot.place);
        }
    }
  }

  /// Follows questions to the awaits that count.
  void answer() {
    std::set<std::tuple<uint32_t, std::string, uint8_t, uint32_t, uint32_t>> seen;
    for (size_t next = 0; next < questions_.size(); ++next) {
      Question question = questions_[next];
      auto why = static_cast<uint8_t>(question.need.why);
      std::string what = question.value == no_index ? "." + question.prop : std::to_string(question.value);
      if (!seen.insert({question.instance, what, why, question.need.at_module, question.need.at.begin}).second)
        continue;
      if (question.value == no_index)
        ask_parent(question);
      else
        ask_value(question);
    }
    questions_.clear();
    controls_seen_.clear();
  }

  void ask_value(const Question &question) {
    const AwaitFacts &of = facts(question.instance);
    const FlowValue &value = of.values[question.value];
    for (unsigned bit : value.awaits.set_bits()) {
      const AwaitFact &await = of.awaits[bit];
      if (await.over > question.moment)
        continue;
      if (await.counts())
        add_need({question.instance, bit}, question.need);
      else
        ask_uses(question.instance, await.uses, await.before, question.need);
    }
    for (unsigned bit : value.props.set_bits())
      questions_.push_back({question.need, question.instance, no_index, of.props[bit], 0});
  }

  void ask_parent(const Question &question) {
    const Instance instance = instances_[question.instance];
    if (instance.parent == no_index)
      return;
    const SiteFlow &site = facts(instance.parent).sites[instance.site];
    instances_[instance.parent].summary->for_each_source(site, question.prop, [&](const PassedProp &passed) {
      if (passed.forwards_all)
        questions_.push_back({question.need, instance.parent, no_index, question.prop, 0});
      else
        ask_uses(instance.parent, passed.uses, site.created, question.need);
    });
  }

  void add_need(Place needed, AwaitNeed need) {
    need.module = instances_[needed.instance].summary->module_index();
    need.await = needed.await;
    for (const auto &[known, other] : needs_)
      if (known == needed && other.why == need.why && other.at_module == need.at_module && other.at == need.at)
        return;
    needs_.emplace_back(needed, std::move(need));
  }

  std::vector<Instance> instances_;                                  ///< the first is the page
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, uint32_t> children_; ///< by instance and site
  std::vector<std::vector<int32_t>> levels_;                         ///< by instance, as far as they were asked for
  std::vector<Place> chain_;
  std::vector<Question> questions_;
  std::vector<std::pair<Place, AwaitNeed>> needs_;
  llvm::DenseSet<std::pair<uint32_t, uint32_t>> controls_seen_;
};

} // namespace

struct Waterfalls::State {
  explicit State(const ModuleGraph &module_graph) : graph(module_graph) {}

  const ModuleGraph &graph;
  std::deque<RenderSummary> summaries;
  std::vector<const RenderSummary *> by_module; ///< null: it cannot be read

  bool is_readable(uint32_t module) const { return module != no_index && graph.modules[module].facts->awaits; }

  void summarize(const std::vector<uint32_t> &roots) {
    by_module.assign(graph.modules.size(), nullptr);
    std::deque<RenderingNode> nodes;
    for (uint32_t i = 0; i < graph.modules.size(); ++i)
      nodes.push_back({i, {}});
    for (uint32_t i = 0; i < graph.modules.size(); ++i)
      for (uint32_t target : graph.modules[i].site_targets)
        if (is_readable(i) && is_readable(target))
          nodes[i].children.push_back(&nodes[target]);
    RenderingNode entry{no_index, {}};
    for (uint32_t root : roots)
      entry.children.push_back(&nodes[root]);
    for (auto circle = llvm::scc_begin(&entry); !circle.isAtEnd(); ++circle) { // callees first
      std::vector<uint32_t> members;
      for (const RenderingNode *node : *circle)
        if (node->module != no_index && is_readable(node->module))
          members.push_back(node->module);
      std::sort(members.begin(), members.end());
      summarize_circle(members);
    }
  }

  /// Each member of a circle is summarized as a way into it: what leads back to a component that is being rendered is
  /// not followed. Many ways into one large circle would cost too much, so the last ones share what the first one saw.
  void summarize_circle(const std::vector<uint32_t> &members) {
    constexpr size_t way_limit = 16;
    std::vector<const RenderSummary *> ways(members.size());
    std::vector<const RenderSummary *> of_first;
    for (size_t i = 0; i < members.size() && i < way_limit; ++i) {
      std::vector<const RenderSummary *> inside(members.size());
      ways[i] = summarize_from(members, i, inside);
      if (i == 0)
        of_first = std::move(inside);
    }
    for (size_t i = 0; i < members.size(); ++i)
      by_module[members[i]] = ways[i] ? ways[i] : of_first[i];
  }

  /// \p inside: by member its summary on this way in. Not recursive: circles may be long.
  const RenderSummary *summarize_from(const std::vector<uint32_t> &members, size_t entry,
                                      std::vector<const RenderSummary *> &inside) {
    auto member_of = [&](uint32_t module) -> size_t {
      auto found = std::lower_bound(members.begin(), members.end(), module);
      return found != members.end() && *found == module ? static_cast<size_t>(found - members.begin()) : members.size();
    };
    struct Visit {
      size_t member;
      size_t site = 0;
    };
    std::vector<bool> entered(members.size());
    std::vector<Visit> visits{{entry}};
    entered[entry] = true;
    while (!visits.empty()) {
      Visit &visit = visits.back();
      const LinkedModule &module = graph.modules[members[visit.member]];
      if (visit.site < module.site_targets.size()) {
        uint32_t target = module.site_targets[visit.site++];
        size_t member = member_of(target);
        if (member < members.size() && !entered[member]) {
          entered[member] = true;
          visits.push_back({member});
        }
        continue;
      }
      std::vector<const RenderSummary *> callees;
      for (uint32_t target : module.site_targets) {
        size_t member = member_of(target);
        callees.push_back(!is_readable(target)       ? nullptr
                          : member == members.size() ? by_module[target]
                                                     : inside[member]); // null while it is being rendered
      }
      inside[visit.member] = &summaries.emplace_back(module, members[visit.member], std::move(callees));
      visits.pop_back();
    }
    return inside[entry];
  }
};

Waterfalls::Waterfalls(const ModuleGraph &graph, const std::vector<uint32_t> &roots)
    : state_(std::make_unique<State>(graph)) {
  state_->summarize(roots);
}
Waterfalls::~Waterfalls() = default;

Waterfall Waterfalls::find(uint32_t root) const {
  const RenderSummary *summary = state_->by_module[root];
  if (!summary) {
    Waterfall nothing;
    nothing.root = root;
    return nothing;
  }
  return WaterfallFinder(*summary).find();
}

} // namespace foreload
