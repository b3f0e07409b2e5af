#include "plan/render_summary.h"

#include <algorithm>
#include <cassert>

namespace foreload::plan {

namespace {

bool names_slot(llvm::StringRef content, llvm::StringRef slot) {
  return content.empty() || slot.empty() || content == slot;
}

/// Calls \p function with each index that is set, below \p limit.
template <typename Function> void for_each_bit(const llvm::BitVector &bits, Function &&function) {
  for (unsigned bit : bits.set_bits())
    function(static_cast<uint32_t>(bit));
}

} // namespace

/// Makes the edges of one measure.
class RenderSummary::Builder {
public:
  Builder(const RenderSummary &summary, Measure measure) : it_(summary), facts_(summary.facts_), measure_(measure) {}

  Graph build() {
    add_moments();
    if (measure_ != Measure::Data)
      add_controls();
    for (uint32_t i = 0; i < facts_.awaits.size(); ++i)
      add_await(i);
    for (uint32_t i = 0; i < facts_.sites.size(); ++i)
      if (it_.sites_[i].alive)
        add_site(i);
    for (uint32_t i = 0; i < facts_.slots.size(); ++i)
      if (it_.slots_[i].alive)
        add_slot(i);
    sort_edges();
    return std::move(graph_);
  }

private:
  bool has_order() const { return measure_ == Measure::Now; }
  bool has_controls() const { return measure_ != Measure::Data; }

  void add(NodeIndex from, NodeIndex to, uint32_t weight = 0) {
    assert(from < to);
    graph_.edges.push_back({from, to, weight, no_index, 0});
  }

  void add_moments() {
    if (!has_order())
      return;
    for (uint32_t i = 0; i < facts_.moments.size(); ++i) {
      if (it_.awaits_at_[it_.moments_[i]] != no_index)
        continue; // an await's
      for (uint32_t before : facts_.moments[i].after)
        add(it_.moments_[before], it_.moments_[i]);
      if (facts_.moments[i].after.empty())
        add(Begin, it_.moments_[i]);
    }
  }

  /// What is in force at a place leads to \p to.
  void add_in_force(const InForce &in_force, NodeIndex to, uint32_t weight) {
    if (!has_controls())
      return;
    add(Known, to, weight);
    for (uint32_t control : {in_force.guard, in_force.condition})
      if (control != no_index)
        add(it_.controls_[control], to, weight);
  }

  /// What \p uses are made of, of what was there at the moment \p moment, leads to \p to.
  template <typename Add> void add_uses(const std::vector<uint32_t> &uses, uint32_t moment, Add &&add_from) {
    for (uint32_t use : uses) {
      for_each_bit(facts_.values[use].awaits, [&](uint32_t await) {
        if (facts_.awaits[await].over <= moment)
          add_from(it_.node_of_await(await));
      });
      for_each_bit(facts_.values[use].props, [&](uint32_t prop) { add_from(value_of_prop(prop)); });
    }
  }

  void add_controls() {
    for (uint32_t i = 0; i < facts_.controls.size(); ++i) {
      const Control &control = facts_.controls[i];
      NodeIndex node = it_.controls_[i];
      add_in_force(control.in_force, node, 0);
      for (uint32_t joined : control.joined)
        add(it_.controls_[joined], node);
      add_uses(control.uses, control.moments_before - 1, [&](NodeIndex from) { add(from, node); });
    }
  }

  void add_await(uint32_t index) {
    const AwaitFact &await = facts_.awaits[index];
    NodeIndex node = it_.node_of_await(index);
    uint32_t weight = await.counts() ? 1 : 0;
    bool is_lifted = it_.is_lifted(await);
    if (has_order()) {
      add(it_.moments_[await.before], node, 0);
      if (!is_lifted) {
        if (await.starts.empty())
          add(it_.moments_[await.before], node, weight);
        for (const WorkStart &start : await.starts)
          add(start.by == WorkStart::By::Here   ? it_.moments_[start.moment]
              : start.by == WorkStart::By::Prop ? promise_of_prop(start.prop)
                                                : NodeIndex(PageStart),
              node, weight);
        return;
      }
    }
    bool starts_here = await.starts.empty();
    llvm::SmallVector<uint32_t, 2> promised; // props
    for (const WorkStart &start : await.starts) {
      starts_here |= start.by != WorkStart::By::Prop;
      if (start.by == WorkStart::By::Prop) {
        promised.push_back(start.prop);
        add(promise_of_prop(start.prop), node, weight);
      } else if (start.by == WorkStart::By::Here) {
        add_in_force(start.in_force, node, weight);
      }
    }
    if (starts_here)
      add(PageStart, node, weight);
    if (await.starts.empty())
      add_in_force(await.in_force, node, weight);
    add_uses(await.uses, await.before, [&](NodeIndex from) {
      bool is_promise =
          std::any_of(promised.begin(), promised.end(), [&](uint32_t prop) { return from == value_of_prop(prop); });
      add(from, node, is_promise ? 0 : weight);
    });
    if (is_lifted)
      for (const std::string &name : it_.loader_props()) {
        auto prop = std::find(it_.props_.begin(), it_.props_.end(), name);
        add(value_of_prop(static_cast<uint32_t>(prop - it_.props_.begin())), node, weight);
      }
  }

  /// An edge into the component at a site.
  void enter(NodeIndex from, uint32_t site, NodeIndex input) {
    const RenderSummary *callee = it_.callees_[site];
    if (!callee)
      return;
    if (callee->ways_down(measure_).length[input] > 0)
      graph_.edges.push_back({from, no_node_index, 0, site, input});
    for (const auto &[slot, content] : it_.sites_[site].contents)
      for (bool known : {false, true})
        if (const WaysTo *ways = callee->ways_to_slot(measure_, {slot, known}); ways && ways->length[input] >= 0)
          graph_.edges.push_back(
              {from, content + (known ? 1 : 0), static_cast<uint32_t>(ways->length[input]), site, input});
  }

  void add_site(uint32_t index) {
    const SiteFlow &site = facts_.sites[index];
    const SiteNodes &nodes = it_.sites_[index];
    if (has_order())
      add(it_.moments_[site.begins], nodes.begins);
    add_in_force(site.in_force, nodes.known, 0);
    add_place(site.place, nodes.begins, nodes.known);
    const RenderSummary *callee = site.rendered ? it_.callees_[index] : nullptr;
    if (!callee) { // nobody knows when it renders its content: at once
      for (const auto &[slot, content] : nodes.contents) {
        add(nodes.begins, content);
        add(nodes.known, content + 1);
      }
      return;
    }
    enter(PageStart, index, PageStart);
    enter(nodes.begins, index, Begin);
    enter(nodes.known, index, Known);
    for (uint32_t i = 0; i < callee->props().size(); ++i)
      it_.for_each_source(site, callee->props()[i], [&](const PassedProp &passed) { pass(index, i, passed); });
  }

  /// What a site gives to the prop \p prop of its component.
  void pass(uint32_t index, uint32_t prop, const PassedProp &passed) {
    const SiteFlow &site = facts_.sites[index];
    if (passed.forwards_all) {
      auto own = std::find(it_.props_.begin(), it_.props_.end(), it_.callees_[index]->props()[prop]);
      auto from = static_cast<uint32_t>(own - it_.props_.begin());
      enter(value_of_prop(from), index, value_of_prop(prop));
      enter(promise_of_prop(from), index, promise_of_prop(prop));
      return;
    }
    add_uses(passed.uses, site.created, [&](NodeIndex from) { enter(from, index, value_of_prop(prop)); });
    if (passed.forwards != no_index)
      enter(promise_of_prop(passed.forwards), index, promise_of_prop(prop));
    for (const WorkStart &start : passed.starts) {
      if (start.by == WorkStart::By::Prop)
        continue; // forwarded
      if (has_order() && start.by == WorkStart::By::Here) {
        enter(it_.moments_[start.moment], index, promise_of_prop(prop));
        continue;
      }
      enter(PageStart, index, promise_of_prop(prop));
      if (has_order())
        continue;
      if (has_controls()) {
        enter(Known, index, promise_of_prop(prop));
        for (uint32_t control : {start.in_force.guard, start.in_force.condition})
          if (control != no_index)
            enter(it_.controls_[control], index, promise_of_prop(prop));
      }
      add_uses(passed.uses, site.created, [&](NodeIndex from) { enter(from, index, promise_of_prop(prop)); });
    }
  }

  void add_place(const ContentPlace &place, NodeIndex begins, NodeIndex known) {
    if (place.site == no_index)
      return;
    NodeIndex content = it_.sites_[place.site].contents.find(place.slot)->second;
    add(content, begins);
    add(content + 1, known);
  }

  void add_slot(uint32_t index) {
    const SlotFlow &slot = facts_.slots[index];
    NodeIndex node = it_.slots_[index].begins;
    if (has_order())
      add(it_.moments_[slot.begins], node);
    add_in_force(slot.in_force, node + 1, 0);
    add_place(slot.place, node, node + 1);
  }

  void sort_edges() {
    std::stable_sort(graph_.edges.begin(), graph_.edges.end(),
                     [](const SummaryEdge &a, const SummaryEdge &b) { return a.from < b.from; });
    graph_.first.assign(it_.node_count_ + 1, 0);
    for (const SummaryEdge &edge : graph_.edges)
      ++graph_.first[edge.from + 1];
    for (size_t i = 1; i < graph_.first.size(); ++i)
      graph_.first[i] += graph_.first[i - 1];
  }

  const RenderSummary &it_;
  const AwaitFacts &facts_;
  Measure measure_;
  Graph graph_;
};

RenderSummary::RenderSummary(const LinkedModule &module, uint32_t module_index,
                             std::vector<const RenderSummary *> callees)
    : module_(module), module_index_(module_index), facts_(*module.facts->awaits), callees_(std::move(callees)) {
  collect_props();
  lay_out();
  for (Measure measure : {Measure::Now, Measure::Possible, Measure::Data}) {
    Graph &graph = graphs_[static_cast<size_t>(measure)];
    graph = Builder(*this, measure).build();
    graph.down = find_ways(graph, measure, nullptr);
    if (facts_.slots.empty())
      continue;
    for (bool known : {false, true}) {
      for (const SlotFlow &slot : facts_.slots)
        if (SlotGoal goal{slot.name, known}; graph.slots.find(goal) == graph.slots.end())
          graph.slots[goal] = find_ways(graph, measure, &goal);
      SlotGoal any{"", known};
      graph.slots[any] = find_ways(graph, measure, &any);
    }
  }
}

bool RenderSummary::is_lifted(const AwaitFact &await) const {
  return await.kind == AwaitFact::Kind::Loader && module_.facts->loader &&
         module_.facts->loader->movability != Movability::Never && !module_.loader_context.writes_state;
}

std::vector<std::string> RenderSummary::loader_props() const {
  const ContextUse &context = module_.loader_context;
  if (!context.may_read_props())
    return {};
  return context.whole || context.all_props ? std::vector<std::string>{"*"} : context.prop_names;
}

void RenderSummary::collect_props() {
  props_ = facts_.props;
  auto add = [&](const std::string &name) {
    if (std::find(props_.begin(), props_.end(), name) == props_.end())
      props_.push_back(name);
  };
  for (const AwaitFact &await : facts_.awaits)
    if (is_lifted(await))
      for (const std::string &name : loader_props())
        add(name);
  for (size_t site = 0; site < facts_.sites.size(); ++site)
    if (callees_[site])
      for (const std::string &name : callees_[site]->props())
        for_each_source(facts_.sites[site], name, [&](const PassedProp &passed) {
          if (passed.forwards_all)
            add(name);
        });
}

void RenderSummary::for_each_source(const SiteFlow &site, llvm::StringRef name,
                                    llvm::function_ref<void(const PassedProp &)> function) const {
  for (size_t i = site.props.size(); i-- > 0;) {
    const PassedProp &passed = site.props[i];
    if (passed.name == name || passed.name.empty() || name == "*")
      function(passed);
    if (passed.name == name)
      return; // it overwrites what stands before it
  }
}

bool RenderSummary::renders_slot(llvm::StringRef slot) const {
  for (size_t i = 0; i < facts_.slots.size(); ++i)
    if (slots_[i].alive && names_slot(slot, facts_.slots[i].name))
      return true;
  return false;
}

/// Whether what stands in \p place may be rendered.
bool RenderSummary::is_alive(const ContentPlace &place) const {
  if (place.site == no_index)
    return true;
  const RenderSummary *callee = facts_.sites[place.site].rendered ? callees_[place.site] : nullptr;
  return sites_[place.site].alive && (!callee || callee->renders_slot(place.slot));
}

/// Gives everything its node, so that edges lead upwards.
void RenderSummary::lay_out() {
  NodeIndex next = value_of_prop(static_cast<uint32_t>(props_.size()));
  size_t control = 0;
  for (size_t moment = 0; moment <= facts_.moments.size(); ++moment) {
    for (; control < facts_.controls.size() && facts_.controls[control].moments_before == moment; ++control)
      controls_.push_back(next++);
    if (moment < facts_.moments.size())
      moments_.push_back(next++);
  }
  std::vector<std::vector<std::string>> contents(facts_.sites.size()); // the slots that a site is given content for
  auto note_place = [&](const ContentPlace &place) {
    if (place.site == no_index)
      return;
    std::vector<std::string> &slots = contents[place.site];
    if (std::find(slots.begin(), slots.end(), place.slot) == slots.end())
      slots.push_back(place.slot);
  };
  for (const SiteFlow &site : facts_.sites)
    note_place(site.place);
  for (const SlotFlow &slot : facts_.slots)
    note_place(slot.place);
  for (size_t i = 0; i < facts_.sites.size(); ++i) { // parents come before what stands in their slots
    const SiteFlow &site = facts_.sites[i];
    sites_.push_back({next, next + 1, {}, site.begins != no_index && is_alive(site.place)});
    next += 2;
    for (const std::string &slot : contents[i]) {
      sites_.back().contents[slot] = next;
      content_goals_[next] = {slot, false};
      content_goals_[next + 1] = {slot, true};
      next += 2;
    }
  }
  for (const SlotFlow &slot : facts_.slots) {
    slots_.push_back({next, slot.begins != no_index && is_alive(slot.place)});
    next += 2;
  }
  node_count_ = next;
  awaits_at_.assign(node_count_, no_index);
  for (uint32_t i = 0; i < facts_.awaits.size(); ++i)
    awaits_at_[node_of_await(i)] = i;
}

WaysTo RenderSummary::find_ways(const Graph &graph, Measure measure, const SlotGoal *goal) const {
  WaysTo ways;
  ways.length.assign(node_count_, goal ? -1 : 0);
  ways.edge.assign(node_count_, no_index);
  if (goal)
    for (size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].alive && names_slot(goal->slot, facts_.slots[i].name))
        ways.length[slots_[i].begins + (goal->known ? 1 : 0)] = 0;
  for (NodeIndex node = static_cast<NodeIndex>(node_count_); node-- > 0;)
    for (uint32_t i = graph.first[node]; i < graph.first[node + 1]; ++i) {
      const SummaryEdge &edge = graph.edges[i];
      int32_t rest = edge.to != no_node_index ? ways.length[edge.to]
                     : goal                   ? -1
                                              : callees_[edge.site]->ways_down(measure).length[edge.input];
      if (rest >= 0 && rest + static_cast<int32_t>(edge.weight) > ways.length[node]) {
        ways.length[node] = rest + static_cast<int32_t>(edge.weight);
        ways.edge[node] = i;
      }
    }
  return ways;
}

const WaysTo *RenderSummary::ways_to_slot(Measure measure, const SlotGoal &goal) const {
  const std::map<SlotGoal, WaysTo> &slots = graphs_[static_cast<size_t>(measure)].slots;
  if (auto exact = slots.find(goal); exact != slots.end())
    return &exact->second;
  // A slot whose name is known at run time only may be this one.
  if (!renders_slot(goal.slot))
    return nullptr;
  return &slots.find({"", goal.known})->second;
}

} // namespace foreload::plan
