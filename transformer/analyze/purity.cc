#include "analyze/purity.h"

#include "analyze/evaluation.h"
#include "analyze/language.h"
#include "analyze/own_objects.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/ADT/StringSwitch.h>

#include <algorithm>
#include <cctype>

namespace foreload::analyze {

using Kind = SyntaxKind;
using Field = SyntaxField;

std::string quoted(llvm::StringRef code) {
  constexpr size_t limit = 40;
  std::string line = "`";
  bool is_space = false;
  for (char c : code) {
    if (std::isspace(static_cast<unsigned char>(c))) {
      is_space = true;
      continue;
    }
    if (is_space && line.size() > 1)
      line += ' ';
    is_space = false;
    if (line.size() >= limit && (c & 0xC0) != 0x80) // not inside a character
      return line + "…`";
    line += c == '`' ? '\'' : c;
  }
  return line + "`";
}

namespace {

/// Deeper than any code that people write, and shallow enough for any stack.
constexpr unsigned depth_limit = 200;

/// Members of Astro that are the same for all components of a request, and that reading does not change.
bool is_shared_member(llvm::StringRef member) {
  return llvm::StringSwitch<bool>(member)
      .Cases("url", "params", "site", "generator", "clientAddress", true)
      .Cases("currentLocale", "preferredLocale", "preferredLocaleList", true)
      .Cases("originPathname", "routePattern", "isPrerendered", true)
      .Default(false);
}

/// The text of a string literal without escapes.
std::optional<llvm::StringRef> plain_string(const Code &code, SyntaxIndex node) {
  if (node == no_syntax || code.tree[node].kind != Kind::String)
    return std::nullopt;
  llvm::StringRef text = code.text_of(node);
  if (text.size() < 2 || text.find('\\') != llvm::StringRef::npos)
    return std::nullopt;
  return text.drop_front().drop_back();
}

/// Walks one piece of code in the order in which it is evaluated.
class Judge {
public:
  Judge(Purity &purity, const CodePlace &place, SyntaxIndex node, Span text)
      : purity_(purity), context_(purity.context()), place_(place), code_(place.code), tree_(code_.tree), node_(node),
        text_(text), own_objects_(code_) {
    out_.code.text = text;
  }

  Judgement run() && {
    if (is_pattern(node_))
      pattern(node_);
    else
      value(node_);
    auto &uses = out_.code.uses;
    std::stable_sort(uses.begin(), uses.end(),
                     [](const CodeUse &a, const CodeUse &b) { return a.span.begin < b.span.begin; });
    return std::move(out_);
  }

  Judgement run_awaited() && {
    data(node_, node_);
    return std::move(out_);
  }

private:
  /// What a name means.
  struct Meaning {
    enum Of : uint8_t { Inner, Unknown, Frontmatter, Global } of;
    BindingIndex binding = no_binding;
    const CodePlace *place = nullptr; ///< of an inner name: whose binding it is
  };

  llvm::StringRef text_of(SyntaxIndex node) const { return code_.text_of(node); }
  bool is_beyond(SyntaxIndex node) const { return tree_[node].span.begin >= text_.end; }
  static bool is_trivia(Kind kind) { return kind == Kind::Token || kind == Kind::Comment; }

  bool fail(SyntaxIndex at, std::string why) {
    out_.code.doubt = {Certainty::May, not_early_code, tree_[at].span, std::move(why)};
    return false;
  }

  void use(CodeUse::Of of, SyntaxIndex at, uint32_t index, bool called = false) {
    out_.code.uses.push_back(
        {of, tree_[at].span, index, tree_[at].kind == Kind::ShorthandProperty, called, dissolved_ > 0});
  }

  /// What is evaluated here makes an object that is equal to nothing but itself.
  void note_identity() {
    if (dissolved_ > 0)
      return;
    bool is_returned =
        std::any_of(functions_.begin(), functions_.end(), [](const Function &around) { return !around.runs_at_once; });
    (is_returned ? out_.code.call_makes_identity : out_.code.makes_identity) = true;
  }

  /// The same as value(), of which no part comes out of what is made of it.
  bool dissolve(SyntaxIndex node, bool is_dissolved = true) {
    dissolved_ += is_dissolved;
    bool pure = value(node);
    dissolved_ -= is_dissolved;
    return pure;
  }

  bool is_pattern(SyntaxIndex node) const {
    switch (tree_[node].kind) {
    case Kind::ObjectPattern:
    case Kind::ArrayPattern:
    case Kind::AssignmentPattern:
    case Kind::ObjectAssignmentPattern:
    case Kind::PairPattern:
    case Kind::RestPattern:
    case Kind::ShorthandPropertyPattern:
      return true;
    case Kind::Identifier: // a callback's only parameter
      return code_.scopes.references_in(node).empty();
    default:
      return false;
    }
  }

  Meaning meaning_of(SyntaxIndex name) const {
    auto references = code_.scopes.references_in(name);
    BindingIndex binding = references.size() == 1 ? references[0].binding : no_binding;
    llvm::StringRef text = text_of(name);
    for (const CodePlace *place = &place_;; place = place->outer) {
      bool is_frontmatter = &place->code == &context_.code;
      if (binding != no_binding) {
        if (is_frontmatter && place->code.scopes.bindings()[binding].scope == top_scope)
          return {Meaning::Frontmatter, binding, nullptr};
        Meaning inner{Meaning::Inner, binding, place};
        if (place->unknown.count(binding) && !is_declared_here(inner))
          inner.of = Meaning::Unknown;
        return inner;
      }
      if (!place->outer) {
        if (!is_frontmatter)
          binding = context_.code.scopes.lookup(text, top_scope);
        return {binding == no_binding ? Meaning::Global : Meaning::Frontmatter, binding, nullptr};
      }
      const ScopeTree &scopes = place->outer->code.scopes;
      binding = scopes.lookup(text, scopes.scope_at(place->at));
    }
  }

  /// Whether a name is bound by the judged code itself.
  bool is_declared_here(const Meaning &meaning) const {
    if (meaning.place != &place_)
      return false;
    SyntaxIndex name = code_.scopes.bindings()[meaning.binding].name_node;
    return name >= node_ && name < tree_[node_].subtree_end;
  }

  bool is_global(SyntaxIndex node, llvm::StringRef name) const {
    return node != no_syntax && tree_[node].kind == Kind::Identifier && text_of(node) == name &&
           meaning_of(node).of == Meaning::Global;
  }

  /// The name of a global, or of a member of one: `Math.max`. Empty if it is none.
  std::string global_path(SyntaxIndex node) const {
    if (node == no_syntax)
      return "";
    if (tree_[node].kind == Kind::Identifier)
      return meaning_of(node).of == Meaning::Global ? text_of(node).str() : "";
    if (tree_[node].kind != Kind::MemberExpression)
      return "";
    SyntaxIndex object = code_.unwrap(tree_.child(node, Field::Object));
    SyntaxIndex property = tree_.child(node, Field::Property);
    if (object == no_syntax || property == no_syntax || tree_[object].kind != Kind::Identifier ||
        meaning_of(object).of != Meaning::Global)
      return "";
    return text_of(object).str() + "." + text_of(property).str();
  }

  /// The member of Astro that \p node reads, or empty.
  llvm::StringRef astro_member(SyntaxIndex node) const {
    if (node == no_syntax || tree_[node].kind != Kind::MemberExpression ||
        !is_global(code_.unwrap(tree_.child(node, Field::Object)), "Astro"))
      return {};
    SyntaxIndex property = tree_.child(node, Field::Property);
    return property == no_syntax ? llvm::StringRef() : text_of(property);
  }

  /// `Astro.props`, or a name that the frontmatter gave to it.
  bool is_props(SyntaxIndex node) const {
    if (node == no_syntax)
      return false;
    if (tree_[node].kind == Kind::Identifier) {
      Meaning meaning = meaning_of(node);
      return meaning.of == Meaning::Frontmatter && purity_.name(meaning.binding).is_props;
    }
    return astro_member(node) == "props";
  }

  bool props(SyntaxIndex node, uint32_t index) {
    const ValueChanges &changes = purity_.changes();
    if (index == no_index ? changes.are_props_changed() : changes.is_prop_changed(context_.facts.prop_names[index]))
      return fail(node, "reads props that are changed here");
    use(CodeUse::Of::Props, node, index);
    return true;
  }

  /// \p member is `Astro.url` or the like.
  bool astro(SyntaxIndex member) {
    if (purity_.changes().is_astro_changed(text_of(tree_.child(member, Field::Property))))
      return fail(member, "reads " + quoted(text_of(member)) + ", which is changed here");
    use(CodeUse::Of::Astro, code_.unwrap(tree_.child(member, Field::Object)), no_index);
    return true;
  }

  /// \p member is `Astro.locals` or `Astro.cookies`, or another name of them.
  bool read_state(SyntaxIndex member) {
    out_.code.reads_state = true;
    // The copy runs behind all statements that change it.
    uint32_t last = &code_ == &context_.code ? purity_.last_state_change() : 0;
    if (last > tree_[member].span.begin || (last > 0 && !functions_.empty()))
      return fail(member, "reads " + quoted(text_of(member)) + ", which is changed here");
    return true;
  }

  bool astro_state(SyntaxIndex member) {
    use(CodeUse::Of::Astro, code_.unwrap(tree_.child(member, Field::Object)), no_index);
    return read_state(member);
  }

  bool value(SyntaxIndex node) {
    if (node == no_syntax || is_beyond(node))
      return true;
    if (depth_ >= depth_limit)
      return fail(node, "is nested too deep to tell");
    ++depth_;
    auto leave = llvm::make_scope_exit([&] { --depth_; });
    switch (tree_[node].kind) {
    case Kind::ParenthesizedExpression:
    case Kind::AsExpression:
    case Kind::SatisfiesExpression:
    case Kind::NonNullExpression:
    case Kind::InstantiationExpression:
    case Kind::SpreadElement:
    case Kind::ComputedPropertyName:
    case Kind::TemplateSubstitution:
      return value(tree_.first_named_child(node));
    case Kind::Number: {
      // Markup in an expression stands as a number in its code.
      char first = text_of(node).empty() ? '<' : text_of(node)[0];
      return std::isdigit(static_cast<unsigned char>(first)) || first == '.' || fail(node, "is markup");
    }
    case Kind::String:
    case Kind::StringFragment:
    case Kind::True:
    case Kind::False:
    case Kind::Null:
    case Kind::Undefined:
      return true;
    case Kind::Regex:
      note_identity();
      return true;
    case Kind::TemplateString: {
      ++dissolved_;
      bool pure = children(node);
      --dissolved_;
      return pure;
    }
    case Kind::Array:
      if (has_hole(node)) // no list like any other
        note_identity();
      return children(node);
    case Kind::SequenceExpression:
      return children(node);
    case Kind::Object:
      return object(node);
    case Kind::Identifier:
    case Kind::ShorthandProperty:
      return name(node);
    case Kind::MemberExpression:
      return member(node);
    case Kind::SubscriptExpression:
      return subscript(node);
    case Kind::CallExpression:
      return call(node);
    case Kind::NewExpression:
      return construct(node);
    case Kind::BinaryExpression:
      return binary(node);
    case Kind::UnaryExpression:
      if (text_of(tree_.child(node, Field::Operator)) == "delete")
        return change(node, tree_.child(node, Field::Argument));
      return dissolve(tree_.child(node, Field::Argument));
    case Kind::TernaryExpression: {
      if (!dissolve(tree_.child(node, Field::Condition)))
        return false;
      ++conditional_;
      bool pure = value(tree_.child(node, Field::Consequence)) && value(tree_.child(node, Field::Alternative));
      --conditional_;
      return pure;
    }
    case Kind::ArrowFunction:
    case Kind::FunctionExpression:
    case Kind::FunctionDeclaration:
      return function(node);
    case Kind::AwaitExpression:
      return await(node);
    case Kind::VariableDeclarator:
      return declarator(node);
    case Kind::FormalParameters:
      return parameters(node);
    case Kind::AssignmentExpression:
    case Kind::AugmentedAssignment: {
      if (!change(node, tree_.child(node, Field::Left)))
        return false;
      ++conditional_; // `a ??= b`
      bool pure = value(tree_.child(node, Field::Right));
      --conditional_;
      return pure;
    }
    case Kind::UpdateExpression:
      return change(node, tree_.child(node, Field::Argument));
    case Kind::This:
    case Kind::Super:
    case Kind::MetaProperty:
      return fail(node, "uses " + quoted(text_of(node)));
    case Kind::Class:
      return fail(node, "makes a class");
    case Kind::GeneratorFunction:
    case Kind::YieldExpression:
      return fail(node, "is a generator");
    default:
      return fail(node, "is nothing that can be judged: " + quoted(text_of(node)));
    }
  }

  /// A function may change what it has made itself: nobody else sees that.
  bool change(SyntaxIndex node, SyntaxIndex target) {
    target = code_.unwrap(target);
    if (target != no_syntax) {
      if (tree_[target].kind == Kind::Identifier && is_own_variable(target))
        return true;
      SyntaxIndex object = code_.unwrap(tree_.child(target, Field::Object));
      if (tree_[target].kind == Kind::MemberExpression && is_own_object(object))
        return true;
      if (tree_[target].kind == Kind::SubscriptExpression && is_own_object(object))
        return value(tree_.child(target, Field::Index));
    }
    return fail(node, "changes " + quoted(target == no_syntax ? text_of(node) : text_of(target)));
  }

  /// Whether \p name is a variable of a call that is still running: of the innermost function, or of one around that
  /// runs it at once.
  bool is_own_variable(SyntaxIndex name) const {
    Meaning meaning = meaning_of(name);
    if (meaning.of != Meaning::Inner || !is_declared_here(meaning))
      return false;
    SyntaxIndex declared = code_.scopes.bindings()[meaning.binding].name_node;
    for (size_t i = functions_.size(); i-- > 0;) {
      if (declared >= functions_[i].node && declared < tree_[functions_[i].node].subtree_end)
        return true;
      if (!functions_[i].runs_at_once)
        return false;
    }
    return false;
  }

  /// Whether \p name is such a variable that always holds an object that only it has.
  bool is_own_object(SyntaxIndex name) {
    return name != no_syntax && tree_[name].kind == Kind::Identifier && is_own_variable(name) &&
           own_objects_.holds_own(meaning_of(name).binding);
  }

  bool declarator(SyntaxIndex node) {
    SyntaxIndex name = tree_.child(node, Field::Name);
    SyntaxIndex initializer = tree_.child(node, Field::Value);
    SyntaxIndex whole = code_.unwrap(initializer);
    if (name == no_syntax || whole == no_syntax)
      return name == no_syntax || pattern(name);
    // Other names for parts of Astro: `const { url, locals } = Astro`, `const { user } = Astro.locals`.
    if (is_global(whole, "Astro")) {
      if (!takes_shared_members(name))
        return fail(whole, "hands on `Astro`");
      use(CodeUse::Of::Astro, whole, no_index);
      return pattern(name);
    }
    llvm::StringRef shared = astro_member(whole);
    bool is_state = shared == "locals" || shared == "cookies";
    if (tree_[name].kind == Kind::Identifier && (is_state || shared == "request")) {
      out_.code.reads_state |= is_state;
      use(CodeUse::Of::Astro, code_.unwrap(tree_.child(whole, Field::Object)), no_index);
      return true;
    }
    if (shared == "locals")
      return astro_state(whole) && pattern(name);
    dissolved_ += shared == "url"; // it is everybody's
    bool pure = pattern(name);
    dissolved_ -= shared == "url";
    return pure && value(initializer);
  }

  /// Whether a pattern on Astro takes only what all components of a request share.
  bool takes_shared_members(SyntaxIndex node) {
    if (tree_[node].kind != Kind::ObjectPattern)
      return false;
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      SyntaxIndex key = tree_[at].kind == Kind::PairPattern ? tree_.child(at, Field::Key) : at;
      if (key == no_syntax || (tree_[at].kind != Kind::PairPattern && tree_[at].kind != Kind::ShorthandPropertyPattern))
        return false;
      llvm::StringRef member = text_of(key).trim("'\"");
      bool is_state = member == "locals" || member == "cookies";
      if (!is_state && member != "request" && member != "redirect" && member != "rewrite" && !is_shared_member(member))
        return false;
      if (purity_.changes().is_astro_changed(member) && !is_state)
        return false;
      SyntaxIndex bound = tree_[at].kind == Kind::PairPattern ? tree_.child(at, Field::Value) : at;
      if (tree_[bound].kind != Kind::Identifier && bound != at && (is_state || member == "request"))
        return false; // reads it
      out_.code.reads_state |= is_state;
    }
    return true;
  }

  bool children(SyntaxIndex node) {
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
      if (!is_trivia(tree_[at].kind) && tree_[at].kind != Kind::StringFragment && !value(at))
        return false;
    return true;
  }

  bool has_hole(SyntaxIndex array) const {
    bool was_item = false;
    for (SyntaxIndex at = tree_.first_child(array); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind == Kind::Token && text_of(at) == ",") {
        if (!was_item)
          return true;
        was_item = false;
      } else if (!is_trivia(tree_[at].kind)) {
        was_item = true;
      }
    }
    return false;
  }

  bool object(SyntaxIndex node) {
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      if (tree_[at].kind == Kind::Pair) {
        if (!key(tree_.child(at, Field::Key)) || !value(tree_.child(at, Field::Value)))
          return false;
      } else if (tree_[at].kind == Kind::MethodDefinition) {
        SyntaxIndex first = tree_.first_child(at);
        if (tree_[first].kind == Kind::Token)
          return fail(at, "makes a method that is more than a function"); // get, set, async, *
        if (!key(tree_.child(at, Field::Name)) || !function(at))
          return false;
      } else if (!value(at)) {
        return false;
      }
    }
    return true;
  }

  bool key(SyntaxIndex node) {
    if (node == no_syntax)
      return true;
    bool is_computed = tree_[node].kind == Kind::ComputedPropertyName;
    if (is_computed ? text_of(node).find("Symbol") != llvm::StringRef::npos : text_of(node).trim("'\"") == "__proto__")
      note_identity(); // no object like any other
    return !is_computed || dissolve(node);
  }

  bool name(SyntaxIndex node) {
    Meaning meaning = meaning_of(node);
    switch (meaning.of) {
    case Meaning::Inner:
      if (!is_declared_here(meaning) && purity_.changes().is_changed(*meaning.place, meaning.binding))
        return fail(node, "reads the variable " + quoted(text_of(node)) + ", which changes");
      return true;
    case Meaning::Unknown:
      return fail(node, "uses " + quoted(text_of(node)) + ", which is known only where it stands");
    case Meaning::Frontmatter:
      return frontmatter_name(node, meaning.binding);
    case Meaning::Global:
      if (is_language_constant(text_of(node)))
        return true;
      return fail(node, text_of(node) == "Astro"       ? "hands on `Astro`"
                        : text_of(node) == "arguments" ? "uses `arguments`"
                                                       : "reads the global " + quoted(text_of(node)));
    }
    return false;
  }

  bool frontmatter_name(SyntaxIndex node, BindingIndex binding, bool called = false) {
    const FrontmatterName &known = purity_.name(binding);
    if (known.import != no_index) {
      if (context_.is_runtime_import(known.import))
        return fail(node, "uses " + quoted(text_of(node)) + " in a way of its own");
      if (purity_.changes().last_change(binding) != ValueChanges::never)
        return fail(node, "reads " + quoted(text_of(node)) + ", which is changed here");
      use(CodeUse::Of::Import, node, known.import, called);
      return true;
    }
    if (known.value == no_index) // `import x = require()`
      return fail(node, "reads " + quoted(text_of(node)) + ", which only its own module can");
    const Binding &declared = context_.code.scopes.bindings()[binding];
    if (&code_ == &context_.code && functions_.empty() && declared.kind != BindingKind::Function &&
        !is_behind_declaration(node, declared))
      return fail(node, "uses " + quoted(text_of(node)) + " above its declaration");
    if (known.initializer != no_syntax && makes_iterator(context_.code, known.initializer))
      return fail(node, "reads " + quoted(text_of(node)) + ", an iterator, which can be read only once");
    if ((known.is_locals || known.is_cookies) && !read_state(node))
      return false;
    if (known.is_props)
      return props(node, no_index);
    use(CodeUse::Of::Value, node, known.value, called && known.is_function);
    return true;
  }

  /// Whether \p declared has its value where \p node stands.
  bool is_behind_declaration(SyntaxIndex node, const Binding &declared) const {
    if (node >= tree_[declared.declaration].subtree_end)
      return true;
    // `{ id, title = id }`
    SyntaxIndex pattern = tree_.child(declared.declaration, Field::Name);
    return pattern != no_syntax && node > declared.name_node && node < tree_[pattern].subtree_end;
  }

  bool member(SyntaxIndex node) {
    SyntaxIndex object = code_.unwrap(tree_.child(node, Field::Object));
    SyntaxIndex property = tree_.child(node, Field::Property);
    if (object == no_syntax || property == no_syntax || tree_[property].kind != Kind::PropertyName)
      return fail(node, "uses " + quoted(text_of(node)));
    llvm::StringRef name = text_of(property);
    if (is_props(object))
      return props(object, purity_.prop(name));
    if (tree_[object].kind == Kind::MetaProperty)
      return (text_of(object) == "import.meta" && name == "env") || fail(node, "uses " + quoted(text_of(node)));
    if (llvm::StringRef shared = astro_member(object); !shared.empty()) {
      if (shared == "locals")
        return astro_state(object);
      if (shared == "request" && (name == "url" || name == "method" || name == "headers"))
        return astro(object);
      // Everything else is as pure as the member itself.
    }
    if (llvm::StringRef shared = astro_member(node); !shared.empty()) {
      if (shared == "props")
        return props(node, no_index);
      if (is_shared_member(shared))
        return astro(node);
      return fail(node, "uses " + quoted(text_of(node)) + ", which may do anything");
    }
    if (std::string path = global_path(node); !path.empty())
      return is_language_constant(path) || fail(node, "reads the global " + quoted(path));
    if (name == "searchParams" && astro_member(object) != "url")
      note_identity(); // of a copy of a URL
    return dissolve(object, name == "length" || name == "size" || (name == "value" && is_cookie(object)));
  }

  bool subscript(SyntaxIndex node) {
    SyntaxIndex object = code_.unwrap(tree_.child(node, Field::Object));
    SyntaxIndex index = tree_.child(node, Field::Index);
    if (is_props(object))
      if (auto name = plain_string(code_, code_.unwrap(index)))
        return props(object, purity_.prop(*name));
    if (llvm::StringRef shared = astro_member(object); shared == "locals") {
      if (!astro_state(object))
        return false;
    } else if (!value(object)) {
      return false;
    }
    bool is_optional = has_chain(node);
    conditional_ += is_optional;
    bool pure = dissolve(index);
    conditional_ -= is_optional;
    return pure;
  }

  bool has_chain(SyntaxIndex node) const {
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind == Kind::OptionalChain || (tree_[at].kind == Kind::Token && text_of(at) == "?."))
        return true;
    }
    return false;
  }

  bool binary(SyntaxIndex node) {
    // `a + b + c` nests to the left, as deep as it is long.
    llvm::SmallVector<SyntaxIndex, 8> spine;
    while (node != no_syntax && tree_[node].kind == Kind::BinaryExpression) {
      spine.push_back(node);
      node = tree_.child(node, Field::Left);
    }
    auto is_logical = [&](SyntaxIndex at) {
      llvm::StringRef op = text_of(tree_.child(at, Field::Operator));
      return op == "&&" || op == "||" || op == "??";
    };
    if (node != no_syntax && !dissolve(node, !is_logical(spine.back())))
      return false;
    while (!spine.empty()) {
      SyntaxIndex at = spine.pop_back_val();
      llvm::StringRef op = text_of(tree_.child(at, Field::Operator));
      SyntaxIndex right = tree_.child(at, Field::Right);
      if (op == "instanceof" && is_plain_constructor(global_path(code_.unwrap(right))))
        continue;
      bool is_conditional = is_logical(at);
      conditional_ += is_conditional;
      bool pure = dissolve(right, !is_conditional);
      conditional_ -= is_conditional;
      if (!pure)
        return false;
    }
    return true;
  }

  bool await(SyntaxIndex node) {
    const std::vector<ImplicitLoader> &loaders = context_.facts.implicit_loaders;
    for (uint32_t i = 0; i < loaders.size() && &code_ == &context_.code; ++i)
      if (tree_[node].span.contains(loaders[i].expression) && code_.top_statement(node) != no_syntax &&
          tree_[tree_.first_named_child(node)].span == loaders[i].expression && functions_.empty() &&
          conditional_ == 0) {
        use(CodeUse::Of::Await, node, i);
        return true;
      }
    return data(tree_.first_named_child(node), node);
  }

  /// \p node is the data that \p awaited gives.
  bool data(SyntaxIndex awaited, SyntaxIndex node) {
    SyntaxIndex call = context_.data_call(code_, promise_of(code_.unwrap(awaited)));
    if (call == no_syntax || !context_.facts.loader)
      return fail(node, "awaits something else");
    SyntaxIndex arguments = tree_.child(call, Field::Arguments);
    if (arguments == no_syntax || tree_[arguments].kind != Kind::Arguments ||
        tree_.first_named_child(arguments) != no_syntax || !context_.is_loader_visible(code_, call) ||
        is_runtime_name_bound_around())
      return fail(node, "asks for data in a way of its own");
    if (!functions_.empty() || conditional_ > 0 || is_in_function())
      return fail(node, "asks for data on a condition only");
    use(CodeUse::Of::Data, node, no_index);
    return true;
  }

  /// What the frontmatter's constant \p awaited was given: `const promise = getLoaderData();`. Else \p awaited itself.
  SyntaxIndex promise_of(SyntaxIndex awaited) const {
    if (awaited == no_syntax || tree_[awaited].kind != Kind::Identifier || &code_ != &context_.code)
      return awaited;
    auto references = code_.scopes.references_in(awaited);
    if (references.size() != 1 || references[0].binding == no_binding)
      return awaited;
    const Binding &constant = code_.scopes.bindings()[references[0].binding];
    bool is_plain = constant.kind == BindingKind::Const && constant.scope == top_scope &&
                    tree_[constant.declaration].kind == Kind::VariableDeclarator &&
                    tree_.child(constant.declaration, Field::Name) == constant.name_node;
    SyntaxIndex value = is_plain ? tree_.child(constant.declaration, Field::Value) : no_syntax;
    return value == no_syntax ? awaited : code_.unwrap(value);
  }

  /// Whether the judged code stands in a function.
  bool is_in_function() const {
    if (code_.enclosing_function(node_) != no_syntax)
      return true;
    for (const CodePlace *place = &place_; place->outer; place = place->outer) {
      const ScopeTree &scopes = place->outer->code.scopes;
      for (ScopeIndex at = scopes.scope_at(place->at); at != top_scope; at = scopes.scopes()[at].parent)
        if (scopes.scopes()[at].holds_var)
          return true;
    }
    return false;
  }

  /// `{list.map((getLoaderData) => <p>{await getLoaderData()}</p>)}`
  bool is_runtime_name_bound_around() const {
    for (const CodePlace *place = place_.outer; place; place = place->outer)
      for (const Binding &binding : place->code.scopes.bindings())
        if (uint32_t import = context_.import_of(context_.code.scopes.lookup(binding.name, top_scope));
            context_.is_runtime_import(import))
          return true;
    return false;
  }

  /// Whether the call at \p node is marked by a comment in front of it: `/* @__PURE__ */ f()`.
  bool is_marked(SyntaxIndex node) const {
    llvm::StringRef before = code_.text.substr(0, tree_[node].span.begin).rtrim();
    if (before.size() < 4 || before.substr(before.size() - 2) != "*/")
      return false;
    before = before.drop_back(2).rtrim();
    constexpr size_t length = 9; // of the word
    if (before.size() < length)
      return false;
    llvm::StringRef word = before.substr(before.size() - length), head = before.drop_back(length).rtrim();
    return (word == "@__PURE__" || word == "#__PURE__") && head.size() >= 2 && head.substr(head.size() - 2) == "/*";
  }

  bool fail_call(SyntaxIndex callee) {
    return fail(callee, "calls " + quoted(text_of(callee).str() + "()") + ", which may do anything");
  }

  bool call(SyntaxIndex node) {
    SyntaxIndex callee = code_.unwrap(tree_.child(node, Field::Function));
    SyntaxIndex arguments = tree_.child(node, Field::Arguments);
    if (callee == no_syntax || arguments == no_syntax)
      return fail(node, "is nothing that can be judged: " + quoted(text_of(node)));
    if (tree_[callee].kind == Kind::Import)
      return fail(node, "imports a module when it runs");
    bool is_optional = has_chain(node) || (tree_[callee].kind == Kind::MemberExpression && has_chain(callee));
    conditional_ += is_optional;
    auto leave = llvm::make_scope_exit([&] { conditional_ -= is_optional; });
    if (tree_[arguments].kind == Kind::TemplateString) {
      if (global_path(callee) != "String.raw")
        return fail_call(callee);
      return value(arguments);
    }
    if (is_marked(node)) {
      note_identity();
      return marked_callee(callee) && pass(arguments, PassesFunctions::No);
    }
    if (tree_[callee].kind == Kind::Identifier)
      return call_name(callee, arguments);
    if (tree_[callee].kind == Kind::MemberExpression)
      return call_method(node, callee, arguments);
    if (tree_[callee].kind == Kind::ArrowFunction || tree_[callee].kind == Kind::FunctionExpression)
      return function(callee, true) && pass(arguments, PassesFunctions::No);
    return fail_call(callee);
  }

  bool marked_callee(SyntaxIndex callee) {
    SyntaxIndex root = callee;
    while (root != no_syntax && tree_[root].kind == Kind::MemberExpression)
      root = code_.unwrap(tree_.child(root, Field::Object));
    if (root != no_syntax && tree_[root].kind == Kind::Identifier)
      if (Meaning meaning = meaning_of(root); meaning.of == Meaning::Frontmatter && !is_props(root))
        return frontmatter_name(root, meaning.binding, true);
    return value(callee);
  }

  enum class PassesFunctions : bool { No, Yes };

  /// The arguments of a call. If it calls the functions that it is given, these have to be known.
  bool pass(SyntaxIndex arguments, PassesFunctions functions) {
    bool is_first = true;
    for (SyntaxIndex at = tree_.first_child(arguments); at != no_syntax; at = tree_.next_sibling(at)) {
      if (is_trivia(tree_[at].kind))
        continue;
      if (is_beyond(at))
        return true;
      bool may_be_called = functions == PassesFunctions::Yes && is_first;
      is_first = false;
      if (!(may_be_called ? callable(at) : value(at)))
        return false;
    }
    return true;
  }

  /// A function that is passed to somebody who calls it.
  bool callable(SyntaxIndex node) {
    node = code_.unwrap(node);
    switch (tree_[node].kind) {
    case Kind::ArrowFunction:
    case Kind::FunctionExpression:
      return function(node, true);
    case Kind::Identifier: {
      Meaning meaning = meaning_of(node);
      if (meaning.of == Meaning::Frontmatter && call_value(node, meaning.binding))
        return true;
      if (meaning.of == Meaning::Inner && is_function_binding(meaning))
        return true;
      [[fallthrough]];
    }
    case Kind::MemberExpression:
      if (std::string path = global_path(node); !path.empty() && function_effect(path) == FunctionEffect::None)
        return true;
      [[fallthrough]];
    default:
      return out_.code.doubt.certainty == Certainty::Must ? fail_call(node) : false;
    }
  }

  /// Whether \p binding of the frontmatter is a function of it; who calls it must be judged with it.
  bool call_value(SyntaxIndex node, BindingIndex binding) {
    const FrontmatterName &known = purity_.name(binding);
    if (known.value == no_index || !known.is_function)
      return false;
    out_.called.push_back(known.value);
    return frontmatter_name(node, binding, true);
  }

  /// An inner name that always stands for a function, whose code is judged where it stands.
  bool is_function_binding(const Meaning &meaning) const {
    const Code &code = meaning.place->code;
    const Binding &binding = code.scopes.bindings()[meaning.binding];
    if (!is_declared_here(meaning) && purity_.changes().is_changed(*meaning.place, meaning.binding))
      return false;
    if (binding.kind == BindingKind::Function) // elsewhere it is no part of what is copied
      return is_declared_here(meaning);
    if (binding.kind != BindingKind::Const || code.tree[binding.declaration].kind != Kind::VariableDeclarator ||
        code.tree.child(binding.declaration, Field::Name) != binding.name_node)
      return false;
    SyntaxIndex value = code.unwrap(code.tree.child(binding.declaration, Field::Value));
    return value != no_syntax && is_function(code.tree[value].kind);
  }

  bool call_name(SyntaxIndex callee, SyntaxIndex arguments) {
    Meaning meaning = meaning_of(callee);
    switch (meaning.of) {
    case Meaning::Frontmatter:
      if (call_value(callee, meaning.binding))
        return pass(arguments, PassesFunctions::No);
      break;
    case Meaning::Inner:
      if (is_function_binding(meaning))
        return pass(arguments, PassesFunctions::No);
      break;
    case Meaning::Unknown:
      break;
    case Meaning::Global:
      return call_global(callee, text_of(callee), arguments);
    }
    return out_.code.doubt.certainty == Certainty::Must ? fail_call(callee) : false;
  }

  bool call_global(SyntaxIndex callee, llvm::StringRef path, SyntaxIndex arguments) {
    bool is_dissolved = function_gives_primitives(path);
    if (!is_dissolved && function_makes_identity(path))
      note_identity();
    dissolved_ += is_dissolved;
    auto leave = llvm::make_scope_exit([&] { dissolved_ -= is_dissolved; });
    switch (function_effect(path)) {
    case FunctionEffect::None:
      return pass(arguments, PassesFunctions::No);
    case FunctionEffect::Calls: { // the function comes second
      unsigned position = 0;
      for (SyntaxIndex at = tree_.first_child(arguments); at != no_syntax; at = tree_.next_sibling(at)) {
        if (is_trivia(tree_[at].kind))
          continue;
        if (is_beyond(at))
          return true;
        SyntaxIndex inner = code_.unwrap(at);
        bool is_data = tree_[inner].kind == Kind::Null || tree_[inner].kind == Kind::Undefined ||
                       tree_[inner].kind == Kind::Array; // JSON.stringify(x, null, 2)
        if (!(position++ == 1 && !is_data ? callable(at) : value(at)))
          return false;
      }
      return true;
    }
    case FunctionEffect::Changes:
      if (!makes_object(code_, tree_.first_named_child(arguments)) &&
          !is_own_object(code_.unwrap(tree_.first_named_child(arguments))))
        return fail(callee, "changes " + quoted(text_of(tree_.first_named_child(arguments) == no_syntax
                                                            ? callee
                                                            : tree_.first_named_child(arguments))));
      return pass(arguments, PassesFunctions::No);
    case FunctionEffect::Differs:
      return fail(callee, "uses " + quoted(path) + ", which differs each time");
    case FunctionEffect::Unknown:
      break;
    }
    return fail_call(callee);
  }

  bool call_method(SyntaxIndex node, SyntaxIndex callee, SyntaxIndex arguments) {
    SyntaxIndex object = code_.unwrap(tree_.child(callee, Field::Object));
    SyntaxIndex property = tree_.child(callee, Field::Property);
    if (object == no_syntax || property == no_syntax || tree_[property].kind != Kind::PropertyName)
      return fail_call(callee);
    llvm::StringRef method = text_of(property);
    if (std::string path = global_path(callee); !path.empty() && path.substr(0, 6) != "Astro.")
      return call_global(callee, path, arguments);

    llvm::StringRef shared = astro_member(object);
    if (shared == "slots") {
      auto name = plain_string(code_, tree_.first_named_child(arguments));
      if (method != "has" || !name)
        return fail_call(callee);
      use(CodeUse::Of::Slot, node, purity_.slot(*name));
      return true;
    }
    if (shared == "cookies") {
      if (method != "get" && method != "has")
        return fail_call(callee);
      return astro_state(object) && pass(arguments, PassesFunctions::No);
    }

    bool makes_identity = method == "match" || method == "matchAll" || method == "exec" || is_cookie(node);
    if (makes_identity)
      note_identity();
    bool is_dissolved = !makes_identity && ((method_result(method) == MethodResult::Nothing && method != "keys") ||
                                            method_effect(method) == MethodEffect::Formats ||
                                            (method_effect(method) == MethodEffect::Collection && holds_texts(object)));
    dissolved_ += is_dissolved;
    auto leave = llvm::make_scope_exit([&] { dissolved_ -= is_dissolved; });
    if (is_changing_method(method) && is_own_object(object))
      return pass(arguments, method == "sort" ? PassesFunctions::Yes : PassesFunctions::No);
    if (method == "json" || method == "number" || method == "boolean")
      if (is_cookie(object))
        return value(object) && pass(arguments, PassesFunctions::No);
    switch (method_effect(method)) {
    case MethodEffect::None:
      return value(object) && pass(arguments, PassesFunctions::No);
    case MethodEffect::Calls: {
      if (!value(object))
        return false;
      // The replacement is the second argument, and a text most of the time.
      bool replaces = method == "replace" || method == "replaceAll";
      return pass(arguments, replaces ? PassesFunctions::No : PassesFunctions::Yes);
    }
    case MethodEffect::InPlace:
      if (!makes_object(code_, object))
        return fail(callee, "changes " + quoted(text_of(object)));
      return value(object) && pass(arguments, PassesFunctions::Yes);
    case MethodEffect::Iterator:
      // What is left of an iterator depends on who has read it before.
      if (!is_read_at_once(node))
        return fail(node, "hands on " + quoted(text_of(node)) + ", which can be read only once");
      if (method == "matchAll")
        return value(object) && pass(arguments, PassesFunctions::No);
      [[fallthrough]];
    case MethodEffect::Collection:
      if (!is_made_by(object, is_collection) && !is_cookies(object))
        return fail_call(callee);
      return value(object) && pass(arguments, PassesFunctions::No);
    case MethodEffect::Matches:
      if (!is_made_by(object, is_plain_regex))
        return fail_call(callee);
      return value(object) && pass(arguments, PassesFunctions::No);
    case MethodEffect::Formats:
      if (!is_made_by(object, is_formatter))
        return fail_call(callee);
      if (tree_.first_named_child(arguments) == no_syntax && method != "resolvedOptions")
        return fail(node, "uses " + quoted(text_of(node)) + ", which differs each time"); // the time
      return value(object) && pass(arguments, PassesFunctions::No);
    case MethodEffect::Unknown:
      break;
    }
    return fail_call(callee);
  }

  /// Whether \p node is `list.entries()` or the like.
  static bool makes_iterator(const Code &code, SyntaxIndex node) {
    if (code.tree[node].kind != Kind::CallExpression)
      return false;
    SyntaxIndex callee = code.unwrap(code.tree.child(node, Field::Function));
    if (callee == no_syntax || code.tree[callee].kind != Kind::MemberExpression ||
        code.text_of(code.tree.child(callee, Field::Object)) == "Object")
      return false;
    llvm::StringRef method = code.text_of(code.tree.child(callee, Field::Property));
    return method == "entries" || method == "keys" || method == "values" || method == "matchAll";
  }

  /// Search parameters and headers, which hold no objects.
  bool holds_texts(SyntaxIndex node) const {
    if (tree_[node].kind != Kind::MemberExpression)
      return false;
    SyntaxIndex property = tree_.child(node, Field::Property);
    return property != no_syntax && (text_of(property) == "searchParams" || text_of(property) == "headers");
  }

  /// A name that the frontmatter gave to Astro.cookies.
  bool is_cookies(SyntaxIndex node) const {
    if (tree_[node].kind != Kind::Identifier)
      return false;
    Meaning meaning = meaning_of(node);
    return meaning.of == Meaning::Frontmatter && purity_.name(meaning.binding).is_cookies;
  }

  /// `Astro.cookies.get("x")`, which gives another object each time.
  bool is_cookie(SyntaxIndex node) const {
    SyntaxIndex callee =
        tree_[node].kind == Kind::CallExpression ? code_.unwrap(tree_.child(node, Field::Function)) : no_syntax;
    if (callee == no_syntax || tree_[callee].kind != Kind::MemberExpression ||
        text_of(tree_.child(callee, Field::Property)) != "get")
      return false;
    SyntaxIndex object = code_.unwrap(tree_.child(callee, Field::Object));
    return object != no_syntax && (astro_member(object) == "cookies" || is_cookies(object));
  }

  /// Whether the iterator that \p call returns is read where it stands, to the end.
  bool is_read_at_once(SyntaxIndex call) const {
    SyntaxIndex child = call;
    SyntaxIndex parent = code_.value_parent(call, &child);
    return parent != no_syntax && (tree_[parent].kind == Kind::SpreadElement || tree_[parent].kind == Kind::Arguments ||
                                   (tree_[parent].kind == Kind::ForInStatement && tree_[child].field == Field::Right));
  }

  /// Whether \p test holds for \p node, or for what the name \p node was declared with.
  bool is_made_by(SyntaxIndex node, bool (*test)(const Judge &, const Code &, SyntaxIndex)) const {
    if (test(*this, code_, node))
      return true;
    if (tree_[node].kind != Kind::Identifier)
      return false;
    Meaning meaning = meaning_of(node);
    if (meaning.of == Meaning::Frontmatter) {
      const FrontmatterName &known = purity_.name(meaning.binding);
      if (known.import != no_index)
        return true; // a constant of another module, or not pure at all
      return known.initializer != no_syntax && test(*this, context_.code, context_.code.unwrap(known.initializer));
    }
    if (meaning.of != Meaning::Inner)
      return false;
    const Code &code = meaning.place->code;
    const Binding &binding = code.scopes.bindings()[meaning.binding];
    if (binding.kind != BindingKind::Const || code.tree[binding.declaration].kind != Kind::VariableDeclarator ||
        code.tree.child(binding.declaration, Field::Name) != binding.name_node)
      return false;
    SyntaxIndex value = code.unwrap(code.tree.child(binding.declaration, Field::Value));
    return value != no_syntax && test(*this, code, value);
  }

  /// The global class that \p node makes an object of, or empty.
  static std::string constructed(const Code &code, SyntaxIndex node) {
    if (code.tree[node].kind != Kind::NewExpression)
      return "";
    SyntaxIndex callee = code.unwrap(code.tree.child(node, Field::Constructor));
    return callee == no_syntax ? "" : code.text_of(callee).str();
  }

  static bool is_collection(const Judge &, const Code &code, SyntaxIndex node) {
    switch (code.tree[node].kind) {
    case Kind::MemberExpression: {
      SyntaxIndex property = code.tree.child(node, Field::Property);
      llvm::StringRef name = property == no_syntax ? llvm::StringRef() : code.text_of(property);
      return name == "searchParams" || name == "headers";
    }
    case Kind::Array:
      return true;
    case Kind::CallExpression: {
      SyntaxIndex callee = code.unwrap(code.tree.child(node, Field::Function));
      return callee != no_syntax && makes_array(code.text_of(callee));
    }
    default: {
      std::string made = constructed(code, node);
      return made == "Array" || is_collection_constructor(made);
    }
    }
  }

  static bool makes_array(llvm::StringRef function) {
    return llvm::StringSwitch<bool>(function)
        .Cases("Array", "Array.from", "Array.of", "Object.keys", "Object.values", "Object.entries", true)
        .Default(false);
  }

  static bool is_plain_regex(const Judge &, const Code &code, SyntaxIndex node) {
    if (code.tree[node].kind != Kind::Regex)
      return false;
    llvm::StringRef flags = code.text_of(node);
    flags = flags.substr(flags.rfind('/') + 1);
    return flags.find_first_of("gy") == llvm::StringRef::npos;
  }

  static bool is_formatter(const Judge &, const Code &code, SyntaxIndex node) {
    return llvm::StringRef(constructed(code, node)).substr(0, 5) == "Intl.";
  }

  bool construct(SyntaxIndex node) {
    SyntaxIndex callee = code_.unwrap(tree_.child(node, Field::Constructor));
    SyntaxIndex arguments = tree_.child(node, Field::Arguments);
    if (callee == no_syntax)
      return fail(node, "is nothing that can be judged: " + quoted(text_of(node)));
    if (is_marked(node)) {
      note_identity();
      return marked_callee(callee) && (arguments == no_syntax || pass(arguments, PassesFunctions::No));
    }
    std::string path = global_path(callee);
    if (path != "Date" && path != "URL" && path != "Map" && path != "Set")
      note_identity();
    if (!is_plain_constructor(path))
      return fail(node, "makes a " + quoted(text_of(callee)) + ", which may do anything");
    bool is_empty = arguments == no_syntax || tree_.first_named_child(arguments) == no_syntax;
    if (is_empty && path == "Date")
      return fail(node, "uses `new Date()`, which differs each time");
    if (is_empty && path.substr(0, 5) == "Intl.")
      return fail(node, "uses " + quoted(path) + " without a locale");
    return is_empty || pass(arguments, PassesFunctions::No);
  }

  bool is_plain_function(SyntaxIndex node) {
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
      if (tree_[at].kind == Kind::Token && (text_of(at) == "async" || text_of(at) == "*"))
        return fail(node, text_of(at) == "*" ? "is a generator" : "is asynchronous");
    return true;
  }

  bool function(SyntaxIndex node, bool runs_at_once = false) {
    if (depth_ >= depth_limit)
      return fail(node, "is nested too deep to tell");
    if (!is_plain_function(node))
      return false;
    if (!runs_at_once)
      note_identity();
    ++depth_;
    functions_.push_back({node, runs_at_once});
    auto leave = llvm::make_scope_exit([&] {
      --depth_;
      functions_.pop_back();
    });
    if (SyntaxIndex parameter = tree_.child(node, Field::Parameter); parameter != no_syntax && !pattern(parameter))
      return false;
    if (SyntaxIndex list = tree_.child(node, Field::Parameters); list != no_syntax && !parameters(list))
      return false;
    SyntaxIndex body = tree_.child(node, Field::Body);
    if (body == no_syntax)
      return true;
    return tree_[body].kind == Kind::StatementBlock ? statement(body) : value(body);
  }

  bool parameters(SyntaxIndex list) {
    for (SyntaxIndex at = tree_.first_child(list); at != no_syntax; at = tree_.next_sibling(at)) {
      if (tree_[at].kind != Kind::RequiredParameter && tree_[at].kind != Kind::OptionalParameter)
        continue;
      SyntaxIndex name = tree_.child(at, Field::Pattern);
      if (name == no_syntax || tree_[name].kind == Kind::This)
        continue; // a type
      if (!pattern(name) || !value(tree_.child(at, Field::Value)))
        return false;
    }
    return true;
  }

  /// What a declaration or a parameter binds: its default values and computed keys are evaluated.
  bool pattern(SyntaxIndex node) {
    if (node == no_syntax || is_beyond(node))
      return true;
    if (depth_ >= depth_limit)
      return fail(node, "is nested too deep to tell");
    ++depth_;
    auto leave = llvm::make_scope_exit([&] { --depth_; });
    switch (tree_[node].kind) {
    case Kind::Identifier:
      return text_of(node) != "Astro" || fail(node, "gives the name `Astro` to something else");
    case Kind::ShorthandPropertyPattern:
      if (text_of(node) == "searchParams")
        note_identity();
      return text_of(node) != "Astro" || fail(node, "gives the name `Astro` to something else");
    case Kind::ObjectPattern:
    case Kind::ArrayPattern:
    case Kind::RestPattern:
      for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
        if (!is_trivia(tree_[at].kind) && !pattern(at))
          return false;
      return true;
    case Kind::PairPattern:
      if (text_of(tree_.child(node, Field::Key)) == "searchParams")
        note_identity();
      return key(tree_.child(node, Field::Key)) && pattern(tree_.child(node, Field::Value));
    case Kind::AssignmentPattern:
    case Kind::ObjectAssignmentPattern: {
      ++conditional_;
      bool pure = pattern(tree_.child(node, Field::Left)) && value(tree_.child(node, Field::Right));
      --conditional_;
      return pure;
    }
    default:
      return fail(node, "is nothing that can be judged: " + quoted(text_of(node)));
    }
  }

  bool statements(SyntaxIndex parent) {
    for (SyntaxIndex at = tree_.first_child(parent); at != no_syntax; at = tree_.next_sibling(at))
      if (!is_trivia(tree_[at].kind) && !statement(at))
        return false;
    return true;
  }

  /// A statement in a function.
  bool statement(SyntaxIndex node) {
    if (node == no_syntax)
      return true;
    if (depth_ >= depth_limit)
      return fail(node, "is nested too deep to tell");
    ++depth_;
    auto leave = llvm::make_scope_exit([&] { --depth_; });
    switch (tree_[node].kind) {
    case Kind::StatementBlock:
    case Kind::ElseClause:
    case Kind::SwitchBody:
    case Kind::SwitchDefault:
      return statements(node);
    case Kind::SwitchCase:
      for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
        if (!is_trivia(tree_[at].kind) && !(tree_[at].field == Field::Value ? value(at) : statement(at)))
          return false;
      return true;
    case Kind::SwitchStatement:
      return value(tree_.child(node, Field::Value)) && statement(tree_.child(node, Field::Body));
    case Kind::LexicalDeclaration:
    case Kind::VariableDeclaration:
      if (text_of(tree_.first_child(node)) != "const" && text_of(tree_.first_child(node)) != "let" &&
          text_of(tree_.first_child(node)) != "var")
        return fail(node, "disposes of something");
      for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
        if (tree_[at].kind == Kind::VariableDeclarator && !value(at))
          return false;
      return true;
    case Kind::IfStatement:
      return value(tree_.child(node, Field::Condition)) && statement(tree_.child(node, Field::Consequence)) &&
             statement(tree_.child(node, Field::Alternative));
    case Kind::ForInStatement: {
      SyntaxIndex keyword = tree_.child(node, Field::Kind), left = tree_.child(node, Field::Left);
      if (left == no_syntax || has_token(node, "await") || (keyword != no_syntax && text_of(keyword) == "using"))
        return fail(node, "loops in a way that cannot be judged");
      return (keyword == no_syntax ? change(node, left) : pattern(left)) && value(tree_.child(node, Field::Right)) &&
             statement(tree_.child(node, Field::Body));
    }
    case Kind::ForStatement:
    case Kind::WhileStatement:
    case Kind::DoStatement:
      for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at)) {
        if (is_trivia(tree_[at].kind))
          continue;
        bool is_statement = tree_[at].field == Field::Body || tree_[at].kind == Kind::LexicalDeclaration ||
                            tree_[at].kind == Kind::VariableDeclaration ||
                            tree_[at].kind == Kind::ExpressionStatement || tree_[at].kind == Kind::EmptyStatement;
        if (!(is_statement ? statement(at) : value(at)))
          return false;
      }
      return true;
    case Kind::ReturnStatement:
    case Kind::ExpressionStatement:
      return value(tree_.first_named_child(node));
    case Kind::FunctionDeclaration:
      return function(node);
    case Kind::EmptyStatement:
    case Kind::BreakStatement:
    case Kind::ContinueStatement:
    case Kind::InterfaceDeclaration:
    case Kind::TypeAliasDeclaration:
    case Kind::FunctionSignature:
      return true;
    default:
      return fail(node, "is nothing that can be judged: " + quoted(text_of(node)));
    }
  }

  bool has_token(SyntaxIndex node, llvm::StringRef token) const {
    for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
      if (tree_[at].kind == Kind::Token && text_of(at) == token)
        return true;
    return false;
  }

  Purity &purity_;
  const Context &context_;
  const CodePlace &place_;
  const Code &code_;
  const SyntaxTree &tree_;
  SyntaxIndex node_;
  Span text_;
  Judgement out_;
  unsigned depth_ = 0;
  struct Function {
    SyntaxIndex node;
    bool runs_at_once; ///< where it stands, and by nobody later
  };
  llvm::SmallVector<Function, 4> functions_; ///< around, inside the judged code
  OwnObjects own_objects_;
  unsigned conditional_ = 0; ///< how many conditions are around
  unsigned dissolved_ = 0;   ///< how much is around that lets out no part of what is in it
};

} // namespace

Purity::Purity(Context &context, const ValueChanges &changes)
    : context_(context), changes_(changes), names_(context.code.scopes.bindings().size()) {
  const Code &code = context.code;
  llvm::StringMap<uint32_t> imports;
  for (uint32_t i = 0; i < context.facts.imports.size(); ++i)
    if (!context.facts.imports[i].local.empty())
      imports.try_emplace(context.facts.imports[i].local, i);
  for (BindingIndex i = 0; i < names_.size(); ++i) {
    const Binding &binding = code.scopes.bindings()[i];
    if (binding.scope != top_scope)
      continue;
    if (binding.kind == BindingKind::Import) {
      if (auto import = imports.find(binding.name); import != imports.end())
        names_[i].import = import->second;
      continue;
    }
    names_[i].value = static_cast<uint32_t>(context.facts.values.size());
    ValueFact fact;
    fact.name = binding.name.str();
    context.facts.values.push_back(std::move(fact));
    if (changes.is_rebound(i))
      continue;
    if (binding.kind == BindingKind::Function) {
      names_[i].initializer = binding.declaration;
      names_[i].is_function = true;
    } else if (code.tree[binding.declaration].kind == Kind::VariableDeclarator &&
               code.tree.child(binding.declaration, Field::Name) == binding.name_node) {
      SyntaxIndex value = code.unwrap(code.tree.child(binding.declaration, Field::Value));
      names_[i].initializer = value;
      names_[i].is_function = value != no_syntax && opens_function(code.tree[value].kind);
    }
  }
  for (SyntaxIndex i = 0; i < code.tree.size(); ++i)
    if (code.tree[i].kind == Kind::VariableDeclarator)
      find_aliases(i);
  for (const Barrier &barrier : context.facts.barriers)
    if (barrier.kind == Barrier::Kind::State)
      last_state_change_ = std::max(last_state_change_, barrier.statement.end);
}

void Purity::find_aliases(SyntaxIndex declarator) {
  const Code &code = context_.code;
  SyntaxIndex name = code.tree.child(declarator, Field::Name);
  SyntaxIndex value = code.unwrap(code.tree.child(declarator, Field::Value));
  if (name == no_syntax || value == no_syntax)
    return;
  auto mark = [&](SyntaxIndex bound, llvm::StringRef member) {
    BindingIndex binding = code.scopes.lookup(code.text_of(bound), top_scope);
    if (binding == no_binding || code.scopes.bindings()[binding].name_node != bound || changes_.is_rebound(binding))
      return;
    names_[binding].is_props |= member == "props";
    names_[binding].is_locals |= member == "locals";
    names_[binding].is_cookies |= member == "cookies";
  };
  if (code.tree[name].kind == Kind::Identifier) {
    if (code.tree[value].kind == Kind::MemberExpression && is_astro(code.unwrap(code.tree.child(value, Field::Object))))
      mark(name, code.text_of(code.tree.child(value, Field::Property)));
    else if (is_props(value))
      mark(name, "props");
    return;
  }
  if (code.tree[name].kind != Kind::ObjectPattern || !is_astro(value))
    return;
  for (SyntaxIndex at = code.tree.first_child(name); at != no_syntax; at = code.tree.next_sibling(at)) {
    if (code.tree[at].kind == Kind::ShorthandPropertyPattern) {
      mark(at, code.text_of(at));
    } else if (code.tree[at].kind == Kind::PairPattern) {
      SyntaxIndex bound = code.tree.child(at, Field::Value);
      if (bound != no_syntax && code.tree[bound].kind == Kind::Identifier)
        mark(bound, code.text_of(code.tree.child(at, Field::Key)).trim("'\""));
    }
  }
}

bool Purity::is_astro(SyntaxIndex node) const {
  const Code &code = context_.code;
  if (node == no_syntax || code.tree[node].kind != Kind::Identifier || code.text_of(node) != "Astro")
    return false;
  auto references = code.scopes.references_in(node);
  return references.size() == 1 && references[0].binding == no_binding;
}

bool Purity::is_props(SyntaxIndex node) const {
  const Code &code = context_.code;
  if (node == no_syntax)
    return false;
  if (code.tree[node].kind == Kind::Identifier) {
    auto references = code.scopes.references_in(node);
    return references.size() == 1 && references[0].binding != no_binding && names_[references[0].binding].is_props;
  }
  return code.tree[node].kind == Kind::MemberExpression &&
         is_astro(code.unwrap(code.tree.child(node, Field::Object))) &&
         code.text_of(code.tree.child(node, Field::Property)) == "props";
}

Judgement Purity::judge(const CodePlace &place, SyntaxIndex node, Span text) {
  return Judge(*this, place, node, text).run();
}

Judgement Purity::judge_awaited(const CodePlace &place, SyntaxIndex node) {
  return Judge(*this, place, node, place.code.tree[node].span).run_awaited();
}

uint32_t Purity::intern(llvm::StringRef name, llvm::StringMap<uint32_t> &indexes, std::vector<std::string> &names) {
  auto [found, is_new] = indexes.try_emplace(name, static_cast<uint32_t>(names.size()));
  if (is_new)
    names.push_back(name.str());
  return found->second;
}

} // namespace foreload::analyze
