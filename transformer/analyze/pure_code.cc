// The frontmatter's values: which of them can be computed in another place, and where the others are settled.
//
// Both are found by ruling out. Every declaration is judged by itself first; then who calls a function that is not pure
// is not pure either, and who uses a value that cannot be copied cannot be copied. Expressions of the markup may rule
// out more later, since the order of what they do with that of the frontmatter is known only when all have been seen.
#include "analyze/pure_code.h"

#include "analyze/held_functions.h"
#include "analyze/purity.h"

#include <llvm/ADT/DenseMap.h>

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

struct PureCodes::State {
  State(Context &shared, ValueChanges &value_changes)
      : context(shared), facts(shared.facts), code(shared.code),
        tree(code.tree), frontmatter{code, nullptr, 0, {}, no_index}, changes(value_changes), purity(shared, changes) {}

  using Indexes = llvm::SmallVector<uint32_t, 2>;

  /// A declaration that can be copied, as far as its own code goes.
  struct Candidate {
    DeclarationFact fact;
    Indexes declared; ///< the values that it makes
    bool is_refused = false;
  };

  void find_bindings();
  void find_declarations();
  void add_declaration(SyntaxIndex declarator);
  bool is_simple_pattern(SyntaxIndex pattern) const;
  void add_props_pattern(SyntaxIndex pattern);
  SyntaxIndex awaited_list(SyntaxIndex value) const;
  void add_await_pattern(SyntaxIndex declarator, SyntaxIndex pattern, SyntaxIndex list);
  void add_candidate(DeclarationFact::Form form, SyntaxIndex node, SyntaxIndex pattern, uint32_t prop = no_index);
  void add_candidate(DeclarationFact::Form form, SyntaxIndex pattern, Judgement judgement, uint32_t prop = no_index);
  uint32_t add(Judgement judgement);
  bool is_pure_function(uint32_t value) const;

  uint32_t made_at(const Binding &binding) const;
  void rule_out();
  void rule_out_changed();
  void doubt(uint32_t code_index, Doubt why);
  void refuse(uint32_t candidate, const Doubt &why);
  void unsettle(uint32_t value, uint32_t settled_at);
  void spread();
  void spread_reads();
  Doubt why_called(uint32_t value, Span at) const;

  SyntaxIndex guard_of(SyntaxIndex statement) const;
  bool is_settled_before(const PureCode &pure, uint32_t offset) const;

  Context &context;
  ModuleFacts &facts;
  const Code &code;
  const SyntaxTree &tree;
  CodePlace frontmatter;
  ValueChanges &changes;
  Purity purity;

  std::vector<Candidate> candidates; ///< in source order
  // By value.
  std::vector<BindingIndex> bindings;
  std::vector<uint32_t> candidate_of; ///< or no_index
  std::vector<Indexes> users;         ///< candidates that use it
  std::vector<Indexes> holders;       ///< values that are functions which read it, or hold some
  std::vector<Indexes> callers;       ///< codes that call it
  // By what is used: codes.
  std::vector<Indexes> import_users;
  std::vector<Indexes> prop_users;
  Indexes all_props_users;
  llvm::DenseMap<uint32_t, uint32_t> candidate_of_code;

  // What components are given that others may have, too.
  std::vector<std::pair<uint32_t, uint32_t>> shared_props; ///< a site, and one of its props
  std::vector<llvm::SmallVector<ValueChanges::Source, 4>> shared_sources;

  // What is still to be passed on.
  Indexes doubted;                                      ///< codes
  Indexes unknown;                                      ///< values that cannot be copied
  std::vector<std::pair<uint32_t, uint32_t>> unsettled; ///< a heap of values, the latest first
};

static void insert(std::vector<llvm::SmallVector<uint32_t, 2>> &lists, uint32_t index, uint32_t element) {
  if (index >= lists.size())
    lists.resize(index + 1);
  lists[index].push_back(element);
}

void PureCodes::State::find_bindings() {
  const std::vector<Binding> &all = code.scopes.bindings();
  bindings.resize(facts.values.size());
  for (BindingIndex i = 0; i < all.size(); ++i)
    if (purity.name(i).value != no_index)
      bindings[purity.name(i).value] = i;
  candidate_of.assign(facts.values.size(), no_index);
  users.resize(facts.values.size());
  holders = find_holders(code, facts.values.size(), [&](BindingIndex binding) { return purity.name(binding).value; });
  callers.resize(facts.values.size());
}

/// What the top level declares, in source order.
void PureCodes::State::find_declarations() {
  for (SyntaxIndex at = tree.first_child(tree.root()); at != no_syntax; at = tree.next_sibling(at)) {
    SyntaxIndex statement = tree[at].kind == Kind::ExportStatement ? tree.child(at, Field::Declaration) : at;
    if (statement == no_syntax)
      continue;
    if (tree[statement].kind == Kind::FunctionDeclaration) {
      add_candidate(DeclarationFact::Form::Function, statement, tree.child(statement, Field::Name));
    } else if (tree[statement].kind == Kind::LexicalDeclaration || tree[statement].kind == Kind::VariableDeclaration) {
      for (SyntaxIndex i = tree.first_child(statement); i != no_syntax; i = tree.next_sibling(i))
        if (tree[i].kind == Kind::VariableDeclarator)
          add_declaration(i);
    }
  }
}

void PureCodes::State::add_declaration(SyntaxIndex declarator) {
  SyntaxIndex name = tree.child(declarator, Field::Name);
  SyntaxIndex value = code.unwrap(tree.child(declarator, Field::Value));
  llvm::StringRef keyword = code.text_of(tree.first_child(tree[declarator].parent));
  if (name == no_syntax || value == no_syntax || (keyword != "const" && keyword != "let" && keyword != "var"))
    return; // `using` runs code at the end
  if (tree[name].kind == Kind::ObjectPattern && purity.is_props(value) && is_simple_pattern(name))
    add_props_pattern(name);
  else if (SyntaxIndex list = tree[name].kind == Kind::ArrayPattern ? awaited_list(value) : no_syntax;
           list != no_syntax)
    add_await_pattern(declarator, name, list);
  else
    add_candidate(DeclarationFact::Form::Declarator, declarator, name);
}

/// Whether each element of a pattern says by itself which member it takes.
bool PureCodes::State::is_simple_pattern(SyntaxIndex pattern) const {
  for (SyntaxIndex at = tree.first_child(pattern); at != no_syntax; at = tree.next_sibling(at)) {
    if (tree[at].kind == Kind::RestPattern)
      return false;
    SyntaxIndex key = tree[at].kind == Kind::PairPattern ? tree.child(at, Field::Key) : no_syntax;
    bool is_plain = key == no_syntax || tree[key].kind == Kind::PropertyName ||
                    (tree[key].kind == Kind::String && code.text_of(key).find('\\') == llvm::StringRef::npos);
    if (!is_plain)
      return false;
  }
  return true;
}

void PureCodes::State::add_props_pattern(SyntaxIndex pattern) {
  for (SyntaxIndex at = tree.first_child(pattern); at != no_syntax; at = tree.next_sibling(at)) {
    if (tree[at].kind == Kind::Token || tree[at].kind == Kind::Comment)
      continue;
    SyntaxIndex key = tree[at].kind == Kind::PairPattern               ? tree.child(at, Field::Key)
                      : tree[at].kind == Kind::ObjectAssignmentPattern ? tree.child(at, Field::Left)
                                                                       : at;
    if (key != no_syntax)
      add_candidate(DeclarationFact::Form::PropsElement, at, at, purity.prop(code.text_of(key).trim("'\"")));
  }
}

/// The `[…]` of `await Promise.all([…])`, or no_syntax.
SyntaxIndex PureCodes::State::awaited_list(SyntaxIndex value) const {
  if (tree[value].kind != Kind::AwaitExpression)
    return no_syntax;
  SyntaxIndex call = code.unwrap(tree.first_named_child(value));
  if (call == no_syntax || tree[call].kind != Kind::CallExpression)
    return no_syntax;
  SyntaxIndex callee = code.unwrap(tree.child(call, Field::Function)), arguments = tree.child(call, Field::Arguments);
  if (callee == no_syntax || code.text_of(callee) != "Promise.all" || arguments == no_syntax)
    return no_syntax;
  auto names = code.scopes.references_in(callee);
  bool is_global = names.size() == 1 && names[0].binding == no_binding;
  SyntaxIndex list = tree.first_named_child(arguments);
  return is_global && list != no_syntax && tree[list].kind == Kind::Array ? list : no_syntax;
}

/// `[a, b] = await Promise.all([x, y])`: `a` is there as soon as `x` is.
void PureCodes::State::add_await_pattern(SyntaxIndex declarator, SyntaxIndex pattern, SyntaxIndex list) {
  llvm::SmallVector<SyntaxIndex, 4> awaited; // by place; no_syntax: nothing that could be told by itself
  bool is_spread = false;
  auto for_each_element = [&](SyntaxIndex elements, auto visit) {
    size_t place = 0;
    for (SyntaxIndex at = tree.first_child(elements); at != no_syntax; at = tree.next_sibling(at)) {
      if (tree[at].kind == Kind::Token)
        place += code.text_of(at) == ",";
      else if (tree[at].kind != Kind::Comment)
        visit(place, at);
    }
  };
  for_each_element(list, [&](size_t place, SyntaxIndex at) {
    is_spread |= tree[at].kind == Kind::SpreadElement;
    awaited.resize(place + 1, no_syntax);
    awaited[place] = is_spread ? no_syntax : at;
  });
  for_each_element(pattern, [&](size_t place, SyntaxIndex at) {
    bool is_name = tree[at].kind == Kind::Identifier && place < awaited.size() && awaited[place] != no_syntax;
    if (is_name)
      add_candidate(DeclarationFact::Form::AwaitElement, at, purity.judge_awaited(frontmatter, awaited[place]));
    else
      add_candidate(DeclarationFact::Form::Declarator, at, purity.judge(frontmatter, declarator, tree[declarator].span));
  });
}

void PureCodes::State::add_candidate(DeclarationFact::Form form, SyntaxIndex node, SyntaxIndex pattern, uint32_t prop) {
  if (pattern != no_syntax)
    add_candidate(form, pattern, purity.judge(frontmatter, node, tree[node].span), prop);
}

/// \p judgement is of what declares the names in \p pattern.
void PureCodes::State::add_candidate(DeclarationFact::Form form, SyntaxIndex pattern, Judgement judgement,
                                     uint32_t prop) {
  auto index = static_cast<uint32_t>(candidates.size());
  Candidate candidate;
  // Bindings stand in the order of their names.
  const std::vector<Binding> &all = code.scopes.bindings();
  auto at = std::lower_bound(all.begin(), all.end(), pattern,
                             [](const Binding &binding, SyntaxIndex name) { return binding.name_node < name; });
  for (; at != all.end() && at->name_node < tree[pattern].subtree_end; ++at)
    if (uint32_t value = purity.name(static_cast<BindingIndex>(at - all.begin())).value; value != no_index) {
      candidate.declared.push_back(value);
      candidate_of[value] = index;
    }
  if (candidate.declared.empty())
    return; // declares once more what another declaration does
  uint32_t code_index = add(std::move(judgement));
  candidate.fact = {form, code_index, prop, tree[pattern].span};
  candidate_of_code[code_index] = index;
  for (const CodeUse &use : facts.codes[code_index].uses)
    if (use.of == CodeUse::Of::Value)
      users[use.index].push_back(index);
  candidates.push_back(std::move(candidate));
}

uint32_t PureCodes::State::add(Judgement judgement) {
  auto index = static_cast<uint32_t>(facts.codes.size());
  if (judgement.code.doubt.certainty == Certainty::Must) {
    for (uint32_t value : judgement.called)
      callers[value].push_back(index);
    for (const CodeUse &use : judgement.code.uses)
      if (use.of == CodeUse::Of::Import)
        insert(import_users, use.index, index);
      else if (use.of == CodeUse::Of::Props && use.index == no_index)
        all_props_users.push_back(index);
      else if (use.of == CodeUse::Of::Props)
        insert(prop_users, use.index, index);
  }
  facts.codes.push_back(std::move(judgement.code));
  return index;
}

bool PureCodes::State::is_pure_function(uint32_t value) const {
  uint32_t candidate = candidate_of[value];
  return purity.name(bindings[value]).is_function && candidate != no_index &&
         facts.codes[candidates[candidate].fact.code].doubt.certainty == Certainty::Must;
}

Doubt PureCodes::State::why_called(uint32_t value, Span at) const {
  return {Certainty::May, not_early_code, at,
          "calls " + quoted(facts.values[value].name + "()") + ", which may do anything"};
}

/// \p code_index is not pure.
void PureCodes::State::doubt(uint32_t code_index, Doubt why) {
  PureCode &pure = facts.codes[code_index];
  if (pure.doubt.certainty != Certainty::Must)
    return;
  pure.doubt = std::move(why);
  doubted.push_back(code_index);
}

/// A declaration cannot be copied.
void PureCodes::State::refuse(uint32_t candidate, const Doubt &why) {
  if (std::exchange(candidates[candidate].is_refused, true))
    return;
  for (uint32_t value : candidates[candidate].declared) {
    facts.values[value].why = why;
    facts.values[value].declaration = no_index;
    unknown.push_back(value);
  }
}

/// \p value keeps changing until \p settled_at, or for ever.
void PureCodes::State::unsettle(uint32_t value, uint32_t settled_at) {
  uint32_t &own = facts.values[value].settled_at;
  if (own == 0 || (settled_at != 0 && settled_at <= own))
    return;
  own = settled_at;
  unsettled.emplace_back(settled_at == 0 ? UINT32_MAX : settled_at, value);
  std::push_heap(unsettled.begin(), unsettled.end());
}

/// Passes on what has been ruled out, until nothing is left.
void PureCodes::State::spread() {
  while (!doubted.empty()) {
    uint32_t index = doubted.pop_back_val();
    auto found = candidate_of_code.find(index);
    if (found == candidate_of_code.end())
      continue;
    refuse(found->second, facts.codes[index].doubt);
    for (uint32_t value : candidates[found->second].declared)
      for (uint32_t caller : callers[value])
        doubt(caller, why_called(value, facts.codes[caller].text));
  }
  while (!unknown.empty()) {
    uint32_t value = unknown.pop_back_val();
    for (uint32_t user : users[value])
      refuse(user, {Certainty::May, not_early_code, facts.codes[candidates[user].fact.code].text,
                    "uses " + quoted(facts.values[value].name) + ", which only the frontmatter knows"});
    unsettled.emplace_back(facts.values[value].settled_at == 0 ? UINT32_MAX : facts.values[value].settled_at, value);
    std::push_heap(unsettled.begin(), unsettled.end());
  }
  // A function computes something else when what it uses has changed.
  while (!unsettled.empty()) {
    std::pop_heap(unsettled.begin(), unsettled.end());
    auto [position, value] = unsettled.back();
    unsettled.pop_back();
    uint32_t settled_at = facts.values[value].settled_at;
    if (position != (settled_at == 0 ? UINT32_MAX : settled_at))
      continue; // has been passed on with a later one
    for (uint32_t user : users[value])
      for (uint32_t declared : candidates[user].declared)
        if (purity.name(bindings[declared]).is_function)
          unsettle(declared, settled_at);
    for (uint32_t holder : holders[value])
      unsettle(holder, settled_at);
  }
}

/// Changes up to there come before \p binding gets its value.
uint32_t PureCodes::State::made_at(const Binding &binding) const {
  SyntaxIndex statement = code.top_statement(binding.name_node);
  bool runs_there = tree[statement].kind != Kind::ExportStatement && binding.kind != BindingKind::Function;
  return runs_there ? tree[statement].span.begin : 0;
}

/// Decides about all that is declared.
void PureCodes::State::rule_out() {
  for (uint32_t i = 0; i < candidates.size(); ++i)
    if (const PureCode &pure = facts.codes[candidates[i].fact.code]; pure.doubt.certainty != Certainty::Must) {
      refuse(i, pure.doubt);
      doubted.push_back(candidates[i].fact.code);
    }
  for (uint32_t value = 0; value < facts.values.size(); ++value) {
    const Binding &binding = code.scopes.bindings()[bindings[value]];
    Span name = tree[binding.name_node].span;
    uint32_t change = changes.last_change(bindings[value]);
    uint32_t declared = tree[code.top_statement(binding.name_node)].span.end;
    facts.values[value].settled_at = change == ValueChanges::anywhere ? 0 : std::max(change, declared);
    if (!is_pure_function(value))
      for (uint32_t caller : callers[value])
        doubt(caller, why_called(value, facts.codes[caller].text));
    if (candidate_of[value] == no_index) {
      facts.values[value].why = {Certainty::May, not_early_code, name, quoted(binding.name) + " is more than a value"};
      unknown.push_back(value);
    } else if (change > made_at(binding)) {
      refuse(candidate_of[value],
             {Certainty::May, not_early_code, name, "reads the variable " + quoted(binding.name) + ", which changes"});
    }
  }
  for (uint32_t value = 0; value < facts.values.size(); ++value)
    if (!holders[value].empty())
      unsettled.emplace_back(facts.values[value].settled_at == 0 ? UINT32_MAX : facts.values[value].settled_at, value);
  std::make_heap(unsettled.begin(), unsettled.end());
  spread();
  spread_reads();
  for (Candidate &candidate : candidates) {
    if (candidate.is_refused)
      continue;
    for (uint32_t value : candidate.declared)
      facts.values[value].declaration = static_cast<uint32_t>(facts.declarations.size());
    facts.declarations.push_back(candidate.fact);
  }
}

/// What the markup changes.
void PureCodes::State::rule_out_changed() {
  for (BindingIndex binding : changes.take_changed()) {
    if (binding == code.scopes.bindings().size()) {
      auto why = [&](uint32_t index) -> Doubt {
        return {Certainty::May, not_early_code, facts.codes[index].text, "reads props that are changed here"};
      };
      for (uint32_t index : all_props_users)
        doubt(index, why(index));
      for (uint32_t prop = 0; prop < prop_users.size(); ++prop)
        if (!prop_users[prop].empty() && changes.is_prop_changed(facts.prop_names[prop]))
          for (uint32_t index : std::exchange(prop_users[prop], {}))
            doubt(index, why(index));
      continue;
    }
    const FrontmatterName &name = purity.name(binding);
    llvm::StringRef text = code.scopes.bindings()[binding].name;
    if (name.import != no_index)
      facts.imports[name.import].is_changed = true;
    if (name.import != no_index && name.import < import_users.size())
      for (uint32_t index : import_users[name.import])
        doubt(index, {Certainty::May, not_early_code, facts.codes[index].text,
                      "reads " + quoted(text) + ", which is changed here"});
    if (name.value == no_index)
      continue;
    unsettle(name.value, 0);
    if (candidate_of[name.value] != no_index)
      refuse(candidate_of[name.value],
             {Certainty::May, not_early_code, tree[code.scopes.bindings()[binding].name_node].span,
              "reads the variable " + quoted(text) + ", which changes"});
  }
  spread();
}

/// The condition of a statement that ends the render if it holds, and only then; or no_syntax.
SyntaxIndex PureCodes::State::guard_of(SyntaxIndex statement) const {
  if (tree[statement].kind != Kind::IfStatement)
    return no_syntax;
  SyntaxIndex body = tree.child(statement, Field::Consequence);
  if (body != no_syntax && tree[body].kind == Kind::StatementBlock) {
    SyntaxIndex last = no_syntax;
    for (SyntaxIndex at = tree.first_child(body); at != no_syntax; at = tree.next_sibling(at))
      if (tree[at].kind != Kind::Token && tree[at].kind != Kind::Comment)
        last = at;
    body = last;
  }
  if (body == no_syntax || tree[body].kind != Kind::ReturnStatement)
    return no_syntax;
  if (SyntaxIndex other = tree.child(statement, Field::Alternative); other != no_syntax)
    for (SyntaxIndex i = other, end = tree[other].subtree_end; i < end; ++i) {
      if (is_function(tree[i].kind))
        i = tree[i].subtree_end - 1;
      else if (tree[i].kind == Kind::ReturnStatement)
        return no_syntax;
    }
  return tree.child(statement, Field::Condition);
}

/// Who calls a function reads what that reads.
void PureCodes::State::spread_reads() {
  Indexes readers;
  for (uint32_t value = 0; value < facts.values.size(); ++value)
    if (is_pure_function(value) && facts.codes[candidates[candidate_of[value]].fact.code].reads_state)
      readers.push_back(value);
  while (!readers.empty())
    for (uint32_t caller : callers[readers.pop_back_val()]) {
      if (std::exchange(facts.codes[caller].reads_state, true))
        continue;
      if (auto found = candidate_of_code.find(caller); found != candidate_of_code.end())
        for (uint32_t declared : candidates[found->second].declared)
          if (purity.name(bindings[declared]).is_function)
            readers.push_back(declared);
    }
}

/// Whether nothing that \p pure uses changes behind \p offset.
bool PureCodes::State::is_settled_before(const PureCode &pure, uint32_t offset) const {
  return std::all_of(pure.uses.begin(), pure.uses.end(), [&](const CodeUse &use) {
    if (use.of != CodeUse::Of::Value)
      return true;
    const ValueFact &value = facts.values[use.index];
    return value.declaration != no_index || (value.settled_at != 0 && value.settled_at <= offset);
  });
}

PureCodes::PureCodes(Context &context, ValueChanges &changes, const RequestState &request)
    : state_(std::make_unique<State>(context, changes)) {
  state_->find_bindings();
  if (context.options.auto_lift)
    collect_implicit_loaders(context, request, *this);
  state_->find_declarations();
  state_->rule_out();
}

PureCodes::~PureCodes() = default;

uint32_t PureCodes::value_of(BindingIndex binding) const { return state_->purity.name(binding).value; }
uint32_t PureCodes::prop(llvm::StringRef name) { return state_->purity.prop(name); }

void PureCodes::look_at(CodePlace &place) {
  state_->changes.look_at(place);
  state_->rule_out_changed();
}

bool PureCodes::may_change(llvm::StringRef code) const { return state_->changes.may_change(code); }

uint32_t PureCodes::add(const CodePlace &place, SyntaxIndex node) {
  return add(place, node, place.code.tree[node].span);
}

uint32_t PureCodes::add(const CodePlace &place, SyntaxIndex node, Span text) {
  Judgement judgement = state_->purity.judge(place, node, text);
  if (judgement.code.doubt.certainty == Certainty::Must)
    for (uint32_t called : judgement.called) {
      if (!state_->is_pure_function(called)) {
        judgement.code.doubt = state_->why_called(called, text);
        break;
      }
      const State::Candidate &function = state_->candidates[state_->candidate_of[called]];
      judgement.code.reads_state |= state_->facts.codes[function.fact.code].reads_state;
    }
  return state_->add(std::move(judgement));
}

void PureCodes::note_shared(const CodePlace &place, SyntaxIndex value, uint32_t site, uint32_t prop) {
  auto sources = state_->changes.sources(place, value);
  if (sources.empty())
    return;
  state_->shared_props.push_back({site, prop});
  state_->shared_sources.push_back(std::move(sources));
}

void PureCodes::write_shared() {
  ModuleFacts &facts = state_->facts;
  facts.changes_props = state_->changes.are_props_changed();
  for (uint32_t prop = 0; prop < facts.prop_names.size(); ++prop)
    if (state_->changes.is_prop_changed(facts.prop_names[prop]))
      facts.changed_props.push_back(prop);
  if (state_->shared_props.empty())
    return;
  ValueChanges::Groups groups = state_->changes.groups(facts.prop_names, state_->shared_sources);
  for (uint32_t value = 0; value < facts.values.size(); ++value)
    facts.values[value].group = groups.bindings[state_->bindings[value]];
  for (BindingIndex i = 0; i < groups.bindings.size(); ++i)
    if (uint32_t import = state_->purity.name(i).import; import != no_index)
      facts.imports[import].group = groups.bindings[i];
  facts.props_group = groups.props;
  facts.astro_group = groups.astro;
  facts.prop_groups = std::move(groups.prop_names);
  for (size_t i = 0; i < state_->shared_props.size(); ++i) {
    auto [site, prop] = state_->shared_props[i];
    facts.sites[site].props[prop].groups = std::move(groups.sources[i]);
  }
}

uint32_t PureCodes::add_condition(SyntaxIndex node) {
  uint32_t index = add(state_->frontmatter, state_->code.unwrap(node));
  PureCode &condition = state_->facts.codes[index];
  if (condition.doubt.certainty == Certainty::Must &&
      !state_->is_settled_before(condition, state_->tree[node].span.begin))
    state_->doubt(index, {Certainty::May, not_early_code, condition.text, "reads a variable that changes later"});
  return index;
}

void PureCodes::add_guards() {
  State &state = *state_;
  const SyntaxTree &tree = state.tree;
  auto barrier = state.facts.barriers.begin(), end = state.facts.barriers.end();
  for (SyntaxIndex at = tree.first_child(tree.root()); at != no_syntax; at = tree.next_sibling(at)) {
    SyntaxIndex condition = state.guard_of(at);
    if (condition == no_syntax)
      continue;
    // Those that end the render stand in source order, as the statements do.
    while (barrier != end && (barrier->kind != Barrier::Kind::Return || barrier->statement.begin < tree[at].span.begin))
      ++barrier;
    if (barrier == end || barrier->statement.begin != tree[at].span.begin)
      continue;
    uint32_t index = add_condition(condition);
    if (state.facts.codes[index].doubt.certainty == Certainty::Must)
      barrier->condition = index;
  }
}

} // namespace foreload::analyze
