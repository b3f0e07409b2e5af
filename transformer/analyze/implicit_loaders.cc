// Awaits that are loaders without saying so: `const user = await fetchUser(Astro.params.id)`.
//
// The awaited expression may call whatever it likes, as a loader may. What makes it one is that all that it reads is at
// hand before the component renders: imports, globals, the request, props, and values of the frontmatter. Those of them
// that belong to the component's instance are its inputs.
#include "analyze/context.h"
#include "analyze/evaluation.h"
#include "analyze/pure_code.h"
#include "analyze/request_state.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringSwitch.h>

#include <algorithm>
#include <set>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

class ImplicitLoaderFinder {
public:
  ImplicitLoaderFinder(Context &context, const RequestState &state, PureCodes &codes)
      : context_(context), facts_(context.facts), code_(context.code), tree_(code_.tree), state_(state),
        codes_(codes), frontmatter_{code_, nullptr, 0, {}, no_index} {}

  void run() {
    for (SyntaxIndex statement = tree_.first_child(tree_.root()); statement != no_syntax;
         statement = tree_.next_sibling(statement)) {
      if (tree_[statement].kind != Kind::LexicalDeclaration)
        continue;
      for (SyntaxIndex i = tree_.first_child(statement); i != no_syntax; i = tree_.next_sibling(i)) {
        if (tree_[i].kind != Kind::VariableDeclarator)
          continue;
        SyntaxIndex value = code_.unwrap(tree_.child(i, Field::Value));
        if (value != no_syntax && tree_[value].kind == Kind::AwaitExpression)
          look_at(statement, tree_.first_named_child(value));
      }
    }
  }

private:
  void look_at(SyntaxIndex statement, SyntaxIndex expression) {
    if (expression == no_syntax || !moves(expression))
      return;
    ImplicitLoader loader;
    loader.expression = tree_[expression].span;
    loader.statement_begin = tree_[statement].span.begin;
    PureCode code;
    code.text = loader.expression;
    std::vector<PureCode> inputs;
    std::set<std::string> globals;
    for (const Reference &reference : code_.scopes.references_in(expression))
      if (!add_reference(expression, reference, code, inputs, globals))
        return;
    loader.code = add(std::move(code));
    for (PureCode &input : inputs)
      loader.inputs.push_back(add(std::move(input)));
    loader.globals.assign(globals.begin(), globals.end());
    for (SyntaxIndex i = expression; i < tree_[expression].subtree_end; ++i)
      if (tree_[i].kind == Kind::Comment)
        loader.comments.push_back(tree_[i].span);
    find_callee(loader, expression);
    facts_.implicit_loaders.push_back(std::move(loader));
  }

  uint32_t add(PureCode code) {
    facts_.codes.push_back(std::move(code));
    return static_cast<uint32_t>(facts_.codes.size()) - 1;
  }

  /// Whether the syntax means the same in another function of another module.
  bool moves(SyntaxIndex expression) const {
    if (tree_[code_.unwrap(expression)].kind != Kind::CallExpression)
      return false;               // `await promise`: it is under way
    SyntaxIndex function_end = 0; // of a function that has its own `this`
    for (SyntaxIndex i = expression, end = tree_[expression].subtree_end; i < end; ++i) {
      bool in_function = i < function_end;
      switch (tree_[i].kind) {
      case Kind::FunctionExpression:
      case Kind::MethodDefinition:
        function_end = std::max(function_end, tree_[i].subtree_end);
        break;
      case Kind::This:
        if (!in_function)
          return false;
        break;
      case Kind::Super:
      case Kind::YieldExpression:
      case Kind::Class:
        return false;
      case Kind::Import:
        return false; // `import('./x')`
      case Kind::MetaProperty: {
        SyntaxIndex child = i, parent = code_.value_parent(i, &child);
        if (parent == no_syntax || tree_[parent].kind != Kind::MemberExpression ||
            code_.text_of(tree_.child(parent, Field::Property)) != "env")
          return false;
        break;
      }
      case Kind::AssignmentExpression:
      case Kind::AugmentedAssignment:
      case Kind::UpdateExpression:
        if (changes_outside(i, expression))
          return false;
        break;
      case Kind::UnaryExpression:
        if (code_.text_of(tree_.child(i, Field::Operator)) == "delete")
          return false;
        break;
      default:
        break;
      }
    }
    return true;
  }

  /// Whether an assignment reaches something that \p expression does not declare.
  bool changes_outside(SyntaxIndex assignment, SyntaxIndex expression) const {
    SyntaxIndex target = tree_.child(assignment, Field::Left);
    if (target == no_syntax)
      target = tree_.child(assignment, Field::Argument);
    if (target == no_syntax)
      return true;
    for (const Reference &reference : code_.scopes.references_in(target))
      if (!is_inside(reference.binding, expression))
        return true;
    return false;
  }

  bool is_inside(BindingIndex binding, SyntaxIndex expression) const {
    if (binding == no_binding)
      return false;
    SyntaxIndex name = code_.scopes.bindings()[binding].name_node;
    return name >= expression && name < tree_[expression].subtree_end;
  }

  bool add_reference(SyntaxIndex expression, const Reference &reference, PureCode &code, std::vector<PureCode> &inputs,
                     std::set<std::string> &globals) {
    SyntaxIndex node = reference.node;
    llvm::StringRef name = code_.text_of(node);
    if (is_inside(reference.binding, expression))
      return true;
    CodeUse use{CodeUse::Of::Value, tree_[node].span, no_index, reference.shorthand, false};
    if (reference.binding == no_binding) {
      if (name == "arguments")
        return false;
      if (name == "Astro")
        return add_astro(node, expression, code, inputs);
      globals.insert(name.str());
      return true;
    }
    if (uint32_t import = context_.import_of(reference.binding); import != no_index) {
      if (context_.is_runtime_import(import) || is_component_path(facts_.imports[import].specifier))
        return false;
      use.of = CodeUse::Of::Import;
      use.index = import;
      use.called = true;
      code.uses.push_back(use);
      return true;
    }
    use.index = codes_.value_of(reference.binding);
    if (use.index == no_index || reference.writes || !has_value(reference.binding, expression))
      return false;
    code.uses.push_back(use);
    add_input(path_from(node, expression), use, inputs);
    return true;
  }

  bool add_astro(SyntaxIndex node, SyntaxIndex expression, PureCode &code, std::vector<PureCode> &inputs) {
    SyntaxIndex child = node, parent = code_.value_parent(node, &child);
    if (parent == no_syntax || tree_[parent].kind != Kind::MemberExpression || tree_[child].field != Field::Object ||
        state_.is_changed_by(node))
      return false;
    llvm::StringRef member = code_.text_of(tree_.child(parent, Field::Property));
    if (member == "props") {
      SyntaxIndex read = parent, outer = code_.value_parent(parent, &read);
      bool is_named = outer != no_syntax && tree_[outer].kind == Kind::MemberExpression &&
                      tree_[read].field == Field::Object && !is_callee(outer);
      CodeUse use{CodeUse::Of::Props, tree_[parent].span,
                  is_named ? codes_.prop(code_.text_of(tree_.child(outer, Field::Property))) : no_index, false, false};
      code.uses.push_back(use);
      SyntaxIndex path = path_from(parent, expression);
      add_input(path == parent && is_named ? outer : path, use, inputs); // props are always there
      return true;
    }
    bool is_state = member == "locals" || member == "cookies";
    bool is_shared = llvm::StringSwitch<bool>(member)
                         .Cases("url", "params", "request", "site", "generator", true)
                         .Cases("currentLocale", "preferredLocale", "clientAddress", true)
                         .Default(false);
    if (!is_state && !is_shared)
      return false;
    code.reads_state |= is_state;
    code.uses.push_back({CodeUse::Of::Astro, tree_[node].span, no_index, false, false});
    return true;
  }

  bool is_callee(SyntaxIndex member) const {
    SyntaxIndex child = member, parent = code_.value_parent(member, &child);
    return parent != no_syntax && tree_[parent].kind == Kind::CallExpression && tree_[child].field == Field::Function;
  }

  /// Whether a name of the frontmatter may be read before \p expression is: a function in it may name what comes later.
  bool has_value(BindingIndex binding, SyntaxIndex expression) const {
    const Binding &declared = code_.scopes.bindings()[binding];
    return declared.kind == BindingKind::Function || tree_[declared.declaration].subtree_end <= expression;
  }

  /// The longest `a.b.c` from \p node on that reads and does not call. What may fail is read before the expression only
  /// if that is what the expression does first.
  SyntaxIndex path_from(SyntaxIndex node, SyntaxIndex expression) const {
    SyntaxIndex path = node;
    if (evaluation_doubt(code_, node).certainty != Certainty::Must)
      return path;
    for (SyntaxIndex i = expression; i < node; ++i)
      if (tree_[i].subtree_end <= node &&
          (tree_[i].kind == Kind::CallExpression || tree_[i].kind == Kind::NewExpression ||
           tree_[i].kind == Kind::AwaitExpression))
        return path;
    for (;;) {
      SyntaxIndex parent = tree_[path].parent;
      if (tree_[parent].kind != Kind::MemberExpression || tree_[path].field != Field::Object || is_callee(parent))
        return path;
      path = parent;
    }
  }

  void add_input(SyntaxIndex path, CodeUse use, std::vector<PureCode> &inputs) const {
    PureCode input;
    input.text = tree_[path].span;
    llvm::StringRef text = context_.source.text(input.text);
    input.makes_identity = llvm::StringRef(text).consume_back(".searchParams"); // of a copy of a URL
    use.shorthand = false;
    input.uses.push_back(use);
    bool is_known = std::any_of(inputs.begin(), inputs.end(),
                                [&](const PureCode &other) { return context_.source.text(other.text) == text; });
    if (!is_known)
      inputs.push_back(std::move(input));
  }

  /// `fetchUser(id)`, `api.users.get(id)`: a call of an import with arguments that are values.
  void find_callee(ImplicitLoader &loader, SyntaxIndex expression) {
    SyntaxIndex call = code_.unwrap(expression);
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    if (callee == no_syntax || arguments == no_syntax || tree_[arguments].kind != Kind::Arguments)
      return;
    SyntaxIndex root = callee;
    while (tree_[root].kind == Kind::MemberExpression && tree_.child(root, Field::Object) != no_syntax)
      root = tree_.child(root, Field::Object);
    auto references = code_.scopes.references_in(root);
    if (tree_[root].kind != Kind::Identifier || references.size() != 1)
      return;
    uint32_t import = context_.import_of(references[0].binding);
    if (import == no_index)
      return;
    std::vector<uint32_t> given;
    for (SyntaxIndex at = tree_.first_child(arguments); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind == Kind::Token || tree_[at].kind == Kind::Comment)
        continue;
      if (tree_[at].kind == Kind::SpreadElement)
        return;
      given.push_back(codes_.add(frontmatter_, at));
      if (facts_.codes[given.back()].doubt.certainty != Certainty::Must)
        return;
    }
    loader.callee = import;
    loader.member = context_.source.text({tree_[root].span.end, tree_[callee].span.end}).str();
    loader.arguments = std::move(given);
  }

  Context &context_;
  ModuleFacts &facts_;
  const Code &code_;
  const SyntaxTree &tree_;
  const RequestState &state_;
  PureCodes &codes_;
  const CodePlace frontmatter_;
};

} // namespace

void collect_implicit_loaders(Context &context, const RequestState &state, PureCodes &codes) {
  ImplicitLoaderFinder(context, state, codes).run();
}

} // namespace foreload::analyze
