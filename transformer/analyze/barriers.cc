// Statements of a frontmatter that no loader may be moved across: what may end the render, and what may change
// something that a loader sees. Statements that only compute values are none.
#include "analyze/context.h"
#include "analyze/request_state.h"

#include <llvm/ADT/SmallVector.h>

#include <algorithm>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

class BarrierCollector {
public:
  BarrierCollector(Context &context, const RequestState &state)
      : context_(context), code_(context.code), tree_(code_.tree), state_(state) {}

  void run() {
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
        if (state_.is_changed_by(i))
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
        context_.facts.barriers.push_back(
            {static_cast<Barrier::Kind>(kind), tree_[found[kind].in_function ? last : statement].span,
             tree_[found[kind].at].span, found[kind].in_function ? 0 : tree_[found[kind].at].span.begin});
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

  /// Whether a write to \p target reaches something that outlives the render: a global, an import, an export, or what
  /// the request is. Writes to Astro.locals are told apart by RequestState; the rest of Astro is not visible to
  /// loaders.
  bool is_shared(SyntaxIndex target) const {
    SyntaxIndex root = root_of(target);
    if (root == no_syntax || tree_[root].kind != Kind::Identifier)
      return root != no_syntax && (tree_[root].kind == Kind::ObjectPattern || tree_[root].kind == Kind::ArrayPattern);
    return is_astro(root) ? is_of_request(root) : !is_frontmatter_local(root);
  }

  bool is_astro(SyntaxIndex name) const { return code_.text_of(name) == "Astro" && binding_of(name) == no_binding; }

  /// Whether `Astro` at \p astro stands in `Astro.url`, `Astro.request` or `Astro.params`, which loaders are given.
  bool is_of_request(SyntaxIndex astro) const {
    SyntaxIndex child = astro;
    SyntaxIndex parent = code_.value_parent(astro, &child);
    if (parent == no_syntax || tree_[parent].kind != Kind::MemberExpression || tree_[child].field != Field::Object)
      return false;
    llvm::StringRef member = code_.text_of(tree_.child(parent, Field::Property));
    return member == "url" || member == "request" || member == "params";
  }

  /// A call whose result nobody uses is made for its effect: which one it is cannot be seen from here, but for calls
  /// on values that the frontmatter made itself, and for the console. Returns the first such call, or no_syntax.
  SyntaxIndex effect_of(SyntaxIndex statement) const {
    // Expressions that are evaluated for nothing but what they do.
    llvm::SmallVector<SyntaxIndex, 8> discarded{tree_.first_named_child(statement)};
    for (size_t next = 0; next < discarded.size(); ++next) {
      SyntaxIndex expression = code_.unwrap(discarded[next]);
      if (expression == no_syntax ||
          std::find(discarded.begin(), discarded.begin() + next, expression) != discarded.begin() + next)
        continue;
      discarded[next] = expression;
      switch (tree_[expression].kind) {
      case Kind::AwaitExpression:
      case Kind::UnaryExpression: // `void f()`, `!f()`
        discarded.push_back(last_named_child(expression));
        break;
      case Kind::BinaryExpression: // `a && f()`
        discarded.push_back(tree_.child(expression, Field::Left));
        discarded.push_back(tree_.child(expression, Field::Right));
        break;
      case Kind::TernaryExpression:
        discarded.push_back(tree_.child(expression, Field::Consequence));
        discarded.push_back(tree_.child(expression, Field::Alternative));
        break;
      case Kind::SequenceExpression:
        for (SyntaxIndex at = tree_.first_child(expression); at != no_syntax; at = tree_.next_sibling(at))
          if (tree_[at].kind != Kind::Token && tree_[at].kind != Kind::Comment)
            discarded.push_back(at);
        break;
      case Kind::NewExpression:
        if (!follow_promise(expression, discarded))
          return expression;
        break;
      case Kind::CallExpression:
        if (!follow_call(expression, discarded))
          return expression;
        break;
      default:
        break;
      }
    }
    return no_syntax;
  }

  /// Whether what a call does can be seen: in \p discarded, and in the statements of functions that stand here.
  bool follow_call(SyntaxIndex call, llvm::SmallVectorImpl<SyntaxIndex> &discarded) const {
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    if (callee == no_syntax || context_.calls_runtime(code_, callee, "getLoaderData"))
      return true;
    SyntaxIndex root = root_of(callee);
    if (root == no_syntax)
      return false;
    if (is_function(tree_[root].kind)) { // an immediately invoked function
      discard_result(root, discarded);
      return true;
    }
    if (tree_[root].kind != Kind::Identifier)
      return false;
    llvm::StringRef name = code_.text_of(root);
    if (binding_of(root) == no_binding && name == "console")
      return true;
    if (binding_of(root) == no_binding && name == "setTimeout" && callee == root)
      return follow_callback(call, discarded);
    if (is_astro(root)) // what is done with Astro.locals and cookies is told apart by RequestState
      return !is_of_request(root);
    if (!is_frontmatter_local(root))
      return false;
    if (callee == root) {
      SyntaxIndex function = value_of(root);
      if (function == no_syntax || !is_function(tree_[function].kind))
        return false;
      discard_result(function, discarded);
      return true;
    }
    if (tree_[callee].kind != Kind::MemberExpression)
      return false;
    SyntaxIndex object = code_.unwrap(tree_.child(callee, Field::Object));
    SyntaxIndex inner = object; // `list.sort().reverse()`, `groups.all.push()`
    while (inner != no_syntax &&
           (tree_[inner].kind == Kind::MemberExpression || tree_[inner].kind == Kind::SubscriptExpression))
      inner = code_.unwrap(tree_.child(inner, Field::Object));
    if (inner != root && (inner == no_syntax || tree_[inner].kind != Kind::CallExpression || !follow_call(inner, discarded)))
      return false;
    if ((object != root || !is_made_here(root)) && !is_array_method(code_.text_of(tree_.child(callee, Field::Property))))
      return false;
    // `list.forEach((item) => track(item))`
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at))
      if (is_function(tree_[at].kind))
        discard_result(at, discarded);
      else if (tree_[at].kind == Kind::Identifier && !is_frontmatter_local(at) && binding_of(at) != no_binding)
        return false; // `list.forEach(track)`
    return true;
  }

  /// `await new Promise((done) => setTimeout(done, 100))` waits, and does nothing else.
  bool follow_promise(SyntaxIndex construction, llvm::SmallVectorImpl<SyntaxIndex> &discarded) const {
    SyntaxIndex constructor = code_.unwrap(tree_.child(construction, Field::Constructor));
    return constructor != no_syntax && code_.text_of(constructor) == "Promise" &&
           binding_of(constructor) == no_binding && follow_callback(construction, discarded);
  }

  /// Whether what the first argument of \p call does can be seen, or is done by somebody who called this code.
  bool follow_callback(SyntaxIndex call, llvm::SmallVectorImpl<SyntaxIndex> &discarded) const {
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    SyntaxIndex callback = arguments == no_syntax ? no_syntax : code_.unwrap(tree_.first_named_child(arguments));
    if (callback == no_syntax)
      return false;
    if (tree_[callback].kind == Kind::Identifier && binding_of(callback) != no_binding)
      return code_.scopes.bindings()[binding_of(callback)].kind == BindingKind::Parameter;
    if (!is_function(tree_[callback].kind))
      return false;
    discard_result(callback, discarded);
    return true;
  }

  /// The body of `() => f()` is no statement, so that the statements of a function do not cover it.
  void discard_result(SyntaxIndex function, llvm::SmallVectorImpl<SyntaxIndex> &discarded) const {
    SyntaxIndex body = tree_.child(function, Field::Body);
    if (body != no_syntax && tree_[body].kind != Kind::StatementBlock)
      discarded.push_back(body);
  }

  SyntaxIndex last_named_child(SyntaxIndex parent) const {
    SyntaxIndex last = no_syntax;
    for (SyntaxIndex at = tree_.first_child(parent); at != no_syntax; at = tree_.next_sibling(at))
      if (tree_[at].kind != Kind::Token && tree_[at].kind != Kind::Comment)
        last = at;
    return last;
  }

  /// What a name of the frontmatter was declared with: its initializer, or the function that it names.
  SyntaxIndex value_of(SyntaxIndex name) const {
    BindingIndex binding = binding_of(name);
    if (binding == no_binding)
      return no_syntax;
    const Binding &it = code_.scopes.bindings()[binding];
    if (tree_[it.declaration].kind != Kind::VariableDeclarator)
      return it.declaration;
    return tree_.child(it.declaration, Field::Name) == it.name_node
               ? code_.unwrap(tree_.child(it.declaration, Field::Value))
               : no_syntax;
  }

  /// Whether a name holds a value that nobody else has: a literal, or an object of one of the language's own classes.
  bool is_made_here(SyntaxIndex name) const {
    SyntaxIndex value = value_of(name);
    if (value == no_syntax)
      return false;
    switch (tree_[value].kind) {
    case Kind::Object:
    case Kind::Array:
    case Kind::String:
    case Kind::TemplateString:
    case Kind::Regex:
      return true;
    case Kind::NewExpression: {
      SyntaxIndex constructor = code_.unwrap(tree_.child(value, Field::Constructor));
      return constructor != no_syntax && tree_[constructor].kind == Kind::Identifier &&
             binding_of(constructor) == no_binding;
    }
    default:
      return false;
    }
  }

  /// Methods that are an array's in all likelihood. Pages sort and fill what they got from elsewhere.
  static bool is_array_method(llvm::StringRef name) {
    for (llvm::StringRef known : {"sort", "reverse", "push", "pop", "shift", "unshift", "splice", "fill", "forEach"})
      if (name == known)
        return true;
    return false;
  }

  Context &context_;
  const Code &code_;
  const SyntaxTree &tree_;
  const RequestState &state_;
};

} // namespace

void collect_barriers(Context &context, const RequestState &state) { BarrierCollector(context, state).run(); }

} // namespace foreload::analyze
