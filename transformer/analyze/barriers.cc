// Statements of a frontmatter that no loader may be moved across: what may end the render, and what may change
// something that a loader sees. Statements that only compute values are none.
#include "analyze/context.h"

#include <llvm/ADT/SmallVector.h>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

class BarrierCollector {
public:
  explicit BarrierCollector(Context &context) : context_(context), code_(context.code), tree_(code_.tree) {}

  void run() {
    collect_state_aliases();
    std::vector<SyntaxIndex> statements;
    for (SyntaxIndex at = tree_.first_child(tree_.root()); at != no_syntax; at = tree_.next_sibling(at)) {
      // Exports run once a module, not once a render.
      if (tree_[at].kind != Kind::ImportStatement && tree_[at].kind != Kind::ExportStatement &&
          tree_[at].kind != Kind::Comment)
        statements.push_back(at);
    }
    for (SyntaxIndex statement : statements)
      collect(statement, statements.back());
  }

private:
  /// What a nested function does happens when it is called, which may be as late as in \p last statement.
  void collect(SyntaxIndex statement, SyntaxIndex last) {
    struct Found {
      SyntaxIndex at = no_syntax;
      bool in_function = false;
    } found[3];
    SyntaxIndex function_end = 0; // where the outermost enclosing function ends
    SyntaxIndex here = statement;
    auto note = [&](Barrier::Kind kind, SyntaxIndex at) {
      Found &entry = found[static_cast<size_t>(kind)];
      if (entry.at == no_syntax)
        entry.at = at;
      entry.in_function |= here < function_end;
    };
    for (SyntaxIndex i = statement, end = tree_[statement].subtree_end; i < end; ++i) {
      here = i;
      if (is_function(tree_[i].kind) && i >= function_end)
        function_end = tree_[i].subtree_end;
      switch (tree_[i].kind) {
      case Kind::ReturnStatement:
        if (i >= function_end)
          note(Barrier::Kind::Return, i);
        break;
      case Kind::Identifier:
      case Kind::ShorthandProperty:
        if (changes_request_state(i))
          note(Barrier::Kind::State, i);
        break;
      case Kind::ExpressionStatement:
        if (SyntaxIndex effect = effect_of(i); effect != no_syntax)
          note(Barrier::Kind::Effect, effect);
        break;
      case Kind::AssignmentExpression:
      case Kind::AugmentedAssignment:
        if (is_shared(tree_.child(i, Field::Left)))
          note(Barrier::Kind::Effect, i);
        break;
      case Kind::UpdateExpression:
        if (is_shared(tree_.child(i, Field::Argument)))
          note(Barrier::Kind::Effect, i);
        break;
      case Kind::UnaryExpression:
        if (code_.text_of(i).substr(0, 6) == "delete" && is_shared(tree_.child(i, Field::Argument)))
          note(Barrier::Kind::Effect, i);
        break;
      default:
        break;
      }
    }
    for (size_t kind = 0; kind < 3; ++kind)
      if (found[kind].at != no_syntax)
        context_.facts.barriers.push_back({static_cast<Barrier::Kind>(kind),
                                           tree_[found[kind].in_function ? last : statement].span,
                                           tree_[found[kind].at].span});
  }

  /// The name at the root of `a.b[c].d`, or no_syntax.
  SyntaxIndex root_of(SyntaxIndex expression) const {
    for (SyntaxIndex at = code_.unwrap(expression); at != no_syntax;) {
      if (tree_[at].kind == Kind::MemberExpression || tree_[at].kind == Kind::SubscriptExpression)
        at = code_.unwrap(tree_.child(at, Field::Object));
      else if (tree_[at].kind == Kind::CallExpression)
        at = code_.unwrap(tree_.child(at, Field::Function));
      else
        return at;
    }
    return no_syntax;
  }

  BindingIndex binding_of(SyntaxIndex name) const {
    auto references = code_.scopes.references_in(name);
    return references.size() == 1 ? references[0].binding : no_binding;
  }

  bool is_frontmatter_local(SyntaxIndex name) const {
    BindingIndex binding = binding_of(name);
    return binding != no_binding && code_.scopes.bindings()[binding].kind != BindingKind::Import &&
           !context_.exported[binding];
  }

  /// Whether a write to \p target reaches something that outlives the render: a global, an import, an export. Writes to
  /// Astro.locals are told apart by changes_request_state; the rest of Astro is not visible to loaders.
  bool is_shared(SyntaxIndex target) const {
    SyntaxIndex root = root_of(target);
    if (root == no_syntax || tree_[root].kind != Kind::Identifier)
      return root != no_syntax && (tree_[root].kind == Kind::ObjectPattern || tree_[root].kind == Kind::ArrayPattern);
    return !is_frontmatter_local(root) && code_.text_of(root) != "Astro";
  }

  /// A call whose result nobody uses is made for its effect: which one it is cannot be seen from here, but for calls
  /// on values that the frontmatter made itself, and for the console.
  SyntaxIndex effect_of(SyntaxIndex statement) const {
    SyntaxIndex expression = code_.unwrap(tree_.first_named_child(statement));
    while (expression != no_syntax && tree_[expression].kind == Kind::AwaitExpression)
      expression = code_.unwrap(tree_.first_named_child(expression));
    if (expression == no_syntax)
      return no_syntax;
    if (tree_[expression].kind == Kind::NewExpression)
      return expression;
    if (tree_[expression].kind != Kind::CallExpression)
      return no_syntax;
    SyntaxIndex callee = code_.unwrap(tree_.child(expression, Field::Function));
    if (callee == no_syntax || context_.calls_runtime(code_, callee, "getLoaderData"))
      return no_syntax;
    SyntaxIndex root = root_of(callee);
    if (root == no_syntax)
      return expression;
    if (is_function(tree_[root].kind))
      return no_syntax; // an immediately invoked function: its statements are looked at one by one
    if (tree_[root].kind != Kind::Identifier)
      return expression;
    llvm::StringRef name = code_.text_of(root);
    if (binding_of(root) == no_binding && (name == "console" || name == "Astro"))
      return no_syntax;
    bool is_method = tree_[callee].kind == Kind::MemberExpression || tree_[callee].kind == Kind::SubscriptExpression;
    return is_frontmatter_local(root) && (is_method || declares_function(root)) ? no_syntax : expression;
  }

  /// A function of the frontmatter: its statements are looked at where it is declared.
  bool declares_function(SyntaxIndex name) const {
    BindingIndex binding = binding_of(name);
    if (binding == no_binding)
      return false;
    SyntaxIndex declaration = code_.scopes.bindings()[binding].declaration;
    if (tree_[declaration].kind == Kind::VariableDeclarator)
      declaration = code_.unwrap(tree_.child(declaration, Field::Value));
    return declaration != no_syntax && is_function(tree_[declaration].kind);
  }

  /// `const l = Astro.locals`, `const { cookies } = Astro`, `const a = Astro`: what is done with the alias counts.
  void collect_state_aliases() {
    for (SyntaxIndex i = 0; i < tree_.size(); ++i) {
      if (tree_[i].kind != Kind::VariableDeclarator)
        continue;
      SyntaxIndex name = tree_.child(i, Field::Name);
      SyntaxIndex value = code_.unwrap(tree_.child(i, Field::Value));
      if (name == no_syntax || value == no_syntax)
        continue;
      StateObject object = state_object(value);
      if (object == StateObject::None)
        continue;
      if (tree_[name].kind == Kind::Identifier)
        aliases_.push_back({name, object});
      else if (object == StateObject::Astro && tree_[name].kind == Kind::ObjectPattern)
        for (SyntaxIndex at = tree_.first_child(name); at != no_syntax; at = tree_.next_sibling(at)) {
          SyntaxIndex key = tree_[at].kind == Kind::PairPattern ? tree_.child(at, Field::Key) : at;
          SyntaxIndex bound = tree_[at].kind == Kind::PairPattern ? tree_.child(at, Field::Value) : at;
          if (tree_[at].kind == Kind::RestPattern)
            aliases_.push_back({tree_.first_named_child(at), StateObject::Astro});
          else if (StateObject member = member_object(code_.text_of(key)); member != StateObject::None)
            aliases_.push_back({bound, member});
        }
    }
  }

  enum class StateObject : uint8_t { None, Astro, Locals, Cookies };
  struct Alias {
    SyntaxIndex name_node;
    StateObject object;
  };

  static StateObject member_object(llvm::StringRef member) {
    return member == "locals" ? StateObject::Locals : member == "cookies" ? StateObject::Cookies : StateObject::None;
  }

  /// What an expression stands for, seen without aliases.
  StateObject state_object(SyntaxIndex expression) const {
    if (tree_[expression].kind == Kind::Identifier)
      return code_.text_of(expression) == "Astro" && binding_of(expression) == no_binding ? StateObject::Astro : StateObject::None;
    if (tree_[expression].kind != Kind::MemberExpression)
      return StateObject::None;
    SyntaxIndex object = code_.unwrap(tree_.child(expression, Field::Object));
    if (object == no_syntax || tree_[object].kind != Kind::Identifier || state_object(object) != StateObject::Astro)
      return StateObject::None;
    return member_object(code_.text_of(tree_.child(expression, Field::Property)));
  }

  bool changes_request_state(SyntaxIndex name) const {
    StateObject object = tree_[name].kind == Kind::Identifier ? state_object(name) : StateObject::None;
    if (object == StateObject::None && !aliases_.empty()) {
      BindingIndex binding = binding_of(name);
      for (const Alias &alias : aliases_)
        if (binding != no_binding && code_.scopes.bindings()[binding].name_node == alias.name_node)
          object = alias.object;
    }
    if (object == StateObject::None)
      return false;
    SyntaxIndex child = name;
    SyntaxIndex parent = code_.value_parent(name, &child);
    if (object == StateObject::Astro) {
      if (parent == no_syntax || tree_[parent].kind != Kind::MemberExpression || tree_[child].field != Field::Object)
        return tree_[parent].kind != Kind::VariableDeclarator; // an alias is followed, all else may do anything
      object = member_object(code_.text_of(tree_.child(parent, Field::Property)));
      if (object == StateObject::None)
        return false;
      name = parent;
      parent = code_.value_parent(name, &child);
    }
    if (parent != no_syntax && tree_[parent].kind == Kind::VariableDeclarator)
      return false; // an alias, or properties that are read
    return changes_state(code_, name, object == StateObject::Cookies);
  }

  Context &context_;
  const Code &code_;
  const SyntaxTree &tree_;
  std::vector<Alias> aliases_;
};

} // namespace

void collect_barriers(Context &context) { BarrierCollector(context).run(); }

} // namespace foreload::analyze
