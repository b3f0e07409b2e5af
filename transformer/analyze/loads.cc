// Which loaders a function loads by its context: `await context.load(other)`.
#include "analyze/context.h"
#include "analyze/evaluation.h"

#include <llvm/ADT/DenseSet.h>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

/// Follows the names of one function's context and of its `load`.
class LoadFinder {
public:
  LoadFinder(Context &context, SyntaxIndex function)
      : context_(context), code_(context.code), tree_(code_.tree), function_(function) {}

  std::vector<LoadFact> find() {
    note_name(first_parameter(), false);
    for (size_t known = 0; known != contexts_.size() + loads_.size();) {
      known = contexts_.size() + loads_.size();
      for (const Reference &reference : code_.scopes.references_in(function_))
        if (is_one_of(contexts_, reference))
          note_aliases(reference.node, false);
        else if (is_one_of(loads_, reference))
          note_aliases(reference.node, true);
    }
    for (const Reference &reference : code_.scopes.references_in(function_)) {
      if (is_one_of(loads_, reference))
        note_use(reference.node);
      else if (SyntaxIndex member = is_one_of(contexts_, reference) ? load_member(reference.node) : no_syntax;
               member != no_syntax)
        note_use(member);
    }
    return std::move(found_);
  }

private:
  static bool is_one_of(const llvm::DenseSet<BindingIndex> &bindings, const Reference &reference) {
    return reference.binding != no_binding && bindings.contains(reference.binding);
  }

  SyntaxIndex first_parameter() const {
    if (SyntaxIndex parameter = tree_.child(function_, Field::Parameter); parameter != no_syntax)
      return parameter;
    SyntaxIndex parameters = tree_.child(function_, Field::Parameters);
    for (SyntaxIndex at = parameters == no_syntax ? no_syntax : tree_.first_child(parameters); at != no_syntax;
         at = tree_.next_sibling(at))
      if (tree_[at].kind == Kind::RequiredParameter || tree_[at].kind == Kind::OptionalParameter) {
        SyntaxIndex pattern = tree_.child(at, Field::Pattern);
        if (pattern == no_syntax || tree_[pattern].kind != Kind::This)
          return pattern;
      }
    return no_syntax;
  }

  /// \p name is declared as the context, or as its `load`.
  void note_name(SyntaxIndex name, bool is_load) {
    if (name == no_syntax)
      return;
    if (tree_[name].kind == Kind::AssignmentPattern || tree_[name].kind == Kind::ObjectAssignmentPattern)
      name = tree_.child(name, Field::Left);
    if (name == no_syntax)
      return;
    if (tree_[name].kind == Kind::ObjectPattern) {
      if (!is_load)
        note_pattern(name);
      return;
    }
    BindingIndex binding = code_.scopes.lookup(code_.text_of(name), code_.scopes.scope_at(tree_[name].span.begin));
    if (binding != no_binding && code_.scopes.bindings()[binding].name_node == name)
      (is_load ? loads_ : contexts_).insert(binding);
  }

  /// `{ props, load: l }`
  void note_pattern(SyntaxIndex pattern) {
    for (SyntaxIndex at = tree_.first_child(pattern); at != no_syntax; at = tree_.next_sibling(at)) {
      SyntaxIndex key = at, bound = at;
      if (tree_[at].kind == Kind::PairPattern) {
        key = tree_.child(at, Field::Key);
        bound = tree_.child(at, Field::Value);
      } else if (tree_[at].kind == Kind::ObjectAssignmentPattern) {
        key = tree_.child(at, Field::Left);
      } else if (tree_[at].kind == Kind::RestPattern) {
        note_name(tree_.first_named_child(at), false); // it may have `load` in it
        continue;
      }
      if (key != no_syntax && code_.text_of(key).trim("'\"") == "load")
        note_name(bound, true);
    }
  }

  /// `const { load } = context`, `const load = context.load`, `const c = context`
  void note_aliases(SyntaxIndex reference, bool is_load) {
    if (SyntaxIndex member = is_load ? no_syntax : load_member(reference); member != no_syntax) {
      reference = member;
      is_load = true;
    }
    SyntaxIndex child = reference;
    SyntaxIndex parent = code_.value_parent(reference, &child);
    if (parent != no_syntax && tree_[parent].kind == Kind::VariableDeclarator && tree_[child].field == Field::Value)
      note_name(tree_.child(parent, Field::Name), is_load);
  }

  /// The `context.load` around `context`, or no_syntax.
  SyntaxIndex load_member(SyntaxIndex context) const {
    SyntaxIndex child = context;
    SyntaxIndex parent = code_.value_parent(context, &child);
    if (parent == no_syntax || tree_[parent].kind != Kind::MemberExpression || tree_[child].field != Field::Object)
      return no_syntax;
    SyntaxIndex property = tree_.child(parent, Field::Property);
    return property != no_syntax && code_.text_of(property) == "load" ? parent : no_syntax;
  }

  void note_use(SyntaxIndex load) {
    SyntaxIndex child = load;
    SyntaxIndex parent = code_.value_parent(load, &child);
    if (parent == no_syntax)
      return;
    if (tree_[parent].kind == Kind::CallExpression && tree_[child].field == Field::Function) {
      SyntaxIndex arguments = tree_.child(parent, Field::Arguments);
      bool is_certain = is_evaluated(parent);
      note_target(parent, arguments == no_syntax ? no_syntax : tree_.first_named_child(arguments), is_certain);
      return;
    }
    // `[a, b].map(load)`
    SyntaxIndex call = tree_[parent].parent;
    if (tree_[parent].kind != Kind::Arguments || call == no_syntax || tree_[call].kind != Kind::CallExpression)
      return;
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    SyntaxIndex list = callee != no_syntax && tree_[callee].kind == Kind::MemberExpression
                           ? code_.unwrap(tree_.child(callee, Field::Object))
                           : no_syntax;
    if (list == no_syntax || tree_[list].kind != Kind::Array) {
      note_target(call, no_syntax, false);
      return;
    }
    bool is_certain = is_evaluated(call);
    for (SyntaxIndex at = tree_.first_child(list); at != no_syntax; at = tree_.next_sibling(at))
      if (tree_[at].kind != Kind::Token && tree_[at].kind != Kind::Comment)
        note_target(call, at, is_certain);
  }

  /// Whether every call of the function that completes evaluates \p node.
  bool is_evaluated(SyntaxIndex node) const {
    for (SyntaxIndex i = function_; i < node; ++i)
      if (tree_[i].kind == Kind::ReturnStatement && tree_[i].subtree_end <= node &&
          code_.enclosing_function(i) == function_)
        return false;
    return evaluation_doubt(code_, node, function_).certainty == Certainty::Must;
  }

  void note_target(SyntaxIndex call, SyntaxIndex target, bool is_certain) {
    target = target == no_syntax ? no_syntax : code_.unwrap(target);
    LoadFact load;
    load.span = tree_[call].span;
    load.is_certain = is_certain;
    if (target != no_syntax) {
      switch (tree_[target].kind) {
      case Kind::TernaryExpression:
        note_target(call, tree_.child(target, Field::Consequence), false);
        note_target(call, tree_.child(target, Field::Alternative), false);
        return;
      case Kind::BinaryExpression:
        note_target(call, tree_.child(target, Field::Left), false);
        note_target(call, tree_.child(target, Field::Right), false);
        return;
      case Kind::MemberExpression: {
        SyntaxIndex object = code_.unwrap(tree_.child(target, Field::Object));
        if (SyntaxIndex property = tree_.child(target, Field::Property); property != no_syntax && object != no_syntax)
          load.import = import_of(object);
        if (load.import != no_index)
          load.member = code_.text_of(tree_.child(target, Field::Property)).str();
        break;
      }
      case Kind::Identifier: {
        auto references = code_.scopes.references_in(target);
        BindingIndex binding = references.size() == 1 ? references[0].binding : no_binding;
        load.import = context_.import_of(binding);
        if (binding != no_binding && load.import == no_index && code_.scopes.bindings()[binding].scope == top_scope)
          load.local = code_.text_of(target).str();
        break;
      }
      default:
        break;
      }
    }
    found_.push_back(std::move(load));
  }

  uint32_t import_of(SyntaxIndex name) const {
    auto references = code_.scopes.references_in(name);
    return tree_[name].kind == Kind::Identifier && references.size() == 1 ? context_.import_of(references[0].binding)
                                                                          : no_index;
  }

  Context &context_;
  const Code &code_;
  const SyntaxTree &tree_;
  SyntaxIndex function_;
  llvm::DenseSet<BindingIndex> contexts_;
  llvm::DenseSet<BindingIndex> loads_;
  std::vector<LoadFact> found_;
};

} // namespace

void collect_loads(Context &context) {
  const Code &code = context.code;
  const SyntaxTree &tree = code.tree;
  auto add = [&](std::string local, SyntaxIndex name, SyntaxIndex value) {
    value = value == no_syntax ? no_syntax : code.unwrap(value);
    if (value != no_syntax && tree[value].kind == Kind::CallExpression &&
        context.calls_runtime(code, tree.child(value, Field::Function), "defineLoader"))
      value = code.unwrap(tree.first_named_child(tree.child(value, Field::Arguments)));
    if (value == no_syntax || !opens_function(tree[value].kind))
      return;
    if (std::vector<LoadFact> loads = LoadFinder(context, value).find(); !loads.empty())
      context.facts.loading.push_back({std::move(local), tree[name].span, std::move(loads)});
  };
  for (const Binding &binding : code.scopes.bindings()) {
    if (binding.scope != top_scope)
      continue;
    if (binding.kind == BindingKind::Function)
      add(binding.name.str(), binding.name_node, binding.declaration);
    else if (binding.kind == BindingKind::Const && tree[binding.declaration].kind == Kind::VariableDeclarator &&
             tree.child(binding.declaration, Field::Name) == binding.name_node)
      add(binding.name.str(), binding.name_node, tree.child(binding.declaration, Field::Value));
  }
  for (SyntaxIndex at = tree.first_child(tree.root()); at != no_syntax; at = tree.next_sibling(at))
    if (tree[at].kind == Kind::ExportStatement) // `export default async ({ load }) => …`
      if (SyntaxIndex value = tree.child(at, Field::Value); value != no_syntax)
        add("", value, value);
}

} // namespace foreload::analyze
