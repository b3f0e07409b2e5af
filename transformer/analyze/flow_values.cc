#include "analyze/flow_values.h"

#include <llvm/ADT/DenseSet.h>

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

uint32_t FlowValues::add_value(std::string name) {
  values_.push_back({std::move(name), {}});
  return static_cast<uint32_t>(values_.size() - 1);
}

void FlowValues::add_uses(uint32_t value, const std::vector<uint32_t> &uses) {
  std::vector<uint32_t> &own = values_[value].uses;
  own.insert(own.end(), uses.begin(), uses.end());
}

uint32_t FlowValues::prop(llvm::StringRef name) {
  auto [known, is_new] = prop_values_.try_emplace(name, 0);
  if (is_new) {
    known->second = add_value(name == "*" ? "Astro.props" : name.str());
    values_[known->second].prop = static_cast<uint32_t>(props_.size());
    props_.push_back(name.str());
  }
  return known->second;
}

uint32_t FlowValues::await_result(const FlowCode &flow, SyntaxIndex node) {
  auto [known, is_new] = await_values_.try_emplace({flow.id, node}, 0);
  if (is_new)
    known->second = add_value("");
  return known->second;
}

void FlowValues::set_await(const FlowCode &flow, SyntaxIndex node, uint32_t await) {
  values_[await_result(flow, node)].await = await;
}

void FlowValues::set_result(const FlowCode &flow, SyntaxIndex node, const std::vector<uint32_t> &uses) {
  add_uses(await_result(flow, node), uses);
}

bool FlowValues::is_astro(const Code &code, SyntaxIndex expression, llvm::StringRef member) {
  SyntaxIndex object = code.unwrap(expression);
  if (object != no_syntax && !member.empty()) {
    SyntaxIndex property = code.tree.child(object, Field::Property);
    if (code.tree[object].kind != Kind::MemberExpression || property == no_syntax || code.text_of(property) != member)
      return false;
    object = code.unwrap(code.tree.child(object, Field::Object));
  }
  if (object == no_syntax || code.tree[object].kind != Kind::Identifier || code.text_of(object) != "Astro")
    return false;
  auto references = code.scopes.references_in(object);
  return references.size() == 1 && references[0].binding == no_binding;
}

SyntaxIndex FlowValues::root_of(const Code &code, SyntaxIndex expression) {
  SyntaxIndex at = code.unwrap(expression);
  while (at != no_syntax &&
         (code.tree[at].kind == Kind::MemberExpression || code.tree[at].kind == Kind::SubscriptExpression))
    at = code.unwrap(code.tree.child(at, Field::Object));
  return at != no_syntax && code.tree[at].kind == Kind::Identifier ? at : no_syntax;
}

uint32_t FlowValues::lookup(const FlowCode &flow, llvm::StringRef name) const {
  for (const FlowCode *inner = &flow, *at = flow.outer; at; inner = at, at = at->outer) {
    // The markup is no part of the frontmatter's text, but stands in its scope.
    ScopeIndex scope = at->outer ? at->code.scopes.scope_at(inner->at) : top_scope;
    if (BindingIndex binding = at->code.scopes.lookup(name, scope); binding != no_binding)
      return at->values[binding];
  }
  return no_index;
}

uint32_t FlowValues::value_of(const FlowCode &flow, SyntaxIndex name) const {
  auto references = flow.code.scopes.references_in(name);
  if (references.size() != 1)
    return no_index;
  return references[0].binding != no_binding ? flow.values[references[0].binding]
                                             : lookup(flow, flow.code.text_of(name));
}

bool FlowValues::is_all_props(const FlowCode &flow, SyntaxIndex expression) const {
  SyntaxIndex at = flow.code.unwrap(expression);
  if (at == no_syntax)
    return false;
  if (is_astro(flow.code, at, "props"))
    return true;
  uint32_t value = flow.code.tree[at].kind == Kind::Identifier ? value_of(flow, at) : no_index;
  return value != no_index && values_[value].all_props;
}

/// The prop's value that is read of all props at \p props: `props.id`, `props['id']`; no_index: nobody knows which.
uint32_t FlowValues::member_prop(const FlowCode &flow, SyntaxIndex props) {
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex child = props;
  SyntaxIndex parent = flow.code.value_parent(props, &child);
  if (parent == no_syntax || tree[child].field != Field::Object)
    return no_index;
  SyntaxIndex name = no_syntax;
  if (tree[parent].kind == Kind::MemberExpression)
    name = tree.child(parent, Field::Property);
  else if (tree[parent].kind == Kind::SubscriptExpression)
    if (SyntaxIndex index = tree.child(parent, Field::Index); index != no_syntax && tree[index].kind == Kind::String)
      name = tree.child(index, Kind::StringFragment);
  return name == no_syntax ? no_index : prop(flow.code.text_of(name));
}

uint32_t FlowValues::forwarded_prop(const FlowCode &flow, SyntaxIndex expression) {
  SyntaxIndex at = flow.code.unwrap(expression);
  if (at == no_syntax)
    return no_index;
  const SyntaxTree &tree = flow.code.tree;
  if (tree[at].kind == Kind::Identifier) {
    uint32_t value = value_of(flow, at);
    return value == no_index ? no_index : values_[value].forwards;
  }
  SyntaxIndex object = tree.child(at, Field::Object);
  if (object == no_syntax || !is_all_props(flow, object))
    return no_index;
  uint32_t value = member_prop(flow, flow.code.unwrap(object));
  return value == no_index ? no_index : values_[value].prop;
}

std::vector<uint32_t> FlowValues::uses(const FlowCode &flow, SyntaxIndex node) {
  std::vector<uint32_t> found;
  if (node == no_syntax)
    return found;
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex function_end = 0;
  for (SyntaxIndex i = node, end = tree[node].subtree_end; i < end; ++i) {
    if (is_function(tree[i].kind))
      function_end = std::max(function_end, tree[i].subtree_end);
    if (tree[i].kind == Kind::AwaitExpression) {
      found.push_back(await_result(flow, i));
      // What a function awaits when it is called is made of what it uses.
      if (i >= function_end)
        i = tree[i].subtree_end - 1;
      continue;
    }
    if (tree[i].kind == Kind::MemberExpression && is_astro(flow.code, i, "props")) {
      uint32_t one = member_prop(flow, i);
      found.push_back(one == no_index ? prop("*") : one);
      i = tree[i].subtree_end - 1;
      continue;
    }
    if (tree[i].kind != Kind::Identifier && tree[i].kind != Kind::ShorthandProperty)
      continue;
    auto references = flow.code.scopes.references_in(i);
    if (references.size() != 1)
      continue;
    // What is bound inside is made of what stands inside.
    BindingIndex binding = references[0].binding;
    if (binding != no_binding) {
      SyntaxIndex declared = flow.code.scopes.bindings()[binding].name_node;
      if (node <= declared && declared < end)
        continue;
    }
    uint32_t value = value_of(flow, i);
    if (value == no_index)
      continue;
    if (values_[value].all_props)
      if (uint32_t one = member_prop(flow, i); one != no_index)
        value = one;
    found.push_back(value);
  }
  llvm::DenseSet<uint32_t> seen;
  found.erase(std::remove_if(found.begin(), found.end(), [&](uint32_t value) { return !seen.insert(value).second; }),
              found.end());
  return found;
}

void FlowValues::add(FlowCode &flow) {
  flow.id = codes_++;
  const std::vector<Binding> &bindings = flow.code.scopes.bindings();
  for (const Binding &binding : bindings) {
    flow.values.push_back(binding.kind == BindingKind::Import ? no_index : add_value(binding.name.str()));
    flow.declared[binding.name_node] = flow.values.back();
  }
  // Variables that are props come first: the others' uses of them are by name.
  for (bool props : {true, false})
    for (BindingIndex i = 0; i < bindings.size(); ++i) {
      SyntaxIndex declaration = bindings[i].declaration;
      bool is_declarator = flow.code.tree[declaration].kind == Kind::VariableDeclarator;
      bool from_props = is_declarator && is_all_props(flow, flow.code.tree.child(declaration, Field::Value));
      if (from_props != props || flow.values[i] == no_index)
        continue;
      if (from_props)
        declare_from_props(flow, i, flow.code.tree.child(declaration, Field::Name));
      else
        declare(flow, i);
    }
  collect_changes(flow);
}

void FlowValues::declare(FlowCode &flow, BindingIndex binding) {
  const SyntaxTree &tree = flow.code.tree;
  const Binding &it = flow.code.scopes.bindings()[binding];
  uint32_t value = flow.values[binding];
  switch (tree[it.declaration].kind) {
  case Kind::VariableDeclarator:
    add_uses(value, uses(flow, tree.child(it.declaration, Field::Value)));
    add_uses(value, uses(flow, tree.child(it.declaration, Field::Name))); // default values
    break;
  case Kind::ForInStatement:
    add_uses(value, uses(flow, tree.child(it.declaration, Field::Right)));
    add_uses(value, {await_result(flow, it.declaration)}); // `for await`
    break;
  case Kind::CatchClause:
    if (SyntaxIndex attempt = tree[it.declaration].parent; attempt != no_syntax)
      add_uses(value, uses(flow, tree.child(attempt, Field::Body)));
    break;
  case Kind::ArrowFunction:
    add_parameter_uses(flow, value, it.declaration);
    break;
  case Kind::RequiredParameter:
  case Kind::OptionalParameter:
    add_parameter_uses(flow, value, flow.code.enclosing_function(it.declaration));
    break;
  default: // functions, classes, enumerations
    add_uses(value, uses(flow, it.declaration));
  }
}

/// `{ id, title: name = '', ...rest } = Astro.props`, or `props = Astro.props`.
void FlowValues::declare_from_props(FlowCode &flow, BindingIndex binding, SyntaxIndex pattern) {
  const SyntaxTree &tree = flow.code.tree;
  const Binding &it = flow.code.scopes.bindings()[binding];
  uint32_t value = flow.values[binding];
  SyntaxIndex element = it.name_node;
  while (element != pattern && tree[element].parent != pattern && tree[element].parent != no_syntax)
    element = tree[element].parent;
  SyntaxIndex name = element;
  if (tree[element].kind == Kind::ObjectAssignmentPattern || tree[element].kind == Kind::AssignmentPattern)
    name = tree.child(element, Field::Left);
  else if (tree[element].kind == Kind::PairPattern)
    name = tree.child(element, Field::Key);
  bool is_all = element == pattern || tree[element].kind == Kind::RestPattern;
  bool is_named = name != no_syntax && (tree[name].kind == Kind::ShorthandPropertyPattern ||
                                        tree[name].kind == Kind::PropertyName || tree[name].kind == Kind::Identifier);
  if (is_all || !is_named) {
    values_[value].all_props = is_all;
    add_uses(value, {prop("*")});
    return;
  }
  uint32_t one = prop(flow.code.text_of(name));
  bool is_unchanged = element == it.name_node ||
                      (tree[element].kind == Kind::PairPattern && tree.child(element, Field::Value) == it.name_node);
  if (is_unchanged)
    values_[value].forwards = values_[one].prop;
  add_uses(value, {one});
  add_uses(value, uses(flow, element)); // default values
}

/// A callback is given something of what it is called on, or of what it is passed along with.
void FlowValues::add_parameter_uses(const FlowCode &flow, uint32_t value, SyntaxIndex function) {
  const SyntaxTree &tree = flow.code.tree;
  SyntaxIndex child = function;
  SyntaxIndex parent = flow.code.value_parent(function, &child);
  if (parent == no_syntax)
    return;
  if (tree[parent].kind == Kind::Arguments) {
    for (SyntaxIndex at = tree.first_child(parent); at != no_syntax; at = tree.next_sibling(at))
      if (at != child)
        add_uses(value, uses(flow, at));
    add_uses(value, uses(flow, tree.child(tree[parent].parent, Field::Function)));
  } else if (tree[parent].kind == Kind::CallExpression) { // called where it stands
    add_uses(value, uses(flow, tree.child(parent, Field::Arguments)));
  }
}

/// What decides whether \p node is run, besides the order of things.
std::vector<uint32_t> FlowValues::circumstances(const FlowCode &flow, SyntaxIndex node) {
  const SyntaxTree &tree = flow.code.tree;
  std::vector<uint32_t> found;
  auto add = [&](SyntaxIndex part) {
    std::vector<uint32_t> more = uses(flow, part);
    found.insert(found.end(), more.begin(), more.end());
  };
  for (SyntaxIndex at = tree[node].parent; at != no_syntax; at = tree[at].parent) {
    if (is_function(tree[at].kind)) { // it runs when somebody calls it
      add(flow.code.top_statement(at));
      break;
    }
    switch (tree[at].kind) {
    case Kind::IfStatement:
    case Kind::TernaryExpression:
    case Kind::WhileStatement:
    case Kind::DoStatement:
    case Kind::ForStatement:
      add(tree.child(at, Field::Condition));
      break;
    case Kind::ForInStatement:
      add(tree.child(at, Field::Right));
      break;
    case Kind::SwitchStatement:
      add(tree.child(at, Field::Value));
      break;
    case Kind::BinaryExpression:
      if (tree.child(at, Field::Left) > node || tree[tree.child(at, Field::Left)].subtree_end <= node)
        add(tree.child(at, Field::Left));
      break;
    default:
      break;
    }
  }
  return found;
}

void FlowValues::add_change(const FlowCode &flow, SyntaxIndex target, SyntaxIndex change,
                            const std::vector<uint32_t> &new_uses) {
  uint32_t value = value_of(flow, target);
  if (value == no_index)
    return;
  add_uses(value, new_uses);
  add_uses(value, circumstances(flow, change));
}

void FlowValues::collect_changes(const FlowCode &flow) {
  const Code &code = flow.code;
  const SyntaxTree &tree = code.tree;
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    switch (tree[i].kind) {
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment: {
      SyntaxIndex left = tree.child(i, Field::Left);
      if (left == no_syntax)
        break;
      std::vector<uint32_t> given = uses(flow, tree.child(i, Field::Right));
      if (SyntaxIndex root = root_of(code, left); root != no_syntax) {
        add_change(flow, root, i, given);
        break;
      }
      for (const Reference &reference : code.scopes.references_in(left)) // `[a, b] = …`
        if (reference.writes)
          add_change(flow, reference.node, i, given);
      break;
    }
    case Kind::ExpressionStatement: {
      // A call whose result nobody uses may change what it is called on and what it is given.
      SyntaxIndex call = code.unwrap(tree.first_named_child(i));
      if (call != no_syntax && tree[call].kind == Kind::AwaitExpression)
        call = code.unwrap(tree.first_named_child(call));
      if (call == no_syntax || tree[call].kind != Kind::CallExpression)
        break;
      std::vector<uint32_t> given = uses(flow, tree.first_named_child(i));
      if (tree[tree.first_named_child(i)].kind == Kind::AwaitExpression) {
        std::vector<uint32_t> arguments = uses(flow, tree.child(call, Field::Arguments));
        given.insert(given.end(), arguments.begin(), arguments.end());
      }
      SyntaxIndex callee = code.unwrap(tree.child(call, Field::Function));
      if (callee != no_syntax && tree[callee].kind == Kind::MemberExpression)
        if (SyntaxIndex root = root_of(code, callee); root != no_syntax)
          add_change(flow, root, i, given);
      SyntaxIndex arguments = tree.child(call, Field::Arguments);
      for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree.first_child(arguments); at != no_syntax;
           at = tree.next_sibling(at))
        if (SyntaxIndex root = root_of(code, at); root != no_syntax)
          add_change(flow, root, i, given);
      break;
    }
    default:
      break;
    }
  }
}

void FlowValues::finish(AwaitFacts &facts) {
  facts.props = std::move(props_);
  std::vector<std::vector<uint32_t>> used_by(values_.size());
  std::vector<uint32_t> queue;
  for (uint32_t i = 0; i < values_.size(); ++i) {
    FlowValue value;
    value.name = std::move(values_[i].name);
    value.awaits.resize(static_cast<unsigned>(facts.awaits.size()));
    value.props.resize(static_cast<unsigned>(facts.props.size()));
    if (values_[i].await != no_index)
      value.awaits.set(values_[i].await);
    if (values_[i].prop != no_index)
      value.props.set(values_[i].prop);
    if (value.awaits.any() || value.props.any())
      queue.push_back(i);
    for (uint32_t used : values_[i].uses)
      used_by[used].push_back(i);
    facts.values.push_back(std::move(value));
  }
  while (!queue.empty()) {
    uint32_t from = queue.back();
    queue.pop_back();
    for (uint32_t to : used_by[from]) {
      FlowValue &value = facts.values[to];
      auto before = value.awaits.count() + value.props.count();
      value.awaits |= facts.values[from].awaits;
      value.props |= facts.values[from].props;
      if (value.awaits.count() + value.props.count() != before)
        queue.push_back(to);
    }
  }
}

} // namespace foreload::analyze
