// Each reference to a name is climbed from, up to where its value stops or gets another name; that makes edges between
// bindings. A change of a value then spreads along the edges, from each name to those whose values it holds.
#include "analyze/value_changes.h"

#include "analyze/language.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringSwitch.h>

#include <algorithm>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

namespace {

enum class Method : uint8_t {
  Unknown,
  Changes,    ///< the object that it is called on, or it stores its arguments there
  Primitive,  ///< gives nothing that belongs to the object
  Collection, ///< gives a new container of its parts
  Part,       ///< gives one of its parts
};

Method method_of(llvm::StringRef name) {
  if (is_changing_method(name))
    return Method::Changes;
  return llvm::StringSwitch<Method>(name)
      .Cases("includes", "indexOf", "lastIndexOf", "findIndex", "findLastIndex", Method::Primitive)
      .Cases("some", "every", "join", "has", "toString", Method::Primitive)
      .Cases("toLocaleString", "toISOString", "getTime", "forEach", Method::Primitive)
      .Cases("filter", "slice", "map", "concat", "flat", Method::Collection)
      .Cases("flatMap", "toSorted", "toReversed", "toSpliced", "with", Method::Collection)
      .Cases("entries", "values", "keys", "split", Method::Collection)
      .Cases("find", "findLast", "at", "get", "getAll", Method::Part)
      .Cases("reduce", "reduceRight", Method::Part)
      .Default(Method::Unknown);
}

enum class Callee : uint8_t { Unknown, Reads, Freezes, Collects, ChangesFirst };

Callee callee_of(llvm::StringRef name) {
  if (name.substr(0, 8) == "console.")
    return Callee::Reads;
  return llvm::StringSwitch<Callee>(name)
      .Cases("JSON.stringify", "String", "Number", "Boolean", Callee::Reads)
      .Cases("Array.isArray", "Object.keys", "structuredClone", "Object.is", Callee::Reads)
      .Cases("Object.freeze", "Object.seal", "Object.preventExtensions", Callee::Freezes)
      .Cases("Object.values", "Object.entries", "Array.from", "Object.fromEntries", Callee::Collects)
      .Cases("Object.assign", "Object.defineProperty", "Object.defineProperties", Callee::ChangesFirst)
      .Cases("Object.setPrototypeOf", "Reflect.set", "Reflect.deleteProperty", Callee::ChangesFirst)
      .Case("Reflect.defineProperty", Callee::ChangesFirst)
      .Default(Callee::Unknown);
}

bool is_member(Kind kind) { return kind == Kind::MemberExpression || kind == Kind::SubscriptExpression; }

} // namespace

/// Climbs from the references of one piece of code.
class ValueChanges::Trace {
public:
  Trace(const Code &code, ValueChanges &changes) : code_(code), tree_(code.tree), changes_(changes) {
    const std::vector<Binding> &bindings = code.scopes.bindings();
    for (BindingIndex i = 0; i < bindings.size(); ++i)
      by_name_node_[bindings[i].name_node] = i;
  }

  void follow(const Reference &reference) {
    origin_ = reference.binding;
    when_ = code_.enclosing_function(reference.node) == no_syntax ? tree_[code_.top_statement(reference.node)].span.end
                                                                  : anywhere;
    if (reference.writes)
      changes_.rebound_[origin_] = std::max(changes_.rebound_[origin_], when_);
    at_ = reference.node;
    reach_ = object_reach_ = Reach::Itself;
    while (climb()) {
    }
  }

private:
  void change(Reach reach) {
    if (reach == Reach::Copy)
      return;
    Changed &changed = changes_.changed_[origin_];
    uint32_t &last = reach == Reach::Itself ? changed.itself : changed.parts;
    last = std::max(last, when_);
  }

  void alias(BindingIndex binding, Reach reach) {
    if (binding != no_binding && binding != origin_)
      changes_.aliases_[binding].push_back({origin_, reach});
  }

  /// The names of a pattern get what is climbed with, or parts of it.
  void alias_pattern(SyntaxIndex pattern, Reach reach) {
    if (pattern == no_syntax)
      return;
    if (tree_[pattern].kind != Kind::Identifier)
      reach = Reach::Part;
    for (SyntaxIndex i = pattern; i < tree_[pattern].subtree_end; ++i)
      if (auto found = by_name_node_.find(i); found != by_name_node_.end())
        alias(found->second, reach);
    for (const Reference &reference : code_.scopes.references_in(pattern))
      if (reference.writes)
        alias(reference.binding, reach);
  }

  void alias_parameters(SyntaxIndex function, size_t first, size_t last, Reach reach) {
    if (SyntaxIndex parameter = tree_.child(function, Field::Parameter); parameter != no_syntax) {
      if (first == 0)
        alias_pattern(parameter, reach);
      return;
    }
    SyntaxIndex parameters = tree_.child(function, Field::Parameters);
    size_t index = 0;
    for (SyntaxIndex at = parameters == no_syntax ? no_syntax : tree_.first_child(parameters); at != no_syntax;
         at = tree_.next_sibling(at)) {
      if (tree_[at].kind != Kind::RequiredParameter && tree_[at].kind != Kind::OptionalParameter)
        continue;
      SyntaxIndex pattern = tree_.child(at, Field::Pattern);
      bool is_rest = pattern != no_syntax && tree_[pattern].kind == Kind::RestPattern;
      if ((index >= first && index <= last) || (is_rest && index <= last))
        alias_pattern(pattern, reach);
      ++index;
    }
  }

  BindingIndex binding_of(SyntaxIndex name) const {
    auto references = code_.scopes.references_in(name);
    return references.size() == 1 ? references[0].binding : no_binding;
  }

  /// The function that an expression is or names, if it is written in this code.
  SyntaxIndex function_of(SyntaxIndex expression) const {
    expression = code_.unwrap(expression);
    if (expression != no_syntax && tree_[expression].kind == Kind::Identifier)
      if (BindingIndex binding = binding_of(expression); binding != no_binding) {
        expression = code_.scopes.bindings()[binding].declaration;
        if (tree_[expression].kind == Kind::VariableDeclarator)
          expression = code_.unwrap(tree_.child(expression, Field::Value));
      }
    return expression != no_syntax && opens_function(tree_[expression].kind) ? expression : no_syntax;
  }

  /// The variable that `a` of `a.b[c] = …` is, or no_binding.
  BindingIndex root_of(SyntaxIndex expression) const {
    expression = code_.unwrap(expression);
    while (expression != no_syntax && is_member(tree_[expression].kind))
      expression = code_.unwrap(tree_.child(expression, Field::Object));
    return expression == no_syntax || tree_[expression].kind != Kind::Identifier ? no_binding : binding_of(expression);
  }

  bool is_discarded(SyntaxIndex call) const {
    SyntaxIndex child = call;
    SyntaxIndex parent = code_.value_parent(call, &child);
    while (parent != no_syntax &&
           (tree_[parent].kind == Kind::AwaitExpression ||
            (tree_[parent].kind == Kind::UnaryExpression && code_.text_of(parent).substr(0, 4) == "void")))
      parent = code_.value_parent(parent, &child);
    return parent != no_syntax && tree_[parent].kind == Kind::ExpressionStatement;
  }

  bool go_on(SyntaxIndex parent, Reach reach) {
    at_ = parent;
    reach_ = reach;
    return true;
  }

  /// One step up; false: the value goes no further.
  bool climb() {
    SyntaxIndex child = at_;
    SyntaxIndex parent = code_.value_parent(at_, &child);
    if (parent == no_syntax)
      return false;
    Field field = tree_[child].field;
    bool is_member_here = is_member(tree_[code_.unwrap(child)].kind);
    switch (tree_[parent].kind) {
    case Kind::MemberExpression:
      if (llvm::StringRef name = code_.text_of(tree_.child(parent, Field::Property));
          name == "length" || name == "size")
        return false;
      [[fallthrough]];
    case Kind::SubscriptExpression:
      if (field != Field::Object)
        return false;
      object_reach_ = reach_;
      return go_on(parent, Reach::Part);
    case Kind::CallExpression:
      if (field != Field::Function)
        return false;
      return is_member_here ? climb_method(parent, code_.unwrap(child)) : go_on(parent, Reach::Part);
    case Kind::Arguments:
      return climb_argument(parent, child);
    case Kind::VariableDeclarator:
      if (field == Field::Value)
        alias_pattern(tree_.child(parent, Field::Name), reach_);
      return false;
    case Kind::RequiredParameter:
    case Kind::OptionalParameter:
      if (field == Field::Value)
        alias_pattern(tree_.child(parent, Field::Pattern), reach_);
      return false;
    case Kind::AssignmentPattern:
    case Kind::ObjectAssignmentPattern:
      if (field == Field::Right)
        alias_pattern(tree_.child(parent, Field::Left), reach_);
      else if (is_member_here)
        change(object_reach_);
      return false;
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment:
      return climb_assignment(parent, field, is_member_here);
    case Kind::ArrayPattern:
    case Kind::PairPattern:
    case Kind::RestPattern:
    case Kind::UpdateExpression:
      if (is_member_here)
        change(object_reach_);
      return false;
    case Kind::UnaryExpression:
      if (is_member_here && code_.text_of(parent).substr(0, 6) == "delete")
        change(object_reach_);
      return false;
    case Kind::ForInStatement:
      if (field == Field::Right && code_.text_of(tree_.child(parent, Field::Operator)) == "of")
        alias_pattern(tree_.child(parent, Field::Left), Reach::Part);
      else if (field == Field::Left && is_member_here)
        change(object_reach_);
      return false;
    case Kind::SpreadElement: {
      SyntaxIndex around = tree_[parent].parent;
      return go_on(parent, tree_[around].kind == Kind::Arguments ? Reach::Part : Reach::Copy);
    }
    case Kind::Pair:
      return field == Field::Value && go_on(parent, Reach::Copy);
    case Kind::Array:
    case Kind::Object:
      return go_on(parent, Reach::Copy);
    case Kind::TernaryExpression:
      return field != Field::Condition && go_on(parent, reach_);
    case Kind::BinaryExpression: {
      llvm::StringRef op = code_.text_of(tree_.child(parent, Field::Operator));
      return (op == "&&" || op == "||" || op == "??") && go_on(parent, reach_);
    }
    case Kind::SequenceExpression:
    case Kind::AwaitExpression:
      return go_on(parent, reach_);
    case Kind::FieldDefinition: // `class { items = items }`: instances are not followed
      if (field == Field::Value)
        change(Reach::Part);
      return false;
    case Kind::ReturnStatement:
      return climb_result(code_.enclosing_function(parent));
    case Kind::ArrowFunction:
      return field == Field::Body && climb_result(parent);
    default:
      return false;
    }
  }

  /// `<object>.m(…)`; \p member is the callee.
  bool climb_method(SyntaxIndex call, SyntaxIndex member) {
    SyntaxIndex property = tree_.child(member, Field::Property);
    Method method = property == no_syntax ? Method::Unknown : method_of(code_.text_of(property));
    if (method == Method::Changes)
      change(object_reach_);
    // Callbacks are given parts.
    bool all_known = true;
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at))
      if (SyntaxIndex function = function_of(at); function != no_syntax)
        alias_parameters(function, 0, SIZE_MAX, Reach::Part);
      else if (tree_[at].kind == Kind::Identifier || tree_[at].kind == Kind::MemberExpression)
        all_known = false;
    if (is_discarded(call)) {
      bool is_harmless = method != Method::Unknown && (method != Method::Primitive || all_known);
      if (method != Method::Changes && !is_harmless)
        change(Reach::Part);
      return false;
    }
    if (method == Method::Primitive)
      return false;
    bool is_new = method == Method::Collection || (method == Method::Changes && object_reach_ == Reach::Copy);
    return go_on(call, is_new ? Reach::Copy : Reach::Part);
  }

  bool climb_argument(SyntaxIndex arguments, SyntaxIndex argument) {
    SyntaxIndex call = tree_[arguments].parent;
    if (tree_[call].kind == Kind::NewExpression)
      return go_on(call, Reach::Part);
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    if (tree_[call].kind != Kind::CallExpression || callee == no_syntax)
      return false;
    switch (callee_of(code_.text_of(callee))) {
    case Callee::Reads:
      return false;
    case Callee::Freezes:
      return go_on(call, reach_);
    case Callee::Collects:
      return go_on(call, Reach::Copy);
    case Callee::ChangesFirst:
      if (tree_.first_named_child(arguments) == argument)
        change(reach_);
      return go_on(call, Reach::Part);
    case Callee::Unknown:
      break;
    }
    if (SyntaxIndex function = function_of(callee); function != no_syntax) {
      size_t index = 0;
      bool is_spread = tree_[argument].kind == Kind::SpreadElement;
      for (SyntaxIndex at = tree_.first_child(arguments); at != argument; at = tree_.next_sibling(at))
        if (tree_[at].kind == Kind::SpreadElement)
          is_spread = true;
        else if (tree_[at].kind != Kind::Token && tree_[at].kind != Kind::Comment)
          ++index;
      alias_parameters(function, is_spread ? 0 : index, is_spread ? SIZE_MAX : index, reach_);
      return go_on(call, Reach::Part);
    }
    if (is_member(tree_[callee].kind)) {
      SyntaxIndex property = tree_.child(callee, Field::Property);
      Method method = property == no_syntax ? Method::Unknown : method_of(code_.text_of(property));
      if (method == Method::Changes) { // `list.push(value)`
        alias(root_of(tree_.child(callee, Field::Object)), Reach::Copy);
        return false;
      }
      if (method != Method::Unknown)
        return go_on(call, Reach::Part);
    }
    if (is_discarded(call)) {
      change(reach_ == Reach::Itself ? Reach::Itself : Reach::Part);
      return false;
    }
    return go_on(call, Reach::Part);
  }

  bool climb_assignment(SyntaxIndex assignment, Field field, bool is_member_here) {
    if (field == Field::Left) {
      if (is_member_here)
        change(object_reach_);
      return false;
    }
    SyntaxIndex left = code_.unwrap(tree_.child(assignment, Field::Left));
    if (left == no_syntax)
      return false;
    if (!is_member(tree_[left].kind))
      alias_pattern(left, reach_);
    else if (BindingIndex holder = root_of(left); holder != no_binding)
      alias(holder, Reach::Copy);
    else
      change(Reach::Part); // `this.items = items`: out of sight
    return go_on(assignment, reach_);
  }

  /// What a function gives belongs to whoever calls it by its name.
  bool climb_result(SyntaxIndex function) {
    if (function == no_syntax || !opens_function(tree_[function].kind))
      return false;
    if (SyntaxIndex name = tree_.child(function, Field::Name);
        tree_[function].kind == Kind::FunctionDeclaration && name != no_syntax) {
      alias_pattern(name, Reach::Copy);
      return false;
    }
    SyntaxIndex around = code_.value_parent(function);
    bool is_callback = around != no_syntax && tree_[around].kind == Kind::Arguments;
    return !is_callback && tree_[function].kind != Kind::MethodDefinition && go_on(function, Reach::Copy);
  }

  const Code &code_;
  const SyntaxTree &tree_;
  ValueChanges &changes_;
  llvm::DenseMap<SyntaxIndex, BindingIndex> by_name_node_;

  // Of the reference that is followed.
  BindingIndex origin_ = no_binding;
  uint32_t when_ = never; ///< it is evaluated, as last_change() says it
  SyntaxIndex at_ = no_syntax;
  Reach reach_ = Reach::Itself;
  Reach object_reach_ = Reach::Itself; ///< of the object of the last `.member`
};

ValueChanges::ValueChanges(const Code &code)
    : changed_(code.scopes.bindings().size()), rebound_(code.scopes.bindings().size(), never),
      aliases_(code.scopes.bindings().size()) {
  Trace trace(code, *this);
  for (const Reference &reference : code.scopes.references())
    if (reference.binding != no_binding)
      trace.follow(reference);
  propagate();
}

uint32_t ValueChanges::last_change(BindingIndex binding) const {
  return std::max({changed_[binding].itself, changed_[binding].parts, rebound_[binding]});
}

void ValueChanges::propagate() {
  std::vector<BindingIndex> queue;
  for (BindingIndex i = 0; i < changed_.size(); ++i)
    if (changed_[i] != Changed{})
      queue.push_back(i);
  while (!queue.empty()) {
    BindingIndex binding = queue.back();
    queue.pop_back();
    for (const Alias &alias : aliases_[binding]) {
      Changed changed = changed_[binding];
      Changed origin = changed_[alias.of];
      switch (alias.reach) {
      case Reach::Itself:
        origin.itself = std::max(origin.itself, changed.itself);
        origin.parts = std::max(origin.parts, changed.parts);
        break;
      case Reach::Part:
        origin.parts = std::max({origin.parts, changed.itself, changed.parts});
        break;
      case Reach::Copy:
        origin.parts = std::max(origin.parts, changed.parts);
        break;
      }
      if (origin != changed_[alias.of]) {
        changed_[alias.of] = origin;
        queue.push_back(alias.of);
      }
    }
  }
}

} // namespace foreload::analyze
