#include "analyze/value_changes.h"

#include "analyze/language.h"
#include "analyze/own_objects.h"
#include "analyze/pure_code.h"
#include "parse/js_characters.h"

#include <llvm/ADT/StringSwitch.h>

#include <algorithm>
#include <bitset>
#include <climits>
#include <optional>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

/// One walk over one piece of code, which connects the names in it and notes what changes.
class ChangeFinder {
public:
  ChangeFinder(ValueChanges &changes, const CodePlace &place)
      : changes_(changes), place_(place), code_(place.code), tree_(code_.tree), own_objects_(code_),
        is_frontmatter_(&code_ == &changes.code_) {}

  llvm::SmallVector<ValueChanges::Source, 4> sources(SyntaxIndex value) {
    llvm::SmallVector<ValueChanges::Source, 4> found;
    for (const Common &it : origins(value))
      found.push_back({it.other, it.kind == Common::Part ? it.theirs : whole});
    return found;
  }

  void run(llvm::ArrayRef<llvm::StringRef> markup) {
    around_.assign(tree_.size(), no_syntax);
    for (SyntaxIndex i = 1; i < tree_.size(); ++i) {
      SyntaxIndex parent = tree_[i].parent;
      around_[i] = is_function(tree_[parent].kind) ? parent : around_[parent];
    }
    if (is_frontmatter_)
      find_functions(markup);
    for (const Reference &reference : code_.scopes.references())
      look_at_reference(reference);
    for (SyntaxIndex i = 0; i < tree_.size(); ++i)
      look_at_node(i);
  }

private:
  using Common = ValueChanges::Common;
  using Node = ValueChanges::Node;
  using Part = ValueChanges::Part;
  static constexpr Part whole = ValueChanges::whole, any_member = ValueChanges::any_member;
  static constexpr Node no_node = ValueChanges::no_node;
  /// What an expression's value has in common with the names in it: `own` is the value's part.
  using Origins = llvm::SmallVector<Common, 4>;

  // Beyond any code that people write. They keep the work linear.
  static constexpr unsigned depth_limit = 64;
  static constexpr size_t origins_limit = 1000;

  llvm::StringRef text_of(SyntaxIndex node) const { return code_.text_of(node); }
  static bool is_trivia(Kind kind) { return kind == Kind::Token || kind == Kind::Comment; }

  // Names.

  Node node_of_binding(BindingIndex binding) const { return place_.names + binding; }

  Node node_of(SyntaxIndex name) const {
    auto references = code_.scopes.references_in(name);
    BindingIndex binding = references.size() == 1 ? references[0].binding : no_binding;
    for (const CodePlace *place = &place_;; place = place->outer) {
      if (binding != no_binding)
        return place->names == no_index ? no_node : place->names + binding;
      if (!place->outer)
        break;
      const ScopeTree &scopes = place->outer->code.scopes;
      binding = scopes.lookup(text_of(name), scopes.scope_at(place->at));
    }
    if (!is_frontmatter_)
      binding = changes_.code_.scopes.lookup(text_of(name), top_scope);
    if (binding != no_binding)
      return binding;
    return text_of(name) == "Astro" ? changes_.astro_ : no_node;
  }

  /// The binding whose first declaration is the name \p name.
  BindingIndex binding_at(SyntaxIndex name) const {
    const std::vector<Binding> &all = code_.scopes.bindings();
    auto at = std::lower_bound(all.begin(), all.end(), name,
                               [](const Binding &binding, SyntaxIndex index) { return binding.name_node < index; });
    return at != all.end() && at->name_node == name ? static_cast<BindingIndex>(at - all.begin()) : no_binding;
  }

  /// The node of a name that is declared at \p name.
  Node node_of_declaration(SyntaxIndex name) const {
    BindingIndex binding = binding_at(name);
    if (binding == no_binding) { // declared once more
      ScopeIndex scope = code_.scopes.scope_at(tree_[name].span.begin);
      if (code_.scopes.scopes()[scope].node == tree_[name].parent) // a function's name stands in the function
        scope = code_.scopes.scopes()[scope].parent;
      binding = code_.scopes.lookup(text_of(name), scope);
    }
    return binding == no_binding ? no_node : node_of_binding(binding);
  }

  bool is_global(SyntaxIndex name) const {
    Node node = node_of(name);
    return node == no_node || node == changes_.astro_;
  }

  /// `Object.assign` of a global, or empty.
  std::string global_path(SyntaxIndex node) const {
    if (node == no_syntax)
      return "";
    if (tree_[node].kind == Kind::Identifier)
      return is_global(node) ? text_of(node).str() : "";
    if (tree_[node].kind != Kind::MemberExpression)
      return "";
    SyntaxIndex object = code_.unwrap(tree_.child(node, Field::Object));
    SyntaxIndex property = tree_.child(node, Field::Property);
    if (object == no_syntax || property == no_syntax || tree_[object].kind != Kind::Identifier || !is_global(object))
      return "";
    return text_of(object).str() + "." + text_of(property).str();
  }

  // Where an expression's value comes from.

  Origins origins(SyntaxIndex node, unsigned depth = 0) { return limited(origins_of(code_.unwrap(node), depth)); }

  Origins limited(Origins found) {
    if (found.size() <= origins_limit)
      return found;
    changes_.give_up();
    return {};
  }

  Origins origins_of(SyntaxIndex node, unsigned depth) {
    if (node == no_syntax)
      return {};
    if (depth >= depth_limit) {
      changes_.give_up();
      return {};
    }
    ++depth;
    switch (tree_[node].kind) {
    case Kind::Identifier:
    case Kind::ShorthandProperty: {
      Node name = node_of(node);
      return name == no_node ? Origins{} : Origins{{Common::Part, name}};
    }
    case Kind::MemberExpression: {
      SyntaxIndex property = tree_.child(node, Field::Property);
      return member_of(origins(tree_.child(node, Field::Object), depth),
                       property == no_syntax ? llvm::StringRef() : text_of(property));
    }
    case Kind::SubscriptExpression: {
      SyntaxIndex index = code_.unwrap(tree_.child(node, Field::Index));
      llvm::StringRef name = index != no_syntax && tree_[index].kind == Kind::String ? text_of(index).trim("'\"") : "";
      return member_of(origins(tree_.child(node, Field::Object), depth), name);
    }
    case Kind::AwaitExpression:
    case Kind::SpreadElement:
    case Kind::YieldExpression:
      return origins(tree_.first_named_child(node), depth);
    case Kind::TernaryExpression:
      return both(origins(tree_.child(node, Field::Consequence), depth),
                  origins(tree_.child(node, Field::Alternative), depth));
    case Kind::BinaryExpression: {
      llvm::StringRef op = text_of(tree_.child(node, Field::Operator));
      if (op != "&&" && op != "||" && op != "??")
        return {};
      return both(origins(tree_.child(node, Field::Left), depth), origins(tree_.child(node, Field::Right), depth));
    }
    case Kind::SequenceExpression: {
      SyntaxIndex last = no_syntax;
      for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
        if (!is_trivia(tree_[at].kind))
          last = at;
      return origins(last, depth);
    }
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment:
      return both(origins(tree_.child(node, Field::Left), depth), origins(tree_.child(node, Field::Right), depth));
    case Kind::Array:
    case Kind::Object:
      return origins_of_literal(node, depth);
    case Kind::ArrowFunction:
    case Kind::FunctionExpression:
    case Kind::MethodDefinition:
      return unknown(returned(node, depth));
    case Kind::CallExpression:
      return origins_of_call(node, depth);
    case Kind::NewExpression:
      return held(arguments_of(node, depth), any_member);
    default:
      return {};
    }
  }

  static Origins both(Origins a, const Origins &b) {
    a.append(b.begin(), b.end());
    return a;
  }

  /// Of `value.name`; \p name is empty if it is not known.
  Origins member_of(Origins value, llvm::StringRef name) {
    Part part = name.empty() ? any_member : changes_.member(name);
    for (Common &it : value) {
      if (it.kind == Common::Part && it.own == whole) {
        if (it.other == changes_.astro_ && it.theirs == whole && name == "props")
          it.other = changes_.props_;
        else if (Node object = it.theirs == whole ? changes_.part_node(it.other, part) : no_node; object != no_node)
          it.other = object;
        else if (it.theirs == whole)
          it.theirs = part;
      } else if (it.kind == Common::Copy) {
        it = {Common::Part, it.other, whole, part};
      } else {
        it = {Common::Unknown, it.other};
      }
    }
    return value;
  }

  /// Of an object whose \p part is the value.
  static Origins held(Origins value, Part part) {
    for (Common &it : value) {
      if (it.kind == Common::Part)
        it.own = part;
      else
        it = {Common::Part, it.other, part, it.kind == Common::Copy ? any_member : whole};
    }
    return value;
  }

  /// Of an object with the value's members.
  static Origins copied(Origins value) {
    for (Common &it : value) {
      if (it.kind == Common::Unknown)
        it = {Common::Part, it.other, any_member, whole};
      else if (it.kind == Common::Part && it.own == whole && it.theirs == whole)
        it.kind = Common::Copy;
      else if (it.kind == Common::Part && it.own == whole)
        it.own = any_member;
    }
    return value;
  }

  /// Of an object that holds parts of the value somewhere.
  static Origins scattered(Origins value) {
    value = copied(std::move(value));
    for (Common &it : value) {
      if (it.kind == Common::Copy)
        it = {Common::Part, it.other, any_member, any_member};
      it.own = any_member;
    }
    return value;
  }

  static Origins unknown(Origins value) {
    for (Common &it : value)
      it = {Common::Unknown, it.other};
    return value;
  }

  Origins origins_of_literal(SyntaxIndex node, unsigned depth) {
    Origins all;
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      if (tree_[at].kind == Kind::SpreadElement) {
        Origins spread = copied(origins(at, depth));
        // The elements of an array move: `[0, ...list]`.
        all = both(std::move(all), tree_[node].kind == Kind::Array ? scattered(std::move(spread)) : spread);
        continue;
      }
      Part part = any_member;
      SyntaxIndex value = at;
      if (tree_[at].kind == Kind::Pair) {
        SyntaxIndex key = tree_.child(at, Field::Key);
        value = tree_.child(at, Field::Value);
        if (key != no_syntax && (tree_[key].kind == Kind::PropertyName || tree_[key].kind == Kind::String))
          part = changes_.member(text_of(key).trim("'\""));
      } else if (tree_[at].kind == Kind::ShorthandProperty) {
        part = changes_.member(text_of(at));
      }
      all = both(std::move(all), held(origins(value, depth), part));
    }
    return all;
  }

  /// What a function returns.
  Origins returned(SyntaxIndex function, unsigned depth) {
    SyntaxIndex body = tree_.child(function, Field::Body);
    if (body == no_syntax)
      return {};
    if (tree_[body].kind != Kind::StatementBlock)
      return origins(body, depth);
    Origins all;
    for (SyntaxIndex i = body, end = tree_[body].subtree_end; i < end; ++i) {
      if (is_function(tree_[i].kind))
        i = tree_[i].subtree_end - 1;
      else if (tree_[i].kind == Kind::ReturnStatement)
        all = both(std::move(all), origins(tree_.first_named_child(i), depth));
    }
    return all;
  }

  /// What a call is given, as far as nobody knows what becomes of it.
  Origins arguments_of(SyntaxIndex call, unsigned depth) {
    Origins all;
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      SyntaxIndex value = tree_[at].kind == Kind::TemplateSubstitution ? tree_.first_named_child(at) : at;
      all = both(std::move(all), unknown(origins(value, depth)));
    }
    return limited(std::move(all));
  }

  SyntaxIndex argument(SyntaxIndex call, unsigned index) const {
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at))
      if (!is_trivia(tree_[at].kind) && index-- == 0)
        return at;
    return no_syntax;
  }

  Origins origins_of_call(SyntaxIndex call, unsigned depth) {
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    if (callee == no_syntax)
      return {};
    if (std::string path = global_path(callee); !path.empty()) {
      if (path == "Object.assign")
        return both(origins(argument(call, 0), depth), scattered(arguments_of(call, depth)));
      if (path == "Object.freeze" || path == "Object.seal" || path == "Promise.resolve")
        return origins(argument(call, 0), depth);
      if (path == "Object.keys" || path == "structuredClone" || path == "JSON.parse" || path == "JSON.stringify")
        return {};
      if (path == "Array.from" && argument(call, 1) != no_syntax)
        return held(unknown(origins(argument(call, 1), depth)), any_member);
      FunctionEffect effect = function_effect(path);
      if (effect == FunctionEffect::None || effect == FunctionEffect::Calls || path == "Promise.all")
        return scattered(origins(argument(call, 0), depth));
    }
    if (tree_[callee].kind == Kind::MemberExpression) {
      SyntaxIndex property = tree_.child(callee, Field::Property);
      llvm::StringRef method = property == no_syntax ? llvm::StringRef() : text_of(property);
      MethodResult result = method_result(method);
      if (result == MethodResult::Nothing)
        return {};
      Origins object = origins(tree_.child(callee, Field::Object), depth);
      if (method == "reduce" || method == "reduceRight") {
        SyntaxIndex start = argument(call, 1), function = function_of(code_.unwrap(argument(call, 0)));
        Origins first = start == no_syntax ? member_of(object, "") : origins(start, depth);
        return both(std::move(first), function == no_syntax ? unknown(std::move(object)) : returned(function, depth));
      }
      switch (result) {
      case MethodResult::Copy:
        // Its arguments become elements: `concat`, `with`.
        return both(copied(std::move(object)), method == "filter" ? Origins{} : scattered(arguments_of(call, depth)));
      case MethodResult::Elements:
        return scattered(std::move(object));
      case MethodResult::Element:
        return member_of(std::move(object), "");
      case MethodResult::Mapped:
        return held(unknown(origins(argument(call, 0), depth)), any_member);
      case MethodResult::Same:
        return object;
      default:
        return both(unknown(std::move(object)), arguments_of(call, depth));
      }
    }
    return both(unknown(origins(callee, depth)), arguments_of(call, depth));
  }

  // Connecting names with where their values come from.

  void connect(Node node, const Origins &value) {
    if (node == no_node)
      return;
    for (const Common &it : value)
      if (it.other != node)
        changes_.connect(node, it);
  }

  /// What a declaration, a parameter or an assignment binds to a value. \p at is where, for changes.
  void bind(SyntaxIndex pattern, Origins value, SyntaxIndex at, unsigned depth = 0) {
    if (pattern == no_syntax)
      return;
    if (depth >= depth_limit) {
      changes_.give_up();
      return;
    }
    ++depth;
    switch (tree_[pattern].kind) {
    case Kind::Identifier:
    case Kind::ShorthandPropertyPattern: {
      bool is_reference = !code_.scopes.references_in(pattern).empty();
      connect(is_reference ? node_of(pattern) : node_of_declaration(pattern), value);
      break;
    }
    case Kind::ParenthesizedExpression:
    case Kind::NonNullExpression:
    case Kind::AsExpression:
    case Kind::SatisfiesExpression:
      bind(tree_.first_named_child(pattern), std::move(value), at, depth);
      break;
    case Kind::MemberExpression:
    case Kind::SubscriptExpression:
      change_members(tree_.child(pattern, Field::Object), at, value);
      break;
    case Kind::AssignmentPattern:
    case Kind::ObjectAssignmentPattern: {
      SyntaxIndex left = tree_.child(pattern, Field::Left);
      // `{ title = '' }` stands for the member of its own name.
      if (tree_[pattern].kind == Kind::ObjectAssignmentPattern && left != no_syntax)
        value = member_of(std::move(value), text_of(left));
      bind(left, both(std::move(value), origins(tree_.child(pattern, Field::Right))), at, depth);
      break;
    }
    case Kind::ObjectPattern:
    case Kind::ArrayPattern:
      for (SyntaxIndex i = tree_.first_child(pattern); i != no_syntax; i = tree_.next_sibling(i)) {
        if (is_trivia(tree_[i].kind))
          continue;
        if (tree_[i].kind == Kind::RestPattern) {
          bind(tree_.first_named_child(i), copied(value), at, depth);
        } else if (tree_[i].kind == Kind::PairPattern) {
          SyntaxIndex key = tree_.child(i, Field::Key);
          bool is_known = key != no_syntax && tree_[key].kind != Kind::ComputedPropertyName;
          bind(tree_.child(i, Field::Value), member_of(value, is_known ? text_of(key).trim("'\"") : ""), at, depth);
        } else if (tree_[i].kind == Kind::ObjectAssignmentPattern) {
          bind(i, value, at, depth);
        } else {
          bind(i, member_of(value, tree_[pattern].kind == Kind::ObjectPattern ? text_of(i) : ""), at, depth);
        }
      }
      break;
    default:
      break;
    }
  }

  static constexpr unsigned all_arguments = UINT_MAX;

  /// The parameters of \p function are bound to what \p values gives by position.
  template <typename Function> void bind_parameters(SyntaxIndex function, Function &&values) {
    if (SyntaxIndex parameter = tree_.child(function, Field::Parameter); parameter != no_syntax) {
      bind(parameter, values(0u), function);
      return;
    }
    SyntaxIndex list = tree_.child(function, Field::Parameters);
    unsigned index = 0;
    for (SyntaxIndex at = list == no_syntax ? no_syntax : tree_.first_child(list); at != no_syntax;
         at = tree_.next_sibling(at)) {
      if (tree_[at].kind != Kind::RequiredParameter && tree_[at].kind != Kind::OptionalParameter)
        continue;
      SyntaxIndex pattern = tree_.child(at, Field::Pattern);
      if (pattern == no_syntax || tree_[pattern].kind == Kind::This)
        continue;
      if (tree_[pattern].kind == Kind::RestPattern) {
        bind(tree_.first_named_child(pattern), held(values(all_arguments), any_member), function);
        break;
      }
      bind(pattern, values(index++), function);
    }
  }

  // Changes.

  /// The object that \p object evaluates to gets or loses a member, whose value is \p value.
  void change_members(SyntaxIndex object, SyntaxIndex at, const Origins &value) {
    object = code_.unwrap(object);
    if (object != no_syntax && tree_[object].kind == Kind::This) // out of sight
      for (const Common &it : value)
        change(it, at);
    for (const Common &target : origins(object)) {
      if (target.kind == Common::Unknown) {
        change(target, at);
      } else if (target.kind == Common::Part && target.own == whole) {
        if (is_own(object, at))
          changes_.raise(target.other, position(at));
        else
          changes_.note(target.other, target.theirs == whole ? ValueChanges::members : target.theirs, position(at),
                        ValueChanges::nobody);
        Part part = target.theirs == whole ? any_member : target.theirs;
        for (Common it : held(value, part))
          if (it.other != target.other)
            changes_.connect(target.other, it);
      }
    }
  }

  /// Whether \p object is a variable of the call that runs \p at, with an object that only it has: whoever gets the
  /// object later gets it as it is then.
  bool is_own(SyntaxIndex object, SyntaxIndex at) {
    if (object == no_syntax || tree_[object].kind != Kind::Identifier)
      return false;
    auto references = code_.scopes.references_in(object);
    if (references.size() != 1 || references[0].binding == no_binding || !own_objects_.holds_own(references[0].binding))
      return false;
    SyntaxIndex declared = code_.scopes.bindings()[references[0].binding].name_node;
    for (SyntaxIndex function = around_[at]; function != no_syntax; function = around_[function]) {
      if (declared >= function && declared < tree_[function].subtree_end)
        return true;
      if (runs_at_once(function) == no_syntax)
        return false;
    }
    return false;
  }

  /// Whoever gets the value may change all of it.
  void change(const Common &value, SyntaxIndex at) {
    if (value.kind == Common::Part && value.theirs != whole) {
      changes_.note(value.other, value.theirs, position(at), ValueChanges::nobody);
      return;
    }
    changes_.note(value.other, any_member, position(at), ValueChanges::nobody);
    if (value.kind == Common::Unknown || (value.kind == Common::Part && value.theirs == whole))
      changes_.note(value.other, ValueChanges::members, position(at), ValueChanges::nobody);
  }

  void look_at_reference(const Reference &reference) {
    llvm::StringRef name = text_of(reference.node);
    if (name.find('\\') != llvm::StringRef::npos || (name == "eval" && reference.binding == no_binding))
      changes_.give_up();
    if (!reference.writes)
      return;
    if (Node node = node_of(reference.node); node != no_node)
      changes_.rebind(node, position(reference.node));
  }

  void look_at_node(SyntaxIndex i) {
    switch (tree_[i].kind) {
    case Kind::VariableDeclarator: {
      SyntaxIndex name = tree_.child(i, Field::Name);
      find_second_declarations(name, i);
      if (SyntaxIndex value = tree_.child(i, Field::Value); value != no_syntax)
        bind(name, origins(value), i);
      break;
    }
    case Kind::FunctionDeclaration: {
      SyntaxIndex name = tree_.child(i, Field::Name);
      if (name == no_syntax)
        break;
      find_second_declarations(name, i);
      connect(node_of_declaration(name), unknown(returned(i, 0)));
      break;
    }
    case Kind::RequiredParameter:
    case Kind::OptionalParameter:
      bind(tree_.child(i, Field::Pattern), origins(tree_.child(i, Field::Value)), i);
      break;
    case Kind::FieldDefinition: // what becomes of an instance is not followed
      for (const Common &it : origins(tree_.child(i, Field::Value)))
        change(it, i);
      break;
    case Kind::ForInStatement:
      if (SyntaxIndex op = tree_.child(i, Field::Operator); op != no_syntax && text_of(op) == "of")
        bind(tree_.child(i, Field::Left), member_of(origins(tree_.child(i, Field::Right)), ""), i);
      break;
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment:
      bind(tree_.child(i, Field::Left), origins(tree_.child(i, Field::Right)), i);
      break;
    case Kind::UpdateExpression:
      bind(tree_.child(i, Field::Argument), {}, i);
      break;
    case Kind::UnaryExpression:
      if (text_of(tree_.child(i, Field::Operator)) == "delete")
        bind(tree_.child(i, Field::Argument), {}, i);
      break;
    case Kind::CallExpression:
      look_at_call(i);
      break;
    case Kind::NewExpression:
      if (is_discarded(i))
        for (const Common &it : arguments_of(i, 0))
          change(it, i);
      break;
    default:
      break;
    }
  }

  /// `var x = 1; var x = 2;`: the second declaration assigns what the first declares.
  void find_second_declarations(SyntaxIndex pattern, SyntaxIndex at) {
    if (pattern == no_syntax)
      return;
    for (SyntaxIndex i = pattern, end = tree_[pattern].subtree_end; i < end; ++i) {
      bool is_name = tree_[i].kind == Kind::Identifier || tree_[i].kind == Kind::ShorthandPropertyPattern;
      if (!is_name || !code_.scopes.references_in(i).empty() || binding_at(i) != no_binding)
        continue;
      if (Node node = node_of_declaration(i); node != no_node)
        changes_.rebind(node, position(at));
    }
  }

  void look_at_call(SyntaxIndex call) {
    SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
    if (callee == no_syntax)
      return;
    std::string path = global_path(callee);
    SyntaxIndex property =
        tree_[callee].kind == Kind::MemberExpression ? tree_.child(callee, Field::Property) : no_syntax;
    llvm::StringRef method = property == no_syntax || !path.empty() ? llvm::StringRef() : text_of(property);
    SyntaxIndex object = method.empty() ? no_syntax : tree_.child(callee, Field::Object);

    if (path == "Object.assign" || path == "Object.defineProperty" || path == "Object.defineProperties" ||
        path == "Object.setPrototypeOf" || llvm::StringRef(path).substr(0, 8) == "Reflect.")
      change_members(argument(call, 0), call, arguments_of(call, 0));
    else if (!method.empty() && is_changing_method(method))
      change_members(object, call, arguments_of(call, 0));

    SyntaxIndex function = function_of(callee);
    if (function != no_syntax)
      bind_arguments(function, call);
    bool hands_functions_on = bind_callbacks(call, object, method, path);

    if (!is_frontmatter_)
      look_at_frontmatter_functions(call, callee, object);

    if (!is_discarded(call))
      return;
    // A call whose result nobody uses is made for what it does, which cannot be seen from here.
    bool calls_known = calls_at_once(method) && (hands_functions_on || argument(call, 0) == no_syntax);
    bool is_known = function != no_syntax || llvm::StringRef(path).substr(0, 8) == "console." ||
                    path == "Object.freeze" || function_effect(path) != FunctionEffect::Unknown || calls_known ||
                    (is_changing_method(method) && !calls_at_once(method));
    if (is_known)
      return;
    for (const Common &it : arguments_of(call, 0))
      change(it, call);
    bool is_promise = method == "then" || method == "catch" || method == "finally";
    if (object != no_syntax && !is_promise && (calls_at_once(method) || method_effect(method) == MethodEffect::Unknown))
      for (const Common &it : unknown(origins(object)))
        change(it, call);
  }

  /// In the markup, functions of the frontmatter stand in another tree: whether they change what they are given is
  /// known already.
  void look_at_frontmatter_functions(SyntaxIndex call, SyntaxIndex callee, SyntaxIndex object) {
    auto is_changing = [&](SyntaxIndex name) {
      if (name == no_syntax || tree_[name].kind != Kind::Identifier)
        return false;
      Node node = node_of(name);
      return node < changes_.props_ && changes_.changes_parameters_[node];
    };
    bool found = is_changing(callee);
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at))
      found |= is_changing(at);
    if (!found)
      return;
    Origins given = arguments_of(call, 0);
    if (object != no_syntax)
      given = both(std::move(given), unknown(origins(object)));
    for (const Common &it : given)
      change(it, call);
  }

  /// The parameters of \p function get what \p call gives them.
  void bind_arguments(SyntaxIndex function, SyntaxIndex call) {
    llvm::SmallVector<SyntaxIndex, 8> given;
    bool is_spread = false; // so that nobody knows which is which
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      is_spread |= tree_[at].kind == Kind::SpreadElement;
      given.push_back(at);
    }
    bind_parameters(function, [&](unsigned index) {
      if (index == all_arguments || is_spread)
        return arguments_of(call, 0);
      return index < given.size() ? origins(given[index]) : Origins{};
    });
  }

  /// The parameters of functions that \p call hands on. Returns whether it does.
  bool bind_callbacks(SyntaxIndex call, SyntaxIndex object, llvm::StringRef method, llvm::StringRef path) {
    bool found = false;
    std::optional<Origins> anything; // that it may give to a function
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    for (SyntaxIndex at = arguments == no_syntax ? no_syntax : tree_.first_child(arguments); at != no_syntax;
         at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      SyntaxIndex function = function_of(code_.unwrap(at));
      if (function == no_syntax)
        continue;
      found = true;
      Origins given;
      if (calls_at_once(method)) {
        given = origins(object);
        if (method == "reduce" || method == "reduceRight") {
          bool has_start = argument(call, 1) != no_syntax;
          Origins sum = both(has_start ? origins(argument(call, 1)) : member_of(given, ""), returned(function, 0));
          bind_parameters(function, [&](unsigned index) {
            return index == all_arguments ? both(unknown(sum), unknown(given))
                   : index == 0           ? sum
                   : index == 3           ? given
                                          : member_of(given, "");
          });
        } else {
          bind_parameters(function, [&](unsigned index) {
            return index < 2 ? member_of(given, "") : index == all_arguments ? unknown(given) : given;
          });
        }
        continue;
      }
      if (path == "Array.from" || path == "Object.groupBy" || path == "Map.groupBy") {
        given = member_of(origins(argument(call, 0)), "");
      } else {
        if (!anything)
          anything = both(object == no_syntax ? Origins{} : unknown(origins(object)), arguments_of(call, 0));
        given = *anything;
      }
      bind_parameters(function, [&](unsigned) { return given; });
    }
    return found;
  }

  /// The function that \p node is, or that the name \p node stands for, or no_syntax.
  SyntaxIndex function_of(SyntaxIndex node) const {
    if (node == no_syntax)
      return no_syntax;
    if (tree_[node].kind == Kind::ArrowFunction || tree_[node].kind == Kind::FunctionExpression)
      return node;
    if (tree_[node].kind != Kind::Identifier)
      return no_syntax;
    auto references = code_.scopes.references_in(node);
    if (references.size() != 1 || references[0].binding == no_binding)
      return no_syntax;
    const Binding &binding = code_.scopes.bindings()[references[0].binding];
    SyntaxIndex function = binding.declaration;
    if (tree_[function].kind == Kind::VariableDeclarator)
      function = tree_.child(function, Field::Name) == binding.name_node
                     ? code_.unwrap(tree_.child(function, Field::Value))
                     : no_syntax;
    return function != no_syntax && opens_function(tree_[function].kind) ? function : no_syntax;
  }

  /// Whether nobody uses the value of \p call: a statement, also behind `await`, `void`, `a &&`, and what a function
  /// returns to somebody who does not look at it.
  bool is_discarded(SyntaxIndex call) const {
    SyntaxIndex child = call;
    for (unsigned depth = 0; depth < depth_limit; ++depth) {
      SyntaxIndex parent = code_.value_parent(child, &child);
      if (parent == no_syntax)
        return false;
      switch (tree_[parent].kind) {
      case Kind::ExpressionStatement: // an expression of the markup is used
        return is_frontmatter_ || tree_[parent].parent != tree_.root();
      case Kind::SequenceExpression:
        if (tree_.next_sibling(child) != no_syntax)
          return true;
        break;
      case Kind::AwaitExpression:
      case Kind::UnaryExpression:
        break;
      case Kind::BinaryExpression:
      case Kind::TernaryExpression:
        if (tree_[child].field == Field::Condition)
          return false;
        break;
      case Kind::ArrowFunction: {
        if (tree_[child].field != Field::Body)
          return false;
        SyntaxIndex argument = parent;
        SyntaxIndex arguments = code_.value_parent(parent, &argument);
        if (arguments == no_syntax || tree_[arguments].kind != Kind::Arguments)
          return false;
        SyntaxIndex outer = tree_[arguments].parent;
        SyntaxIndex callee = code_.unwrap(tree_.child(outer, Field::Function));
        if (callee != no_syntax && tree_[callee].kind == Kind::MemberExpression &&
            text_of(tree_.child(callee, Field::Property)) == "forEach")
          return true;
        parent = outer;
        break;
      }
      default:
        return false;
      }
      child = parent;
    }
    return true;
  }

  // When a function runs.

  /// Finds the end of the last statement in whose run each function of the frontmatter is called.
  void find_functions(llvm::ArrayRef<llvm::StringRef> markup) {
    std::vector<std::pair<SyntaxIndex, SyntaxIndex>> runs; // what runs when another function does
    auto run = [&](SyntaxIndex function, SyntaxIndex at) { // … when what stands at `at` is evaluated
      if (around_[at] == no_syntax)
        raise(function, end_of_statement(at));
      else
        runs.emplace_back(around_[at], function);
    };
    for (SyntaxIndex i = 0; i < tree_.size(); ++i) {
      if (!is_function(tree_[i].kind) || is_named(i))
        continue;
      SyntaxIndex call = runs_at_once(i);
      if (call == no_syntax)
        raise(i, ValueChanges::anywhere);
      else
        run(i, call);
    }
    find_functions_in(markup);
    for (const Reference &reference : code_.scopes.references()) {
      SyntaxIndex function =
          reference.binding == no_binding ? no_syntax : named_function(code_.scopes.bindings()[reference.binding]);
      if (function == no_syntax)
        continue;
      SyntaxIndex call = runs_at_once(reference.node, function);
      if (call == no_syntax)
        raise(function, ValueChanges::anywhere);
      else
        run(function, call);
    }
    // The latest first, so that each is final when it is passed on.
    std::sort(runs.begin(), runs.end());
    std::vector<SyntaxIndex> order;
    for (const auto &[function, end] : ends_)
      order.push_back(function);
    auto is_earlier = [&](SyntaxIndex a, SyntaxIndex b) {
      uint32_t x = ends_.lookup(a), y = ends_.lookup(b);
      return x != y ? x < y : a < b;
    };
    std::sort(order.begin(), order.end(), is_earlier);
    llvm::DenseSet<SyntaxIndex> done;
    while (!order.empty()) {
      SyntaxIndex function = order.back();
      order.pop_back();
      llvm::SmallVector<SyntaxIndex, 8> reached{function};
      uint32_t end = ends_.lookup(function);
      while (!reached.empty()) {
        SyntaxIndex at = reached.pop_back_val();
        if (!done.insert(at).second)
          continue;
        ends_[at] = end;
        for (auto it = std::lower_bound(runs.begin(), runs.end(), std::make_pair(at, SyntaxIndex(0)));
             it != runs.end() && it->first == at; ++it)
          reached.push_back(it->second);
      }
    }
  }

  void raise(SyntaxIndex function, uint32_t end) { ends_[function] = std::max(ends_.lookup(function), end); }

  /// Whether \p function is run by those who know its name only.
  bool is_named(SyntaxIndex function) const {
    if (tree_[function].kind == Kind::FunctionDeclaration)
      return tree_[tree_[function].parent].kind != Kind::ExportStatement;
    SyntaxIndex child = function;
    SyntaxIndex parent = code_.value_parent(function, &child);
    return parent != no_syntax && tree_[parent].kind == Kind::VariableDeclarator &&
           tree_[child].field == Field::Value && opens_function(tree_[function].kind) &&
           tree_[tree_.child(parent, Field::Name)].kind == Kind::Identifier &&
           tree_[tree_[tree_[parent].parent].parent].kind != Kind::ExportStatement;
  }

  /// The function that a binding is declared as.
  SyntaxIndex named_function(const Binding &binding) const {
    SyntaxIndex function = binding.declaration;
    if (tree_[function].kind == Kind::VariableDeclarator)
      function = tree_.child(function, Field::Name) == binding.name_node
                     ? code_.unwrap(tree_.child(function, Field::Value))
                     : no_syntax;
    return function != no_syntax && opens_function(tree_[function].kind) ? function : no_syntax;
  }

  /// The call in whose run the function \p value is called and returns, or no_syntax. \p function: of a name.
  SyntaxIndex runs_at_once(SyntaxIndex value, SyntaxIndex function = no_syntax) const {
    if (function == no_syntax)
      function = value;
    bool is_async = false;
    for (SyntaxIndex at = tree_.first_child(function); at != no_syntax; at = tree_.next_sibling(at))
      is_async |= tree_[at].kind == Kind::Token && (text_of(at) == "async" || text_of(at) == "*");
    SyntaxIndex child = value;
    SyntaxIndex parent = code_.value_parent(value, &child);
    if (parent == no_syntax)
      return no_syntax;
    SyntaxIndex call = no_syntax;
    if (tree_[parent].kind == Kind::CallExpression && tree_[child].field == Field::Function) {
      call = parent;
      if (is_async && !is_awaited(call))
        return no_syntax;
    } else if (tree_[parent].kind == Kind::Arguments) {
      call = tree_[parent].parent;
      SyntaxIndex callee = code_.unwrap(tree_.child(call, Field::Function));
      if (callee == no_syntax || tree_[callee].kind != Kind::MemberExpression)
        return no_syntax;
      std::string path = global_path(callee);
      llvm::StringRef method = text_of(tree_.child(callee, Field::Property));
      bool at_once = path.empty() ? calls_at_once(method) : function_effect(path) == FunctionEffect::Calls;
      if (!at_once && (method == "then" || method == "catch" || method == "finally"))
        return is_awaited(call) ? call : no_syntax;
      if (!at_once || (is_async && !is_awaited_together(call)))
        return no_syntax;
    }
    return call;
  }

  bool is_awaited(SyntaxIndex call) const {
    SyntaxIndex child = call;
    for (SyntaxIndex parent = code_.value_parent(call, &child); parent != no_syntax;
         parent = code_.value_parent(parent, &child)) {
      if (tree_[parent].kind == Kind::AwaitExpression)
        return true;
      // `f().then(…)`
      bool is_chain = (tree_[parent].kind == Kind::MemberExpression && tree_[child].field == Field::Object) ||
                      (tree_[parent].kind == Kind::CallExpression && tree_[child].field == Field::Function);
      if (!is_chain)
        return false;
    }
    return false;
  }

  /// `await Promise.all(list.map(async …))`
  bool is_awaited_together(SyntaxIndex call) const {
    SyntaxIndex arguments = code_.value_parent(call);
    if (arguments == no_syntax || tree_[arguments].kind != Kind::Arguments)
      return false;
    SyntaxIndex all = tree_[arguments].parent;
    std::string path = global_path(code_.unwrap(tree_.child(all, Field::Function)));
    return (path == "Promise.all" || path == "Promise.allSettled") && is_awaited(all);
  }

  /// Finds out which functions of the top scope the markup names.
  void find_functions_in(llvm::ArrayRef<llvm::StringRef> markup) {
    llvm::StringMap<SyntaxIndex> functions;
    std::bitset<256> first_characters; // most words of a markup are no names
    for (const Binding &binding : code_.scopes.bindings())
      if (SyntaxIndex function = named_function(binding); function != no_syntax && binding.scope == top_scope) {
        functions[binding.name] = function;
        first_characters.set(static_cast<uint8_t>(binding.name[0]));
      }
    for (llvm::StringRef text : markup)
      for (size_t begin = 0; begin < text.size() && !functions.empty(); ++begin) {
        if (!first_characters.test(static_cast<uint8_t>(text[begin])) || (begin > 0 && is_name_char(text[begin - 1])))
          continue;
        if (auto found = functions.find(text.substr(begin).take_while(is_name_char)); found != functions.end()) {
          raise(found->second, ValueChanges::anywhere);
          functions.erase(found);
        }
      }
  }

  /// The end of the top-level statement around \p node. What happens on the way out of the render is seen by nobody:
  /// `if (!user) { count(user); return }`.
  uint32_t end_of_statement(SyntaxIndex node) const {
    SyntaxIndex statement = code_.top_statement(node);
    if (tree_[statement].kind != Kind::IfStatement)
      return tree_[statement].span.end;
    SyntaxIndex body = tree_.child(statement, Field::Consequence), last = body;
    if (body == no_syntax || node < body || node >= tree_[body].subtree_end)
      return tree_[statement].span.end;
    if (tree_[body].kind == Kind::StatementBlock)
      for (SyntaxIndex at = tree_.first_child(body); at != no_syntax; at = tree_.next_sibling(at))
        if (!is_trivia(tree_[at].kind))
          last = at;
    return tree_[last].kind == Kind::ReturnStatement ? ValueChanges::never : tree_[statement].span.end;
  }

  /// Where something happens that stands at \p node.
  uint32_t position(SyntaxIndex node) const {
    if (!is_frontmatter_)
      return ValueChanges::anywhere;
    if (around_[node] == no_syntax)
      return end_of_statement(node);
    return ends_.lookup(around_[node]); // never, if nobody calls it
  }

  ValueChanges &changes_;
  const CodePlace &place_;
  const Code &code_;
  const SyntaxTree &tree_;
  OwnObjects own_objects_;
  bool is_frontmatter_;
  std::vector<SyntaxIndex> around_;            ///< by node: the innermost function around it
  llvm::DenseMap<SyntaxIndex, uint32_t> ends_; ///< of the last statement that runs a function
};

ValueChanges::ValueChanges(const Code &code, llvm::ArrayRef<llvm::StringRef> markup) : code_(code) {
  add_nodes(code.scopes.bindings().size());
  props_ = static_cast<Node>(common_.size());
  astro_ = props_ + 1;
  add_nodes(2);
  connect(astro_, {Common::Part, props_, member("props"), whole});
  CodePlace place{code, nullptr, 0, {}, 0};
  ChangeFinder(*this, place).run(markup);
  spread();
  newly_changed_.clear();

  // For calls in the markup.
  changes_parameters_.resize(props_);
  llvm::DenseMap<SyntaxIndex, bool> functions;
  for (BindingIndex i = 0; i < props_; ++i)
    if (code.scopes.bindings()[i].kind == BindingKind::Parameter && last_change_[i] != never)
      functions[code.scopes.scopes()[code.scopes.bindings()[i].scope].node] = true;
  for (BindingIndex i = 0; i < props_; ++i) {
    const Binding &binding = code.scopes.bindings()[i];
    SyntaxIndex function = binding.declaration;
    if (code.tree[function].kind == Kind::VariableDeclarator)
      function = code.unwrap(code.tree.child(function, Field::Value));
    changes_parameters_[i] = binding.scope == top_scope && function != no_syntax && functions.lookup(function);
    if (changes_parameters_[i])
      changing_functions_.insert(binding.name);
  }
}

void ValueChanges::look_at(CodePlace &place) {
  place.names = static_cast<uint32_t>(common_.size());
  add_nodes(place.code.scopes.bindings().size());
  ChangeFinder(*this, place).run({});
  spread();
}

bool ValueChanges::is_changed(const CodePlace &place, BindingIndex binding) const {
  return place.names != no_index && last_change_[place.names + binding] != never;
}

llvm::SmallVector<ValueChanges::Source, 4> ValueChanges::sources(const CodePlace &place, SyntaxIndex value) {
  return ChangeFinder(*this, place).sources(value);
}

ValueChanges::Groups ValueChanges::groups(llvm::ArrayRef<std::string> prop_names,
                                          llvm::ArrayRef<llvm::SmallVector<Source, 4>> sources) {
  auto nodes = static_cast<uint32_t>(common_.size()); // members of Astro.props are numbered behind them
  std::vector<Part> parts;
  for (const std::string &name : prop_names)
    parts.push_back(member(name));
  std::vector<uint32_t> group(nodes + member_names_.size() + 1);
  for (uint32_t i = 0; i < group.size(); ++i)
    group[i] = i;
  auto element = [&](Node node, Part part) {
    return node == props_ && part != any_member && part < members ? nodes + part : node;
  };
  auto find = [&](uint32_t at) {
    while (group[at] != at)
      at = group[at] = group[group[at]];
    return at;
  };
  for (Node node = 0; node < nodes; ++node)
    for (const Common &it : common_[node])
      group[find(element(node, it.kind == Common::Part ? it.own : whole))] =
          find(element(it.other, it.kind == Common::Part ? it.theirs : whole));

  Groups result;
  for (Node node = 0; node < props_; ++node)
    result.bindings.push_back(find(node));
  result.props = find(props_);
  result.astro = find(astro_);
  for (Part part : parts)
    result.prop_names.push_back(find(nodes + part));
  for (llvm::ArrayRef<Source> list : sources) {
    std::vector<uint32_t> &found = result.sources.emplace_back();
    for (const Source &source : list)
      found.push_back(find(element(source.node, source.part)));
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }
  return result;
}

bool ValueChanges::may_change(llvm::StringRef code) const {
  bool groups = false, lists = false; // `(f(x), y)`
  for (size_t i = 0; i < code.size(); ++i) {
    llvm::StringRef before = code.substr(0, i), rest = code.substr(i);
    if (is_name_char(code[i])) {
      llvm::StringRef word = rest.take_while(is_name_char);
      i += word.size() - 1;
      bool changes = llvm::StringSwitch<bool>(word)
                         .Cases("assign", "defineProperty", "defineProperties", "setPrototypeOf", "Reflect", true)
                         .Cases("delete", "eval", "for", "forEach", "function", "new", "void", true)
                         .Default(is_changing_method(word) || changing_functions_.contains(word));
      if (changes)
        return true;
      continue;
    }
    switch (code[i]) {
    case '\\':
      return true;
    case '+':
    case '-':
      if (rest.size() > 1 && rest[1] == code[i])
        return true;
      break;
    case '=':
      if (rest.size() > 1 && rest[1] == '>') { // a function with statements
        if (rest.drop_front(2).ltrim().substr(0, 1) == "{")
          return true;
        ++i;
      } else if (rest.size() > 1 && rest[1] == '=') {
        i += rest.size() > 2 && rest[2] == '=' ? 2 : 1;
      } else if (before.empty() || (before.back() != '!' && before.back() != '<' && before.back() != '>') ||
                 (before.size() > 1 && before[before.size() - 2] == before.back())) { // not `<=`, but `<<=`
        return true;
      }
      break;
    case '!':
      if (rest.substr(0, 3) == "!==")
        i += 2;
      break;
    case '(': {
      llvm::StringRef callee = before.rtrim();
      groups |= callee.empty() || (!is_name_char(callee.back()) && callee.back() != ')' && callee.back() != ']' &&
                                   callee.back() != '.' && callee.back() != '>');
      break;
    }
    case ',':
      lists = true;
      break;
    default:
      break;
    }
  }
  return groups && lists;
}

bool ValueChanges::is_member_changed(Node node, llvm::StringRef name) const {
  auto is_noted = [&](Part part) { return changes_.count(uint64_t(node) << 32 | part) != 0; };
  auto known = member_names_.find(name);
  return gave_up_ || is_noted(members) || is_noted(any_member) ||
         (known != member_names_.end() && is_noted(known->second));
}

void ValueChanges::add_nodes(size_t count) {
  common_.resize(common_.size() + count);
  last_change_.resize(common_.size(), gave_up_ ? anywhere : never);
  changed_members_.resize(common_.size());
}

void ValueChanges::connect(Node node, const Common &common) {
  common_[node].push_back(common);
  common_[common.other].push_back({common.kind, node, common.theirs, common.own});
}

/// The node of what \p part of \p node leads to, so that its own parts can be told apart; no_node if it is too far
/// away.
ValueChanges::Node ValueChanges::part_node(Node node, Part part) {
  constexpr uint8_t distance_limit = 3;
  uint8_t distance = distances_.lookup(node);
  if (distance >= distance_limit)
    return no_node;
  auto [found, is_new] = part_nodes_.try_emplace(uint64_t(node) << 32 | part, static_cast<Node>(common_.size()));
  if (is_new) {
    add_nodes(1);
    distances_[found->second] = distance + 1;
    connect(node, {Common::Part, found->second, part, whole});
  }
  return found->second;
}

ValueChanges::Part ValueChanges::member(llvm::StringRef name) {
  return member_names_.try_emplace(name, static_cast<Part>(member_names_.size() + 1)).first->second;
}

void ValueChanges::raise(Node node, uint32_t position) {
  if (last_change_[node] >= position)
    return;
  last_change_[node] = position;
  if (node <= props_)
    newly_changed_.push_back(node);
}

/// Code that nobody can follow changes everything.
void ValueChanges::give_up() {
  if (gave_up_)
    return;
  gave_up_ = true;
  for (Node node = 0; node < common_.size(); ++node)
    raise(node, anywhere);
}

void ValueChanges::rebind(Node node, uint32_t position) {
  rebound_.insert(node);
  raise(node, position);
}

void ValueChanges::note(Node node, Part part, uint32_t position, const Common &from) {
  if (position == never)
    return;
  uint64_t key = uint64_t(node) << 32 | part;
  auto [found, is_new] = changes_.try_emplace(key, Change{position, from});
  if (!is_new) {
    Change &known = found->second;
    if (known.position > position || (known.position == position && (known.from == nobody || known.from == from)))
      return;
    known = {position, known.position == position ? nobody : from};
  }
  raise(node, position);
  if (node == props_)
    newly_changed_.push_back(node); // another member perhaps
  pending_.emplace_back(position, key);
  std::push_heap(pending_.begin(), pending_.end());
  // Objects with very many members that change are not worth to be told apart.
  constexpr uint8_t member_limit = 16;
  if (is_new && part != members && part != any_member && ++changed_members_[node] >= member_limit) {
    changed_members_[node] = 0;
    note(node, any_member, position, nobody);
  }
}

/// Passes each change on to the neighbours.
void ValueChanges::spread() {
  while (!pending_.empty()) {
    std::pop_heap(pending_.begin(), pending_.end());
    auto [position, key] = pending_.back();
    pending_.pop_back();
    auto node = static_cast<Node>(key >> 32);
    auto part = static_cast<Part>(key);
    const Change change = changes_.lookup(key);
    if (change.position != position)
      continue; // changed later still, which was passed on
    for (size_t i = 0; i < common_[node].size(); ++i) {
      const Common common = common_[node][i];
      if (common == change.from)
        continue;
      const Common self = common.reversed(node);
      if (common.kind == Common::Unknown) {
        note(common.other, members, position, self);
        note(common.other, any_member, position, self);
      } else if (common.kind == Common::Copy) {
        if (part != members)
          note(common.other, part, position, self);
      } else if (common.own == whole) {
        note(common.other, common.theirs == whole ? part : common.theirs, position, self);
      } else if (part != members && (part == any_member || common.own == any_member || part == common.own)) {
        if (common.theirs == whole)
          note(common.other, members, position, self);
        note(common.other, common.theirs == whole ? any_member : common.theirs, position, self);
      }
    }
  }
}

} // namespace foreload::analyze
