#include "plan/program_builder.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/ADT/SmallVector.h>

#include <algorithm>

namespace foreload {

namespace {

using Step = LiftStep::Kind;
using Render = RenderNode::Kind;
using Test = RenderNode::Test;

/// Functions are built on the call stack, callees first: a deeper tree is cut, and goes on from the lift point there.
constexpr unsigned call_depth_limit = 128;

Known unknown(Doubt doubt, uint32_t module) {
  Known known;
  known.doubt = std::move(doubt);
  known.module = module;
  return known;
}

LiftStep make_step(Step kind, uint32_t index, uint32_t at) {
  LiftStep step;
  step.kind = kind;
  step.index = index;
  step.at = at;
  return step;
}

} // namespace

/// What is known of the props of a component where it is rendered.
struct ProgramBuilder::Site {
  std::map<std::string, Known> named;
  Known rest; ///< those that no attribute names

  void set(const std::string &name, Known known) { named[name] = std::move(known); }
  void spread(const Known &value) {
    rest.add(value);
    for (auto &[name, known] : named)
      known.add(value);
  }
  Known of(const std::string &name) const {
    auto found = named.find(name);
    return found == named.end() ? rest : found->second;
  }
  Known whole() const {
    Known all = rest;
    for (const auto &[name, known] : named)
      all.add(known);
    return all;
  }
  Known of(const PropsUse &use) const {
    Known all;
    if (use.whole)
      all.add(whole());
    for (const std::string &name : use.names)
      all.add(of(name));
    return all;
  }
};

/// What a step stands in.
struct ProgramBuilder::Context {
  RunSet data = 0; ///< what is there: of the steps Loaded around it
  uint32_t at = 0;
  bool in_callback = false;
  bool makes_identity = false; ///< what the callbacks around are given may hold what is equal to itself only
  bool is_certain = true; ///< no condition stands around it
  std::vector<LiftCondition> conditions;

  void add(LiftCondition::Kind kind, uint32_t index) {
    is_certain = false;
    conditions.push_back({kind, index});
  }
};

class ProgramBuilder::FunctionBuilder {
public:
  FunctionBuilder(ProgramBuilder &builder, uint32_t index)
      : builder_(builder), function_(builder.functions_[index]), facts_(builder.facts(function_.module)),
        is_root_(index == 0), values_(facts_.values.size()) {
    function_.sites.resize(facts_.sites.size());
  }

  void build() {
    decide_own();
    std::vector<LiftStep> *steps = &function_.steps;
    Context context;
    context.at = is_root_ ? builder_.start_ : 0;
    Doubt stop = is_root_ ? Doubt{} : add_frontmatter(steps, context);
    if (is_root_ && builder_.own_starts_)
      steps->push_back(make_step(Step::Register, no_index, builder_.own_at_));
    if (is_root_)
      add_implicit(*steps, Context{}, UINT32_MAX);
    auto end = static_cast<uint32_t>(facts_.render.size());
    if (stop.certainty == Certainty::Must)
      add_render(0, end, *steps, context);
    else
      drop(0, end, stop, *steps, context, true);
    if (!is_root_) { // of the root, entries() takes what each entry needs
      function_.steps = builder_.prune(function_.steps, true);
      declare_values(function_.steps, {});
    }
    for (const LiftStep &step : function_.steps)
      collect_props(step);
    for (uint32_t i = 0; i < facts_.implicit_loaders.size(); ++i)
      function_.awaits.push_back(i < next_implicit_ ? what_is_known(i) : unknown(stop, function_.module));
    function_.is_built = true;
  }

  /// Finds what one entry needs of the frontmatter.
  void finish(LiftEntry &entry) {
    declare_values(entry.steps, {});
    std::set<uint32_t> inputs;
    for (const LiftStep &step : entry.steps)
      collect_inputs(step, inputs);
    entry.inputs.assign(inputs.begin(), inputs.end());
    entry.starts_own = std::any_of(entry.steps.begin(), entry.steps.end(),
                                   [](const LiftStep &step) { return step.kind == Step::Register; });
  }

private:
  // --- The own loader

  void decide_own() {
    if (!facts_.loader || facts_.uses.empty())
      return;
    const LinkedModule &linked = builder_.module(function_.module);
    function_.deferred_module = function_.module;
    if (is_root_) {
      function_.registers = builder_.own_starts_ || builder_.own_can_start_;
      return;
    }
    function_.deferred = builder_.deferrals_.of(function_.module);
    if (function_.deferred.certainty == Certainty::Must)
      function_.deferred = call_doubt();
    if (function_.deferred.certainty != Certainty::Must)
      return;
    const ContextUse &context = linked.loader_context;
    PropsUse reads;
    reads.whole = context.whole || context.all_props;
    reads.names.insert(context.prop_names.begin(), context.prop_names.end());
    if (Known props = known_props(reads); !props.is_known()) {
      function_.deferred = {Certainty::May, 3006, facts_.loader->span,
                            reads.whole && !context.props
                                ? "what it does with its context cannot be seen, so it may read the props"
                                : "it reads its props"};
      function_.deferred.text += ", which cannot be computed ahead of the render";
      return;
    }
    if (function_.state_unknown && context.may_touch_state()) {
      function_.deferred = {Certainty::May, 4001, facts_.loader->span,
                            "it reads Astro.locals or cookies, which may change"};
      return;
    }
    if (function_.speculative && !builder_.options_.speculative && !facts_.loader->speculative) {
      function_.deferred = {Certainty::May, 3001, {}, "where it may not be rendered"};
      return;
    }
    if (facts_.uses[own_use_].doubt.certainty == Certainty::Must)
      function_.registers = true;
    else // where the render tree has the call
      function_.deferred = facts_.uses[own_use_].doubt;
    own_in_markup_ = !function_.registers;
  }

  /// Whether every completed render of the component asks for its loader's data before anything that could matter. What
  /// ends the render on a condition that is known is part of the program.
  Doubt call_doubt() {
    if (std::all_of(facts_.uses.begin(), facts_.uses.end(), [](const LoaderUse &use) { return use.has_arguments; }))
      return {Certainty::May, 2009, facts_.uses.front().call, "getLoaderData() is given a key by hand"};
    Doubt best{Certainty::Never, 3007, facts_.uses.front().call, "getLoaderData() is called where nothing is rendered"};
    for (uint32_t i = 0; i < facts_.uses.size(); ++i) {
      const LoaderUse &use = facts_.uses[i];
      if (use.has_arguments)
        continue;
      Doubt doubt = use.doubt;
      if (!use.in_frontmatter && doubt.certainty == Certainty::May)
        doubt = {}; // the render tree has its conditions
      if (doubt.certainty != Certainty::Must)
        doubt.text = "getLoaderData() is called " + doubt.text;
      for (const Barrier &barrier : facts_.barriers) {
        bool before = !use.in_frontmatter || barrier.earliest < use.call.begin;
        bool matters = is_hard(barrier) || builder_.module(function_.module).loader_context.may_touch_state();
        if (before && matters && !is_known_guard(barrier)) {
          Doubt behind = barrier_doubt(barrier);
          behind.text = "getLoaderData() is called " + behind.text;
          if (behind.certainty > doubt.certainty)
            doubt = behind;
        }
      }
      if (doubt.certainty < best.certainty) {
        best = doubt;
        own_use_ = i;
      }
    }
    return best;
  }

  // --- The frontmatter of a component below the lift point

  bool is_known_guard(const Barrier &barrier) {
    return barrier.kind == Barrier::Kind::Return && barrier.condition != no_index && barrier.earliest != 0 &&
           known_code(barrier.condition).is_known();
  }

  /// Adds the guards and the own loader in source order. Returns why what follows is not certain, or Must.
  Doubt add_frontmatter(std::vector<LiftStep> *&steps, Context &context) {
    bool registers = function_.registers;
    auto add_own = [&] {
      add_register(*steps, context);
      registers = false;
    };
    for (const Barrier &barrier : facts_.barriers) {
      if (!is_hard(barrier))
        continue;
      if (registers && facts_.uses[own_use_].call.begin < barrier.at.begin)
        add_own();
      add_implicit(*steps, context, barrier.at.begin);
      if (!is_known_guard(barrier)) {
        function_.is_complete = false;
        return barrier_doubt(barrier);
      }
      RunSet missing = known_code(barrier.condition).data & ~context.data;
      if (missing != 0) {
        if (registers && (missing & own_run) != 0) // its data is asked for before the guard can be
          add_own();
        steps->push_back(make_step(Step::Loaded, no_index, 0));
        steps->back().data = missing;
        steps = &steps->back().steps;
        context.data |= missing;
      }
      LiftStep guard = make_step(Step::Branch, barrier.condition, 0);
      guard.steps.push_back(make_step(Step::Return, no_index, 0));
      steps->push_back(std::move(guard));
      context.add(LiftCondition::Kind::Guard, barrier.condition);
    }
    if (registers)
      add_own();
    add_implicit(*steps, context, UINT32_MAX);
    return {};
  }

  // --- Awaits that are loaders

  /// Adds those that stand before \p end and have not been added.
  void add_implicit(std::vector<LiftStep> &steps, const Context &context, uint32_t end) {
    for (; next_implicit_ < facts_.implicit_loaders.size(); ++next_implicit_) {
      if (facts_.implicit_loaders[next_implicit_].statement_begin >= end)
        return;
      if (implicit_doubt(next_implicit_).certainty != Certainty::Must)
        continue;
      const Known &known = *implicit_[next_implicit_];
      if (is_root_)
        add_standing(steps, known.at);
      LiftStep step = make_step(Step::Await, next_implicit_, is_root_ ? known.at : 0);
      step.data = known.data & ~context.data;
      steps.push_back(std::move(step));
      function_.touches_state |= facts_.codes[facts_.implicit_loaders[next_implicit_].code].reads_state;
    }
  }

  /// The awaits of one component start in their order. Those that would be started in vain, right before they stand, go
  /// first if a later one is started there.
  void add_standing(std::vector<LiftStep> &steps, uint32_t at) {
    for (auto &[index, earliest] : standing_)
      if (earliest <= at && at <= facts_.implicit_loaders[index].statement_begin) {
        steps.push_back(make_step(Step::Await, index, at));
        earliest = UINT32_MAX; // has been added
      }
  }

  /// Why an await cannot be started ahead of its place, or Must.
  Doubt implicit_doubt(uint32_t index) {
    implicit_.resize(facts_.implicit_loaders.size());
    std::optional<Known> &memo = implicit_[index];
    if (!memo) {
      memo = unknown({Certainty::May, 3010, facts_.implicit_loaders[index].expression, "needs itself"}, no_index);
      memo = known_implicit(facts_.implicit_loaders[index], index);
    }
    return memo->doubt;
  }

  /// Of an await that has been looked at. A doubt has a place: where the await stands, if nothing else is to blame.
  Known what_is_known(uint32_t index) const {
    Known known = *implicit_[index];
    if (!known.is_known() && known.doubt.span.empty()) {
      known.doubt.span = facts_.implicit_loaders[index].expression;
      known.module = function_.module;
    }
    return known;
  }

  Known known_implicit(const ImplicitLoader &loader, uint32_t index) {
    if (function_.speculative)
      return unknown({Certainty::May, 3001, loader.expression, "is not certain to be awaited"}, function_.module);
    if (!builder_.options_.lift)
      return unknown({Certainty::May, 3009, loader.expression, "lifting is switched off"}, function_.module);
    if (index >= implicit_run_limit)
      return unknown({Certainty::May, 3010, loader.expression, "comes behind too many others"}, function_.module);
    if (Doubt doubt = builder_.deferrals_.of_await(function_.module, index); doubt.code != 0)
      return unknown(doubt, function_.module);
    Known known = known_code(loader.code);
    // A shared run is found by its arguments, and those that cannot be compared are not shared at all.
    bool is_shared = builder_.options_.dedupe && can_be_shared(facts_, loader);
    for (uint32_t input : loader.inputs)
      if (!is_shared && known_code(input).makes_identity)
        known.add(unknown({Certainty::May, 3010, facts_.codes[input].text,
                           "reads an object that is equal to itself only, and is made where it stands"},
                          function_.module));
    uint32_t start = is_root_ ? facts_.frontmatter->code.begin : 0;
    for (const Barrier &barrier : facts_.barriers) {
      if (barrier.at.begin >= loader.statement_begin && barrier.earliest >= loader.statement_begin)
        continue; // behind it
      bool reads_state = facts_.codes[loader.code].reads_state;
      if (!is_hard(barrier) && !reads_state)
        continue;
      if (is_root_)
        start = std::max(start, barrier.statement.end);
      else if (!is_known_guard(barrier))
        known.add(unknown(barrier_doubt(barrier), function_.module));
    }
    known.at = std::max(known.at, start);
    if (!is_root_)
      return known;
    // What stands right before the await itself starts nothing any earlier.
    bool is_early = std::any_of(facts_.await_statements.begin(), facts_.await_statements.end(),
                                [&](uint32_t begin) { return begin >= known.at && begin < loader.statement_begin; });
    if (!is_early && known.is_known() && known.data == 0)
      standing_.emplace_back(index, known.at);
    if (!is_early || known.at > loader.statement_begin)
      known.add(unknown({Certainty::May, 3010, loader.expression, "starts where it stands"}, function_.module));
    return known;
  }

  void add_register(std::vector<LiftStep> &steps, const Context &context) {
    function_.own_conditions = context.conditions;
    const ContextUse &loader = builder_.module(function_.module).loader_context;
    function_.touches_state |= loader.may_touch_state();
    // The lift point asks for its own data anyway.
    if (function_.module != builder_.root_ || loader.may_read_props())
      steps.push_back(make_step(Step::Register, no_index, context.at));
  }

  // --- What is known

  const LinkedModule &linked() const { return builder_.module(function_.module); }

  /// For what a component changes that is given it, at a time that nobody knows.
  Known changed_below(std::string what) const {
    llvm::StringRef component = builder_.module(linked().changed_by).path;
    return unknown({Certainty::May, 3010, {}, what + ", which " + component.rsplit('/').second.str() + " changes"},
                   function_.module);
  }

  bool are_props_changed(const PropsUse &use) const {
    if (linked().changed_groups.empty())
      return false;
    if (linked().is_changed_below(facts_.props_group))
      return true;
    for (uint32_t prop = 0; prop < facts_.prop_groups.size(); ++prop)
      if (linked().is_changed_below(facts_.prop_groups[prop]) &&
          (use.whole || use.names.count(facts_.prop_names[prop]) != 0))
        return true;
    return false;
  }

  Known known_props(const PropsUse &use) {
    Known known;
    if (are_props_changed(use))
      return changed_below("uses props");
    if (is_root_)
      return known;
    const PropsUse &missing = function_.unknown_props;
    bool is_missing = use.whole && !missing.empty();
    for (const std::string &name : use.names)
      is_missing |= missing.names.count(name) != 0;
    if (is_missing)
      known.doubt = {Certainty::May, 3006, {}, "reads a prop that cannot be computed ahead of the render"};
    known.module = function_.module;
    return known;
  }

  Known known_code(uint32_t index) {
    const PureCode &code = facts_.codes[index];
    if (code.doubt.certainty != Certainty::Must)
      return unknown(code.doubt, function_.module);
    Known known;
    if (code.reads_state) {
      function_.touches_state = true;
      if (function_.state_unknown)
        return unknown({Certainty::May, 4001, code.text, "reads Astro.locals or cookies, which may change"},
                       function_.module);
      if (Doubt doubt = builder_.deferrals_.of_state(function_.module); doubt.certainty != Certainty::Must) {
        doubt.span = code.text;
        return unknown(std::move(doubt), function_.module);
      }
      known.at = is_root_ ? builder_.state_start_ : 0;
    }
    known.makes_identity = code.makes_identity;
    known.call_makes_identity = code.call_makes_identity;
    for (const CodeUse &use : code.uses) {
      Known part = known_use(use);
      if (use.dissolved)
        part.makes_identity = part.call_makes_identity = false;
      else if (use.called && use.of == CodeUse::Of::Value)
        part.makes_identity = part.call_makes_identity;
      part.call_makes_identity |= part.makes_identity;
      if (!part.is_known() && part.doubt.span.empty()) {
        part.doubt.span = use.span;
        part.module = function_.module;
      }
      known.add(part);
      if (!known.is_known())
        return known;
    }
    return known;
  }

  Known known_use(const CodeUse &use) {
    switch (use.of) {
    case CodeUse::Of::Value:
      return known_value(use.index);
    case CodeUse::Of::Import:
      if (function_.module != builder_.root_ && facts_.imports[use.index].specifier[0] != '.' &&
          builder_.module(function_.module).import_scope != builder_.module(builder_.root_).import_scope)
        return unknown({Certainty::May, 3010, use.span,
                        "uses `" + facts_.imports[use.index].local + "`, an import of another package"},
                       function_.module);
      if (use.called || builder_.module(function_.module).is_constant_import(use.index))
        return {};
      return unknown({Certainty::May, 3010, use.span,
                      "reads `" + facts_.imports[use.index].local + "`, which is not known to be a constant"},
                     function_.module);
    case CodeUse::Of::Props: {
      PropsUse props;
      if (use.index == no_index)
        props.whole = true;
      else
        props.names.insert(facts_.prop_names[use.index]);
      return known_props(props);
    }
    case CodeUse::Of::Astro:
      return builder_.graph_.changes_astro
                 ? unknown({Certainty::May, 3010, use.span, "uses `Astro`, parts of which a component changes"},
                           function_.module)
                 : Known{};
    case CodeUse::Of::Data: {
      if (!function_.registers || own_in_markup_)
        return unknown({Certainty::May, 3010, use.span, "needs the loader's data, and the loader is not started early"},
                       function_.module);
      if (linked().changes_data)
        return changed_below("uses the loader's data");
      Known known;
      known.data = own_run;
      known.at = is_root_ ? builder_.own_at_ : 0;
      return known;
    }
    case CodeUse::Of::Await: {
      Known known;
      if (Doubt why = implicit_doubt(use.index); why.certainty != Certainty::Must)
        return unknown(std::move(why), function_.module);
      known.data = implicit_run(use.index);
      return known;
    }
    case CodeUse::Of::Slot:
      if (function_.slots_unknown)
        return unknown({Certainty::May, 3005, use.span, "asks for a slot that is chosen at run time"},
                       function_.module);
      function_.asked_slots.insert(facts_.slot_names[use.index]);
      return {};
    }
    return {};
  }

  Known known_value(uint32_t index) {
    std::optional<Known> &memo = values_[index];
    if (memo)
      return *memo;
    memo = Known{}; // functions may call themselves
    const ValueFact &value = facts_.values[index];
    if (linked().is_changed_below(value.group))
      return *(memo = changed_below("uses `" + value.name + "`"));
    Known known;
    bool can_be_input = is_root_ && value.settled_at != 0;
    if (can_be_input && value.settled_at <= builder_.sync_end_) {
      known.at = input(index);
    } else {
      if (value.declaration != no_index) {
        const DeclarationFact &declaration = facts_.declarations[value.declaration];
        known = known_code(declaration.code);
        if (declaration.prop != no_index) {
          PropsUse prop;
          prop.names.insert(facts_.prop_names[declaration.prop]);
          known.add(known_props(prop));
        }
      } else {
        known = unknown(value.why.certainty == Certainty::Must
                            ? Doubt{Certainty::May, 3010, {}, "reads `" + value.name + "`, which only the render knows"}
                            : value.why,
                        function_.module);
      }
      if (!known.is_known() && can_be_input) {
        builder_.input_doubts_[index] = std::move(known.doubt);
        known = {};
        known.at = input(index);
      }
    }
    values_[index] = known;
    return known;
  }

  uint32_t input(uint32_t value) {
    builder_.inputs_[value] = true;
    return facts_.values[value].settled_at;
  }

  // --- The render tree

  /// Adds a step to \p steps, or to a step Loaded there if it needs data that is not there. Returns its own place.
  LiftStep &place(std::vector<LiftStep> &steps, LiftStep step, RunSet data, Context &inner) {
    RunSet missing = data & ~inner.data;
    if (missing == 0) {
      steps.push_back(std::move(step));
      return steps.back();
    }
    inner.data |= missing;
    if (steps.empty() || steps.back().kind != Step::Loaded || steps.back().at != step.at ||
        steps.back().data != missing) {
      steps.push_back(make_step(Step::Loaded, no_index, step.at));
      steps.back().data = missing;
    }
    steps.back().steps.push_back(std::move(step));
    return steps.back().steps.back();
  }

  void add_render(uint32_t begin, uint32_t end, std::vector<LiftStep> &steps, const Context &context) {
    for (uint32_t i = begin; i < end; i = facts_.render[i].subtree_end) {
      const RenderNode &node = facts_.render[i];
      switch (node.kind) {
      case Render::Component:
        add_site(i, steps, context);
        break;
      case Render::Content: // of a component, which takes it
        break;
      case Render::Slot:
        add_slot(i, steps, context);
        break;
      case Render::Branch:
        i = add_branch(i, end, steps, context);
        break;
      case Render::Each:
        add_each(i, steps, context);
        break;
      case Render::Constant:
        steps.push_back(make_step(Step::Constant, node.index, context.at));
        break;
      case Render::Return:
        steps.push_back(make_step(Step::Return, no_index, context.at));
        break;
      case Render::Opaque:
        drop(i + 1, node.subtree_end, facts_.doubts[node.index], steps, context, true);
        break;
      case Render::Call:
        if (own_in_markup_ && !facts_.uses[node.index].has_arguments) {
          add_register(steps, context);
          function_.registers = true;
        }
        break;
      }
    }
  }

  /// Returns the last node that it has dealt with: the arms of `?:` belong together.
  uint32_t add_branch(uint32_t index, uint32_t end, std::vector<LiftStep> &steps, const Context &context) {
    const RenderNode &node = facts_.render[index];
    Known known = known_code(node.index);
    if (node.operand != no_index)
      known.add(known_code(node.operand));
    uint32_t other = node.subtree_end;
    bool has_other = other < end && facts_.render[other].kind == Render::Branch &&
                     facts_.render[other].index == node.index && node.test == Test::Truthy &&
                     facts_.render[other].test == Test::Falsy;
    if (!known.is_known()) {
      Doubt doubt = condition_doubt(known);
      drop(index + 1, node.subtree_end, doubt, steps, context, true);
      if (!has_other)
        return index;
      drop(other + 1, facts_.render[other].subtree_end, doubt, steps, context, true);
      add_common(index, other, steps, context);
      return other;
    }
    Context inner = context;
    inner.at = std::max(context.at, known.at);
    inner.add(LiftCondition::Kind::Branch, index);
    LiftStep step = make_step(Step::Branch, node.index, inner.at);
    step.test = node.test;
    step.operand = node.operand;
    add_render(index + 1, node.subtree_end, place(steps, std::move(step), known.data, inner).steps, inner);
    return index;
  }

  Doubt condition_doubt(const Known &known) const {
    Doubt doubt = known.doubt;
    if (doubt.certainty == Certainty::Must)
      return doubt;
    doubt.code = doubt.code == 3006 ? 3010 : doubt.code;
    doubt.text = "on a condition that " + doubt.text;
    return doubt;
  }

  /// Components that are rendered whichever way a condition goes that nobody can compute.
  void add_common(uint32_t one, uint32_t other, std::vector<LiftStep> &steps, const Context &context) {
    std::map<uint32_t, uint32_t> targets; // of the sites of one arm
    auto each_direct = [&](uint32_t arm, auto &&visit) {
      for (uint32_t i = arm + 1; i < facts_.render[arm].subtree_end; i = facts_.render[i].subtree_end)
        if (facts_.render[i].kind == Render::Component)
          visit(facts_.render[i].index);
    };
    each_direct(one, [&](uint32_t site) { targets.try_emplace(target_of(site), site); });
    each_direct(other, [&](uint32_t site) {
      auto found = targets.find(target_of(site));
      if (found == targets.end() || found->first == no_index ||
          facts_.sites[site].elsewhere.certainty != Certainty::Must)
        return;
      uint32_t callee = builder_.function_of_unknown(found->first);
      if (callee == no_index)
        return;
      LiftStep call = make_step(Step::Call, site, context.at);
      call.operand = callee;
      steps.push_back(std::move(call));
      for (uint32_t arm : {found->second, site}) {
        function_.sites[arm].function = callee;
        function_.sites[arm].doubt = {};
      }
    });
  }

  void add_each(uint32_t index, std::vector<LiftStep> &steps, const Context &context) {
    const RenderNode &node = facts_.render[index];
    const CallbackFact &callback = facts_.callbacks[node.index];
    Known known;
    for (uint32_t code : {callback.head, callback.parameters})
      if (code != no_index)
        known.add(known_code(code));
    known.add(control_of(index));
    Context inner = context;
    inner.at = std::max(context.at, known.at);
    inner.in_callback = true;
    inner.makes_identity |= known.makes_identity;
    if (callback.head != no_index || has_return(index, node.subtree_end - 1))
      inner.add(LiftCondition::Kind::Each, index);
    if (!known.is_known()) {
      drop(index + 1, node.subtree_end, list_doubt(known), steps, inner, false);
      return;
    }
    LiftStep step = make_step(Step::Each, node.index, inner.at);
    add_render(index + 1, node.subtree_end, place(steps, std::move(step), known.data, inner).steps, inner);
  }

  Doubt list_doubt(const Known &known) const {
    Doubt doubt = known.doubt;
    doubt.code = doubt.code == 3006 ? 3010 : doubt.code;
    doubt.text = "for the items of a list that " + doubt.text;
    return doubt;
  }

  /// Calls \p visit with the nodes of a callback's own body: not with those of callbacks and slots in it.
  template <typename Visit> void each_of_body(uint32_t index, Visit visit) const {
    for (uint32_t i = index + 1; i < facts_.render[index].subtree_end;) {
      const RenderNode &node = facts_.render[i];
      visit(i);
      i = node.kind == Render::Branch ? i + 1 : node.subtree_end;
    }
  }

  /// Whether a callback returns before node \p end, in a part of its own body.
  bool has_return(uint32_t index, uint32_t end) const {
    bool found = false;
    each_of_body(index, [&](uint32_t i) { found |= facts_.render[i].kind == Render::Return && i < end; });
    return found;
  }

  /// What decides in a callback's body how far it runs, and what its constants are: all of it must be known, or nobody
  /// knows what its other statements mean.
  Known control_of(uint32_t index) {
    Known known;
    bool returns = has_return(index, facts_.render[index].subtree_end - 1);
    each_of_body(index, [&](uint32_t i) {
      const RenderNode &node = facts_.render[i];
      if (node.kind == Render::Constant || (returns && node.kind == Render::Branch && has_return(i, node.subtree_end))) {
        known.add(known_code(node.index));
        if (node.operand != no_index)
          known.add(known_code(node.operand));
      }
    });
    return known;
  }

  void add_slot(uint32_t index, std::vector<LiftStep> &steps, const Context &context) {
    const RenderNode &node = facts_.render[index];
    const SlotFact &slot = facts_.slots[node.index];
    Doubt fallback{Certainty::May, 3001, slot_span(index), "in a slot's fallback content"};
    if (function_.slots_unknown) {
      drop(index + 1, node.subtree_end, fallback, steps, context, true);
      return;
    }
    auto [known, is_new] = function_.slots.try_emplace(slot.name, Certainty::May);
    if (context.is_certain)
      known->second = Certainty::Must;
    LiftStep step = make_step(Step::Slot, node.index, context.at);
    Context inner = context;
    inner.add(LiftCondition::Kind::Slot, index);
    add_render(index + 1, node.subtree_end, step.steps, inner);
    steps.push_back(std::move(step));
  }

  Span slot_span(uint32_t index) const {
    return facts_.sites.empty() || index + 1 >= facts_.render[index].subtree_end ||
                   facts_.render[index + 1].kind != Render::Component
               ? Span{}
               : facts_.sites[facts_.render[index + 1].index].span;
  }

  uint32_t target_of(uint32_t site) const { return builder_.module(function_.module).site_targets[site]; }

  bool is_framework_component(const RenderSite &site) const {
    if (site.import == no_index)
      return false;
    llvm::StringRef specifier = facts_.imports[site.import].specifier;
    return llvm::any_of(llvm::ArrayRef<llvm::StringRef>{".jsx", ".tsx", ".svelte", ".vue"}, [&](llvm::StringRef ending) {
      return specifier.size() > ending.size() && specifier.take_back(ending.size()) == ending;
    });
  }

  /// An await is found by what its component is given. What is equal to itself only is another object there.
  Known known_prop(uint32_t code, const Context &context) {
    Known known = known_code(code);
    if (known.is_known() && builder_.options_.auto_lift && (known.makes_identity || context.makes_identity))
      return unknown({Certainty::May, 3010, facts_.codes[code].text,
                      "may hold an object that is equal to itself only, such as a function"},
                     function_.module);
    return known;
  }

  Site props_of(uint32_t index, const Context &context) {
    Site props;
    for (const SiteProp &prop : facts_.sites[index].props)
      switch (prop.kind) {
      case SiteProp::Kind::Text:
      case SiteProp::Kind::True:
        props.set(prop.name, {});
        break;
      case SiteProp::Kind::Code:
        props.set(prop.name, known_prop(prop.code, context));
        break;
      case SiteProp::Kind::Spread:
        props.spread(prop.code == no_index
                         ? unknown({Certainty::May, 3010, prop.text, "could not be parsed"}, function_.module)
                         : known_prop(prop.code, context));
        break;
      case SiteProp::Kind::Hidden:
        props.set(prop.name, unknown({Certainty::May, 3010, prop.text, "is made by Astro"}, function_.module));
        break;
      }
    return props;
  }

  /// The part of a component's props that it reads and that is not known, or not there yet.
  PropsUse unknown_of(const Site &site, uint32_t component, RunSet data, uint32_t until) const {
    auto is_missing = [&](const Known &known) {
      return !known.is_known() || (known.data & ~data) != 0 || (is_root_ && known.at > until);
    };
    const PropsUse &reads = builder_.reads_of(component);
    PropsUse missing;
    missing.whole = reads.whole && is_missing(site.whole());
    for (const std::string &name : reads.names)
      if (is_missing(site.of(name)))
        missing.names.insert(name);
    return missing;
  }

  void add_site(uint32_t index, std::vector<LiftStep> &steps, const Context &context) {
    uint32_t site = facts_.render[index].index;
    const RenderSite &fact = facts_.sites[site];
    SiteDecision &decision = function_.sites[site];
    decision.visited = true;
    decision.conditions = context.conditions;
    decision.data = context.data;
    uint32_t target = target_of(site);
    if (!context.is_certain)
      decision.doubt = {Certainty::May, 0, fact.span, "on a condition"};
    if (fact.elsewhere.certainty != Certainty::Must) {
      decision.doubt = fact.elsewhere;
      add_contents(index, steps, context, nullptr, nullptr, nullptr); // its slots are rendered here and now
      return;
    }
    if (target == no_index) {
      if (is_framework_component(fact)) // which is given its slots as HTML
        add_contents(index, steps, context, nullptr, nullptr, nullptr);
      else
        drop_contents(index, {Certainty::May, 3005, fact.span, "in a slot of <" + fact.tag + ">, which is not known"},
                      steps, context);
      return;
    }
    Site props = props_of(site, context);
    for (const auto &[name, known] : props.named)
      if (!known.is_known())
        decision.unknown_props.emplace(name, known);
    if (!props.rest.is_known())
      decision.unknown_props.emplace("", props.rest);

    // With everything that will be known in the end, and with what is known already.
    uint32_t late = builder_.function({target, unknown_of(props, target, ~RunSet{0}, UINT32_MAX), fact.chooses_slots,
                                       function_.state_unknown, function_.speculative});
    if (late == no_index) {
      Doubt deep{Certainty::May, 3001, fact.span, "nested too deeply"};
      decision.doubt = deep;
      function_.is_complete = false;
      drop_contents(index, deep, steps, context);
      return;
    }
    decision.function = late;
    const LiftFunction &callee = builder_.functions_[late];
    Known needed = callee.is_built ? props.of(callee.props) : props.whole();
    bool touches_state = callee.touches_state || !callee.is_built;
    function_.touches_state |= touches_state;
    if (is_root_ && touches_state)
      needed.at = std::max(needed.at, builder_.state_start_);
    std::set<std::string> rendered; // slots that are called already
    uint32_t last = no_index;
    for (uint32_t at : stages(props, target, needed, context)) {
      bool state_unknown = function_.state_unknown || (is_root_ && builder_.state_start_ > at);
      uint32_t early = builder_.function({target, unknown_of(props, target, context.data, at), fact.chooses_slots,
                                          state_unknown, function_.speculative});
      if (early == no_index || early == last || early == late)
        continue;
      const LiftFunction &first = builder_.functions_[early];
      Known now = first.is_built ? props.of(first.props) : Known{};
      if (is_root_ && first.touches_state)
        now.at = std::max(now.at, builder_.state_start_);
      now.data = 0;
      add_call(index, early, steps, context, now, rendered, last != no_index);
      last = early;
    }
    decision.data |= needed.data;
    add_call(index, late, steps, context, needed, rendered, last != no_index);
  }

  /// The places before the one where all is known at which a component can be called with what is known there.
  std::vector<uint32_t> stages(const Site &props, uint32_t target, const Known &needed, const Context &context) const {
    constexpr size_t stage_limit = 4;
    // What is known before the frontmatter awaits is as good as known at once: one call does it all.
    uint32_t soon = std::max(context.at, builder_.sync_end_);
    bool waits = (needed.data & ~context.data) != 0;
    if (!waits && (!is_root_ || needed.at <= soon))
      return {};
    std::set<uint32_t> places{soon};
    auto add = [&](const Known &known) {
      if (is_root_ && known.is_known() && known.at > soon && (waits || known.at < needed.at))
        places.insert(known.at);
    };
    for (const std::string &name : builder_.reads_of(target).names)
      add(props.of(name));
    add(props.rest);
    if (is_root_ && waits)
      add(needed);
    while (places.size() > stage_limit)
      places.erase(std::prev(places.end()));
    return {places.begin(), places.end()};
  }

  /// \p rendered: the slots that have been called for the same tag by a call with less knowledge.
  void add_call(uint32_t index, uint32_t callee, std::vector<LiftStep> &steps, const Context &context,
                const Known &needed, std::set<std::string> &rendered, bool again) {
    uint32_t site = facts_.render[index].index;
    Context inner = context;
    inner.at = std::max(context.at, needed.at);
    LiftStep call = make_step(Step::Call, site, inner.at);
    call.operand = callee;
    call.again = again;
    LiftStep &placed = place(steps, std::move(call), needed.data, inner);
    std::vector<LiftStep::Content> contents;
    // The reference survives: contents of a known component go into `contents` alone.
    add_contents(index, steps, inner, &builder_.functions_[callee], &contents, &rendered);
    placed.contents = std::move(contents);
    for (const auto &[slot, certainty] : builder_.functions_[callee].slots)
      if (certainty == Certainty::Must)
        rendered.insert(slot);
  }

  /// Adds what stands in the slots of a component: to \p contents as far as \p callee calls them; to \p steps if there
  /// is no callee.
  void add_contents(uint32_t index, std::vector<LiftStep> &steps, const Context &context, const LiftFunction *callee,
                    std::vector<LiftStep::Content> *contents, const std::set<std::string> *rendered) {
    const RenderNode &node = facts_.render[index];
    for (uint32_t i = index + 1; i < node.subtree_end; i = facts_.render[i].subtree_end) {
      const RenderNode &child = facts_.render[i];
      const ContentFact &content = facts_.contents[child.index];
      const RenderSite &site = facts_.sites[content.site];
      Doubt doubt = content.doubt;
      Context inner = context;
      if (!callee) {
        if (doubt.certainty == Certainty::Must)
          add_render(i + 1, child.subtree_end, steps, inner);
        else
          drop(i + 1, child.subtree_end, doubt, steps, inner, true);
        continue;
      }
      auto called = callee->slots.find(content.slot);
      bool is_called = called != callee->slots.end();
      if (doubt.certainty == Certainty::Must && (!is_called || !callee->is_built))
        doubt = {Certainty::May, 3005, site.span,
                 "in the slot '" + content.slot + "' of <" + site.tag + ">, which may not render it"};
      auto at = std::find_if(contents->begin(), contents->end(),
                             [&](const LiftStep::Content &other) { return other.slot == content.slot; });
      if (at == contents->end())
        at = contents->insert(contents->end(), {content.slot, {}});
      if (rendered->count(content.slot) != 0)
        continue; // an empty content still tells the callee to leave its fallback
      if (doubt.certainty != Certainty::Must) {
        drop(i + 1, child.subtree_end, doubt, at->steps, inner, false);
        continue;
      }
      if (called->second != Certainty::Must)
        inner.add(LiftCondition::Kind::Content, i);
      add_render(i + 1, child.subtree_end, at->steps, inner);
    }
  }

  void drop_contents(uint32_t index, const Doubt &doubt, std::vector<LiftStep> &steps, const Context &context) {
    for (uint32_t i = index + 1; i < facts_.render[index].subtree_end; i = facts_.render[i].subtree_end) {
      const Doubt &own = facts_.contents[facts_.render[i].index].doubt;
      drop(i + 1, facts_.render[i].subtree_end, own.certainty == Certainty::Never ? own : doubt, steps, context, true);
    }
  }

  /// Leaves out the nodes of [begin, end), and says why. What may be started for nothing is.
  void drop(uint32_t begin, uint32_t end, const Doubt &doubt, std::vector<LiftStep> &steps, const Context &context,
            bool may_speculate) {
    uint32_t callback_end = 0; // what callbacks are given is not known outside of them
    for (uint32_t i = begin; i < end; ++i) {
      const RenderNode &node = facts_.render[i];
      if (node.kind == Render::Each)
        callback_end = std::max(callback_end, node.subtree_end);
      if (node.kind != Render::Component)
        continue;
      SiteDecision &decision = function_.sites[node.index];
      if (decision.visited && decision.function != no_index)
        continue; // a tag that stands for several components
      decision.visited = true;
      const Doubt &elsewhere = facts_.sites[node.index].elsewhere;
      decision.doubt = elsewhere.certainty != Certainty::Must ? elsewhere : doubt;
      if (decision.doubt.certainty != Certainty::May)
        continue;
      function_.is_complete = false;
      if (may_speculate && i >= callback_end && !context.in_callback)
        speculate(node.index, steps, context);
    }
  }

  void speculate(uint32_t site, std::vector<LiftStep> &steps, const Context &context) {
    uint32_t target = target_of(site);
    if (target == no_index || !builder_.may_speculate_)
      return;
    Site props = props_of(site, context);
    uint32_t callee = builder_.function({target, unknown_of(props, target, context.data, context.at), true,
                                         function_.state_unknown || builder_.state_start_ > context.at, true});
    if (callee == no_index)
      return;
    LiftStep call = make_step(Step::Call, site, context.at);
    call.operand = callee;
    steps.push_back(std::move(call));
    function_.sites[site].function = callee;
    function_.sites[site].is_speculative = true;
  }

  // --- Values of the frontmatter

  /// Puts the declarations that \p steps need in front of the first step that needs them.
  void declare_values(std::vector<LiftStep> &steps, std::set<uint32_t> declared, RunSet data = 0) {
    std::vector<LiftStep> result;
    for (LiftStep &step : steps) {
      std::set<uint32_t> needed;
      collect_declarations(step, needed);
      for (uint32_t declaration : needed) {
        if (declared.count(declaration) != 0 || (data_of(declaration) & ~data) != 0)
          continue;
        declared.insert(declaration);
        result.push_back(make_step(Step::Declare, declaration, step.at));
      }
      // Inside, only what must wait for data is declared: the rest has been here.
      RunSet inside = step.kind == Step::Loaded ? data | step.data : data;
      if (step.kind == Step::Await && step.data != 0)
        for (uint32_t declaration : needed)
          if (declared.count(declaration) == 0 && (data_of(declaration) & ~(data | step.data)) == 0)
            step.steps.push_back(make_step(Step::Declare, declaration, step.at));
      if (step.kind != Step::Await && !step.steps.empty())
        declare_values(step.steps, declared, inside);
      for (LiftStep::Content &content : step.contents)
        if (!content.steps.empty())
          declare_values(content.steps, declared, inside);
      result.push_back(std::move(step));
    }
    steps = std::move(result);
  }

  RunSet data_of(uint32_t declaration) { return known_code(facts_.declarations[declaration].code).data; }

  void collect_code(uint32_t code, std::set<uint32_t> &needed) {
    if (code == no_index)
      return;
    for (const CodeUse &use : facts_.codes[code].uses) {
      if (use.of != CodeUse::Of::Value || (is_root_ && builder_.inputs_[use.index]))
        continue;
      uint32_t declaration = facts_.values[use.index].declaration;
      if (declaration != no_index && needed.insert(declaration).second)
        collect_code(facts_.declarations[declaration].code, needed);
    }
  }

  /// The codes that a step itself evaluates, without those of the steps in it.
  template <typename Visit> void visit_codes(const LiftStep &step, Visit visit) const {
    auto visit_one = [&](uint32_t code) {
      if (code != no_index)
        visit(code);
    };
    switch (step.kind) {
    case Step::Branch:
      visit_one(step.index);
      visit_one(step.operand);
      break;
    case Step::Constant:
      visit_one(step.index);
      break;
    case Step::Await:
      visit_one(facts_.implicit_loaders[step.index].code);
      break;
    case Step::Each:
      visit_one(facts_.callbacks[step.index].head);
      visit_one(facts_.callbacks[step.index].parameters);
      break;
    case Step::Call: {
      const LiftFunction &callee = builder_.functions_[step.operand];
      PropsUse all;
      all.whole = true; // of what is still being built
      for_each_passed_prop(facts_.sites[step.index], callee.is_built ? callee.props : all,
                           [&](const SiteProp &prop) { visit_one(prop.code); });
      break;
    }
    default:
      break;
    }
  }

  void collect_declarations(const LiftStep &step, std::set<uint32_t> &needed) {
    visit_codes(step, [&](uint32_t code) { collect_code(code, needed); });
    for (const LiftStep &inner : step.steps)
      collect_declarations(inner, needed);
    for (const LiftStep::Content &content : step.contents)
      for (const LiftStep &inner : content.steps)
        collect_declarations(inner, needed);
  }

  // --- The props that the function reads

  void collect_props(const LiftStep &step) {
    PropsUse &props = function_.props;
    if (step.kind == Step::Register)
      props.add(builder_.loader_reads(function_.module));
    if (step.kind == Step::Declare) {
      const DeclarationFact &declaration = facts_.declarations[step.index];
      if (declaration.prop != no_index)
        props.names.insert(facts_.prop_names[declaration.prop]);
      collect_props_of(declaration.code);
    } else {
      visit_codes(step, [&](uint32_t code) { collect_props_of(code); });
    }
    for (const LiftStep &inner : step.steps)
      collect_props(inner);
    for (const LiftStep::Content &content : step.contents)
      for (const LiftStep &inner : content.steps)
        collect_props(inner);
  }

  void collect_inputs(const LiftStep &step, std::set<uint32_t> &inputs) {
    auto collect = [&](uint32_t code) {
      for (const CodeUse &use : facts_.codes[code].uses)
        if (use.of == CodeUse::Of::Value && builder_.inputs_[use.index])
          inputs.insert(use.index);
    };
    if (step.kind == Step::Declare)
      collect(facts_.declarations[step.index].code);
    else
      visit_codes(step, collect);
    for (const LiftStep &inner : step.steps)
      collect_inputs(inner, inputs);
    for (const LiftStep::Content &content : step.contents)
      for (const LiftStep &inner : content.steps)
        collect_inputs(inner, inputs);
  }

  void collect_props_of(uint32_t code) {
    for (const CodeUse &use : facts_.codes[code].uses)
      if (use.of == CodeUse::Of::Props) {
        if (use.index == no_index)
          function_.props.whole = true;
        else
          function_.props.names.insert(facts_.prop_names[use.index]);
      }
  }

  ProgramBuilder &builder_;
  LiftFunction &function_;
  const ModuleFacts &facts_;
  const bool is_root_;
  uint32_t own_use_ = 0;
  bool own_in_markup_ = false;
  uint32_t next_implicit_ = 0;
  std::vector<std::pair<uint32_t, uint32_t>> standing_; ///< see add_standing(): an await, and where it could start
  std::vector<std::optional<Known>> implicit_; ///< what implicit_doubt() has found
  std::vector<std::optional<Known>> values_;
};

// --- The program

ProgramBuilder::ProgramBuilder(const ModuleGraph &graph, const PlanOptions &options, uint32_t root)
    : graph_(graph), options_(options), root_(root), deferrals_(graph, options, root),
      inputs_(facts(root).values.size()), input_doubts_(inputs_.size()) {
  may_speculate_ = options.speculative || graph.has_speculative_loaders;
  find_places();
}

/// Loaders are started after the last statement that could end the render or change what they see.
void ProgramBuilder::find_places() {
  const ModuleFacts &it = facts(root_);
  if (!it.frontmatter)
    return;
  start_ = state_start_ = it.frontmatter->code.begin;
  for (const Barrier &barrier : it.barriers) {
    state_start_ = std::max(state_start_, barrier.statement.end);
    if (is_hard(barrier))
      start_ = std::max(start_, barrier.statement.end);
  }
  sync_end_ = it.frontmatter->code.end;
  for (uint32_t begin : it.await_statements)
    if (begin >= start_)
      sync_end_ = std::min(sync_end_, begin);

  const ContextUse &context = module(root_).loader_context;
  bool reads_state = context.may_touch_state();
  own_at_ = reads_state ? state_start_ : start_;
  if (!it.loader || context.writes_state || !options_.lift || !options_.is_lift_point ||
      deferrals_.of_own().certainty != Certainty::Must)
    return;
  // A component beside it may change what its loader reads while it waits for something else.
  if (reads_state && !is_page(module(root_).path, options_.root))
    return;
  bool reads_after_writers = reads_state && deferrals_.has_writers();
  for (const LoaderUse &use : it.uses) {
    // What ends the render behind the call does not concern the loader.
    uint32_t start = it.frontmatter->code.begin;
    for (const Barrier &barrier : it.barriers) {
      bool is_behind = barrier.kind == Barrier::Kind::Return && use.in_frontmatter && barrier.earliest >= use.call.end;
      if (!is_behind && (is_hard(barrier) || reads_state))
        start = std::max(start, barrier.statement.end);
    }
    bool is_certain = use.doubt.certainty == Certainty::Must && !use.has_arguments &&
                      (use.in_frontmatter ? use.statement_begin >= start : !reads_after_writers);
    if (is_certain && (use.awaits_before || use.is_kept)) {
      own_starts_ = true;
      own_at_ = std::min(own_at_, start);
    }
    own_can_start_ |= is_certain && !use.in_frontmatter; // the frontmatter has no name for its data
  }
}

const PropsUse &ProgramBuilder::loader_reads(uint32_t component) {
  auto [at, is_new] = loader_reads_.try_emplace(component);
  if (is_new && facts(component).loader) {
    const ContextUse &context = module(component).loader_context;
    at->second.whole = context.whole || context.all_props;
    if (!at->second.whole)
      at->second.names.insert(context.prop_names.begin(), context.prop_names.end());
  }
  return at->second;
}

const PropsUse &ProgramBuilder::reads_of(uint32_t component) {
  if (auto known = reads_.find(component); known != reads_.end())
    return known->second;
  PropsUse reads = loader_reads(component);
  const ModuleFacts &it = facts(component);
  reads.names.insert(it.prop_names.begin(), it.prop_names.end());
  for (const PureCode &code : it.codes)
    for (const CodeUse &use : code.uses)
      reads.whole |= use.of == CodeUse::Of::Props && use.index == no_index;
  return reads_.emplace(component, std::move(reads)).first->second;
}

void ProgramBuilder::build() {
  functions_.emplace_back();
  functions_[0].module = root_;
  does_something_.push_back(true);
  FunctionBuilder(*this, 0).build();
  find_what_does_something();
}

uint32_t ProgramBuilder::function(Signature wanted) {
  std::string signature = std::to_string(wanted.component);
  signature += wanted.unknown.whole ? '*' : ' ';
  signature += wanted.slots_unknown ? 's' : ' ';
  signature += wanted.state_unknown ? 'l' : ' ';
  signature += wanted.speculative ? '?' : ' ';
  for (const std::string &name : wanted.unknown.names)
    signature += name + '\0';
  auto [known, is_new] = by_signature_.try_emplace(signature, no_index);
  if (!is_new)
    return known->second;
  if (depth_ >= call_depth_limit) {
    by_signature_.erase(signature);
    return no_index;
  }
  auto index = static_cast<uint32_t>(functions_.size());
  known->second = index;
  LiftFunction &made = functions_.emplace_back();
  made.module = wanted.component;
  made.unknown_props = std::move(wanted.unknown);
  made.slots_unknown = wanted.slots_unknown;
  made.state_unknown = wanted.state_unknown;
  made.speculative = wanted.speculative;
  does_something_.push_back(true); // until it is known: it may call itself
  ++depth_;
  FunctionBuilder(*this, index).build();
  --depth_;
  does_something_[index] = std::any_of(made.steps.begin(), made.steps.end(),
                                       [&](const LiftStep &step) { return does_something(step, false); });
  return index;
}

uint32_t ProgramBuilder::function_of_unknown(uint32_t component) {
  return function({component, reads_of(component), true, true, false});
}

void ProgramBuilder::find_what_does_something() {
  does_something_.assign(functions_.size(), false);
  // Callers of what does something do so, too; callees are built before their callers, but for recursion.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = functions_.size(); i-- > 0;)
      if (!does_something_[i] && std::any_of(functions_[i].steps.begin(), functions_[i].steps.end(),
                                             [&](const LiftStep &step) { return does_something(step, false); }))
        does_something_[i] = changed = true;
  }
}

bool ProgramBuilder::does_something(const LiftStep &step, bool with_slots) const {
  auto any = [&](const std::vector<LiftStep> &steps) {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const LiftStep &inner) { return does_something(inner, with_slots); });
  };
  if (step.kind == Step::Register || step.kind == Step::Await || (with_slots && step.kind == Step::Slot))
    return true;
  if (step.kind == Step::Call && does_something_[step.operand])
    return true;
  return any(step.steps) || std::any_of(step.contents.begin(), step.contents.end(),
                                        [&](const LiftStep::Content &content) { return any(content.steps); });
}

/// Whether a step may leave what it stands in.
static bool leaves(const LiftStep &step) {
  return step.kind == Step::Return ||
         (step.kind == Step::Branch && std::any_of(step.steps.begin(), step.steps.end(), leaves));
}

/// The steps that start something, without the rest.
std::vector<LiftStep> ProgramBuilder::prune(const std::vector<LiftStep> &steps, bool with_slots) const {
  std::vector<LiftStep> result;
  for (const LiftStep &step : steps) {
    bool is_declaration = step.kind == Step::Constant || step.kind == Step::Declare;
    if (!is_declaration && !leaves(step) && !does_something(step, with_slots))
      continue;
    LiftStep kept = step;
    kept.steps = prune(step.steps, with_slots);
    kept.contents.clear();
    for (const LiftStep::Content &content : step.contents)
      kept.contents.push_back({content.slot, prune(content.steps, with_slots)});
    result.push_back(std::move(kept));
  }
  // What decides and declares for nobody.
  while (!result.empty() && !does_something(result.back(), with_slots) && result.back().kind != Step::Return)
    result.pop_back();
  return result;
}

/// The part of the steps that can be done at places in (after, until], with what stands around it.
std::vector<LiftStep> ProgramBuilder::part(const std::vector<LiftStep> &steps, uint32_t after, uint32_t until) const {
  std::vector<LiftStep> result;
  for (const LiftStep &step : steps) {
    if (step.at > until)
      continue;
    LiftStep kept = step;
    kept.steps = part(step.steps, after, until);
    kept.contents.clear();
    bool has_content = false;
    for (const LiftStep::Content &content : step.contents) {
      kept.contents.push_back({content.slot, part(content.steps, after, until)});
      has_content |= std::any_of(kept.contents.back().steps.begin(), kept.contents.back().steps.end(),
                                 [&](const LiftStep &inner) { return does_something(inner, false); });
    }
    bool is_control = leaves(step) || step.kind == Step::Constant;
    bool is_action = step.kind == Step::Register || step.kind == Step::Await || step.kind == Step::Call;
    if (is_control || (is_action ? step.at > after || has_content : does_something(kept, false)))
      result.push_back(std::move(kept));
  }
  return result;
}

static void collect_places(const std::vector<LiftStep> &steps, std::set<uint32_t> &places) {
  for (const LiftStep &step : steps) {
    if (step.kind == Step::Register || step.kind == Step::Await || step.kind == Step::Call)
      places.insert(step.at);
    collect_places(step.steps, places);
    for (const LiftStep::Content &content : step.contents)
      collect_places(content.steps, places);
  }
}

static RunSet runs_in(const std::vector<LiftStep> &steps) {
  RunSet runs = 0;
  for (const LiftStep &step : steps) {
    runs |= step.data | runs_in(step.steps);
    for (const LiftStep::Content &content : step.contents)
      runs |= runs_in(content.steps);
  }
  return runs;
}

/// An entry that needs the data of an await which an earlier one starts starts it, too: it is the same run.
void ProgramBuilder::add_awaits(std::vector<LiftStep> &entry, const std::vector<LiftStep> &all) {
  for (size_t i = all.size(); i-- > 0;) {
    if (all[i].kind != Step::Await || (runs_in(entry) & implicit_run(all[i].index)) == 0)
      continue;
    bool is_there = std::any_of(entry.begin(), entry.end(), [&](const LiftStep &step) {
      return step.kind == Step::Await && step.index == all[i].index;
    });
    if (!is_there)
      entry.insert(entry.begin(), all[i]);
  }
}

std::vector<LiftEntry> ProgramBuilder::entries() {
  std::vector<LiftEntry> entries;
  const ModuleFacts &it = facts(root_);
  if (!it.frontmatter)
    return entries;
  std::vector<LiftStep> steps = prune(functions_[0].steps, false);
  std::set<uint32_t> places;
  collect_places(steps, places);
  // One call is enough where nothing is awaited in between, and nothing ends the render.
  auto is_plain_between = [&](uint32_t begin, uint32_t end) {
    return std::none_of(it.await_statements.begin(), it.await_statements.end(),
                        [&](uint32_t at) { return at >= begin && at < end; }) &&
           std::none_of(it.barriers.begin(), it.barriers.end(), [&](const Barrier &barrier) {
             return is_hard(barrier) && barrier.statement.end > begin && barrier.statement.end <= end;
           });
  };
  for (auto at = places.begin(); at != places.end() && std::next(at) != places.end();)
    at = is_plain_between(*at, *std::next(at)) ? places.erase(at) : std::next(at);
  FunctionBuilder own(*this, 0);
  uint32_t after = 0;
  for (uint32_t at : places) {
    LiftEntry entry;
    entry.at = at;
    entry.steps = prune(part(steps, after, at), false);
    after = at;
    add_awaits(entry.steps, steps);
    if (entry.steps.empty())
      continue;
    own.finish(entry);
    entry.after_statement = at != it.frontmatter->code.begin;
    for (const Barrier &barrier : it.barriers)
      if (barrier.statement.end == at || (at > start_ && barrier.statement.end == start_ && is_hard(barrier)))
        entry.delayed_by = barrier_doubt(barrier);
    for (uint32_t input : entry.inputs)
      if (const Doubt &doubt = input_doubts_[input]; entry.delayed_by.code == 0 && it.values[input].settled_at == at) {
        entry.delayed_by = doubt;
        entry.delayed_by.text = "`" + it.values[input].name + "` is made there: " + doubt.text;
      }
    entries.push_back(std::move(entry));
  }
  return entries;
}

} // namespace foreload
