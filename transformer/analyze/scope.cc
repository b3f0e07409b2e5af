#include "analyze/scope.h"

#include <algorithm>
#include <optional>

namespace foreload {

bool opens_function(SyntaxKind kind) {
  switch (kind) {
  case SyntaxKind::FunctionDeclaration:
  case SyntaxKind::GeneratorFunctionDeclaration:
  case SyntaxKind::FunctionExpression:
  case SyntaxKind::GeneratorFunction:
  case SyntaxKind::ArrowFunction:
  case SyntaxKind::MethodDefinition:
  case SyntaxKind::ClassStaticBlock:
    return true;
  default:
    return false;
  }
}

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

bool opens_var_scope(Kind kind) { return opens_function(kind) || kind == Kind::Module || kind == Kind::InternalModule; }

/// What a node declares by its `name` in the scope that it stands in.
std::optional<BindingKind> declared_outside(Kind kind) {
  switch (kind) {
  case Kind::FunctionDeclaration:
  case Kind::GeneratorFunctionDeclaration:
    return BindingKind::Function;
  case Kind::ClassDeclaration:
  case Kind::AbstractClassDeclaration:
    return BindingKind::Class;
  case Kind::EnumDeclaration:
    return BindingKind::Enum;
  case Kind::Module:
  case Kind::InternalModule:
    return BindingKind::Namespace;
  default:
    return std::nullopt;
  }
}

/// What a node declares by its `name` in the scope that it opens.
std::optional<BindingKind> declared_inside(Kind kind) {
  switch (kind) {
  case Kind::FunctionExpression:
  case Kind::GeneratorFunction:
    return BindingKind::Function;
  case Kind::Class:
    return BindingKind::Class;
  default:
    return std::nullopt;
  }
}

/// `using` and `await using` are constants.
BindingKind kind_of_keyword(llvm::StringRef word) {
  return word == "var" ? BindingKind::Var : word == "let" ? BindingKind::Let : BindingKind::Const;
}

bool opens_block(Kind kind) {
  switch (kind) {
  case Kind::StatementBlock:
  case Kind::ForStatement:
  case Kind::ForInStatement:
  case Kind::CatchClause:
  case Kind::SwitchBody:
  case Kind::Class:
  case Kind::ClassDeclaration:
  case Kind::AbstractClassDeclaration:
  case Kind::EnumDeclaration:
    return true;
  default:
    return false;
  }
}

/// Subtrees that are gone when the code runs.
bool is_erased(Kind kind) {
  switch (kind) {
  case Kind::TypeAnnotation:
  case Kind::TypeArguments:
  case Kind::TypeParameters:
  case Kind::TypeQuery:
  case Kind::TypePredicateAnnotation:
  case Kind::AssertsAnnotation:
  case Kind::InterfaceDeclaration:
  case Kind::TypeAliasDeclaration:
  case Kind::ImplementsClause:
  case Kind::AmbientDeclaration:
  case Kind::FunctionSignature:
  case Kind::MethodSignature:
  case Kind::AbstractMethodSignature:
  case Kind::IndexSignature:
    return true;
  default:
    return false;
  }
}

bool has_token(const SyntaxTree &tree, llvm::StringRef text, SyntaxIndex parent, llvm::StringRef token) {
  for (SyntaxIndex at = tree.first_child(parent); at != no_syntax; at = tree.next_sibling(at))
    if (tree[at].kind == Kind::Token && text.substr(tree[at].span.begin, tree[at].span.size()) == token)
      return true;
  return false;
}

} // namespace

ScopeTree::ScopeTree(const SyntaxTree &tree, llvm::StringRef text)
    : tree_(tree), text_(text), is_binding_(tree.size()), is_written_(tree.size()) {
  scopes_.push_back({top_scope, tree.root(), true, {}});
  ScopeIndex scope = top_scope;
  auto text_of = [&](SyntaxIndex node) { return text_.substr(tree_[node].span.begin, tree_[node].span.size()); };
  auto enter = [&](SyntaxIndex node, bool holds_var) {
    scopes_.push_back({scope, node, holds_var, {}});
    scope = static_cast<ScopeIndex>(scopes_.size() - 1);
  };

  for (SyntaxIndex i = 0, n = tree.size(); i < n; ++i) {
    while (scope != top_scope && tree[scopes_[scope].node].subtree_end <= i)
      scope = scopes_[scope].parent;
    const SyntaxNode &node = tree[i];
    if (is_erased(node.kind)) {
      i = node.subtree_end - 1;
      continue;
    }

    auto declare_name = [&](std::optional<BindingKind> kind) {
      SyntaxIndex name = kind ? tree.child(i, Field::Name) : no_syntax;
      if (name != no_syntax && (tree[name].kind == Kind::Identifier || tree[name].kind == Kind::TypeName))
        declare(name, *kind, scope, i);
    };
    declare_name(declared_outside(node.kind));
    if (opens_var_scope(node.kind))
      enter(i, true);
    else if (opens_block(node.kind)) // a function's body holds its `var`s, which default values do not see
      enter(i,
            node.kind == Kind::StatementBlock && node.parent != no_syntax && opens_var_scope(tree[node.parent].kind));
    declare_name(declared_inside(node.kind));

    switch (node.kind) {
    case Kind::ArrowFunction: // `x => …`; parenthesized parameters come as nodes of their own
      if (SyntaxIndex parameter = tree.child(i, Field::Parameter); parameter != no_syntax)
        declare_pattern(parameter, BindingKind::Parameter, scope, i);
      break;
    case Kind::RequiredParameter:
    case Kind::OptionalParameter:
      if (SyntaxIndex pattern = tree.child(i, Field::Pattern); pattern != no_syntax)
        declare_pattern(pattern, BindingKind::Parameter, scope, i);
      break;
    case Kind::CatchClause:
      if (SyntaxIndex parameter = tree.child(i, Field::Parameter); parameter != no_syntax)
        declare_pattern(parameter, BindingKind::Catch, scope, i);
      break;
    case Kind::VariableDeclarator: {
      SyntaxIndex keyword = tree.first_child(node.parent); // const, let, var, using
      BindingKind kind = kind_of_keyword(text_of(keyword));
      if (SyntaxIndex name = tree.child(i, Field::Name); name != no_syntax)
        declare_pattern(name, kind, kind == BindingKind::Var ? var_scope(scope) : scope, i);
      break;
    }
    case Kind::ForInStatement: {
      SyntaxIndex keyword = tree.child(i, Field::Kind);
      SyntaxIndex left = tree.child(i, Field::Left);
      if (left == no_syntax)
        break;
      if (keyword == no_syntax) {
        mark_written(left);
        break;
      }
      BindingKind kind = kind_of_keyword(text_of(keyword));
      declare_pattern(left, kind, kind == BindingKind::Var ? var_scope(scope) : scope, i);
      break;
    }
    case Kind::EnumBody:
      for (SyntaxIndex at = tree.first_child(i); at != no_syntax; at = tree.next_sibling(at)) {
        SyntaxIndex name = tree[at].kind == Kind::EnumAssignment ? tree.child(at, Field::Name) : at;
        if (name != no_syntax && tree[name].kind == Kind::PropertyName)
          declare(name, BindingKind::Const, scope, i);
      }
      break;
    case Kind::ImportStatement:
      declare_imports(i, scope);
      i = node.subtree_end - 1;
      break;
    case Kind::ImportAlias: // import A = B.C
      if (SyntaxIndex name = tree.child(i, Kind::Identifier); name != no_syntax)
        declare(name, BindingKind::Const, scope, i);
      break;
    case Kind::ExportStatement: {
      bool type_only = false;
      SyntaxIndex second = tree.first_child(i) == no_syntax ? no_syntax : tree.next_sibling(tree.first_child(i));
      if (second != no_syntax && tree[second].kind == Kind::Token && text_of(second) == "type")
        type_only = true;
      if (type_only || tree.child(i, Field::Source) != no_syntax)
        i = node.subtree_end - 1; // names another module's exports
      break;
    }
    case Kind::ExportSpecifier: {
      SyntaxIndex name = tree.child(i, Field::Name);
      if (name != no_syntax && tree[name].kind == Kind::Identifier && !has_token(tree, text_, i, "type"))
        references_.push_back({name, scope, no_binding, false, false});
      i = node.subtree_end - 1;
      break;
    }
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment:
      if (SyntaxIndex left = tree.child(i, Field::Left); left != no_syntax)
        mark_written(left);
      break;
    case Kind::UpdateExpression:
      if (SyntaxIndex argument = tree.child(i, Field::Argument); argument != no_syntax)
        mark_written(argument);
      break;
    case Kind::JsxOpeningElement:
    case Kind::JsxClosingElement:
    case Kind::JsxSelfClosingElement: {
      SyntaxIndex name = tree.child(i, Field::Name);
      if (name != no_syntax && tree[name].kind == Kind::Identifier && std::islower(text_of(name)[0]))
        is_binding_[name] = true; // an HTML element, not a name
      break;
    }
    case Kind::Identifier:
    case Kind::ShorthandProperty:
    case Kind::ShorthandPropertyPattern: // in an assignment's target; in a declaration it is a binding
      if (!is_binding_[i])
        references_.push_back({i, scope, no_binding, is_written_[i], node.kind != Kind::Identifier});
      break;
    default:
      break;
    }

    // `x as T`, `x satisfies T`: stop before the type.
    if (node.parent != no_syntax &&
        (tree[node.parent].kind == Kind::AsExpression || tree[node.parent].kind == Kind::SatisfiesExpression) &&
        node.kind == Kind::Token && (text_of(i) == "as" || text_of(i) == "satisfies"))
      i = tree[node.parent].subtree_end - 1;
  }

  for (Reference &reference : references_) {
    const Span &span = tree[reference.node].span;
    reference.binding = lookup(text_.substr(span.begin, span.size()), reference.scope);
  }
}

llvm::ArrayRef<Reference> ScopeTree::references_in(SyntaxIndex node) const {
  auto before = [](const Reference &reference, SyntaxIndex index) { return reference.node < index; };
  auto first = std::lower_bound(references_.begin(), references_.end(), node, before);
  auto last = std::lower_bound(first, references_.end(), tree_[node].subtree_end, before);
  return llvm::ArrayRef<Reference>(references_)
      .slice(static_cast<size_t>(first - references_.begin()), static_cast<size_t>(last - first));
}

BindingIndex ScopeTree::lookup(llvm::StringRef name, ScopeIndex scope) const {
  for (;; scope = scopes_[scope].parent) {
    if (auto found = scopes_[scope].names.find(name); found != scopes_[scope].names.end())
      return found->second;
    if (scope == top_scope)
      return no_binding;
  }
}

ScopeIndex ScopeTree::scope_at(uint32_t offset) const {
  // Scopes stand in source order: the last one that begins before the offset holds it, or one around that does.
  auto after = std::upper_bound(scopes_.begin() + 1, scopes_.end(), offset,
                                [&](uint32_t at, const Scope &scope) { return at < tree_[scope.node].span.begin; });
  auto scope = static_cast<ScopeIndex>(after - scopes_.begin() - 1);
  while (scope != top_scope && !tree_[scopes_[scope].node].span.contains(offset))
    scope = scopes_[scope].parent;
  return scope;
}

void ScopeTree::declare(SyntaxIndex name_node, BindingKind kind, ScopeIndex scope, SyntaxIndex declaration) {
  is_binding_[name_node] = true;
  Span span = tree_[name_node].span;
  llvm::StringRef name = text_.substr(span.begin, span.size());
  auto index = static_cast<BindingIndex>(bindings_.size());
  // A second declaration of a name (overloads, `var` twice) is the same variable.
  if (scopes_[scope].names.try_emplace(name, index).second)
    bindings_.push_back({name, kind, scope, name_node, declaration});
}

/// The `d` of `{ a = d }`: an expression inside a pattern.
bool ScopeTree::is_default_value(const SyntaxNode &node) const {
  if (node.field != Field::Right || node.parent == no_syntax)
    return false;
  Kind parent = tree_[node.parent].kind;
  return parent == Kind::AssignmentPattern || parent == Kind::ObjectAssignmentPattern;
}

/// Calls \p function with the names at the leaves of a pattern: `a`, `[a, ...b]`, `({ a, x: b = c })`. Not with what is
/// an expression in it: default values, computed keys, the objects of `a.b`.
template <typename Function> void ScopeTree::for_each_leaf(SyntaxIndex pattern, Function &&function) const {
  for (SyntaxIndex i = pattern, end = tree_[pattern].subtree_end; i < end; ++i) {
    const SyntaxNode &node = tree_[i];
    if (is_default_value(node)) {
      i = node.subtree_end - 1;
      continue;
    }
    switch (node.kind) {
    case Kind::Identifier:
    case Kind::ShorthandPropertyPattern:
      function(i);
      break;
    case Kind::ObjectPattern:
    case Kind::ArrayPattern:
    case Kind::PairPattern:
    case Kind::RestPattern:
    case Kind::Token:
    case Kind::PropertyName:
    case Kind::AssignmentPattern:
    case Kind::ObjectAssignmentPattern:
    case Kind::ParenthesizedExpression:
    case Kind::NonNullExpression:
      break;
    default:
      i = node.subtree_end - 1;
      break;
    }
  }
}

void ScopeTree::declare_pattern(SyntaxIndex pattern, BindingKind kind, ScopeIndex scope, SyntaxIndex declaration) {
  for_each_leaf(pattern, [&](SyntaxIndex leaf) { declare(leaf, kind, scope, declaration); });
}

void ScopeTree::declare_imports(SyntaxIndex statement, ScopeIndex scope) {
  SyntaxIndex first = tree_.first_child(statement);
  SyntaxIndex second = first == no_syntax ? no_syntax : tree_.next_sibling(first);
  auto text_of = [&](SyntaxIndex node) { return text_.substr(tree_[node].span.begin, tree_[node].span.size()); };
  if (second != no_syntax && tree_[second].kind == Kind::Token &&
      (text_of(second) == "type" || text_of(second) == "typeof"))
    return;
  for (SyntaxIndex i = statement, end = tree_[statement].subtree_end; i < end; ++i) {
    const SyntaxNode &node = tree_[i];
    if (node.kind == Kind::ImportSpecifier) {
      SyntaxIndex name = tree_.child(i, Field::Alias);
      if (name == no_syntax)
        name = tree_.child(i, Field::Name);
      SyntaxIndex head = tree_.first_child(i);
      bool type_only = head != no_syntax && tree_[head].kind == Kind::Token && head != name &&
                       (text_of(head) == "type" || text_of(head) == "typeof");
      if (name != no_syntax && !type_only)
        declare(name, BindingKind::Import, scope, statement);
      i = node.subtree_end - 1;
    } else if (node.kind == Kind::ImportAttribute) {
      i = node.subtree_end - 1;
    } else if (node.kind == Kind::Identifier) { // default import, `* as x`, `x = require()`
      declare(i, BindingKind::Import, scope, statement);
    }
  }
}

void ScopeTree::mark_written(SyntaxIndex target) {
  for_each_leaf(target, [&](SyntaxIndex leaf) { is_written_[leaf] = true; });
}

ScopeIndex ScopeTree::var_scope(ScopeIndex scope) const {
  while (!scopes_[scope].holds_var)
    scope = scopes_[scope].parent;
  return scope;
}

} // namespace foreload
