#include "analyze/memo.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SmallVector.h>

#include <algorithm>
#include <optional>
#include <set>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

bool is_one_of(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_member(const SyntaxTree &tree, SyntaxIndex node, SyntaxIndex object) {
  return node != no_syntax &&
         (tree[node].kind == Kind::MemberExpression || tree[node].kind == Kind::SubscriptExpression) &&
         tree[object].field == Field::Object;
}

/// One use of what may be a cache.
struct Access {
  enum class Does : uint8_t { Read, Fill, Reset, Other } does = Does::Other;
  SyntaxIndex key = no_syntax;   ///< no_syntax: there is one entry
  SyntaxIndex value = no_syntax; ///< of a Fill
  bool fills_if_empty = false;   ///< `??=`, `||=`
};

SyntaxIndex argument(const Code &code, SyntaxIndex call, unsigned index) {
  SyntaxIndex arguments = code.tree.child(call, Field::Arguments);
  if (arguments == no_syntax)
    return no_syntax;
  for (SyntaxIndex at = code.tree.first_child(arguments); at != no_syntax; at = code.tree.next_sibling(at))
    if (code.tree[at].kind != Kind::Token && code.tree[at].kind != Kind::Comment && index-- == 0)
      return at;
  return no_syntax;
}

/// The assignment that changes \p target itself, or no_syntax.
SyntaxIndex assignment_to(const Code &code, SyntaxIndex target) {
  SyntaxIndex child = target;
  SyntaxIndex parent = code.value_parent(target, &child);
  bool assigns = parent != no_syntax && (code.tree[parent].kind == Kind::AssignmentExpression ||
                                         code.tree[parent].kind == Kind::AugmentedAssignment);
  return assigns && code.tree[child].field == Field::Left ? parent : no_syntax;
}

bool is_empty_value(const Code &code, SyntaxIndex value) {
  value = code.unwrap(value);
  switch (code.tree[value].kind) {
  case Kind::Null:
  case Kind::Undefined:
    return true;
  case Kind::Object:
  case Kind::Array:
    return code.tree.first_named_child(value) == no_syntax;
  case Kind::NewExpression:
    return argument(code, value, 0) == no_syntax;
  default:
    return code.text_of(value) == "undefined";
  }
}

/// Whether a property of \p value is assigned, or a method is called on it that changes it.
bool is_changed_inside(const Code &code, SyntaxIndex value) {
  const SyntaxTree &tree = code.tree;
  SyntaxIndex child = value;
  SyntaxIndex parent = code.value_parent(value, &child);
  bool is_inside = false;
  llvm::StringRef last;
  while (is_member(tree, parent, child)) {
    is_inside = true;
    SyntaxIndex property = tree.child(parent, Field::Property);
    last = property == no_syntax ? llvm::StringRef() : code.text_of(property);
    parent = code.value_parent(parent, &child);
  }
  if (!is_inside || parent == no_syntax)
    return false;
  if (tree[parent].kind != Kind::CallExpression)
    return code.is_target(child);
  return tree[child].field == Field::Function &&
         is_one_of(last, {"push", "pop", "shift", "unshift", "splice", "sort", "reverse", "add", "clear"});
}

Access assigned(const Code &code, SyntaxIndex assignment, SyntaxIndex key) {
  Access access;
  access.key = key;
  access.value = code.tree.child(assignment, Field::Right);
  llvm::StringRef op = "=";
  if (code.tree[assignment].kind == Kind::AugmentedAssignment)
    op = code.text_of(code.tree.child(assignment, Field::Operator));
  access.fills_if_empty = op != "=";
  if (op == "=" && is_empty_value(code, access.value))
    access.does = Access::Does::Reset;
  else if (op == "=" || op == "||=" || op == "\?\?=")
    access.does = Access::Does::Fill;
  return access;
}

Access classify(const Code &code, SyntaxIndex expression) {
  const SyntaxTree &tree = code.tree;
  Access access;
  SyntaxIndex child = expression;
  SyntaxIndex parent = code.value_parent(expression, &child);
  if (parent == no_syntax)
    return access;
  if (tree[parent].kind == Kind::MemberExpression && is_member(tree, parent, child)) {
    llvm::StringRef method = code.text_of(tree.child(parent, Field::Property));
    SyntaxIndex callee = parent;
    SyntaxIndex call = code.value_parent(parent, &callee);
    if (call != no_syntax && tree[call].kind == Kind::CallExpression && tree[callee].field == Field::Function &&
        is_one_of(method, {"get", "has", "set", "delete", "clear"})) {
      access.key = argument(code, call, 0);
      if (method == "clear" || method == "delete") {
        access.does = Access::Does::Reset;
      } else if (access.key != no_syntax && method == "set") {
        access.does = Access::Does::Fill;
        access.value = argument(code, call, 1);
      } else if (access.key != no_syntax && !is_changed_inside(code, call)) {
        access.does = Access::Does::Read;
      }
      return access;
    }
  }
  if (tree[parent].kind == Kind::SubscriptExpression && is_member(tree, parent, child)) {
    access.key = tree.child(parent, Field::Index);
    if (SyntaxIndex assignment = assignment_to(code, parent); assignment != no_syntax)
      return assigned(code, assignment, access.key);
    SyntaxIndex ignored = parent;
    SyntaxIndex around = code.value_parent(parent, &ignored);
    if (around != no_syntax && tree[around].kind == Kind::UnaryExpression &&
        code.text_of(around).substr(0, 6) == "delete")
      access.does = Access::Does::Reset;
    else if (!is_changed_inside(code, parent) && (around == no_syntax || tree[around].kind != Kind::UpdateExpression))
      access.does = Access::Does::Read;
    return access;
  }
  if (tree[parent].kind == Kind::BinaryExpression && tree[child].field == Field::Right &&
      code.text_of(tree.child(parent, Field::Operator)) == "in") {
    access.key = tree.child(parent, Field::Left);
    access.does = Access::Does::Read;
    return access;
  }
  if (SyntaxIndex assignment = assignment_to(code, expression); assignment != no_syntax)
    return assigned(code, assignment, no_syntax);
  // Another name for it, or its hand-over to somebody, is not followed.
  bool is_handed_on = tree[parent].kind == Kind::Arguments || tree[parent].kind == Kind::Pair ||
                      tree[expression].kind == Kind::ShorthandProperty || tree[parent].kind == Kind::SpreadElement ||
                      tree[parent].kind == Kind::UpdateExpression || tree[parent].kind == Kind::ForInStatement;
  if (!is_handed_on && !is_changed_inside(code, expression))
    access.does = Access::Does::Read;
  return access;
}

class MemoCheck {
public:
  MemoCheck(const Code &code, llvm::ArrayRef<SyntaxIndex> accesses, ScopeIndex outside)
      : code_(code), tree_(code.tree), nodes_(accesses), outside_(outside) {}

  bool passes() {
    SyntaxIndex home = no_syntax;
    llvm::StringRef key;
    bool has_key = false, fills = false;
    std::vector<std::pair<SyntaxIndex, Access>> entries;
    for (SyntaxIndex node : nodes_) {
      Access access = classify(code_, node);
      if (access.does == Access::Does::Other)
        return false;
      if (access.does == Access::Does::Reset)
        continue;
      SyntaxIndex function = outermost_function(node);
      if (function == no_syntax || (home != no_syntax && home != function))
        return false;
      home = function;
      llvm::StringRef text = access.key == no_syntax ? llvm::StringRef() : code_.text_of(access.key);
      if (!entries.empty() && (has_key != (access.key != no_syntax) || key != text))
        return false;
      has_key = access.key != no_syntax;
      key = text;
      fills |= access.does == Access::Does::Fill;
      entries.push_back({node, access});
    }
    if (!fills)
      return false;
    for (const auto &[node, access] : entries)
      if (access.does == Access::Does::Fill && !fills_alike(node, access, home))
        return false;
    return true;
  }

private:
  /// The outermost function around \p node that does not stand around the cache.
  SyntaxIndex outermost_function(SyntaxIndex node) const {
    SyntaxIndex owner = code_.scopes.scopes()[outside_].node;
    SyntaxIndex function = no_syntax;
    for (SyntaxIndex at = node; at != no_syntax && at != owner; at = tree_[at].parent)
      if (opens_function(tree_[at].kind))
        function = at;
    return function;
  }

  /// Whether every call that fills the entry in \p home fills it with the same.
  bool fills_alike(SyntaxIndex node, const Access &access, SyntaxIndex home) {
    if (access.value == no_syntax)
      return false;
    if (access.key == no_syntax && !access.fills_if_empty && !is_tested(node, home))
      return false;
    std::set<std::string> of_key, of_value;
    if (access.key != no_syntax && !collect_inputs(access.key, of_key))
      return false;
    SyntaxIndex value = code_.unwrap(access.value);
    if (!collect_inputs(value, of_value, /*may_be_entry=*/tree_[value].kind == Kind::Identifier))
      return false;
    return std::all_of(of_value.begin(), of_value.end(), [&](const std::string &input) {
      return std::any_of(of_key.begin(), of_key.end(), [&](const std::string &known) {
        return input == known || std::string_view(input).starts_with(known + ".");
      });
    });
  }

  /// Whether a condition of the function asks for the entry before it is filled at \p filled.
  bool is_tested(SyntaxIndex filled, SyntaxIndex home) const {
    for (SyntaxIndex node : nodes_) {
      if (node >= filled)
        break;
      for (SyntaxIndex at = node; at != home && at != no_syntax; at = tree_[at].parent) {
        SyntaxIndex parent = tree_[at].parent;
        if (parent == no_syntax)
          break;
        bool decides = tree_[at].field == Field::Condition ||
                       (tree_[parent].kind == Kind::BinaryExpression && tree_[at].field == Field::Left);
        if (decides)
          return true;
      }
    }
    return false;
  }

  bool is_access(SyntaxIndex node) const { return std::binary_search(nodes_.begin(), nodes_.end(), node); }

  bool has_access(SyntaxIndex node) const {
    auto first = std::lower_bound(nodes_.begin(), nodes_.end(), node);
    return first != nodes_.end() && *first < tree_[node].subtree_end;
  }

  /// Whether \p value is nothing but the entry: `cards.get(id)`.
  bool is_entry(SyntaxIndex value) const {
    value = code_.unwrap(value);
    while (value != no_syntax && tree_[value].kind == Kind::AwaitExpression)
      value = code_.unwrap(tree_.first_named_child(value));
    if (value == no_syntax)
      return false;
    if (is_access(value))
      return true;
    SyntaxIndex object = value;
    if (tree_[object].kind == Kind::CallExpression)
      object = code_.unwrap(tree_.child(object, Field::Function));
    if (object == no_syntax ||
        (tree_[object].kind != Kind::MemberExpression && tree_[object].kind != Kind::SubscriptExpression))
      return false;
    object = code_.unwrap(tree_.child(object, Field::Object));
    return object != no_syntax && is_access(object);
  }

  /// Whether \p scope stands around the functions that use the cache.
  bool is_outside(ScopeIndex scope) const {
    for (ScopeIndex at = outside_;; at = code_.scopes.scopes()[at].parent) {
      if (at == scope)
        return true;
      if (at == top_scope)
        return false;
    }
  }

  /// `params.id` of a use of `params` in `params.id.trim()`.
  std::string chain_of(SyntaxIndex name) const {
    SyntaxIndex end = name;
    SyntaxIndex child = name;
    for (SyntaxIndex parent = code_.value_parent(name, &child);
         parent != no_syntax && tree_[parent].kind == Kind::MemberExpression && is_member(tree_, parent, child);
         parent = code_.value_parent(parent, &child)) {
      SyntaxIndex callee = parent;
      SyntaxIndex call = code_.value_parent(parent, &callee);
      if (call != no_syntax && tree_[call].kind == Kind::CallExpression && tree_[callee].field == Field::Function)
        break;
      end = parent;
    }
    std::string chain;
    for (char c : code_.text.substr(tree_[name].span.begin, tree_[end].span.end - tree_[name].span.begin))
      if (c != '?' && c != '!' && c != ' ' && c != '\n' && c != '\r' && c != '\t')
        chain += c;
    return chain;
  }

  /// Collects what of the call \p expression depends on: parameters, followed through local variables. False if that
  /// cannot be told, or if it is made of what the cache holds. \p may_be_entry: \p expression names a local variable
  /// that may hold what the cache held: storing that again changes nothing.
  bool collect_inputs(SyntaxIndex expression, std::set<std::string> &inputs, bool may_be_entry = false) {
    llvm::SmallVector<SyntaxIndex, 8> queue{expression};
    llvm::DenseSet<BindingIndex> seen;
    for (size_t next = 0; next < queue.size(); ++next) {
      SyntaxIndex node = queue[next];
      if (has_access(node))
        return false;
      for (const Reference &reference : code_.scopes.references_in(node)) {
        if (reference.binding == no_binding) {
          if (code_.text_of(reference.node) == "arguments")
            inputs.insert("arguments");
          continue;
        }
        const Binding &binding = code_.scopes.bindings()[reference.binding];
        bool is_inside = binding.name_node >= node && binding.name_node < tree_[node].subtree_end;
        if (is_inside)
          continue;
        if (is_outside(binding.scope)) {
          if (binding.kind == BindingKind::Let || binding.kind == BindingKind::Var)
            return false; // which may have changed in between
          continue;
        }
        if (binding.kind == BindingKind::Parameter) {
          // What a callback is given comes from what it is a callback of: `request(id).then((card) => …)`.
          SyntaxIndex function = code_.enclosing_function(binding.name_node);
          SyntaxIndex child = function;
          SyntaxIndex arguments = function == no_syntax ? no_syntax : code_.value_parent(function, &child);
          bool is_callback = arguments != no_syntax && tree_[arguments].kind == Kind::Arguments;
          SyntaxIndex callee = is_callback ? tree_.child(tree_[arguments].parent, Field::Function) : no_syntax;
          if (callee == no_syntax || is_outermost(function))
            inputs.insert(chain_of(reference.node));
          else if (seen.insert(reference.binding).second)
            queue.push_back(callee);
          continue;
        }
        if (!seen.insert(reference.binding).second)
          continue;
        if (!add_sources(binding, reference.binding, queue, may_be_entry && next == 0))
          return false;
      }
    }
    return true;
  }

  bool is_outermost(SyntaxIndex function) const { return outermost_function(function) == function; }

  /// What a local variable is made of.
  bool add_sources(const Binding &binding, BindingIndex index, llvm::SmallVectorImpl<SyntaxIndex> &queue,
                   bool may_be_entry) const {
    switch (binding.kind) {
    case BindingKind::Const:
    case BindingKind::Let:
    case BindingKind::Var: {
      SyntaxIndex from = tree_.child(
          binding.declaration, tree_[binding.declaration].kind == Kind::ForInStatement ? Field::Right : Field::Value);
      if (from != no_syntax && !(may_be_entry && is_entry(from)))
        queue.push_back(from);
      break;
    }
    case BindingKind::Function:
      queue.push_back(binding.declaration);
      return true;
    case BindingKind::Class:
    case BindingKind::Enum:
      return true;
    default:
      return false;
    }
    for (const Reference &reference : code_.scopes.references())
      if (reference.binding == index && reference.writes) {
        SyntaxIndex assignment = assignment_to(code_, reference.node);
        if (assignment == no_syntax || tree_[assignment].kind != Kind::AssignmentExpression)
          return false;
        queue.push_back(tree_.child(assignment, Field::Right));
      }
    return true;
  }

  const Code &code_;
  const SyntaxTree &tree_;
  llvm::ArrayRef<SyntaxIndex> nodes_;
  ScopeIndex outside_;
};

} // namespace

bool is_memo(const Code &code, llvm::ArrayRef<SyntaxIndex> accesses, ScopeIndex outside) {
  return MemoCheck(code, accesses, outside).passes();
}

MemoUse memo_use(const Code &code, SyntaxIndex expression) {
  switch (classify(code, expression).does) {
  case Access::Does::Read:
  case Access::Does::Fill:
    return MemoUse::Entry;
  case Access::Does::Reset:
    return MemoUse::Reset;
  case Access::Does::Other:
    break;
  }
  return MemoUse::Other;
}

} // namespace foreload::analyze
