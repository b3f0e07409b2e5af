// The frontmatter's values: which of them can be computed in another place, and where the others are settled.
#include "analyze/pure_code.h"

#include "analyze/purity.h"

#include <llvm/ADT/DenseMap.h>

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

struct PureCodes::State {
  State(Context &shared, const ValueChanges &value_changes)
      : context(shared), facts(shared.facts), code(shared.code), tree(code.tree), frontmatter{code, nullptr, 0, {}},
        changes(value_changes), purity(shared, changes) {}

  /// A declaration that can be copied, as far as its own code goes.
  struct Candidate {
    DeclarationFact fact;
    llvm::SmallVector<uint32_t, 2> declared; ///< the values that it makes
    llvm::SmallVector<uint32_t, 2> called;
  };

  void find_declarations();
  void add_declaration(SyntaxIndex declarator);
  void add_props_pattern(SyntaxIndex pattern);
  void add_candidate(DeclarationFact::Form form, SyntaxIndex node, SyntaxIndex pattern, uint32_t prop = no_index);
  void refuse_callers();
  void choose();
  void refuse(uint32_t candidate, Doubt why);
  uint32_t add(Judgement judgement);
  bool is_function(uint32_t value) const;
  bool is_settled_before(const PureCode &pure, uint32_t offset) const;
  SyntaxIndex guard_of(SyntaxIndex statement) const;

  Context &context;
  ModuleFacts &facts;
  const Code &code;
  const SyntaxTree &tree;
  CodePlace frontmatter;
  const ValueChanges &changes;
  Purity purity;
  std::vector<BindingIndex> bindings;    ///< by value
  std::vector<Candidate> candidates;     ///< in source order
  std::vector<uint32_t> candidate_of;    ///< by value, or no_index
  std::vector<bool> is_refused;          ///< by candidate
  std::vector<uint32_t> last_statements; ///< by value: the end of what declares it
};

bool PureCodes::State::is_function(uint32_t value) const {
  uint32_t candidate = candidate_of[value];
  return purity.name(bindings[value]).is_function && candidate != no_index &&
         facts.codes[candidates[candidate].fact.code].doubt.certainty == Certainty::Must;
}

uint32_t PureCodes::State::add(Judgement judgement) {
  facts.codes.push_back(std::move(judgement.code));
  return static_cast<uint32_t>(facts.codes.size() - 1);
}

/// What the top level declares, in source order.
void PureCodes::State::find_declarations() {
  const std::vector<Binding> &all = code.scopes.bindings();
  bindings.resize(facts.values.size());
  for (BindingIndex i = 0; i < all.size(); ++i)
    if (purity.name(i).value != no_index)
      bindings[purity.name(i).value] = i;
  candidate_of.assign(facts.values.size(), no_index);

  for (SyntaxIndex at = tree.first_child(tree.root()); at != no_syntax; at = tree.next_sibling(at)) {
    SyntaxIndex statement = at;
    if (tree[at].kind == Kind::ExportStatement)
      statement = tree.child(at, Field::Declaration);
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
  if (name == no_syntax || value == no_syntax)
    return;
  llvm::StringRef keyword = code.text_of(tree.first_child(tree[declarator].parent));
  if (keyword != "const" && keyword != "let" && keyword != "var")
    return; // `using`
  if (tree[name].kind == Kind::ObjectPattern && purity.is_props(value)) {
    bool is_simple = true;
    for (SyntaxIndex at = tree.first_child(name); at != no_syntax; at = tree.next_sibling(at)) {
      SyntaxIndex key = tree[at].kind == Kind::PairPattern ? tree.child(at, Field::Key) : no_syntax;
      is_simple &= tree[at].kind != Kind::RestPattern &&
                   (key == no_syntax || tree[key].kind == Kind::PropertyName ||
                    (tree[key].kind == Kind::String && code.text_of(key).find('\\') == llvm::StringRef::npos));
    }
    if (is_simple) {
      add_props_pattern(name);
      return;
    }
  }
  add_candidate(DeclarationFact::Form::Declarator, declarator, name);
}

void PureCodes::State::add_props_pattern(SyntaxIndex pattern) {
  for (SyntaxIndex at = tree.first_child(pattern); at != no_syntax; at = tree.next_sibling(at)) {
    SyntaxIndex key = at;
    if (tree[at].kind == Kind::Token || tree[at].kind == Kind::Comment)
      continue;
    if (tree[at].kind == Kind::PairPattern)
      key = tree.child(at, Field::Key);
    else if (tree[at].kind == Kind::ObjectAssignmentPattern)
      key = tree.child(at, Field::Left);
    if (key == no_syntax)
      continue;
    add_candidate(DeclarationFact::Form::PropsElement, at, at, purity.prop(code.text_of(key).trim("'\"")));
  }
}

void PureCodes::State::add_candidate(DeclarationFact::Form form, SyntaxIndex node, SyntaxIndex pattern, uint32_t prop) {
  if (pattern == no_syntax)
    return;
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
    return; // declares what is declared already
  Judgement judgement = purity.judge(frontmatter, node, tree[node].span);
  candidate.called = judgement.called;
  candidate.fact = {form, add(std::move(judgement)), prop};
  candidates.push_back(std::move(candidate));
}

/// Who calls a function that is not pure is not pure either.
void PureCodes::State::refuse_callers() {
  std::vector<llvm::SmallVector<uint32_t, 2>> callers(facts.values.size());
  std::vector<uint32_t> impure;
  for (uint32_t i = 0; i < candidates.size(); ++i)
    for (uint32_t called : candidates[i].called) {
      callers[called].push_back(i);
      if (!is_function(called))
        impure.push_back(called);
    }
  while (!impure.empty()) {
    uint32_t value = impure.back();
    impure.pop_back();
    for (uint32_t caller : callers[value]) {
      PureCode &pure = facts.codes[candidates[caller].fact.code];
      if (pure.doubt.certainty != Certainty::Must)
        continue;
      auto use = std::find_if(pure.uses.begin(), pure.uses.end(),
                              [&](const CodeUse &it) { return it.of == CodeUse::Of::Value && it.index == value; });
      pure.doubt = {Certainty::May, not_early_code, use == pure.uses.end() ? pure.text : use->span,
                    "calls " + quoted(facts.values[value].name + "()") + ", which may do anything"};
      for (uint32_t declared : candidates[caller].declared)
        if (purity.name(bindings[declared]).is_function)
          impure.push_back(declared);
    }
    callers[value].clear();
  }
}

void PureCodes::State::refuse(uint32_t candidate, Doubt why) {
  is_refused[candidate] = true;
  for (uint32_t value : candidates[candidate].declared)
    facts.values[value].why = why;
}

/// What is left can be copied, unless it changes or uses what cannot.
void PureCodes::State::choose() {
  is_refused.assign(candidates.size(), false);
  std::vector<uint32_t> refused;
  for (uint32_t value = 0; value < facts.values.size(); ++value) {
    const Binding &binding = code.scopes.bindings()[bindings[value]];
    uint32_t change = changes.last_change(bindings[value]);
    uint32_t declared = tree[code.top_statement(binding.name_node)].span.end;
    facts.values[value].settled_at = change == ValueChanges::anywhere ? 0 : std::max(change, declared);
    uint32_t candidate = candidate_of[value];
    if (candidate == no_index) {
      facts.values[value].why = {Certainty::May, not_early_code, tree[binding.name_node].span,
                                 quoted(binding.name) + " is more than a value"};
    } else if (change != ValueChanges::never && !is_refused[candidate]) {
      refuse(candidate, {Certainty::May, not_early_code, tree[binding.name_node].span,
                         "reads the variable " + quoted(binding.name) + ", which changes"});
      refused.push_back(candidate);
    }
  }
  for (uint32_t i = 0; i < candidates.size(); ++i)
    if (const Doubt &doubt = facts.codes[candidates[i].fact.code].doubt;
        doubt.certainty != Certainty::Must && !is_refused[i]) {
      refuse(i, doubt);
      refused.push_back(i);
    }

  std::vector<llvm::SmallVector<uint32_t, 2>> users(facts.values.size());
  std::vector<uint32_t> unknown;
  for (uint32_t i = 0; i < candidates.size(); ++i)
    for (const CodeUse &use : facts.codes[candidates[i].fact.code].uses)
      if (use.of == CodeUse::Of::Value)
        users[use.index].push_back(i);
  for (uint32_t value = 0; value < facts.values.size(); ++value)
    if (candidate_of[value] == no_index || is_refused[candidate_of[value]])
      unknown.push_back(value);
  while (!unknown.empty()) {
    uint32_t value = unknown.back();
    unknown.pop_back();
    uint32_t settled = facts.values[value].settled_at;
    for (uint32_t user : users[value]) {
      // What a function computes changes with what it uses.
      for (uint32_t declared : candidates[user].declared) {
        uint32_t &own = facts.values[declared].settled_at;
        uint32_t later = own == 0 || settled == 0 ? 0 : std::max(own, settled);
        if (purity.name(bindings[declared]).is_function && own != later) {
          own = later;
          unknown.push_back(declared);
        }
      }
      if (is_refused[user])
        continue;
      refuse(user, {Certainty::May, not_early_code, facts.codes[candidates[user].fact.code].text,
                    "uses " + quoted(facts.values[value].name) + ", which only the frontmatter knows"});
      unknown.insert(unknown.end(), candidates[user].declared.begin(), candidates[user].declared.end());
    }
  }

  for (uint32_t i = 0; i < candidates.size(); ++i) {
    if (is_refused[i])
      continue;
    for (uint32_t value : candidates[i].declared)
      facts.values[value].declaration = static_cast<uint32_t>(facts.declarations.size());
    facts.declarations.push_back(candidates[i].fact);
  }
}

/// Whether nothing that \p pure uses changes behind \p offset.
bool PureCodes::State::is_settled_before(const PureCode &pure, uint32_t offset) const {
  for (const CodeUse &use : pure.uses) {
    if (use.of != CodeUse::Of::Value)
      continue;
    const ValueFact &value = facts.values[use.index];
    if (value.declaration == no_index && (value.settled_at == 0 || value.settled_at > offset))
      return false;
  }
  return true;
}

/// The condition of a statement that does nothing but end the render on it, or no_syntax.
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
      if (analyze::is_function(tree[i].kind))
        i = tree[i].subtree_end - 1;
      else if (tree[i].kind == Kind::ReturnStatement)
        return no_syntax;
    }
  return tree.child(statement, Field::Condition);
}

PureCodes::PureCodes(Context &context, const ValueChanges &changes)
    : state_(std::make_unique<State>(context, changes)) {
  state_->find_declarations();
  state_->refuse_callers();
  state_->choose();
}

PureCodes::~PureCodes() = default;

uint32_t PureCodes::add(const CodePlace &place, SyntaxIndex node) {
  return add(place, node, place.code.tree[node].span);
}

uint32_t PureCodes::add(const CodePlace &place, SyntaxIndex node, Span text) {
  Judgement judgement = state_->purity.judge(place, node, text);
  if (judgement.code.doubt.certainty == Certainty::Must)
    for (uint32_t called : judgement.called)
      if (!state_->is_function(called)) {
        judgement.code.doubt = {Certainty::May, not_early_code, text,
                                "calls " + quoted(state_->facts.values[called].name + "()") +
                                    ", which may do anything"};
        break;
      }
  return state_->add(std::move(judgement));
}

void PureCodes::add_guards() {
  State &state = *state_;
  const SyntaxTree &tree = state.tree;
  for (SyntaxIndex at = tree.first_child(tree.root()); at != no_syntax; at = tree.next_sibling(at)) {
    SyntaxIndex condition = state.guard_of(at);
    if (condition == no_syntax)
      continue;
    auto &barriers = state.facts.barriers;
    auto barrier = std::find_if(barriers.begin(), barriers.end(), [&](const Barrier &it) {
      return it.kind == Barrier::Kind::Return && it.statement.begin == tree[at].span.begin;
    });
    if (barrier == barriers.end())
      continue;
    uint32_t index = add(state.frontmatter, condition);
    if (state.facts.codes[index].doubt.certainty == Certainty::Must &&
        state.is_settled_before(state.facts.codes[index], tree[at].span.begin))
      barrier->condition = index;
  }
}

} // namespace foreload::analyze
