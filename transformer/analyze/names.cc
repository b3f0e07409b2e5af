#include "analyze/names.h"

#include <llvm/ADT/StringSwitch.h>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

bool is_mutating_method(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("set", "add", "delete", "clear", "append", true)
      .Cases("push", "pop", "shift", "unshift", "splice", true)
      .Cases("sort", "reverse", "fill", "copyWithin", true)
      .Default(false);
}

/// Methods that give what a collection holds.
static bool is_accessor(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("get", "at", "find", "findLast", "values", "entries", true)
      .Default(false);
}

/// Functions that change their first argument.
static bool changes_first_argument(llvm::StringRef callee) {
  return llvm::StringSwitch<bool>(callee)
      .Cases("Object.assign", "Object.defineProperty", "Object.defineProperties", true)
      .Cases("Object.setPrototypeOf", "Reflect.set", "Reflect.deleteProperty", true)
      .Default(false);
}

Names::Names(const Context &context, const Code &code, const Names *outer, SyntaxIndex request)
    : context_(context), code_(code), tree_(code.tree), outer_(outer), request_(request) {
  uses_.resize(code.scopes.bindings().size());
  for (const Reference &reference : code.scopes.references())
    if (reference.binding != no_binding)
      uses_[reference.binding].push_back(reference.node);
  // Aliases of aliases come after them in all code that runs.
  aliases_.resize(code.scopes.bindings().size());
  for (BindingIndex i = 0; i < aliases_.size(); ++i)
    if (is_local(i))
      aliases_[i] = alias_of(code.scopes.bindings()[i]);
}

bool Names::is_of_module(BindingIndex index) const {
  const Binding &binding = code_.scopes.bindings()[index];
  return !outer_ && binding.scope == top_scope && binding.kind != BindingKind::Import &&
         (context_.facts.kind == ModuleKind::Script || context_.exported[index]);
}

bool Names::is_seen_whole(BindingIndex index) const {
  const Binding &binding = code_.scopes.bindings()[index];
  if (binding.scope != top_scope)
    return true;
  return context_.facts.kind == ModuleKind::Script && !context_.exported[index];
}

Path Names::path_of_name(SyntaxIndex name) const {
  auto references = code_.scopes.references_in(name);
  if (references.empty())
    return {};
  return path_of_binding(code_.text_of(name), references[0].binding);
}

Path Names::path_of(SyntaxIndex expression) const {
  llvm::SmallVector<llvm::StringRef, 4> members;
  bool is_looked_up = false;
  for (;;) {
    expression = code_.unwrap(expression);
    if (expression == no_syntax)
      return {};
    switch (tree_[expression].kind) {
    case Kind::AwaitExpression:
      expression = tree_.first_named_child(expression);
      continue;
    case Kind::MemberExpression:
    case Kind::SubscriptExpression:
      members.push_back(member_name(expression));
      expression = tree_.child(expression, Field::Object);
      continue;
    case Kind::CallExpression: {
      SyntaxIndex callee = code_.unwrap(tree_.child(expression, Field::Function));
      if (callee == no_syntax || tree_[callee].kind != Kind::MemberExpression)
        return {};
      llvm::StringRef method = member_name(callee);
      if (!is_accessor(method) && method != "open") // `await caches.open(…)`
        return {};
      is_looked_up = true;
      members.push_back({});
      expression = tree_.child(callee, Field::Object);
      continue;
    }
    case Kind::Identifier: {
      Path path = path_of_name(expression);
      if (is_looked_up && path.root == Path::Root::Request)
        return {}; // a cookie's value, which is its reader's own
      path.members.append(members.rbegin(), members.rend());
      path.is_looked_up |= is_looked_up;
      return path;
    }
    default:
      return {};
    }
  }
}

Access Names::access_of(SyntaxIndex name, bool is_written) const {
  Access access;
  access.path = path_of_name(name);
  access.whole = name;
  if (access.path.root == Path::Root::None)
    return access;
  bool is_alias = is_alias_name(name);
  size_t own = follow_members(name, access);
  access.assigns = own > 0 ? code_.is_target(access.whole) : is_written && !is_alias;
  SyntaxIndex child = access.whole;
  SyntaxIndex parent = code_.value_parent(access.whole, &child);
  if (parent != no_syntax && access.call == no_syntax) {
    access.is_renamed = tree_[parent].kind == Kind::VariableDeclarator && tree_[child].field == Field::Value;
    if (tree_[parent].kind == Kind::Arguments && tree_.first_named_child(parent) == child &&
        changes_first_argument(code_.text_of(tree_.first_child(tree_[parent].parent)))) {
      access.path.members.push_back({});
      access.assigns = true;
    }
  }
  return access;
}

Access Names::access_of_this(SyntaxIndex keyword) const {
  Access access;
  access.whole = keyword;
  access.assigns = follow_members(keyword, access) > 0 && code_.is_target(access.whole);
  return access;
}

llvm::StringRef Names::member_name(SyntaxIndex member) const {
  if (tree_[member].kind == Kind::MemberExpression) {
    SyntaxIndex property = tree_.child(member, Field::Property);
    return property == no_syntax ? llvm::StringRef() : code_.text_of(property);
  }
  return literal(tree_.child(member, Field::Index));
}

llvm::StringRef Names::literal(SyntaxIndex node) const {
  node = code_.unwrap(node);
  bool is_text = node != no_syntax &&
                 (tree_[node].kind == Kind::String || (tree_[node].kind == Kind::TemplateString &&
                                                       tree_.child(node, Kind::TemplateSubstitution) == no_syntax));
  if (!is_text || tree_[node].span.size() < 2)
    return {};
  llvm::StringRef text = code_.text_of(node).drop_front().drop_back();
  return text.find('\\') == llvm::StringRef::npos ? text : llvm::StringRef();
}

SyntaxIndex Names::argument(SyntaxIndex call, unsigned index) const {
  SyntaxIndex arguments = call == no_syntax ? no_syntax : tree_.child(call, Field::Arguments);
  if (arguments == no_syntax)
    return no_syntax;
  for (SyntaxIndex at = tree_.first_child(arguments); at != no_syntax; at = tree_.next_sibling(at))
    if (tree_[at].kind != Kind::Token && tree_[at].kind != Kind::Comment && index-- == 0)
      return at;
  return no_syntax;
}

bool Names::is_local(BindingIndex index) const {
  return code_.scopes.bindings()[index].kind != BindingKind::Import && !is_of_module(index);
}

bool Names::is_alias_name(SyntaxIndex name) const {
  auto references = code_.scopes.references_in(name);
  return !references.empty() && references[0].binding != no_binding && is_local(references[0].binding);
}

Path Names::path_of_binding(llvm::StringRef text, BindingIndex binding) const {
  Path path;
  if (binding == no_binding) {
    if (outer_) {
      BindingIndex outside = outer_->code_.scopes.lookup(text, top_scope);
      return outer_->path_of_binding(text, outside);
    }
    bool is_astro = text == "Astro" && context_.facts.kind == ModuleKind::Astro;
    path.root = is_astro ? Path::Root::Request : Path::Root::Global;
    path.global = text;
    return path;
  }
  if (code_.scopes.bindings()[binding].kind == BindingKind::Import) {
    path.index = context_.import_of(binding);
    if (path.index != no_index)
      path.root = Path::Root::Import;
    return path;
  }
  if (!is_of_module(binding))
    return aliases_[binding];
  path.root = Path::Root::Module;
  path.index = binding;
  return path;
}

Path Names::alias_of(const Binding &binding) const {
  SyntaxIndex declaration = binding.declaration;
  Path path;
  SyntaxIndex pattern = no_syntax;
  if (tree_[declaration].kind == Kind::VariableDeclarator) {
    pattern = tree_.child(declaration, Field::Name);
    if (SyntaxIndex value = tree_.child(declaration, Field::Value); value != no_syntax)
      path = path_of(value);
  } else if (tree_[declaration].kind == Kind::ForInStatement) {
    pattern = tree_.child(declaration, Field::Left);
    if (SyntaxIndex right = tree_.child(declaration, Field::Right); right != no_syntax) {
      path = path_of(right);
      path.members.push_back({});
    }
  } else if (request_ != no_syntax && binding.kind == BindingKind::Parameter && binding.name_node >= request_ &&
             binding.name_node < tree_[request_].subtree_end) {
    pattern = request_;
    path.root = Path::Root::Request;
  }
  if (path.root == Path::Root::None)
    return {};
  // `{ a: { b } }`: from the name outwards.
  llvm::SmallVector<llvm::StringRef, 4> members;
  for (SyntaxIndex at = binding.name_node; at != pattern && at != no_syntax; at = tree_[at].parent) {
    SyntaxIndex parent = tree_[at].parent;
    if (parent == no_syntax)
      break;
    if (tree_[parent].kind == Kind::PairPattern && tree_[at].field == Field::Value) {
      SyntaxIndex key = tree_.child(parent, Field::Key);
      members.push_back(key == no_syntax || tree_[key].kind == Kind::ComputedPropertyName
                            ? llvm::StringRef()
                            : code_.text_of(key).trim("'\""));
    } else if (tree_[parent].kind == Kind::ArrayPattern) {
      members.push_back({});
    } else if (tree_[at].kind == Kind::ShorthandPropertyPattern) {
      members.push_back(code_.text_of(at));
    }
  }
  path.members.append(members.rbegin(), members.rend());
  return path;
}

size_t Names::follow_members(SyntaxIndex name, Access &access) const {
  size_t count = 0;
  SyntaxIndex child = name;
  for (SyntaxIndex parent = code_.value_parent(name, &child); parent != no_syntax;
       parent = code_.value_parent(parent, &child)) {
    Kind kind = tree_[parent].kind;
    if ((kind == Kind::MemberExpression || kind == Kind::SubscriptExpression) && tree_[child].field == Field::Object) {
      access.path.members.push_back(member_name(parent));
      access.whole = parent;
      ++count;
      continue;
    }
    if (kind == Kind::CallExpression && tree_[child].field == Field::Function) {
      access.call = parent;
      if (count == 0)
        break;
      access.method = access.path.members.pop_back_val();
      if (!is_accessor(access.method) || access.path.root == Path::Root::Request)
        break;
      SyntaxIndex result = parent;
      SyntaxIndex around = code_.value_parent(parent, &result);
      if (around == no_syntax || tree_[result].field != Field::Object ||
          (tree_[around].kind != Kind::MemberExpression && tree_[around].kind != Kind::SubscriptExpression))
        break;
      access.path.members.push_back({}); // `users.get(id).name = …`
      access.path.is_looked_up = true;
      access.call = no_syntax;
      access.method = {};
      continue;
    }
    break;
  }
  return count;
}

} // namespace foreload::analyze
