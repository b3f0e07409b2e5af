#include "plan/schedule.h"

#include <llvm/ADT/SCCIterator.h>
#include <llvm/ADT/SmallVector.h>

#include <algorithm>
#include <queue>
#include <set>
#include <tuple>

namespace {

struct Event {
  bool with_first = false;              ///< it happens with the first of its causes, not with the last
  uint32_t end_of = foreload::no_index; ///< the load that has its data with this event
  uint32_t start_of = foreload::no_index;
  size_t missing = 0; ///< causes that have not happened
  llvm::SmallVector<Event *, 4> effects;
  bool has_happened = false;
  double time = 0;
  uint32_t wave = 0;            ///< loads before it, on the way that decided when it happened
  const Event *cause = nullptr; ///< the one that decided when it happened
};

} // namespace

template <> struct llvm::GraphTraits<const Event *> {
  using NodeRef = const Event *;
  using ChildIteratorType = llvm::SmallVectorImpl<Event *>::const_iterator;
  static NodeRef getEntryNode(NodeRef entry) { return entry; }
  static ChildIteratorType child_begin(NodeRef event) { return event->effects.begin(); }
  static ChildIteratorType child_end(NodeRef event) { return event->effects.end(); }
};

namespace foreload {

namespace {

/// Real pages have hundreds of events. Diamonds of components that pass props on could have any number.
constexpr size_t event_limit = 100'000;
constexpr unsigned nesting_limit = 400;

/// One component in the course of things: rendered, or its function called in a lift program.
struct Frame {
  const Frame *owner; ///< whose markup has its tag; null: the lift point
  uint32_t site;      ///< which of its tags
  uint32_t module;
  uint32_t position; ///< in the tree
  Event *entry;
  const LiftPlan *program = nullptr;                        ///< null: it is rendered
  uint32_t function = 0;                                    ///< of the program
  const std::vector<LiftStep::Content> *contents = nullptr; ///< of a call in a program
  uint32_t tag = no_index;                                  ///< of a render: the node in the owner's render tree
};

class Scheduler {
public:
  /// \p options null: without lifting.
  Scheduler(const ModuleGraph &graph, const LiftPlan &plan, const PlanOptions *options, LoadCost cost = nullptr)
      : graph_(graph), plan_(plan), options_(options), cost_(cost), holds_loads_(graph.modules.size()),
        holds_many_(graph.modules.size()), can_finish_(graph.loaders.nodes.size()),
        component_of_(graph.loaders.nodes.size(), no_index) {
    find_what_holds_loads();
    for (uint32_t node : graph.loaders.order)
      can_finish_[node] = true;
    for (uint32_t i = static_cast<uint32_t>(graph.modules.size()); i-- > 0;)
      if (graph.modules[i].loader_node != no_index)
        component_of_[graph.modules[i].loader_node] = i;
    // What the lift point starts leaves nothing to the lift points below it, unless it says so.
    lifts_below_ = options && options->lift &&
                   std::any_of(plan.nodes.begin(), plan.nodes.end(),
                               [](const PlanNode &node) { return node.verdict == Verdict::Deferred; });
  }

  std::optional<Schedule> run() {
    Event *begin = event();
    render({nullptr, no_index, plan_.module, 0, begin}, begin);
    if (is_too_large_)
      return std::nullopt;
    happen(begin);
    return result(begin);
  }

private:
  struct Load {
    ScheduledLoad what;
    Event *start;
    Event *end;
  };
  /// By module, position in the tree, and await (see ScheduledLoad).
  using LoadKey = std::tuple<uint32_t, uint32_t, uint32_t>;
  /// Where in a frontmatter a render has come to when something happens.
  using Course = std::vector<std::pair<uint32_t, Event *>>;

  const ModuleFacts &facts(uint32_t module) const { return *graph_.modules[module].facts; }

  // --- Events

  Event *event() {
    is_too_large_ |= events_.size() > event_limit;
    events_.emplace_back();
    return &events_.back();
  }

  static void link(Event *cause, Event *effect) {
    cause->effects.push_back(effect);
    ++effect->missing;
  }

  Event *both(Event *one, Event *other) {
    Event *made = event();
    link(one, made);
    link(other, made);
    return made;
  }

  void start(uint32_t load, Event *at) { link(at, loads_[load].start); }

  uint32_t add_load(const ScheduledLoad &what) {
    auto index = static_cast<uint32_t>(loads_.size());
    loads_.push_back({what, event(), event()});
    loads_[index].start->with_first = true;
    loads_[index].start->start_of = index;
    loads_[index].end->end_of = index;
    link(loads_[index].start, loads_[index].end);
    if (what.loader == no_index || !can_finish_[what.loader]) // those that wait for each other are a diagnostic
      return index;
    for (const LoaderEdge &edge : graph_.loaders.edges[what.loader]) {
      uint32_t loaded = load_of_loader(edge.target);
      start(loaded, loads_[index].start);
      link(loads_[loaded].end, loads_[index].end);
    }
    return index;
  }

  uint32_t load_of_loader(uint32_t loader) {
    uint32_t component = component_of_[loader];
    if (component != no_index && !graph_.modules[component].loader_context.may_read_props())
      return load_of_component(component, 0);
    return find_load({no_index, loader, no_index}, {.loader = loader});
  }

  uint32_t find_load(const LoadKey &key, const ScheduledLoad &what) {
    if (auto known = loads_by_key_.find(key); known != loads_by_key_.end())
      return known->second;
    uint32_t load = add_load(what);
    loads_by_key_.emplace(key, load);
    return load;
  }

  /// A loader that reads no props runs once.
  LoadKey load_key(uint32_t module, uint32_t position) const {
    return {module, graph_.modules[module].loader_context.may_read_props() ? position : no_index, no_index};
  }

  uint32_t load_of_component(uint32_t module, uint32_t position) {
    return find_load(load_key(module, position), {.module = module, .loader = graph_.modules[module].loader_node});
  }

  uint32_t load_of(const Frame &frame) { return load_of_component(frame.module, frame.position); }

  uint32_t load_of_await(const Frame &frame, uint32_t await) {
    return find_load({frame.module, frame.position, await}, {.module = frame.module, .await = await});
  }

  /// What has happened when \p at has and the data of \p runs is there.
  Event *with_data(Event *at, RunSet runs, const Frame &frame) {
    if ((runs & own_run) != 0)
      at = both(at, loads_[load_of(frame)].end);
    for (uint32_t i = 0; i < facts(frame.module).implicit_loaders.size() && i < implicit_run_limit; ++i)
      if ((runs & implicit_run(i)) != 0)
        at = both(at, loads_[load_of_await(frame, i)].end);
    return at;
  }

  // --- The tree

  /// The place in the tree of what a tag renders.
  uint32_t position(uint32_t owner, uint32_t site) {
    return positions_.try_emplace({owner, site}, static_cast<uint32_t>(positions_.size()) + 1).first->second;
  }

  /// Which components have a loader in them or below, and which have one whose runs depend on where they are rendered.
  void find_what_holds_loads() {
    std::vector<std::vector<uint32_t>> users(graph_.modules.size());
    for (uint32_t i = 0; i < graph_.modules.size(); ++i)
      for (uint32_t target : graph_.modules[i].site_targets)
        if (target != no_index)
          users[target].push_back(i);
    auto spread = [&](std::vector<bool> &holds, auto &&has) {
      std::vector<uint32_t> queue;
      for (uint32_t i = 0; i < graph_.modules.size(); ++i)
        if (has(graph_.modules[i])) {
          holds[i] = true;
          queue.push_back(i);
        }
      for (size_t next = 0; next < queue.size(); ++next)
        for (uint32_t user : users[queue[next]])
          if (!holds[user]) {
            holds[user] = true;
            queue.push_back(user);
          }
    };
    auto has_loader = [](const LinkedModule &module) { return module.facts->loader && !module.facts->uses.empty(); };
    auto has_await = [](const LinkedModule &module) { return !module.facts->implicit_loaders.empty(); };
    spread(holds_loads_, [&](const LinkedModule &module) { return has_loader(module) || has_await(module); });
    spread(holds_many_, [&](const LinkedModule &module) {
      return has_await(module) || (has_loader(module) && module.loader_context.may_read_props());
    });
  }

  /// Whether there is nothing to be seen: no loads, or the same loads for the same reason as before.
  bool is_idle(const Frame &frame, bool has_contents, const Event *at) {
    if (has_contents || is_too_large_)
      return is_too_large_;
    if (!holds_loads_[frame.module])
      return true;
    return !holds_many_[frame.module] &&
           !seen_.insert({frame.program, frame.program ? frame.function : frame.module, at}).second;
  }

  /// What a component renders within itself may do so again. The second level stands for all that follow.
  Event *same_level_above(const Frame &frame) const {
    Event *nearest = nullptr;
    for (const Frame *above = frame.owner; above && above->program == frame.program; above = above->owner) {
      bool is_same = frame.program ? above->function == frame.function : above->module == frame.module;
      if (is_same && nearest)
        return nearest;
      if (is_same)
        nearest = above->entry;
    }
    return nullptr;
  }

  bool enter(Frame &frame, Event *at) {
    if (Event *above = same_level_above(frame)) {
      link(at, above);
      return false;
    }
    frame.entry = event();
    frame.entry->with_first = true;
    link(at, frame.entry);
    is_too_large_ |= nesting_ >= nesting_limit;
    return !is_too_large_;
  }

  /// Whether the tag of \p frame has content for the slot \p name.
  bool has_content(const Frame &frame, const std::string &name) const {
    if (!frame.owner)
      return false;
    const std::vector<ContentFact> &contents = facts(frame.owner->module).contents;
    return std::any_of(contents.begin(), contents.end(),
                       [&](const ContentFact &content) { return content.site == frame.site && content.slot == name; });
  }

  // --- Lift programs

  void run_program(const Frame &rendered, Event *begin, const Course &course) {
    const LiftPlan &plan = program_of(rendered.module);
    Frame frame = rendered;
    frame.program = &plan;
    frame.function = 0;
    for (const LiftEntry &entry : plan.entries) {
      Event *at = begin;
      for (auto [offset, event] : course)
        if (offset < entry.at)
          at = event;
      run(entry.steps, frame, at);
    }
  }

  const LiftPlan &program_of(uint32_t module) {
    if (module == plan_.module)
      return plan_;
    auto known = programs_.find(module);
    if (known == programs_.end())
      known = programs_.emplace(module, plan_lift_point(graph_, module, *options_)).first;
    return known->second;
  }

  void run(const std::vector<LiftStep> &steps, const Frame &frame, Event *at) {
    for (const LiftStep &step : steps)
      switch (step.kind) {
      case LiftStep::Kind::Register:
        start(load_of(frame), at);
        break;
      case LiftStep::Kind::Await:
        start(load_of_await(frame, step.index), with_data(at, step.data, frame));
        break;
      case LiftStep::Kind::Loaded:
        if ((step.data & own_run) != 0)
          start(load_of(frame), at);
        run(step.steps, frame, with_data(at, step.data, frame));
        break;
      case LiftStep::Kind::Call:
        call(step, frame, at);
        break;
      case LiftStep::Kind::Slot:
        run_slot(step, frame, at);
        break;
      case LiftStep::Kind::Branch:
      case LiftStep::Kind::Each:
        run(step.steps, frame, at);
        break;
      case LiftStep::Kind::Declare:
      case LiftStep::Kind::Constant:
      case LiftStep::Kind::Return:
        break;
      }
  }

  void call(const LiftStep &step, const Frame &caller, Event *at) {
    Frame frame{&caller, step.index, caller.program->functions[step.operand].module,
                position(caller.position, step.index), nullptr};
    frame.program = caller.program;
    frame.function = step.operand;
    frame.contents = &step.contents;
    if (is_idle(frame, !step.contents.empty(), at) || !enter(frame, at))
      return;
    ++nesting_;
    run(caller.program->functions[step.operand].steps, frame, frame.entry);
    --nesting_;
  }

  void run_slot(const LiftStep &step, const Frame &frame, Event *at) {
    const std::string &name = facts(frame.module).slots[step.index].name;
    if (frame.contents)
      for (const LiftStep::Content &content : *frame.contents)
        if (content.slot == name) {
          is_too_large_ |= ++nesting_ > nesting_limit;
          if (!is_too_large_)
            run(content.steps, *frame.owner, at);
          --nesting_;
          return;
        }
    if (!has_content(frame, name))
      run(step.steps, frame, at);
  }

  // --- The render

  void render(const Frame &frame, Event *begin) {
    const ModuleFacts &it = facts(frame.module);
    std::map<uint32_t, uint32_t> awaits; // by offset: a load
    for (const LoaderUse &use : it.uses)
      if (use.in_frontmatter && it.loader)
        awaits.emplace(use.statement_begin, load_of(frame));
    for (uint32_t i = 0; i < it.implicit_loaders.size(); ++i)
      awaits.emplace(it.implicit_loaders[i].statement_begin, load_of_await(frame, i));
    Course course;
    Event *at = begin;
    for (auto [offset, load] : awaits) {
      start(load, at);
      at = both(at, loads_[load].end);
      course.emplace_back(offset, at);
    }
    if (options_ && (lifts_below_ || !frame.owner))
      run_program(frame, begin, course);
    render_nodes(0, static_cast<uint32_t>(it.render.size()), frame, at);
  }

  void render_nodes(uint32_t begin, uint32_t end, const Frame &frame, Event *at) {
    const ModuleFacts &it = facts(frame.module);
    for (uint32_t i = begin; i < end; i = it.render[i].subtree_end) {
      const RenderNode &node = it.render[i];
      switch (node.kind) {
      case RenderNode::Kind::Component:
        render_component(i, frame, at);
        break;
      case RenderNode::Kind::Slot:
        render_slot(i, frame, at);
        break;
      case RenderNode::Kind::Branch:
      case RenderNode::Kind::Each:
        render_nodes(i + 1, node.subtree_end, frame, at);
        break;
      case RenderNode::Kind::Opaque:
        if (it.doubts[node.index].certainty != Certainty::Never)
          render_nodes(i + 1, node.subtree_end, frame, at);
        break;
      case RenderNode::Kind::Call:
        if (it.loader)
          start(load_of(frame), at);
        break;
      case RenderNode::Kind::Content: // of a component, which renders it
      case RenderNode::Kind::Constant:
      case RenderNode::Kind::Return:
        break;
      }
    }
  }

  void render_component(uint32_t node, const Frame &owner, Event *at) {
    const ModuleFacts &it = facts(owner.module);
    uint32_t site = it.render[node].index;
    uint32_t target = graph_.modules[owner.module].site_targets[site];
    if (it.sites[site].is_island || target == no_index) { // its content is rendered with the owner's
      render_contents(node, nullptr, owner, at);
      return;
    }
    Frame frame{&owner, site, target, position(owner.position, site), nullptr};
    frame.tag = node;
    if (is_idle(frame, it.render[node].subtree_end > node + 1, at) || !enter(frame, at))
      return;
    ++nesting_;
    render(frame, frame.entry);
    --nesting_;
  }

  void render_slot(uint32_t node, const Frame &frame, Event *at) {
    const ModuleFacts &it = facts(frame.module);
    const std::string &name = it.slots[it.render[node].index].name;
    if (has_content(frame, name))
      render_contents(frame.tag, &name, *frame.owner, at);
    else
      render_nodes(node + 1, it.render[node].subtree_end, frame, at);
  }

  /// Renders what the tag \p tag of \p owner has in its slot \p slot; null: in all of them.
  void render_contents(uint32_t tag, const std::string *slot, const Frame &owner, Event *at) {
    const ModuleFacts &it = facts(owner.module);
    is_too_large_ |= ++nesting_ > nesting_limit;
    for (uint32_t i = tag + 1; !is_too_large_ && i < it.render[tag].subtree_end; i = it.render[i].subtree_end) {
      const ContentFact &content = it.contents[it.render[i].index];
      if (content.doubt.certainty != Certainty::Never && (!slot || content.slot == *slot))
        render_nodes(i + 1, it.render[i].subtree_end, owner, at);
    }
    --nesting_;
  }

  // --- The schedule

  /// Kahn's algorithm, in the order of time. What happens at the same time does so in the order in which it was found.
  void happen(Event *begin) {
    using Due = std::tuple<double, size_t, Event *>;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
    size_t found = 0;
    begin->has_happened = true;
    due.push({0, found++, begin});
    while (!due.empty()) {
      Event *now = std::get<Event *>(due.top());
      due.pop();
      if (now->start_of != no_index)
        order_.push_back(now->start_of);
      for (Event *effect : now->effects) {
        if (effect->has_happened || (--effect->missing != 0 && !effect->with_first))
          continue;
        bool is_end = effect->end_of != no_index;
        effect->has_happened = true;
        effect->cause = now;
        effect->wave = now->wave + (is_end ? 1 : 0);
        effect->time = now->time + (is_end ? cost_of(loads_[effect->end_of].what) : 0);
        due.push({effect->time, found++, effect});
      }
    }
  }

  double cost_of(const ScheduledLoad &load) const { return cost_ ? cost_(load) : 1; }

  Schedule result(const Event *begin) {
    Schedule schedule;
    std::vector<uint32_t> number(loads_.size(), no_index); // by load: in the schedule
    const Event *last = nullptr;
    for (uint32_t load : order_) {
      number[load] = static_cast<uint32_t>(schedule.loads.size());
      const Event *start = loads_[load].start;
      uint32_t waits_for = load_before(start);
      schedule.loads.push_back(loads_[load].what);
      schedule.loads.back().wave = start->wave;
      schedule.loads.back().waits_for = waits_for == no_index ? no_index : number[waits_for];
      schedule.loads.back().start = start->time;
      schedule.loads.back().end = loads_[load].end->time;
      if (const Event *end = loads_[load].end; !last || end->time > last->time)
        last = end;
    }
    for (const Event *end = last; end; end = end->cause)
      if (end->end_of != no_index)
        schedule.critical_path.push_back(number[end->end_of]);
    std::reverse(schedule.critical_path.begin(), schedule.critical_path.end());
    for (uint32_t load : find_repeated(begin))
      schedule.repeated.push_back(number[load]);
    std::sort(schedule.repeated.begin(), schedule.repeated.end());
    name_nodes(schedule, number);
    return schedule;
  }

  static uint32_t load_before(const Event *event) {
    for (; event; event = event->cause)
      if (event->end_of != no_index)
        return event->end_of;
    return no_index;
  }

  /// The loads on a way from a component to itself. A load that something else starts earlier is on none.
  std::vector<uint32_t> find_repeated(const Event *begin) {
    for (Event &event : events_)
      event.effects.erase(
          std::remove_if(event.effects.begin(), event.effects.end(),
                         [&](Event *effect) { return effect->start_of != no_index && effect->cause != &event; }),
          event.effects.end());
    std::vector<uint32_t> repeated;
    for (auto component = llvm::scc_begin(begin); !component.isAtEnd(); ++component)
      if (component.hasCycle())
        for (const Event *event : *component)
          if (event->end_of != no_index)
            repeated.push_back(event->end_of);
    return repeated;
  }

  void name_nodes(Schedule &schedule, const std::vector<uint32_t> &number) const {
    std::vector<uint32_t> places(plan_.nodes.size(), no_index); // by node: its position
    schedule.load_of_node.assign(plan_.nodes.size(), no_index);
    for (size_t i = 0; i < plan_.nodes.size(); ++i) {
      const PlanNode &node = plan_.nodes[i];
      if (node.parent == no_index) {
        places[i] = 0;
      } else if (places[node.parent] != no_index) {
        auto known = positions_.find({places[node.parent], node.site});
        places[i] = known == positions_.end() ? no_index : known->second;
      }
      if (node.module == no_index)
        continue;
      auto load = loads_by_key_.find(load_key(node.module, places[i]));
      if (load != loads_by_key_.end())
        schedule.load_of_node[i] = number[load->second];
    }
  }

  const ModuleGraph &graph_;
  const LiftPlan &plan_;
  const PlanOptions *options_;
  LoadCost cost_;
  std::vector<bool> holds_loads_, holds_many_; ///< by module
  std::vector<bool> can_finish_;               ///< by node of the loader graph
  std::vector<uint32_t> component_of_;         ///< by node of the loader graph
  bool lifts_below_ = false;
  bool is_too_large_ = false;
  unsigned nesting_ = 0;
  std::deque<Event> events_;
  std::vector<Load> loads_;
  std::map<LoadKey, uint32_t> loads_by_key_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> positions_;
  std::map<uint32_t, LiftPlan> programs_; ///< of the lift points below
  std::set<std::tuple<const LiftPlan *, uint32_t, const Event *>> seen_;
  std::vector<uint32_t> order_; ///< of loads, as they start
};

} // namespace

std::optional<Schedule> schedule_loads(const ModuleGraph &graph, const LiftPlan &plan, const PlanOptions &options) {
  return Scheduler(graph, plan, &options).run();
}

std::optional<Schedule> schedule_plain_loads(const ModuleGraph &graph, const LiftPlan &plan, LoadCost cost) {
  return Scheduler(graph, plan, nullptr, cost).run();
}

} // namespace foreload
