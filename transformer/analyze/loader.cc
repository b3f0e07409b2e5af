// The `loader` export: what it captures, and whether its text may move to another module.
//
// Astro hoists declarations that say `export` to module scope, everything else in a frontmatter runs once a render. So
// a loader may use imports, other exports and globals; using anything else of the frontmatter fails when it runs.
#include "analyze/context.h"

#include <llvm/ADT/StringSwitch.h>

#include <algorithm>
#include <set>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

/// Follows what a loader needs through the module's top level, and keeps the worst that it finds.
class LoaderAnalysis {
public:
  LoaderAnalysis(Context &context, LoaderFacts &loader)
      : context_(context), code_(context.code), tree_(code_.tree), loader_(loader) {}

  /// \p binding holds the loader.
  void run(BindingIndex binding) {
    add_piece(binding);
    for (size_t i = 0; i < queue_.size(); ++i)
      follow(queue_[i]);
    std::sort(queue_.begin(), queue_.end(),
              [&](BindingIndex a, BindingIndex b) { return name_node(a) < name_node(b); });
    finish(binding);
  }

private:
  const Binding &binding(BindingIndex index) const { return code_.scopes.bindings()[index]; }
  SyntaxIndex name_node(BindingIndex index) const { return binding(index).name_node; }

  void demote(Movability movability, uint16_t reason_code, SyntaxIndex at, std::string reason) {
    if (movability <= loader_.movability)
      return;
    loader_.movability = movability;
    loader_.reason_code = reason_code;
    loader_.reason_span = tree_[at].span;
    loader_.reason = std::move(reason);
  }
  void demote_to_reference(SyntaxIndex at, std::string reason) {
    demote(Movability::Reference, 2010, at, std::move(reason));
  }

  void add_piece(BindingIndex index) {
    if (std::find(queue_.begin(), queue_.end(), index) == queue_.end())
      queue_.push_back(index);
  }

  /// Checks one declaration and everything that it refers to.
  void follow(BindingIndex index) {
    const Binding &piece = binding(index);
    std::string name = piece.name.str();
    switch (piece.kind) {
    case BindingKind::Function:
      break;
    case BindingKind::Const: {
      SyntaxIndex declarator = piece.declaration;
      SyntaxIndex value =
          tree_[declarator].kind == Kind::VariableDeclarator ? tree_.child(declarator, Field::Value) : no_syntax;
      if (value == no_syntax || tree_.child(declarator, Field::Name) != piece.name_node)
        demote_to_reference(piece.name_node, "'" + name + "' is destructured from a value that must be made only once");
      else if (SyntaxIndex state = find_state(value); state != no_syntax)
        demote_to_reference(state, "'" + name + "' is made once a module and may hold state");
      break;
    }
    case BindingKind::Let:
    case BindingKind::Var:
      demote_to_reference(piece.name_node, "'" + name + "' is a variable of its module");
      break;
    case BindingKind::Class:
    case BindingKind::Enum:
    case BindingKind::Namespace:
      demote_to_reference(piece.name_node, "'" + name + "' has an identity of its own");
      break;
    case BindingKind::Import:
    case BindingKind::Parameter:
    case BindingKind::Catch:
      break; // never a piece
    }
    if (piece.kind != BindingKind::Let && piece.kind != BindingKind::Var)
      find_mutation(index);
    follow_references(piece.declaration);
    follow_syntax(piece.declaration);
  }

  void follow_references(SyntaxIndex declaration) {
    for (const Reference &reference : code_.scopes.references_in(declaration)) {
      llvm::StringRef name = code_.text_of(reference.node);
      if (name.find('\\') != llvm::StringRef::npos)
        demote_to_reference(reference.node, "it spells a name with an escape");
      // `async function self() { self.calls++ }`: a copy of the function would count for itself.
      if (reference.binding != no_binding && binding(reference.binding).kind == BindingKind::Function &&
          binding(reference.binding).scope != top_scope && is_mutated_at(reference))
        demote_to_reference(reference.node, "'" + name.str() + "' is changed after it was made");
      if (reference.binding == no_binding) {
        globals_.insert(name.str());
        if (name == "Astro") {
          context_.report(tree_[reference.node].span, 2002, Severity::Warning,
                          "'Astro' is not available in a loader: it runs outside of the component",
                          "use the loader's context instead: { params, url, request, cookies, locals, props }");
          demote_to_reference(reference.node, "it uses 'Astro'");
        }
        continue;
      }
      const Binding &target = binding(reference.binding);
      if (target.scope != top_scope)
        continue;
      if (target.kind == BindingKind::Import) {
        import_uses_.push_back(reference);
        continue;
      }
      if (!context_.exported[reference.binding]) {
        report_local_capture(reference, target);
        continue;
      }
      piece_uses_.push_back(reference);
      add_piece(reference.binding);
    }
  }

  void report_local_capture(const Reference &reference, const Binding &target) {
    std::string name = target.name.str();
    Diagnostic diagnostic = diagnose(context_.source, tree_[reference.node].span, 2001, Severity::Error,
                                     "the loader uses '" + name + "', which exists only while the component renders",
                                     "export it (`export const " + name + "`), import it, or move it into the loader");
    Span declared = tree_[target.name_node].span;
    diagnostic.related.push_back({diagnostic.file, context_.source.position(declared.begin),
                                  context_.source.position(declared.end), "'" + name + "' is declared here"});
    context_.facts.diagnostics.push_back(std::move(diagnostic));
    demote(Movability::Never, 2001, reference.node, "it uses '" + name + "', a local of the frontmatter");
  }

  /// What depends on the module that the code stands in.
  void follow_syntax(SyntaxIndex declaration) {
    for (SyntaxIndex i = declaration, end = tree_[declaration].subtree_end; i < end; ++i) {
      if (tree_[i].kind == Kind::MetaProperty && code_.text_of(i).substr(0, 6) == "import") {
        SyntaxIndex parent = tree_[i].parent;
        SyntaxIndex property =
            tree_[parent].kind == Kind::MemberExpression ? tree_.child(parent, Field::Property) : no_syntax;
        if (property == no_syntax || code_.text_of(property) != "env")
          demote_to_reference(i, "it uses 'import.meta', which is its own module's");
      } else if (tree_[i].kind == Kind::Import && tree_[tree_[i].parent].kind == Kind::CallExpression) {
        SyntaxIndex argument = tree_.first_named_child(tree_.child(tree_[i].parent, Field::Arguments));
        bool portable = argument != no_syntax && tree_[argument].kind == Kind::String &&
                        code_.text_of(argument).size() > 2 && code_.text_of(argument)[1] != '.';
        if (!portable)
          demote_to_reference(i, "it imports a module by a path that is relative to its own");
      }
    }
  }

  bool is_const_assertion(SyntaxIndex as_expression) const {
    SyntaxIndex last = no_syntax;
    for (SyntaxIndex at = tree_.first_child(as_expression); at != no_syntax; at = tree_.next_sibling(at))
      last = at;
    return last != no_syntax && code_.text_of(last) == "const";
  }

  /// The first part of an initializer that must be evaluated only once, or no_syntax: what is left are functions,
  /// primitive values and frozen literals, of which a copy cannot be told from the original.
  SyntaxIndex find_state(SyntaxIndex value) {
    bool frozen = false;
    for (SyntaxIndex at = value; at != no_syntax;) {
      const SyntaxNode &node = tree_[at];
      if (node.kind == Kind::AsExpression && is_const_assertion(at))
        frozen = true;
      SyntaxIndex inner = code_.unwrap(at);
      if (inner == at || frozen) {
        value = inner;
        break;
      }
      at = tree_.first_named_child(at);
    }
    if (tree_[value].kind == Kind::CallExpression &&
        context_.calls_runtime(code_, tree_.child(value, Field::Function), "defineLoader")) {
      SyntaxIndex arguments = tree_.child(value, Field::Arguments);
      for (SyntaxIndex at = tree_.first_child(arguments); at != no_syntax; at = tree_.next_sibling(at))
        if (tree_[at].kind != Kind::Token && tree_[at].kind != Kind::Comment)
          if (SyntaxIndex state = find_state_in(at, true); state != no_syntax)
            return state;
      return no_syntax;
    }
    if (tree_[value].kind == Kind::CallExpression &&
        code_.text_of(tree_.child(value, Field::Function)) == "Object.freeze") {
      SyntaxIndex argument = code_.unwrap(tree_.first_named_child(tree_.child(value, Field::Arguments)));
      // Freezing is shallow.
      if (argument == no_syntax || tree_[argument].kind != Kind::Object)
        return value;
      for (SyntaxIndex at = tree_.first_child(argument); at != no_syntax; at = tree_.next_sibling(at)) {
        if (tree_[at].kind == Kind::Token || tree_[at].kind == Kind::Comment)
          continue;
        SyntaxIndex member = tree_[at].kind == Kind::Pair ? tree_.child(at, Field::Value) : no_syntax;
        if (member == no_syntax || find_state_in(member, false) != no_syntax)
          return at;
      }
      return no_syntax;
    }
    return find_state_in(value, frozen);
  }

  SyntaxIndex find_state_in(SyntaxIndex value, bool literals_are_frozen) {
    for (SyntaxIndex i = value, end = tree_[value].subtree_end; i < end; ++i) {
      switch (tree_[i].kind) {
      case Kind::MemberExpression: // may have changed in between, or be a getter
        if (code_.text_of(i).substr(0, 15) != "import.meta.env")
          return i;
        break;
      case Kind::ArrowFunction:
      case Kind::FunctionExpression:
      case Kind::GeneratorFunction:
        i = tree_[i].subtree_end - 1; // runs later; its own captures are followed
        break;
      case Kind::Object:
      case Kind::Array:
        if (!literals_are_frozen)
          return i;
        break;
      case Kind::CallExpression:
      case Kind::NewExpression:
      case Kind::Class:
      case Kind::Regex: // lastIndex
      case Kind::AwaitExpression:
      case Kind::YieldExpression:
      case Kind::AssignmentExpression:
      case Kind::AugmentedAssignment:
      case Kind::UpdateExpression:
      case Kind::SpreadElement: // iterates
      case Kind::SubscriptExpression:
      case Kind::MethodDefinition: // getters and setters
        return i;
      default:
        break;
      }
    }
    return no_syntax;
  }

  /// Writes to a piece's properties anywhere in the file make it state.
  void find_mutation(BindingIndex index) {
    for (const Reference &reference : code_.scopes.references())
      if (reference.binding == index && is_mutated_at(reference))
        demote_to_reference(reference.node, "'" + binding(index).name.str() + "' is changed after it was made");
  }

  /// `x.a = 1`, `x.a.b++`, `delete x[a]`.
  bool is_mutated_at(const Reference &reference) const {
    SyntaxIndex child = reference.node;
    for (SyntaxIndex parent = code_.value_parent(child, &child); parent != no_syntax;
         parent = code_.value_parent(parent, &child)) {
      Kind kind = tree_[parent].kind;
      bool is_member =
          (kind == Kind::MemberExpression || kind == Kind::SubscriptExpression) && tree_[child].field == Field::Object;
      if (is_member)
        continue;
      bool is_target = (kind == Kind::AssignmentExpression || kind == Kind::AugmentedAssignment)
                           ? tree_[child].field == Field::Left
                           : kind == Kind::UpdateExpression ||
                                 (kind == Kind::UnaryExpression && code_.text_of(parent).substr(0, 6) == "delete");
      return is_target && child != reference.node;
    }
    return false;
  }

  void finish(BindingIndex own) {
    for (BindingIndex index : queue_) {
      const Binding &piece = binding(index);
      bool is_declarator = tree_[piece.declaration].kind == Kind::VariableDeclarator;
      if (index == own)
        loader_.own_piece = static_cast<uint32_t>(loader_.pieces.size());
      loader_.pieces.push_back(
          {piece.name.str(), tree_[piece.declaration].span, is_declarator, tree_[piece.name_node].span});
    }
    for (const Reference &reference : import_uses_)
      if (uint32_t import = context_.import_of(reference.binding); import != no_index)
        loader_.uses.push_back({tree_[reference.node].span, reference.shorthand, true, import});
      else // `import x = require()`
        demote_to_reference(reference.node, "it uses an import that only its own module can make");
    for (const Reference &reference : piece_uses_) {
      auto piece = std::find(queue_.begin(), queue_.end(), reference.binding) - queue_.begin();
      loader_.uses.push_back({tree_[reference.node].span, reference.shorthand, false, static_cast<uint32_t>(piece)});
      if (reference.writes)
        demote_to_reference(reference.node, "it changes '" + binding(reference.binding).name.str() + "'");
    }
    std::sort(loader_.uses.begin(), loader_.uses.end(),
              [](const LoaderNameUse &a, const LoaderNameUse &b) { return a.span.begin < b.span.begin; });
    loader_.globals.assign(globals_.begin(), globals_.end());

    SyntaxIndex function = binding(own).declaration;
    if (tree_[function].kind == Kind::VariableDeclarator)
      function = code_.unwrap(tree_.child(function, Field::Value));
    if (function != no_syntax && tree_[function].kind == Kind::CallExpression &&
        context_.calls_runtime(code_, tree_.child(function, Field::Function), "defineLoader")) {
      SyntaxIndex arguments = tree_.child(function, Field::Arguments);
      function = code_.unwrap(tree_.first_named_child(arguments));
      loader_.speculative = asks_for_speculation(arguments);
    }
    if (function != no_syntax && tree_[function].kind == Kind::Identifier && piece_uses_.empty() &&
        import_uses_.size() == 1)
      loader_.import = context_.import_of(import_uses_[0].binding); // `export const loader = fetchAll`
    if (function != no_syntax && is_function(tree_[function].kind))
      loader_.context = analyze_context_use(code_, function);
    else
      loader_.context = {.whole = true, .all_props = true, .at = tree_[name_node(own)].span};
  }

  /// `(…, { speculative: true })`
  bool asks_for_speculation(SyntaxIndex arguments) const {
    unsigned position = 0;
    for (SyntaxIndex at = tree_.first_child(arguments); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind == Kind::Token || tree_[at].kind == Kind::Comment || position++ != 1)
        continue;
      SyntaxIndex options = code_.unwrap(at);
      if (tree_[options].kind != Kind::Object)
        return false;
      for (SyntaxIndex pair = tree_.first_child(options); pair != no_syntax; pair = tree_.next_sibling(pair))
        if (tree_[pair].kind == Kind::Pair && code_.text_of(tree_.child(pair, Field::Key)).trim("'\"") == "speculative")
          return tree_[code_.unwrap(tree_.child(pair, Field::Value))].kind == Kind::True;
    }
    return false;
  }

  Context &context_;
  const Code &code_;
  const SyntaxTree &tree_;
  LoaderFacts &loader_;
  std::vector<BindingIndex> queue_; ///< the pieces, in the order in which they were found
  std::vector<Reference> import_uses_;
  std::vector<Reference> piece_uses_;
  std::set<std::string> globals_;
};

} // namespace

void analyze_loader(Context &context) {
  const ModuleFacts &facts = context.facts;
  for (uint32_t i = 0; i < facts.exports.size(); ++i) {
    const ExportFact &fact = facts.exports[i];
    if (fact.exported != "loader")
      continue;
    LoaderFacts loader;
    loader.span = fact.span;
    if (!fact.specifier.empty()) {
      loader.re_export = i;
      context.facts.loader = std::move(loader);
      return;
    }
    loader.local = fact.local;
    BindingIndex binding = context.code.scopes.lookup(fact.local, top_scope);
    if (binding == no_binding)
      return; // `export { loader }` of nothing: Astro says so itself
    if (context.code.scopes.bindings()[binding].kind == BindingKind::Import) {
      loader.import = context.import_of(binding);
      if (loader.import == no_index) { // `import loader = require('x')`
        loader.movability = Movability::Reference;
        loader.reason_code = 2010;
        loader.reason_span = fact.span;
        loader.reason = "it is an import that only its own module can make";
      }
    } else if (!context.exported[binding]) {
      std::string name = fact.local;
      context.report(
          fact.span, 2003, Severity::Error,
          "'" + name +
              "' is exported as the loader, but is declared without `export`: Astro leaves it inside the component",
          "write `export const loader = …` where it is declared");
      return;
    } else {
      SyntaxIndex statement = context.code.top_statement(context.code.scopes.bindings()[binding].name_node);
      if (context.code.text_of(statement).find('{') == llvm::StringRef::npos)
        loader.braceless_end = context.code.tree[statement].span.end;
      LoaderAnalysis(context, loader).run(binding);
    }
    context.facts.loader = std::move(loader);
    return;
  }
}

} // namespace foreload::analyze
