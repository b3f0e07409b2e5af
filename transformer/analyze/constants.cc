// Exports of a script module that are constants: values that are data all through and that the module never changes
// once its top level has run. Whoever reads one early reads what it would have read later.
//
// Data is what literals, operators, containers and the language's own functions make. What another function returns may
// be a store or a connection, so it is no constant, and neither is anything that holds a function.
#include "analyze/language.h"
#include "analyze/value_changes.h"

#include <llvm/ADT/DenseMap.h>

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

/// Functions and methods of the language give data if they are given data and functions that do. That they give
/// something else each time, or change what they are given, is over when the module's top level has run.
bool gives_data(llvm::StringRef function) { return function_effect(function) != FunctionEffect::Unknown; }
bool is_data_method(llvm::StringRef name) {
  return method_effect(name) != MethodEffect::Unknown || is_changing_method(name) || name == "forEach";
}

bool is_environment(llvm::StringRef name) { return name.substr(0, 12) == "process.env."; }

class ConstantFinder {
public:
  ConstantFinder(Context &context, const ValueChanges &changes)
      : context_(context), code_(context.code), tree_(code_.tree), changes_(changes) {}

  void run() {
    const std::vector<ExportFact> &exports = context_.facts.exports;
    std::vector<uint32_t> values(exports.size(), no_index);
    for (size_t i = 0; i < exports.size(); ++i) {
      if (!exports[i].specifier.empty())
        continue;
      if (exports[i].local.empty()) {
        if (exports[i].exported == "default")
          values[i] = add_default_export();
        continue;
      }
      BindingIndex binding = code_.scopes.lookup(exports[i].local, top_scope);
      if (binding != no_binding && code_.scopes.bindings()[binding].kind != BindingKind::Import)
        values[i] = value_of(binding);
    }
    for (size_t i = 0; i < values_.size(); ++i)
      scan(i);
    spread_doubts();
    write_facts(values);
  }

private:
  /// A declaration, or the expression of an `export default`.
  struct Value {
    BindingIndex binding; ///< no_binding: the expression
    SyntaxIndex node;
    bool is_function = false; ///< good for making a part of some value
    bool is_constant = true;
    std::vector<uint32_t> imports; ///< what it is made of
    std::vector<uint32_t> values;
    uint32_t index = no_index; ///< in the facts
  };

  uint32_t add(BindingIndex binding, SyntaxIndex node) {
    Value value;
    value.binding = binding;
    value.node = node;
    values_.push_back(std::move(value));
    return static_cast<uint32_t>(values_.size()) - 1;
  }

  uint32_t value_of(BindingIndex binding) {
    auto [at, is_new] = by_binding_.try_emplace(binding, no_index);
    if (is_new)
      at->second = add(binding, code_.scopes.bindings()[binding].declaration);
    return at->second;
  }

  uint32_t add_default_export() {
    for (SyntaxIndex at = tree_.first_child(tree_.root()); at != no_syntax; at = tree_.next_sibling(at))
      if (tree_[at].kind == Kind::ExportStatement)
        if (SyntaxIndex value = tree_.child(at, Field::Value); value != no_syntax)
          return add(no_binding, value);
    return no_index; // `export default function () {}`
  }

  /// Looks at one value's own code; what it refers to is added at the end of values_.
  void scan(size_t index) {
    Value value = values_[index];
    value.is_constant = is_constant_kind(value) && scan_code(value);
    // What the top level changes is changed before anybody else sees it.
    if (value.binding != no_binding)
      value.is_constant &= changes_.last_change(value.binding) != ValueChanges::anywhere;
    for (std::vector<uint32_t> *list : {&value.imports, &value.values}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    values_[index] = std::move(value);
  }

  bool is_constant_kind(Value &value) const {
    if (value.binding == no_binding)
      return true;
    const Binding &binding = code_.scopes.bindings()[value.binding];
    bool is_variable = tree_[value.node].kind == Kind::VariableDeclarator;
    switch (binding.kind) {
    case BindingKind::Enum:
    case BindingKind::Function:
      return true; // a function: only where it is called
    case BindingKind::Const:
      return is_variable && tree_.child(value.node, Field::Value) != no_syntax;
    default:
      return false;
    }
  }

  bool scan_code(Value &value) {
    SyntaxIndex own_function = value.node;
    if (tree_[own_function].kind == Kind::VariableDeclarator)
      own_function = code_.unwrap(tree_.child(own_function, Field::Value));
    for (SyntaxIndex i = value.node, end = tree_[value.node].subtree_end; i < end; ++i) {
      const SyntaxNode &node = tree_[i];
      switch (node.kind) {
      case Kind::ArrowFunction:
      case Kind::FunctionExpression:
      case Kind::FunctionDeclaration:
        if (i == own_function)
          value.is_function = true;
        if ((i != own_function && !is_callback(i)) || code_.text_of(i).substr(0, 5) == "async")
          return false;
        break;
      case Kind::GeneratorFunction:
      case Kind::GeneratorFunctionDeclaration:
      case Kind::MethodDefinition: // also getters
      case Kind::Class:
      case Kind::ClassDeclaration:
      case Kind::AwaitExpression:
      case Kind::YieldExpression:
      case Kind::This:
      case Kind::Super:
      case Kind::Import:
      case Kind::JsxOpeningElement:
      case Kind::JsxSelfClosingElement:
        return false;
      case Kind::MetaProperty: // `import.meta.env.X` is text; `import.meta.glob` is a call
        if (tree_[node.parent].kind != Kind::MemberExpression)
          return false;
        break;
      case Kind::Regex:
        if (tree_[node.parent].kind != Kind::MemberExpression && tree_[node.parent].kind != Kind::Arguments)
          return false;
        break;
      case Kind::CallExpression:
        if (!is_data_call(i))
          return false;
        break;
      case Kind::NewExpression:
        if (SyntaxIndex constructor = tree_.child(i, Field::Constructor);
            constructor == no_syntax || !is_global(constructor) || !is_plain_constructor(code_.text_of(constructor)))
          return false;
        break;
      case Kind::TypeAnnotation:
      case Kind::TypeArguments:
      case Kind::TypeParameters:
        i = node.subtree_end - 1;
        break;
      default:
        break;
      }
    }
    for (const Reference &reference : code_.scopes.references_in(value.node))
      if (!scan_reference(reference, value))
        return false;
    return true;
  }

  bool scan_reference(const Reference &reference, Value &value) {
    if (reference.binding == no_binding)
      return is_known_global(reference.node);
    const Binding &binding = code_.scopes.bindings()[reference.binding];
    if (binding.scope != top_scope)
      return binding.kind != BindingKind::Class;
    if (binding.kind == BindingKind::Import) {
      uint32_t import = context_.import_of(reference.binding);
      value.imports.push_back(import);
      return import != no_index;
    }
    uint32_t other = value_of(reference.binding);
    value.values.push_back(other);
    // A function is good for being called, or for being called back.
    return function_of(reference.binding) == no_syntax || is_callback(reference.node) || is_callee(reference.node);
  }

  SyntaxIndex function_of(BindingIndex binding) const {
    SyntaxIndex declaration = code_.scopes.bindings()[binding].declaration;
    if (tree_[declaration].kind == Kind::VariableDeclarator)
      declaration = code_.unwrap(tree_.child(declaration, Field::Value));
    return declaration != no_syntax && opens_function(tree_[declaration].kind) ? declaration : no_syntax;
  }

  bool is_callee(SyntaxIndex node) const {
    SyntaxIndex child = node;
    SyntaxIndex parent = code_.value_parent(node, &child);
    return parent != no_syntax && tree_[parent].kind == Kind::CallExpression && tree_[child].field == Field::Function;
  }

  /// Whether a function is given to a method or a function of the language, which keeps it for as long as it runs.
  bool is_callback(SyntaxIndex node) const {
    SyntaxIndex arguments = code_.value_parent(node);
    SyntaxIndex call = arguments == no_syntax ? no_syntax : tree_[arguments].parent;
    if (call == no_syntax || tree_[arguments].kind != Kind::Arguments || tree_[call].kind != Kind::CallExpression)
      return false;
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    return callee != no_syntax && (tree_[callee].kind == Kind::MemberExpression || is_global(callee));
  }

  bool is_global(SyntaxIndex expression) const {
    expression = code_.unwrap(expression);
    while (expression != no_syntax && tree_[expression].kind == Kind::MemberExpression)
      expression = code_.unwrap(tree_.child(expression, Field::Object));
    if (expression == no_syntax || tree_[expression].kind != Kind::Identifier)
      return false;
    auto references = code_.scopes.references_in(expression);
    return references.size() == 1 && references[0].binding == no_binding;
  }

  bool is_known_global(SyntaxIndex name) const {
    SyntaxIndex top = name;
    while (tree_[tree_[top].parent].kind == Kind::MemberExpression && tree_[top].field == Field::Object)
      top = tree_[top].parent;
    llvm::StringRef whole = code_.text_of(top);
    if (is_environment(whole))
      return true;
    if (tree_[top].field == Field::Function || is_callback(top)) // `.map(Number)`
      return gives_data(whole);
    if (tree_[top].field == Field::Constructor)
      return is_plain_constructor(whole);
    return is_language_constant(whole);
  }

  bool is_data_call(SyntaxIndex call) const {
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    if (callee == no_syntax || arguments == no_syntax)
      return false;
    if (tree_[arguments].kind != Kind::Arguments) // a tagged template
      return code_.text_of(callee) == "String.raw";
    if (is_global(callee) && !is_environment(code_.text_of(callee)))
      return gives_data(code_.text_of(callee));
    if (tree_[callee].kind == Kind::MemberExpression)
      return is_data_method(code_.text_of(tree_.child(callee, Field::Property)));
    // A function of this module, which scan_reference() adds.
    auto references = code_.scopes.references_in(callee);
    return tree_[callee].kind == Kind::Identifier && references.size() == 1 && references[0].binding != no_binding &&
           code_.scopes.bindings()[references[0].binding].scope == top_scope &&
           function_of(references[0].binding) != no_syntax;
  }

  /// What is made of something that is no constant is none either.
  void spread_doubts() {
    std::vector<std::vector<uint32_t>> users(values_.size());
    std::vector<uint32_t> queue;
    for (uint32_t i = 0; i < values_.size(); ++i) {
      for (uint32_t other : values_[i].values)
        users[other].push_back(i);
      if (!values_[i].is_constant)
        queue.push_back(i);
    }
    while (!queue.empty()) {
      uint32_t at = queue.back();
      queue.pop_back();
      for (uint32_t user : users[at])
        if (values_[user].is_constant) {
          values_[user].is_constant = false;
          queue.push_back(user);
        }
    }
  }

  void write_facts(const std::vector<uint32_t> &exported) {
    std::vector<ConstantFact> &constants = context_.facts.constants;
    for (Value &value : values_)
      if (value.is_constant) {
        value.index = static_cast<uint32_t>(constants.size());
        constants.push_back({std::move(value.imports), {}});
      }
    for (const Value &value : values_)
      if (value.is_constant)
        for (uint32_t other : value.values)
          constants[value.index].constants.push_back(values_[other].index);
    for (size_t i = 0; i < exported.size(); ++i)
      if (exported[i] != no_index && !values_[exported[i]].is_function)
        context_.facts.exports[i].constant = values_[exported[i]].index;
  }

  Context &context_;
  const Code &code_;
  const SyntaxTree &tree_;
  const ValueChanges &changes_;
  std::vector<Value> values_;
  llvm::DenseMap<BindingIndex, uint32_t> by_binding_;
};

} // namespace

void collect_exported_constants(Context &context, const ValueChanges &changes) {
  if (!context.code.tree.first_error())
    ConstantFinder(context, changes).run();
}

void collect_changed_imports(Context &context, const ValueChanges &changes) {
  const std::vector<Binding> &bindings = context.code.scopes.bindings();
  // A script's top level runs once, before anything is rendered.
  auto matters = [&](uint32_t change) {
    return context.facts.kind == ModuleKind::Script ? change == ValueChanges::anywhere : change != ValueChanges::never;
  };
  for (BindingIndex i = 0; i < bindings.size(); ++i)
    if (bindings[i].kind == BindingKind::Import && matters(changes.last_change(i)))
      if (uint32_t import = context.import_of(i); import != no_index)
        context.facts.imports[import].is_changed = true;
}

} // namespace foreload::analyze
