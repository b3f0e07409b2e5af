// Walks a component in the order in which it is evaluated.
#include "analyze/awaits.h"
#include "analyze/await_kinds.h"
#include "parse/expression_code.h"
#include "parse/template.h"

#include <llvm/ADT/SmallVector.h>

#include <algorithm>
#include <utility>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

/// Deeper than this, code and markup are left out: they are walked on the call stack.
constexpr unsigned depth_limit = 200;

class AwaitCollector {
public:
  AwaitCollector(Context &context, const TemplateTree &markup)
      : context_(context), markup_(markup), kinds_(context, values_) {}

  AwaitFacts run() {
    facts_.sites.resize(context_.facts.sites.size());
    for (uint32_t i = 0; i < context_.facts.sites.size(); ++i)
      sites_.emplace_back(context_.facts.sites[i].span.begin, i);
    std::sort(sites_.begin(), sites_.end());
    now_ = new_moment({});
    FlowCode frontmatter{context_.code};
    values_.add(frontmatter);
    scopes_.push_back({});
    walk_children(frontmatter, context_.code.tree.root());
    // A frontmatter that always leaves renders nothing.
    walk_markup(0, static_cast<uint32_t>(markup_.nodes.size()), frontmatter);
    scopes_[0].end = now_;

    for (auto [site, scope] : site_scopes_)
      facts_.sites[site].begins = scopes_[scope].end;
    for (auto [slot, scope] : slot_scopes_)
      if (scope != no_index)
        facts_.slots[slot].begins = scopes_[scope].end;
    values_.finish(facts_);
    for (uint32_t i = 0; i < facts_.awaits.size(); ++i)
      for (uint32_t use : facts_.awaits[i].uses)
        facts_.awaits[i].chained |= facts_.awaits[i].repeated && facts_.values[use].awaits.test(i);
    return std::move(facts_);
  }

private:
  /// A function that awaits: the component's own, one for a slot's content, a callback.
  struct Scope {
    uint32_t end = no_index; ///< the moment of its last await
  };

  uint32_t new_moment(std::vector<uint32_t> after) {
    facts_.moments.push_back({std::move(after)});
    return static_cast<uint32_t>(facts_.moments.size() - 1);
  }

  /// How far one has got, and what had to go well for it.
  struct Point {
    uint32_t now;
    uint32_t guard;
    friend bool operator==(Point, Point) = default;
  };
  Point point() const { return {now_, in_force_.guard}; }

  bool is_reachable() const { return now_ != no_index; }
  void go_to(Point point) {
    now_ = point.now;
    in_force_.guard = point.guard;
  }

  /// Goes on behind branches that part at \p base, of which each that goes on is one of \p ends. \p guards are those of
  /// the branches that leave: one gets here only if they are not taken.
  void merge(Point base, llvm::ArrayRef<Point> ends, std::vector<uint32_t> guards = {}) {
    std::vector<uint32_t> moments;
    for (Point end : ends)
      if (end.now != no_index) {
        moments.push_back(end.now);
        guards.push_back(end.guard);
      }
    // What goes on from a branch is later than where it parted anyway.
    drop_repeats(moments, base.now);
    drop_repeats(guards, base.guard);
    now_ = moments.empty() ? no_index : moments.size() == 1 ? moments[0] : new_moment(std::move(moments));
    in_force_.guard = base.guard;
    if (guards.size() == 1) {
      in_force_.guard = guards[0];
    } else if (guards.size() > 1) {
      uint32_t join = add_control(Control::Kind::Join, {}, {});
      facts_.controls[join].joined = std::move(guards);
      in_force_.guard = join;
    }
  }

  /// Leaves \p base out, too, unless there is nothing else.
  static void drop_repeats(std::vector<uint32_t> &items, uint32_t base) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    if (items.size() > 1)
      items.erase(std::remove(items.begin(), items.end(), base), items.end());
  }

  uint32_t add_control(Control::Kind kind, Span at, std::vector<uint32_t> uses) {
    facts_.controls.push_back({kind, at, std::move(uses), in_force_, {}, static_cast<uint32_t>(facts_.moments.size())});
    return static_cast<uint32_t>(facts_.controls.size() - 1);
  }

  WorkStart here() const { return {WorkStart::By::Here, now_, no_index, in_force_}; }

  // ---- code

  void walk_children(const FlowCode &flow, SyntaxIndex node) {
    walk_range(flow, node + 1, flow.code.tree[node].subtree_end);
  }

  void walk(const FlowCode &flow, SyntaxIndex node) {
    if (node != no_syntax)
      walk_range(flow, node, flow.code.tree[node].subtree_end);
  }

  void walk_range(const FlowCode &flow, SyntaxIndex begin, SyntaxIndex end) {
    if (depth_ >= depth_limit)
      return;
    ++depth_;
    for (SyntaxIndex i = begin; i < end && is_reachable();) {
      SyntaxIndex next = flow.code.tree[i].subtree_end;
      i = walk_whole(flow, i) ? next : i + 1;
    }
    --depth_;
  }

  /// Walks what is more than its children one after the other. False: it is not.
  bool walk_whole(const FlowCode &flow, SyntaxIndex node) {
    const SyntaxTree &tree = flow.code.tree;
    if (is_function(tree[node].kind)) {
      walk_function(flow, node);
      return true;
    }
    switch (tree[node].kind) {
    case Kind::ImportStatement:
    case Kind::ExportStatement: // once a module, not once a render
      return true;
    case Kind::AwaitExpression:
      walk_await(flow, node);
      return true;
    case Kind::VariableDeclarator:
      walk_children(flow, node);
      if (is_reachable())
        declare(flow, node);
      return true;
    case Kind::ExpressionStatement:
      walk_children(flow, node);
      if (is_reachable())
        note_effect(flow, node);
      return true;
    case Kind::IfStatement:
      walk_branches(flow, node, Field::Condition, {Field::Consequence, Field::Alternative});
      return true;
    case Kind::TernaryExpression:
      walk_branches(flow, node, Field::Condition, {Field::Consequence, Field::Alternative});
      return true;
    case Kind::BinaryExpression:
    case Kind::AugmentedAssignment: {
      llvm::StringRef op = flow.code.text_of(tree.child(node, Field::Operator));
      op.consume_back("=");
      if (op != "&&" && op != "||" && op != "??")
        return false;
      walk_branches(flow, node, Field::Left, {Field::Right});
      return true;
    }
    case Kind::ForStatement:
    case Kind::ForInStatement:
    case Kind::WhileStatement:
    case Kind::DoStatement:
      walk_loop(flow, node);
      return true;
    case Kind::SwitchStatement:
      walk_switch(flow, node);
      return true;
    case Kind::TryStatement:
      walk_try(flow, node);
      return true;
    case Kind::ReturnStatement:
    case Kind::ThrowStatement:
      walk_children(flow, node);
      if (!is_reachable())
        return true;
      if (tree[node].kind == Kind::ReturnStatement)
        give_result(flow, tree.first_named_child(node));
      in_force_.guard = add_control(Control::Kind::Guard, tree[node].span, {});
      if (tree[node].kind == Kind::ReturnStatement && !function_exits_.empty())
        function_exits_.back().push_back(point());
      leaves_function_ = true;
      now_ = no_index;
      return true;
    case Kind::BreakStatement:
    case Kind::ContinueStatement:
      if (!exits_.empty())
        exits_.back().push_back(point());
      leaves_function_ = false;
      now_ = no_index;
      return true;
    case Kind::CallExpression:
      note_slot(flow, node);
      return false;
    case Kind::Number:
      if (flow.code.text[tree[node].span.begin] == '<') // stands for markup
        walk_markup_at(flow, tree[node].span.begin);
      return true;
    default:
      return false;
    }
  }

  void walk_branches(const FlowCode &flow, SyntaxIndex node, Field condition_field,
                     std::initializer_list<Field> branches) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex condition = tree.child(node, condition_field);
    walk(flow, condition);
    if (!is_reachable())
      return;
    Point base = point();
    std::vector<Point> ends;
    std::vector<uint32_t> guards;
    // Of `if (kind === 'a') {…} if (kind === 'b') {…}` one branch is taken at most.
    bool is_alone = tree.child(node, Field::Alternative) == no_syntax;
    Choice choice = is_alone ? choice_of(flow, condition) : Choice{};
    if (choice_.goes_on_with(choice, base)) {
      base = choice_.base;
      ends = std::move(choice_.ends);
      guards = std::move(choice_.guards);
      choice.cases.insert(choice.cases.end(), choice_.cases.begin(), choice_.cases.end());
    }
    choice_ = {};
    uint32_t outer = in_force_.condition;
    go_to(base);
    in_force_.condition =
        add_control(Control::Kind::Condition, span_of(flow, condition, node), values_.uses(flow, condition));
    ++conditional_;
    for (Field field : branches)
      if (SyntaxIndex branch = tree.child(node, field); branch != no_syntax)
        walk_branch(flow, branch, base, ends, guards);
    if (is_alone)
      ends.push_back(base);
    --conditional_;
    in_force_.condition = outer;
    merge(base, ends, guards);
    if (!choice.value.empty()) {
      choice.base = base;
      choice.ends = std::move(ends);
      choice.guards = std::move(guards);
      choice.merged = point();
      choice_ = std::move(choice);
    }
  }

  /// Adds where a branch that begins at \p base ends. What happens in one that always leaves does not concern those who
  /// go on, but that they do: it adds to \p guards.
  void walk_branch(const FlowCode &flow, SyntaxIndex branch, Point base, std::vector<Point> &ends,
                   std::vector<uint32_t> &guards) {
    go_to(base);
    walk(flow, branch);
    ends.push_back(point());
    if (is_reachable() || !leaves_function_ || in_force_.guard == base.guard)
      return;
    Span at = facts_.controls[in_force_.guard].at;
    in_force_.guard = base.guard;
    guards.push_back(add_control(Control::Kind::Guard, at, {}));
  }

  /// Branches that are taken for different values of the same thing.
  struct Choice {
    std::string value;              ///< the code that is compared; empty: there is no choice
    std::vector<std::string> cases; ///< what it was compared with
    Point base{no_index, no_index}; ///< before all of them
    Point merged = base;            ///< and behind
    std::vector<Point> ends;        ///< of each
    std::vector<uint32_t> guards;   ///< of those that leave

    /// Whether \p next, which comes at \p at, is about the same and another case of it.
    bool goes_on_with(const Choice &next, Point at) const {
      return !next.value.empty() && next.value == value && merged == at &&
             std::find(cases.begin(), cases.end(), next.cases[0]) == cases.end();
    }
  };

  /// `kind === 'a'`, where the frontmatter does not assign to `kind`.
  Choice choice_of(const FlowCode &flow, SyntaxIndex condition) const {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex test = flow.code.unwrap(condition);
    if (test == no_syntax || tree[test].kind != Kind::BinaryExpression)
      return {};
    llvm::StringRef op = flow.code.text_of(tree.child(test, Field::Operator));
    SyntaxIndex value = tree.child(test, Field::Left), wanted = tree.child(test, Field::Right);
    SyntaxIndex root = FlowValues::root_of(flow.code, value);
    if ((op != "===" && op != "==") || root == no_syntax || tree[wanted].kind != Kind::String)
      return {};
    auto references = flow.code.scopes.references_in(root);
    BindingIndex binding = references.empty() ? no_binding : references[0].binding;
    if (binding != no_binding && flow.code.scopes.bindings()[binding].kind != BindingKind::Const)
      return {};
    Choice choice;
    choice.value = flow.code.text_of(value).str();
    choice.cases.push_back(flow.code.text_of(wanted).drop_front().drop_back().str());
    return choice;
  }

  static Span span_of(const FlowCode &flow, SyntaxIndex node, SyntaxIndex otherwise) {
    return flow.code.tree[node == no_syntax ? otherwise : node].span;
  }

  void walk_loop(const FlowCode &flow, SyntaxIndex node) {
    const SyntaxTree &tree = flow.code.tree;
    bool is_for_in = tree[node].kind == Kind::ForInStatement, is_do = tree[node].kind == Kind::DoStatement;
    SyntaxIndex head = tree.child(node, is_for_in ? Field::Right : Field::Condition);
    SyntaxIndex body = tree.child(node, Field::Body);
    walk(flow, tree.child(node, Field::Initializer));
    if (is_for_in)
      walk(flow, head);
    if (!is_reachable())
      return;
    Point base = point();
    uint32_t outer = in_force_.condition;
    ++loops_;
    exits_.emplace_back();
    if (!is_for_in && !is_do)
      walk(flow, head);
    if (is_for_in && is_for_await(flow, node))
      add_await(flow, node, {tree[node].span.begin, body == no_syntax ? tree[node].span.end : tree[head].span.end + 1},
                {AwaitFact::Kind::Data, {}}, values_.uses(flow, head), true);
    in_force_.condition = add_control(Control::Kind::Repetition, span_of(flow, head, node), values_.uses(flow, head));
    conditional_ += is_do ? 0 : 1;
    walk(flow, body);
    if (is_reachable())
      walk(flow, is_do ? head : tree.child(node, Field::Increment));
    conditional_ -= is_do ? 0 : 1;
    --loops_;
    in_force_.condition = outer;
    std::vector<Point> ends = std::move(exits_.back());
    exits_.pop_back();
    ends.insert(ends.end(), {point(), base}); // no turn at all
    merge(base, ends);
  }

  static bool is_for_await(const FlowCode &flow, SyntaxIndex loop) {
    const SyntaxTree &tree = flow.code.tree;
    for (SyntaxIndex at = tree.first_child(loop); at != no_syntax; at = tree.next_sibling(at))
      if (tree[at].kind == Kind::Token && flow.code.text_of(at) == "await")
        return true;
    return false;
  }

  void walk_switch(const FlowCode &flow, SyntaxIndex node) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex value = tree.child(node, Field::Value), body = tree.child(node, Field::Body);
    walk(flow, value);
    if (!is_reachable() || body == no_syntax)
      return;
    Point base = point();
    uint32_t outer = in_force_.condition;
    in_force_.condition = add_control(Control::Kind::Condition, span_of(flow, value, node), values_.uses(flow, value));
    ++conditional_;
    exits_.emplace_back();
    std::vector<Point> ends;
    std::vector<uint32_t> guards;
    bool has_default = false;
    Point through{no_index, no_index}; // from one case into the next
    for (SyntaxIndex at = tree.first_child(body); at != no_syntax; at = tree.next_sibling(at)) {
      if (tree[at].kind != Kind::SwitchCase && tree[at].kind != Kind::SwitchDefault)
        continue;
      has_default |= tree[at].kind == Kind::SwitchDefault;
      merge(base, {base, through});
      walk_branch(flow, at, point(), ends, guards);
      through = ends.back();
      ends.pop_back();
    }
    --conditional_;
    in_force_.condition = outer;
    ends.insert(ends.end(), exits_.back().begin(), exits_.back().end());
    exits_.pop_back();
    ends.push_back(through);
    if (!has_default)
      ends.push_back(base);
    merge(base, ends, guards);
  }

  void walk_try(const FlowCode &flow, SyntaxIndex node) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex body = tree.child(node, Field::Body);
    SyntaxIndex handler = tree.child(node, Kind::CatchClause);
    SyntaxIndex finalizer = tree.child(node, Kind::FinallyClause);
    Point base = point();
    std::vector<Point> ends;
    std::vector<uint32_t> guards;
    walk(flow, body);
    ends.push_back(point());
    if (handler != no_syntax) {
      // It runs if something has failed, which takes as long as it takes.
      Point failed = is_reachable() ? point() : Point{static_cast<uint32_t>(facts_.moments.size() - 1), base.guard};
      uint32_t outer = in_force_.condition;
      in_force_.condition = add_control(Control::Kind::Condition, tree[handler].span, values_.uses(flow, body));
      ++conditional_;
      ++failures_;
      walk_branch(flow, handler, failed, ends, guards);
      --failures_;
      --conditional_;
      in_force_.condition = outer;
    }
    merge(base, ends, guards);
    if (finalizer != no_syntax && is_reachable())
      walk_children(flow, finalizer);
  }

  /// In the frontmatter a function only is defined; in the markup it most likely is called for each item of a list, and
  /// at once. Whether it is or not, what it renders is rendered later than what stands around it.
  void walk_function(const FlowCode &flow, SyntaxIndex function) {
    const SyntaxTree &tree = flow.code.tree;
    if (!flow.outer)
      return;
    State outer = save();
    SyntaxIndex child = function;
    SyntaxIndex parent = flow.code.value_parent(function, &child);
    bool is_callback = parent != no_syntax && tree[parent].kind == Kind::Arguments;
    if (is_callback) {
      SyntaxIndex callee = tree.child(tree[parent].parent, Field::Function);
      in_force_.condition =
          add_control(Control::Kind::Repetition, span_of(flow, callee, function), values_.uses(flow, callee));
      ++conditional_;
    }
    exits_.clear();
    caller_ = no_syntax;
    function_exits_.emplace_back();
    bool is_async = is_async_function(flow, function);
    if (is_async) {
      scope_ = static_cast<uint32_t>(scopes_.size());
      scopes_.push_back({});
    }
    walk(flow, tree.child(function, Field::Body));
    std::vector<Point> ends = std::move(function_exits_.back());
    function_exits_.pop_back();
    ends.push_back(point());
    if (is_async) {
      merge({outer.now, outer.in_force.guard}, ends);
      scopes_[scope_].end = now_;
    }
    restore(std::move(outer));
  }

  static bool is_async_function(const FlowCode &flow, SyntaxIndex function) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex first = tree.first_child(function);
    return first != no_syntax && tree[first].kind == Kind::Token && flow.code.text_of(first) == "async";
  }

  struct State {
    uint32_t now;
    InForce in_force;
    uint32_t scope;
    unsigned conditional;
    unsigned loops;
    SyntaxIndex caller;
    std::vector<std::vector<Point>> exits;
  };
  State save() { return {now_, in_force_, scope_, conditional_, loops_, caller_, exits_}; }
  void restore(State state) {
    now_ = state.now;
    in_force_ = state.in_force;
    scope_ = state.scope;
    conditional_ = state.conditional;
    loops_ = state.loops;
    caller_ = state.caller;
    exits_ = std::move(state.exits);
  }

  void walk_await(const FlowCode &flow, SyntaxIndex node) {
    SyntaxIndex operand = flow.code.tree.first_named_child(node);
    if (operand == no_syntax)
      return;
    if (SyntaxIndex function = called_function(flow, operand); function != no_syntax) {
      walk_called(flow, node, operand, function);
      return;
    }
    walk(flow, operand);
    if (!is_reachable())
      return;
    add_await(flow, node, flow.code.tree[node].span, kinds_.judge(flow, operand, here()), values_.uses(flow, operand),
              false);
  }

  /// The function of `(async () => { … })()`, or no_syntax.
  static SyntaxIndex called_function(const FlowCode &flow, SyntaxIndex expression) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex call = flow.code.unwrap(expression);
    if (tree[call].kind != Kind::CallExpression)
      return no_syntax;
    SyntaxIndex callee = flow.code.unwrap(tree.child(call, Field::Function));
    return callee != no_syntax && is_function(tree[callee].kind) ? callee : no_syntax;
  }

  /// `await (async () => { … })()`: its awaits are the component's own.
  void walk_called(const FlowCode &flow, SyntaxIndex node, SyntaxIndex call, SyntaxIndex function) {
    const SyntaxTree &tree = flow.code.tree;
    values_.set_result(flow, node, values_.uses(flow, call));
    walk(flow, tree.child(flow.code.unwrap(call), Field::Arguments));
    if (!is_reachable())
      return;
    Point base = point();
    InForce outer = in_force_;
    std::vector<std::vector<Point>> outer_exits = std::move(exits_);
    SyntaxIndex outer_caller = std::exchange(caller_, node);
    exits_.clear();
    function_exits_.emplace_back();
    SyntaxIndex body = tree.child(function, Field::Body);
    walk(flow, body);
    if (is_reachable() && body != no_syntax && tree[body].kind != Kind::StatementBlock)
      give_result(flow, body);
    std::vector<Point> ends = std::move(function_exits_.back());
    function_exits_.pop_back();
    ends.push_back(point());
    merge(base, ends);
    caller_ = outer_caller;
    exits_ = std::move(outer_exits);
    in_force_ = outer; // it is left, not the component
  }

  /// What a function that is called and awaited where it stands returns is awaited, too: `return fetchPost(id)`.
  void give_result(const FlowCode &flow, SyntaxIndex result) {
    if (caller_ == no_syntax || result == no_syntax)
      return;
    AwaitedWork work = kinds_.judge(flow, result, here());
    if (work.kind == AwaitFact::Kind::Settled)
      return;
    add_await(flow, result, flow.code.tree[result].span, std::move(work), values_.uses(flow, result), false);
    values_.set_result(flow, caller_, {values_.await_result(flow, result)});
  }

  void add_await(const FlowCode &flow, SyntaxIndex node, Span span, AwaitedWork work, std::vector<uint32_t> uses,
                 bool for_await) {
    AwaitFact fact;
    fact.kind = failures_ && (work.kind == AwaitFact::Kind::Data || work.kind == AwaitFact::Kind::Loader)
                    ? AwaitFact::Kind::Failure
                    : work.kind;
    fact.span = span;
    fact.for_await = for_await;
    fact.repeated = loops_ != 0;
    fact.conditional = conditional_ != 0;
    fact.before = now_;
    fact.over = now_ = new_moment({now_});
    fact.starts = std::move(work.starts);
    fact.uses = std::move(uses);
    fact.in_force = in_force_;
    values_.set_await(flow, node, static_cast<uint32_t>(facts_.awaits.size()));
    facts_.awaits.push_back(std::move(fact));
  }

  /// Remembers what the names of a declaration hold, in case that they are awaited later.
  void declare(const FlowCode &flow, SyntaxIndex declarator) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex name = tree.child(declarator, Field::Name), value = tree.child(declarator, Field::Value);
    if (name == no_syntax || value == no_syntax)
      return;
    AwaitedWork work = kinds_.judge(flow, value, here());
    if (work.starts.empty())
      work.starts.push_back(here());
    for (SyntaxIndex i = name; i < tree[name].subtree_end; ++i)
      if (auto bound = flow.declared.find(i); bound != flow.declared.end() && bound->second != no_index)
        kinds_.declare(bound->second, work);
  }

  /// A statement of the frontmatter that may change what others see has to come first.
  void note_effect(const FlowCode &flow, SyntaxIndex statement) {
    SyntaxIndex expression = flow.code.unwrap(flow.code.tree.first_named_child(statement));
    if (!flow.outer && expression != no_syntax && has_effect(flow, expression))
      in_force_.guard =
          add_control(Control::Kind::Effect, flow.code.tree[statement].span, values_.uses(flow, statement));
  }

  /// Whether an expression whose result nobody uses may do something that other components see. What is done to the
  /// frontmatter's own values is not that; what is waited for is done for something.
  bool has_effect(const FlowCode &flow, SyntaxIndex expression) const {
    const SyntaxTree &tree = flow.code.tree;
    switch (tree[expression].kind) {
    case Kind::AwaitExpression:
      return true;
    case Kind::CallExpression: {
      SyntaxIndex callee = flow.code.unwrap(tree.child(expression, Field::Function));
      while (callee != no_syntax && tree[callee].kind == Kind::CallExpression) // `a.b().c()`
        callee = flow.code.unwrap(tree.child(callee, Field::Function));
      SyntaxIndex root = callee == no_syntax ? no_syntax : FlowValues::root_of(flow.code, callee);
      if (root == no_syntax)
        return false;
      bool is_local = values_.value_of(flow, root) != no_index;
      return is_local ? root == callee : may_be_seen(flow, root);
    }
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment: {
      SyntaxIndex left = tree.child(expression, Field::Left);
      SyntaxIndex root = left == no_syntax ? no_syntax : FlowValues::root_of(flow.code, left);
      return root != no_syntax && values_.value_of(flow, root) == no_index && may_be_seen(flow, root);
    }
    default:
      return false;
    }
  }

  /// Whether others see what is done with a name that is not the frontmatter's.
  static bool may_be_seen(const FlowCode &flow, SyntaxIndex name) {
    if (!FlowValues::is_astro(flow.code, name)) {
      llvm::StringRef word = flow.code.text_of(name);
      return word != "console" && word != "Object" && word != "Array" && word != "Reflect";
    }
    SyntaxIndex member = flow.code.tree[name].parent;
    return member != no_syntax && !FlowValues::is_astro(flow.code, member, "response");
  }

  // ---- markup

  void walk_markup(uint32_t begin, uint32_t end, const FlowCode &outer) {
    if (depth_ >= depth_limit)
      return;
    ++depth_;
    for (uint32_t i = begin; i < end && is_reachable();) {
      const TemplateNode &node = markup_.nodes[i];
      switch (node.kind) {
      case TemplateNodeKind::Component:
        walk_component(i, outer);
        i = node.subtree_end;
        break;
      case TemplateNodeKind::Expression:
        walk_expression(i, outer, nullptr);
        i = node.subtree_end;
        break;
      case TemplateNodeKind::Element:
        if (text(node.name) == "slot" && !attribute(node, "is:inline"))
          add_slot(slot_name(attribute(node, "name")), scope_);
        ++i;
        break;
      case TemplateNodeKind::Fragment:
      case TemplateNodeKind::Comment:
        ++i;
        break;
      }
    }
    --depth_;
  }

  /// Walks the markup that stands at \p begin in an expression.
  void walk_markup_at(const FlowCode &flow, uint32_t begin) {
    auto first = std::partition_point(markup_.nodes.begin(), markup_.nodes.end(),
                                      [&](const TemplateNode &node) { return node.span.begin < begin; });
    // The expression that an element is by itself, `a=<B/>`, begins where the element does.
    while (first != markup_.nodes.end() && first->span.begin == begin && first->kind == TemplateNodeKind::Expression)
      ++first;
    if (first == markup_.nodes.end() || first->span.begin != begin)
      return;
    auto index = static_cast<uint32_t>(first - markup_.nodes.begin());
    walk_markup(index, first->subtree_end, flow);
  }

  void walk_component(uint32_t index, const FlowCode &outer) {
    const TemplateNode &node = markup_.nodes[index];
    std::vector<PassedProp> props;
    for (uint32_t i = 0; i < node.attribute_count; ++i)
      props.push_back(pass_prop(markup_.attributes[node.first_attribute + i], outer));
    if (!is_reachable())
      return;
    // A tag that stands for one of several components is a site for each of them.
    for (uint32_t site : sites_at(node.name.begin)) {
      const RenderSite &fact = context_.facts.sites[site];
      if (fact.place.site != place_.site)
        continue;
      // Elsewhere, or not at all; only the content of what another request or the browser renders is rendered here.
      bool never = fact.doubt.certainty == Certainty::Never;
      bool elsewhere = fact.is_island || attribute(node, "client:only");
      SiteFlow &flow = facts_.sites[site];
      flow.rendered = !never && !elsewhere;
      flow.created = now_;
      flow.place = place_;
      flow.in_force = in_force_;
      flow.props = props;
      site_scopes_.emplace_back(site, scope_);
      if (flow.rendered || elsewhere)
        walk_contents(index, site, outer);
    }
    // Or for an element, and then what stands in it stands where the tag does.
    auto [first, last] = site_range(node.content);
    if (std::any_of(first, last,
                    [&](const auto &at) { return context_.facts.sites[at.second].place.site == place_.site; }))
      for (uint32_t i = index + 1; i < node.subtree_end; i = markup_.nodes[i].subtree_end)
        if (!markup_.nodes[i].in_attribute)
          walk_markup(i, markup_.nodes[i].subtree_end, outer);
  }

  using SitesByOffset = std::vector<std::pair<uint32_t, uint32_t>>; ///< where the tag's name begins, and the site

  /// The sites whose tags stand in \p span.
  std::pair<SitesByOffset::const_iterator, SitesByOffset::const_iterator> site_range(Span span) const {
    return {std::lower_bound(sites_.begin(), sites_.end(), std::pair(span.begin, 0u)),
            std::lower_bound(sites_.begin(), sites_.end(), std::pair(span.end, 0u))};
  }

  std::vector<uint32_t> sites_at(uint32_t offset) const {
    std::vector<uint32_t> found;
    auto [first, last] = site_range({offset, offset + 1});
    for (auto at = first; at != last; ++at)
      found.push_back(at->second);
    return found;
  }

  /// What a component's tag puts into a slot is a function of its own, that is called along with the tag.
  void walk_contents(uint32_t index, uint32_t site, const FlowCode &outer) {
    const TemplateNode &node = markup_.nodes[index];
    struct Content {
      std::string slot;
      uint32_t scope;
      uint32_t now;
    };
    llvm::SmallVector<Content, 2> contents;
    State before = save();
    ContentPlace outer_place = place_;
    for (uint32_t i = index + 1; i < node.subtree_end; i = markup_.nodes[i].subtree_end) {
      if (markup_.nodes[i].in_attribute)
        continue;
      std::string slot = content_slot(i);
      auto content = std::find_if(contents.begin(), contents.end(), [&](const Content &it) { return it.slot == slot; });
      if (content == contents.end()) {
        content = contents.insert(contents.end(), {slot, static_cast<uint32_t>(scopes_.size()), before.now});
        scopes_.push_back({});
      }
      place_ = {site, slot};
      scope_ = content->scope;
      now_ = content->now;
      walk_markup(i, markup_.nodes[i].subtree_end, outer);
      content->now = now_;
    }
    for (const Content &content : contents)
      scopes_[content.scope].end = content.now;
    place_ = outer_place;
    restore(std::move(before));
  }

  /// The slot that the content at \p index chooses; empty if it does so at run time.
  std::string content_slot(uint32_t index) const {
    const TemplateNode &node = markup_.nodes[index];
    if (node.kind == TemplateNodeKind::Comment)
      return "default";
    if (node.kind != TemplateNodeKind::Expression) {
      const TemplateAttribute *slot = attribute(node, "slot");
      return slot ? slot_name(slot) : "default";
    }
    for (uint32_t i = index + 1; i < node.subtree_end; ++i) // `{wide && <p slot="aside">…</p>}`
      if (markup_.nodes[i].kind != TemplateNodeKind::Expression && attribute(markup_.nodes[i], "slot"))
        return "";
    return "default";
  }

  std::string slot_name(const TemplateAttribute *name) const {
    if (!name)
      return "default";
    if (name->kind != AttributeKind::Quoted && name->kind != AttributeKind::Unquoted)
      return "";
    return text(name->value).str();
  }

  void add_slot(std::string name, uint32_t scope) {
    slot_scopes_.emplace_back(static_cast<uint32_t>(facts_.slots.size()), scope);
    facts_.slots.push_back({std::move(name), now_, place_, in_force_});
  }

  /// `Astro.slots.render('name')`.
  void note_slot(const FlowCode &flow, SyntaxIndex call) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex callee = flow.code.unwrap(tree.child(call, Field::Function));
    SyntaxIndex arguments = tree.child(call, Field::Arguments);
    if (callee == no_syntax || arguments == no_syntax || tree[callee].kind != Kind::MemberExpression ||
        flow.code.text_of(tree.child(callee, Field::Property)) != "render" ||
        !FlowValues::is_astro(flow.code, tree.child(callee, Field::Object), "slots"))
      return;
    SyntaxIndex name = tree.first_named_child(arguments);
    SyntaxIndex fragment =
        name != no_syntax && tree[name].kind == Kind::String ? tree.child(name, Kind::StringFragment) : no_syntax;
    add_slot(fragment == no_syntax ? "" : flow.code.text_of(fragment).str(), no_index);
  }

  PassedProp pass_prop(const TemplateAttribute &attribute, const FlowCode &outer) {
    PassedProp passed;
    if (attribute.kind != AttributeKind::Spread)
      passed.name = text(attribute.name).str();
    if (attribute.expression != no_node)
      walk_expression(attribute.expression, outer, &passed);
    return passed;
  }

  void walk_expression(uint32_t index, const FlowCode &outer, PassedProp *passed) {
    const TemplateNode &node = markup_.nodes[index];
    if (node.content.empty())
      return;
    ExpressionCode own = expression_code(markup_, context_.source.text(), index);
    const Code code(SyntaxTree::parse(own.text, own.pieces), context_.source.text());
    if (code.tree.first_error()) { // nothing is known of it but what markup stands in it
      walk_markup(index + 1, node.subtree_end, outer);
      return;
    }
    FlowCode flow{code, &outer, node.content.begin};
    values_.add(flow);
    walk_children(flow, code.tree.root());
    if (passed && is_reachable())
      fill_prop(*passed, flow);
  }

  void fill_prop(PassedProp &passed, const FlowCode &flow) {
    const SyntaxTree &tree = flow.code.tree;
    SyntaxIndex statement = tree.first_named_child(tree.root());
    SyntaxIndex expression = statement == no_syntax ? no_syntax : flow.code.unwrap(tree.first_named_child(statement));
    if (expression == no_syntax)
      return;
    passed.uses = values_.uses(flow, expression);
    passed.forwards = values_.forwarded_prop(flow, expression);
    passed.forwards_all = passed.name.empty() && values_.is_all_props(flow, expression);
    AwaitedWork work = kinds_.judge(flow, expression, here());
    if (work.kind != AwaitFact::Kind::Data && work.kind != AwaitFact::Kind::Loader)
      return;
    passed.starts = std::move(work.starts);
    if (passed.starts.empty())
      passed.starts.push_back(here());
  }

  llvm::StringRef text(Span span) const { return context_.source.text(span); }
  const TemplateAttribute *attribute(const TemplateNode &node, llvm::StringRef name) const {
    return markup_.find_attribute(context_.source.text(), node, name);
  }

  Context &context_;
  const TemplateTree &markup_;
  FlowValues values_;
  AwaitKinds kinds_;
  AwaitFacts facts_;
  SitesByOffset sites_;                                    ///< sorted
  std::vector<Scope> scopes_;                              ///< the first is the component's own
  std::vector<std::pair<uint32_t, uint32_t>> site_scopes_; ///< of each site that is rendered
  std::vector<std::pair<uint32_t, uint32_t>> slot_scopes_; ///< likewise; no_index: it is rendered where it stands

  // Where the walk is.
  uint32_t now_ = no_index; ///< the moment; no_index: nothing gets here
  InForce in_force_;
  uint32_t scope_ = 0;
  ContentPlace place_;
  unsigned conditional_ = 0;
  unsigned loops_ = 0;
  unsigned failures_ = 0;
  unsigned depth_ = 0;
  SyntaxIndex caller_ = no_syntax;                 ///< the await whose function is called where it stands
  Choice choice_;                                  ///< the last one
  bool leaves_function_ = false;                   ///< if nothing gets here: that was no `break`
  std::vector<std::vector<Point>> exits_;          ///< of the loops and switches around: where they are left
  std::vector<std::vector<Point>> function_exits_; ///< of the functions around, likewise
};

} // namespace

void collect_awaits(Context &context, Span markup) {
  TemplateTree tree = parse_template(context.source.text(), markup);
  context.facts.awaits = std::make_shared<const AwaitFacts>(AwaitCollector(context, tree).run());
}

void collect_markdown_awaits(ModuleFacts &facts) {
  AwaitFacts awaits;
  awaits.moments.push_back({}); // Markdown waits for nothing
  ContentPlace place;
  for (uint32_t i = 0; i < facts.sites.size(); ++i) {
    SiteFlow flow;
    flow.rendered = true;
    flow.created = flow.begins = 0;
    flow.place = place;
    awaits.sites.push_back(std::move(flow));
    if (facts.sites[i].doubt.certainty == Certainty::Must) // the layout, and all that follows stands in it
      place = {i, "default"};
  }
  facts.awaits = std::make_shared<const AwaitFacts>(std::move(awaits));
}

} // namespace foreload::analyze
