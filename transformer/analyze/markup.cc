// The markup: what it renders, as a tree. Component tags with their props, slots, conditions, callbacks, and the calls
// of getLoaderData in its expressions.
//
// HTML elements and fragments render what is in them. The JavaScript of `{…}` is followed as far as it is understood:
// the operands of `&&`, `||`, `??` and `?:`, the items of arrays, the callbacks of `map`, functions that are called
// where they stand. Markup in any other code may be rendered, or not.
#include "analyze/context.h"
#include "analyze/effect_collector.h"
#include "analyze/evaluation.h"
#include "parse/expression_code.h"
#include "analyze/pure_code.h"
#include "analyze/request_state.h"
#include "parse/template.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>

namespace foreload::analyze {

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;
using Render = RenderNode::Kind;
using Test = RenderNode::Test;

class MarkupAnalysis {
public:
  MarkupAnalysis(Context &context, const TemplateTree &markup, const RequestState &state, PureCodes &codes)
      : context_(context), facts_(context.facts), markup_(markup), state_(state),
        codes_(codes) {}

  void run() {
    for (uint32_t i = 0; i < facts_.imports.size(); ++i)
      if (context_.is_runtime_import(i) && !facts_.imports[i].local.empty())
        runtime_names_.push_back(facts_.imports[i].local);
    has_style_ = std::any_of(markup_.nodes.begin(), markup_.nodes.end(), [&](const TemplateNode &node) {
      return node.kind == TemplateNodeKind::Element && name_of(node) == "style";
    });
    render_slots_of_frontmatter();
    render(0, static_cast<uint32_t>(markup_.nodes.size()), {});
    codes_.write_shared();
  }

private:
  /// What a part of the markup stands in.
  struct Surroundings {
    const CodePlace *expression = nullptr; ///< the innermost `{…}`
    uint32_t place = 0;                    ///< where it stands in that
    bool in_attribute = false;             ///< that is an attribute's value: it is evaluated, but not rendered
    SlotPlace slot;
    Doubt doubt;     ///< whether it is rendered when `slot` is
    Doubt evaluated; ///< whether its code is evaluated when the component renders: content is, rendered or not
    unsigned depth = 0;
    unsigned tag_copies = 1; ///< how often this is looked at, as tags around it stand for one of several components

    Surroundings inside(Doubt more) const {
      Surroundings inner = *this;
      if (more.certainty > evaluated.certainty)
        inner.evaluated = more;
      if (more.certainty > doubt.certainty)
        inner.doubt = std::move(more);
      ++inner.depth;
      return inner;
    }
  };

  /// The JavaScript of one `{…}`, in which `0` stands for markup.
  struct Expression {
    const Code &code;
    CodePlace &place;
    uint32_t node;
    std::vector<std::pair<uint32_t, uint32_t>> children; ///< where markup stands, and its node; sorted
  };

  llvm::StringRef text(Span span) const { return context_.source.text(span); }
  llvm::StringRef name_of(const TemplateNode &node) const { return text(node.name); }
  const TemplateAttribute *attribute(const TemplateNode &node, llvm::StringRef name) const {
    return markup_.find_attribute(context_.source.text(), node, name);
  }

  static Doubt may(Span span, std::string why) { return {Certainty::May, 3001, span, std::move(why)}; }
  static Doubt never(Span span, std::string why) { return {Certainty::Never, 3002, span, std::move(why)}; }
  static Doubt worse(const Doubt &a, const Doubt &b) { return b.certainty > a.certainty ? b : a; }

  // The tree is written front to back.
  uint32_t open(Render kind, uint32_t index, Test test = Test::Truthy, uint32_t operand = no_index) {
    RenderNode node;
    node.kind = kind;
    node.test = test;
    node.index = index;
    node.operand = operand;
    facts_.render.push_back(node);
    return static_cast<uint32_t>(facts_.render.size()) - 1;
  }
  void close(uint32_t node) { facts_.render[node].subtree_end = static_cast<uint32_t>(facts_.render.size()); }
  void leaf(Render kind, uint32_t index) { close(open(kind, index)); }
  uint32_t open_opaque(Doubt doubt) {
    facts_.doubts.push_back(std::move(doubt));
    return open(Render::Opaque, static_cast<uint32_t>(facts_.doubts.size()) - 1);
  }

  /// Renders the nodes of [begin, end), whole subtrees.
  void render(uint32_t begin, uint32_t end, const Surroundings &at) {
    if (at.depth > render_depth_limit) {
      render_flat(begin, end, at);
      return;
    }
    for (uint32_t i = begin; i < end;) {
      const TemplateNode &node = markup_.nodes[i];
      switch (node.kind) {
      case TemplateNodeKind::Component:
        render_component(i, at);
        break;
      case TemplateNodeKind::Expression:
        render_expression(i, at);
        break;
      case TemplateNodeKind::Element:
        if (name_of(node) == "slot" && !attribute(node, "is:inline")) {
          render_slot(i, at);
          break;
        }
        [[fallthrough]];
      case TemplateNodeKind::Fragment:
        if (Doubt replaced = content_doubt(node); replaced.certainty != Certainty::Must) {
          render_replaced(i, replaced, at);
        } else if (node.kind == TemplateNodeKind::Fragment && names_slots(i)) {
          render_fragment(i, at);
        } else {
          ++i; // on with what is in it: elements nest without bounds
          continue;
        }
        break;
      case TemplateNodeKind::Comment:
        break;
      }
      i = node.subtree_end;
    }
  }

  /// What nests too deeply to be followed: its components are known, nothing more.
  void render_flat(uint32_t begin, uint32_t end, const Surroundings &at) {
    Doubt doubt = begin < end ? may(markup_.nodes[begin].span.first(), "nested too deeply") : Doubt{};
    uint32_t opaque = open_opaque(doubt);
    Surroundings inner = at.inside(doubt);
    for (uint32_t i = begin; i < end; ++i) {
      const TemplateNode &node = markup_.nodes[i];
      if (node.kind == TemplateNodeKind::Component) {
        leaf(Render::Component, add_site(i, Tag{}, inner));
      } else if (node.kind == TemplateNodeKind::Expression) {
        ExpressionCode own = own_code(i);
        if (needs_calls(own.text)) {
          Code code(SyntaxTree::parse(own.text, own.pieces), context_.source.text());
          collect_calls(i, code, inner);
        }
      }
    }
    close(opaque);
  }

  // --- Elements, components, slots

  /// `set:html` and `set:text` replace an element's content. A spread could carry them, but Astro reads directives at
  /// compile time only.
  Doubt content_doubt(const TemplateNode &parent) const {
    for (llvm::StringRef directive : {"set:html", "set:text"})
      if (const TemplateAttribute *replaced = attribute(parent, directive))
        return never(replaced->name, "replaced by `" + directive.str() + "`");
    return {};
  }

  void render_replaced(uint32_t index, const Doubt &doubt, const Surroundings &at) {
    render_attributes(index, at);
    uint32_t opaque = open_opaque(doubt);
    Surroundings inner = at.inside(doubt);
    for_each_child(index, [&](uint32_t child) { render(child, markup_.nodes[child].subtree_end, inner); });
    close(opaque);
  }

  bool names_slots(uint32_t index) const {
    bool found = false;
    for_each_child(index, [&](uint32_t child) { found |= slot_of(child).attribute != nullptr; });
    return found;
  }

  /// A fragment renders its default slot only, as far as it has slots: `<>` has them with some compilers.
  void render_fragment(uint32_t index, const Surroundings &at) {
    for_each_child(index, [&](uint32_t child) {
      const TemplateAttribute *slot = slot_of(child).attribute;
      if (!slot || (is_static(*slot) && text(slot->value) == "default")) {
        render(child, markup_.nodes[child].subtree_end, at);
        return;
      }
      Doubt doubt = may(slot->name, "in a slot of a fragment");
      uint32_t opaque = open_opaque(doubt);
      render(child, markup_.nodes[child].subtree_end, at.inside(doubt));
      close(opaque);
    });
  }

  /// Calls \p function with each child node but the expressions of attributes.
  void for_each_child(uint32_t index, llvm::function_ref<void(uint32_t child)> function) const {
    for (uint32_t i = index + 1; i < markup_.nodes[index].subtree_end; i = markup_.nodes[i].subtree_end)
      if (!markup_.nodes[i].in_attribute)
        function(i);
  }

  void render_attributes(uint32_t index, const Surroundings &at) {
    for (uint32_t i = index + 1; i < markup_.nodes[index].subtree_end; i = markup_.nodes[i].subtree_end)
      if (markup_.nodes[i].in_attribute)
        render_expression(i, at);
  }

  void render_slot(uint32_t index, const Surroundings &at) {
    const TemplateNode &node = markup_.nodes[index];
    SlotFact slot{"default", at.slot, at.doubt};
    if (const TemplateAttribute *name = attribute(node, "name")) {
      if (is_static(*name))
        slot.name = text(name->value).str();
      else
        slot.doubt = worse(slot.doubt, may(name->name, "its name is known at run time only"));
    }
    render_attributes(index, at);
    bool is_known = slot.doubt.certainty == at.doubt.certainty;
    uint32_t opaque = is_known ? no_index : open_opaque(slot.doubt);
    facts_.slots.push_back(std::move(slot));
    uint32_t opened = open(Render::Slot, static_cast<uint32_t>(facts_.slots.size()) - 1);
    Surroundings inner = at.inside(may(node.name, "in a slot's fallback content"));
    inner.evaluated = at.evaluated;
    for_each_child(index, [&](uint32_t child) { render(child, markup_.nodes[child].subtree_end, inner); });
    close(opened);
    if (!is_known)
      close(opaque);
  }

  /// The slot that the call `Astro.slots.render('head')` renders. With more arguments it may render something else.
  std::optional<std::string> rendered_slot(const Code &code, SyntaxIndex call) const {
    const SyntaxTree &tree = code.tree;
    SyntaxIndex callee = tree.child(call, Field::Function), arguments = tree.child(call, Field::Arguments);
    if (callee == no_syntax || arguments == no_syntax || code.text_of(callee) != "Astro.slots.render")
      return std::nullopt;
    SyntaxIndex only = no_syntax;
    for (SyntaxIndex i = tree.first_child(arguments); i != no_syntax; i = tree.next_sibling(i))
      if (tree[i].kind != Kind::Token && tree[i].kind != Kind::Comment) {
        if (only != no_syntax || tree[i].kind != Kind::String)
          return std::nullopt;
        only = i;
      }
    if (only == no_syntax || code.text_of(only).contains('\\'))
      return std::nullopt;
    return code.text_of(only).drop_front().drop_back().str();
  }

  void render_slots_of_frontmatter() {
    const Code &code = context_.code;
    for (SyntaxIndex i = 0; i < code.tree.size(); ++i) {
      if (code.tree[i].kind != Kind::CallExpression)
        continue;
      std::optional<std::string> slot = rendered_slot(code, i);
      llvm::SmallVector<EvaluationCondition, 4> conditions;
      if (!slot || evaluation_doubt(code, i, conditions).certainty != Certainty::Must)
        continue;
      llvm::SmallVector<uint32_t, 4> branches;
      for (const EvaluationCondition &condition : llvm::reverse(conditions))
        branches.push_back(open(Render::Branch, codes_.add_condition(condition.value), condition.test));
      facts_.slots.push_back({std::move(*slot), {}, {}});
      leaf(Render::Slot, static_cast<uint32_t>(facts_.slots.size()) - 1);
      while (!branches.empty())
        close(branches.pop_back_val());
    }
  }

  static bool is_static(const TemplateAttribute &attribute) {
    return attribute.kind == AttributeKind::Quoted || attribute.kind == AttributeKind::Unquoted ||
           attribute.kind == AttributeKind::Empty;
  }

  const TemplateAttribute *slot_attribute(const TemplateNode &node) const {
    return node.kind == TemplateNodeKind::Expression || node.kind == TemplateNodeKind::Comment
               ? nullptr
               : attribute(node, "slot");
  }

  /// Where a child of a component goes. All of an expression goes where the one element in it goes that names a slot.
  struct ChildSlot {
    const TemplateAttribute *attribute = nullptr; ///< none: to the default slot
    bool is_chosen = false; ///< at run time: by several elements of an expression, or by a name that is computed
  };

  ChildSlot slot_of(uint32_t child) const {
    const TemplateNode &node = markup_.nodes[child];
    ChildSlot slot{slot_attribute(node)};
    unsigned named = 0;
    if (node.kind == TemplateNodeKind::Expression)
      for_each_child(child, [&](uint32_t i) {
        if (const TemplateAttribute *of_element = slot_attribute(markup_.nodes[i])) {
          slot.attribute = of_element;
          ++named;
        }
      });
    if (slot.attribute && slot.attribute->kind == AttributeKind::Empty)
      slot.attribute = nullptr;
    // Compilers differ in what becomes of a default slot that is named in an expression.
    slot.is_chosen = named > 1 || (slot.attribute && (!is_static(*slot.attribute) ||
                                                      (named == 1 && text(slot.attribute->value) == "default")));
    return slot;
  }

  /// Whether some content of a component chooses its slot at run time, `{c ? <p slot="a" /> : <p slot="b" />}` or
  /// `slot={a}`: it takes the place of what stands in that slot otherwise.
  bool chooses_slots(uint32_t index) const {
    bool found = false;
    for_each_child(index, [&](uint32_t child) { found |= slot_of(child).is_chosen; });
    return found;
  }

  /// What a tag's name stands for.
  struct Tag {
    uint32_t import = no_index;
    bool is_self = false;
  };

  void render_component(uint32_t index, const Surroundings &at) {
    render_attributes(index, at);
    const TemplateNode &node = markup_.nodes[index];
    if (name_of(node) == "Astro.self") {
      render_site(index, {no_index, true}, at);
      return;
    }
    llvm::StringRef head = name_of(node).split('.').first;
    uint32_t offset = at.place;
    for (const CodePlace *place = at.expression; place; offset = place->at, place = place->outer)
      if (place->code.scopes.lookup(head, place->code.scopes.scope_at(offset)) != no_binding) {
        render_site(index, {}, at); // `{cards.map((Card) => <Card />)}`
        return;
      }
    BindingIndex binding = context_.code.scopes.lookup(head, top_scope);
    if (uint32_t import = context_.import_of(binding); import != no_index || binding == no_binding) {
      render_site(index, {import}, at);
      return;
    }
    // `const Tag = condition ? Card : 'div'`
    const Binding &constant = context_.code.scopes.bindings()[binding];
    const SyntaxTree &tree = context_.code.tree;
    SyntaxIndex value = no_syntax;
    if (constant.kind == BindingKind::Const && tree[constant.declaration].kind == Kind::VariableDeclarator &&
        tree.child(constant.declaration, Field::Name) == constant.name_node && head == name_of(node))
      value = tree.child(constant.declaration, Field::Value);
    Surroundings inner = at;
    if (value != no_syntax && can_choose(value, inner.tag_copies))
      render_dynamic(index, value, inner);
    else
      render_site(index, {}, at);
  }

  /// Whether \p value, `a ? Card : b ? Link : 'div'`, is a choice of few enough; their number comes into \p copies.
  bool can_choose(SyntaxIndex value, unsigned &copies) const {
    constexpr unsigned copy_limit = 16;
    const Code &code = context_.code;
    unsigned choices = 0;
    llvm::SmallVector<SyntaxIndex, 8> open = {value};
    while (!open.empty() && copies * (choices + open.size()) <= copy_limit) {
      SyntaxIndex node = code.unwrap(open.pop_back_val());
      if (code.tree[node].kind != Kind::TernaryExpression) {
        ++choices;
        continue;
      }
      open.push_back(code.tree.child(node, Field::Consequence));
      open.push_back(code.tree.child(node, Field::Alternative));
    }
    copies *= choices;
    return open.empty();
  }

  /// \p value is what the tag's name was declared with.
  void render_dynamic(uint32_t index, SyntaxIndex value, const Surroundings &at) {
    const Code &code = context_.code;
    value = code.unwrap(value);
    switch (code.tree[value].kind) {
    case Kind::TernaryExpression: {
      SyntaxIndex condition = code.tree.child(value, Field::Condition);
      uint32_t test = codes_.add_condition(condition);
      Surroundings inner = at.inside(may(code.tree[condition].span, "one of the components that the tag stands for"));
      uint32_t branch = open(Render::Branch, test);
      render_dynamic(index, code.tree.child(value, Field::Consequence), inner);
      close(branch);
      branch = open(Render::Branch, test, Test::Falsy);
      render_dynamic(index, code.tree.child(value, Field::Alternative), inner);
      close(branch);
      return;
    }
    case Kind::String: // an element
      for_each_child(index, [&](uint32_t child) { render(child, markup_.nodes[child].subtree_end, at); });
      return;
    case Kind::Identifier:
      if (auto references = code.scopes.references_in(value); references.size() == 1) {
        render_site(index, {context_.import_of(references[0].binding)}, at);
        return;
      }
      break;
    default:
      break;
    }
    render_site(index, {}, at);
  }

  void render_site(uint32_t index, Tag tag, const Surroundings &at) {
    const TemplateNode &node = markup_.nodes[index];
    uint32_t site = add_site(index, tag, at);
    uint32_t opened = open(Render::Component, site);
    render_contents(index, site, at.inside({}), content_doubt(node));
    close(opened);
  }

  /// A component's content stands in its slots; only direct children choose which.
  void render_contents(uint32_t index, uint32_t site, const Surroundings &at, const Doubt &replaced) {
    const TemplateNode &node = markup_.nodes[index];
    uint32_t content = no_index; // the open node
    uint32_t text_begin = node.content.begin;
    auto enter = [&](llvm::StringRef slot, const Doubt &doubt) {
      if (content != no_index) {
        const ContentFact &current = facts_.contents[facts_.render[content].index];
        if (current.slot == slot && current.doubt.certainty == doubt.certainty)
          return;
        close(content);
      }
      facts_.contents.push_back({site, slot.str(), doubt});
      content = open(Render::Content, static_cast<uint32_t>(facts_.contents.size()) - 1);
    };
    auto take_text = [&](uint32_t end) {
      if (!text({text_begin, end}).trim().empty())
        enter("default", {});
    };
    Doubt beside;
    if (facts_.sites[site].chooses_slots)
      beside = may(node.name, "beside content that chooses its slot at run time");
    for_each_child(index, [&](uint32_t i) {
      const TemplateNode &child = markup_.nodes[i];
      take_text(child.span.begin);
      text_begin = child.span.end;
      if (child.kind == TemplateNodeKind::Comment || is_blank(child))
        return;
      ChildSlot goes = slot_of(i);
      std::string slot = goes.attribute ? text(goes.attribute->value).str() : "default";
      Doubt doubt = beside;
      if (goes.is_chosen)
        doubt = may(goes.attribute ? goes.attribute->value : child.span.first(), "in a slot that is chosen at run time");
      doubt = worse(doubt, replaced);
      enter(slot, doubt);
      Surroundings inner = at.inside(doubt);
      inner.slot = {site, slot};
      inner.doubt = doubt;
      render(i, child.subtree_end, inner);
    });
    if (node.content.end > text_begin)
      take_text(node.content.end);
    if (content != no_index)
      close(content);
  }

  /// `{/* nothing */}` and `{}`.
  bool is_blank(const TemplateNode &node) const {
    if (node.kind != TemplateNodeKind::Expression)
      return false;
    llvm::StringRef code = text(node.content).trim();
    while (code.consume_front("/*"))
      code = code.substr(std::min(code.find("*/"), code.size() - std::min<size_t>(code.size(), 2)) + 2).trim();
    return code.empty();
  }

  uint32_t add_site(uint32_t index, Tag tag, const Surroundings &at) {
    const TemplateNode &node = markup_.nodes[index];
    RenderSite site;
    site.tag = name_of(node).str();
    site.span = node.name;
    site.place = at.slot;
    site.doubt = at.doubt;
    site.import = tag.import;
    site.is_self = tag.is_self;
    if (tag.import != no_index)
      site.member = llvm::StringRef(site.tag).split('.').second.str();
    site.chooses_slots = chooses_slots(index);
    for (uint32_t i = 0; i < node.attribute_count; ++i) {
      const TemplateAttribute &at_tag = markup_.attributes[node.first_attribute + i];
      if (text(at_tag.name) == "server:defer") {
        site.is_island = true;
        site.elsewhere = never(node.name, "a server island: rendered in a request of its own");
      } else if (text(at_tag.name) == "client:only") {
        site.elsewhere = never(at_tag.name, "rendered in the browser only");
      }
      add_prop(site, at_tag, at);
    }
    if (has_style_) // the class that scopes the styles
      site.props.push_back({SiteProp::Kind::Hidden, "class", node.name, no_index});
    site.doubt = worse(site.doubt, site.elsewhere);
    facts_.sites.push_back(std::move(site));
    return static_cast<uint32_t>(facts_.sites.size()) - 1;
  }

  void add_prop(RenderSite &site, const TemplateAttribute &attribute, const Surroundings &at) {
    SiteProp prop{SiteProp::Kind::Hidden, text(attribute.name).str(), attribute.value, no_index};
    switch (attribute.kind) {
    case AttributeKind::Empty:
      prop.kind = SiteProp::Kind::True;
      break;
    case AttributeKind::Quoted:
    case AttributeKind::Unquoted: // compilers differ in what they make of entities, escapes and line ends
      prop.kind = text(attribute.value).find_first_of("&\\\r") == llvm::StringRef::npos ? SiteProp::Kind::Text
                                                                                       : SiteProp::Kind::Hidden;
      break;
    case AttributeKind::Spread:
      prop.kind = SiteProp::Kind::Spread;
      break;
    case AttributeKind::Expression:
    case AttributeKind::Shorthand:
    case AttributeKind::TemplateLiteral:
      prop.kind = SiteProp::Kind::Code;
      break;
    }
    if (prop.kind != SiteProp::Kind::Spread && prop.name.find(':') != std::string::npos) {
      prop.kind = SiteProp::Kind::Hidden; // a directive
      if (prop.name == "class:list")
        prop.name = "class";
    } else if (prop.kind == SiteProp::Kind::Code || prop.kind == SiteProp::Kind::Spread) {
      prop.code = attribute_code(attribute.expression, at, static_cast<uint32_t>(site.props.size()));
      if (prop.code == no_index)
        prop.kind = prop.kind == SiteProp::Kind::Spread ? prop.kind : SiteProp::Kind::Hidden;
    }
    site.props.push_back(std::move(prop));
  }

  /// \p prop: the number of the prop, of the site that is being added.
  uint32_t attribute_code(uint32_t expression, const Surroundings &at, uint32_t prop) {
    if (expression == no_node)
      return no_index;
    ExpressionCode own = own_code(expression);
    Code code(SyntaxTree::parse(own.text, own.pieces), context_.source.text());
    CodePlace place{code, at.expression, at.place, {}};
    codes_.look_at(place);
    SyntaxIndex value = value_of(code);
    if (value == no_syntax)
      return no_index;
    codes_.note_shared(place, value, static_cast<uint32_t>(facts_.sites.size()), prop);
    return codes_.add(place, value);
  }

  // --- Expressions

  ExpressionCode own_code(uint32_t index) const {
    return expression_code(markup_, context_.source.text(), index);
  }

  /// The expression in `(…)`, or no_syntax.
  static SyntaxIndex value_of(const Code &code) {
    if (code.tree.first_error())
      return no_syntax;
    SyntaxIndex statement = code.tree.first_named_child(code.tree.root());
    if (statement == no_syntax || code.tree[statement].kind != Kind::ExpressionStatement)
      return no_syntax;
    SyntaxIndex parenthesized = code.tree.first_named_child(statement);
    return parenthesized == no_syntax ? no_syntax : code.unwrap(parenthesized);
  }

  bool needs_calls(llvm::StringRef code) const { return names_runtime(code) || state_.may_occur_in(code); }

  bool names_runtime(llvm::StringRef code) const {
    for (llvm::StringRef name : runtime_names_)
      if (code.find(name) != llvm::StringRef::npos)
        return true;
    return false;
  }

  void render_expression(uint32_t index, const Surroundings &outer) {
    // Most expressions hold no markup, neither call getLoaderData nor change anything: they need not be parsed.
    const TemplateNode &node = markup_.nodes[index];
    ExpressionCode own = own_code(index);
    bool has_markup = node.subtree_end > index + 1;
    if (!has_markup && !needs_calls(own.text) && own.text.find("slots") == std::string::npos &&
        !codes_.may_change(own.text))
      return;
    Code code(SyntaxTree::parse(own.text, own.pieces), context_.source.text());
    collect_calls(index, code, outer);

    Surroundings at = outer;
    CodePlace place{code, outer.expression, outer.place, {}};
    codes_.look_at(place);
    at.expression = &place;
    Expression in{code, place, index, {}};
    for (uint32_t i = index + 1; i < node.subtree_end; i = markup_.nodes[i].subtree_end)
      in.children.push_back({markup_.nodes[i].span.begin, i});
    SyntaxIndex value = value_of(code);
    at.in_attribute = node.in_attribute;
    if (value != no_syntax)
      render_value(in, value, at);
    else if (node.in_attribute)
      render_opaque(in, code.tree.root(), in_attribute(in), at);
    else
      render_opaque(in, code.tree.root(), may(node.span.first(), "in code that could not be parsed"), at);
  }

  /// Finds the calls of getLoaderData and the changes of the request in an expression.
  void collect_calls(uint32_t index, const Code &code, const Surroundings &at) {
    auto [known, is_new] = calls_.try_emplace(index, facts_.uses.size(), facts_.uses.size());
    if (is_new) {
      RequestState state(code, &state_);
      for (const Reference &reference : code.scopes.references())
        facts_.changes_state_in_markup |= state.is_changed_by(reference.node);
      collect_loader_uses(context_, code, false, {});
      known->second.second = facts_.uses.size();
    }
    for (size_t i = known->second.first; i < known->second.second; ++i) {
      LoaderUse &use = facts_.uses[i];
      bool is_certain = use.doubt.certainty == Certainty::Must;
      uint32_t opaque = is_certain ? no_index : open_opaque(use.doubt);
      leaf(Render::Call, static_cast<uint32_t>(i));
      if (!is_certain)
        close(opaque);
      use.doubt = worse(use.doubt, at.evaluated);
    }
  }

  /// The part of the children that stands in \p node.
  llvm::ArrayRef<std::pair<uint32_t, uint32_t>> children_in(const Expression &in, SyntaxIndex node) const {
    Span span = in.code.tree[node].span;
    auto begin = std::lower_bound(in.children.begin(), in.children.end(), std::pair(span.begin, 0u));
    auto end = std::lower_bound(begin, in.children.end(), std::pair(span.end, 0u));
    return llvm::ArrayRef(in.children).slice(begin - in.children.begin(), end - begin);
  }

  /// Renders the markup in \p node.
  void render_children(const Expression &in, SyntaxIndex node, const Surroundings &at) {
    Surroundings inner = at;
    inner.in_attribute = false;
    for (auto [begin, child] : children_in(in, node)) {
      inner.place = begin;
      render(child, markup_.nodes[child].subtree_end, inner);
    }
  }

  bool renders_something(const Expression &in, SyntaxIndex node) const {
    return node != no_syntax &&
           (!children_in(in, node).empty() || text(in.code.tree[node].span).find("slots") != llvm::StringRef::npos);
  }

  /// Markup in code that is not understood: it may be rendered, and what its callbacks are given is unknown.
  void render_opaque(Expression &in, SyntaxIndex node, const Doubt &doubt, const Surroundings &at) {
    forget_bindings(in, node);
    if (children_in(in, node).empty())
      return;
    uint32_t opaque = open_opaque(doubt);
    Surroundings inner = at.inside(doubt);
    render_children(in, node, inner);
    close(opaque);
  }

  void forget_bindings(Expression &in, SyntaxIndex node) {
    const std::vector<Binding> &bindings = in.code.scopes.bindings();
    for (BindingIndex i = 0; i < bindings.size(); ++i)
      if (bindings[i].name_node >= node && bindings[i].name_node < in.code.tree[node].subtree_end)
        in.place.unknown.insert(i);
  }

  Doubt in_attribute(const Expression &in) const {
    return may(markup_.nodes[in.node].span.first(), "in the value of an attribute");
  }

  Doubt in_braces(const Expression &in) const { return may(markup_.nodes[in.node].span.first(), "inside `{…}`"); }

  /// Renders the value of an expression.
  void render_value(Expression &in, SyntaxIndex value, const Surroundings &at) {
    value = in.code.unwrap(value);
    if (!renders_something(in, value))
      return;
    const SyntaxTree &tree = in.code.tree;
    if (at.depth > render_depth_limit) {
      render_opaque(in, value, may(tree[value].span.first(), "nested too deeply"), at);
      return;
    }
    Surroundings inner = at.inside(in_braces(in));
    switch (tree[value].kind) {
    case Kind::Number:
      if (at.in_attribute)
        break;
      render_children(in, value, at);
      return;
    case Kind::TernaryExpression: {
      SyntaxIndex condition = tree.child(value, Field::Condition);
      uint32_t test = codes_.add(in.place, in.code.unwrap(condition));
      render_unused(in, condition, at);
      render_branch(test, Test::Truthy, [&] { render_value(in, tree.child(value, Field::Consequence), inner); });
      render_branch(test, Test::Falsy, [&] { render_value(in, tree.child(value, Field::Alternative), inner); });
      return;
    }
    case Kind::BinaryExpression: {
      SyntaxIndex left = tree.child(value, Field::Left), right = tree.child(value, Field::Right);
      llvm::StringRef op = in.code.text_of(tree.child(value, Field::Operator));
      if (op != "&&" && op != "||" && op != "??")
        break;
      uint32_t test = codes_.add(in.place, in.code.unwrap(left));
      if (op == "&&")
        render_unused(in, left, at);
      else
        render_value(in, left, at);
      render_branch(test,
                    op == "&&"   ? Test::Truthy
                    : op == "||" ? Test::Falsy
                                 : Test::Nullish,
                    [&] { render_value(in, right, inner); });
      return;
    }
    case Kind::AwaitExpression:
      render_value(in, tree.first_named_child(value), at);
      return;
    case Kind::Array:
      for (SyntaxIndex item = tree.first_child(value); item != no_syntax; item = tree.next_sibling(item))
        if (tree[item].kind == Kind::SpreadElement)
          render_value(in, tree.first_named_child(item), at);
        else if (tree[item].kind != Kind::Token && tree[item].kind != Kind::Comment)
          render_value(in, item, at);
      return;
    case Kind::ArrowFunction:
    case Kind::FunctionExpression: // Astro calls functions that it is to render
      if (!at.in_attribute && !has_parameters(in.code, value)) {
        render_callback(in, value, no_syntax, inner);
        return;
      }
      break;
    case Kind::CallExpression:
      if (render_call(in, value, at, inner))
        return;
      break;
    default:
      break;
    }
    render_opaque(in, value,
                  at.in_attribute ? in_attribute(in)
                                  : may(tree[value].span.first(), "inside `{…}`, in code that is not understood"),
                  at);
  }

  /// Markup that is made where its value is not rendered.
  void render_unused(Expression &in, SyntaxIndex node, const Surroundings &at) {
    render_opaque(in, node, may(in.code.tree[node].span.first(), "in a condition"), at);
  }

  void render_branch(uint32_t test, Test kind, llvm::function_ref<void()> content) {
    uint32_t branch = open(Render::Branch, test, kind);
    content();
    if (facts_.render.size() == branch + 1)
      facts_.render.pop_back();
    else
      close(branch);
  }

  static SyntaxIndex parameters_of(const Code &code, SyntaxIndex function) {
    SyntaxIndex parameter = code.tree.child(function, Field::Parameter); // `item => …`
    return parameter != no_syntax ? parameter : code.tree.child(function, Field::Parameters);
  }

  static bool has_parameters(const Code &code, SyntaxIndex function) {
    SyntaxIndex parameters = parameters_of(code, function);
    return parameters != no_syntax && (code.tree[parameters].kind != Kind::FormalParameters ||
                                       code.tree.first_named_child(parameters) != no_syntax);
  }

  /// Whether a call is one that renders what its callback returns, and is rendered.
  bool render_call(Expression &in, SyntaxIndex call, const Surroundings &at, const Surroundings &inner) {
    const SyntaxTree &tree = in.code.tree;
    SyntaxIndex callee = in.code.unwrap(tree.child(call, Field::Function));
    SyntaxIndex arguments = tree.child(call, Field::Arguments);
    if (callee == no_syntax || arguments == no_syntax || tree[arguments].kind != Kind::Arguments)
      return false;
    llvm::SmallVector<SyntaxIndex, 4> given;
    for (SyntaxIndex at_argument = tree.first_child(arguments); at_argument != no_syntax;
         at_argument = tree.next_sibling(at_argument))
      if (tree[at_argument].kind != Kind::Token && tree[at_argument].kind != Kind::Comment)
        given.push_back(at_argument);
    llvm::StringRef name = in.code.text_of(callee);

    if (name == "Astro.slots.render") {
      std::optional<std::string> slot = rendered_slot(in.code, call);
      if (!slot)
        return false;
      facts_.slots.push_back({std::move(*slot), at.slot, at.doubt});
      leaf(Render::Slot, static_cast<uint32_t>(facts_.slots.size()) - 1);
      return true;
    }
    if (name == "Promise.all" && given.size() == 1) {
      render_value(in, given[0], at);
      return true;
    }
    if (is_function(tree[callee].kind)) {
      if (!given.empty() || has_parameters(in.code, callee))
        return false;
      render_callback(in, callee, no_syntax, inner);
      return true;
    }
    if (given.empty())
      return false;
    SyntaxIndex callback = in.code.unwrap(given.back());
    if (tree[callback].kind != Kind::ArrowFunction && tree[callback].kind != Kind::FunctionExpression)
      return false;
    bool is_array_from = name == "Array.from" && given.size() == 2;
    bool is_map = tree[callee].kind == Kind::MemberExpression && given.size() == 1 &&
                  (in.code.text_of(tree.child(callee, Field::Property)) == "map" ||
                   in.code.text_of(tree.child(callee, Field::Property)) == "flatMap");
    if (!is_array_from && !is_map)
      return false;
    if (is_array_from)
      render_unused(in, given[0], at);
    else
      render_unused(in, callee, at);
    render_callback(in, callback, call, inner);
    return true;
  }

  /// Renders what a function returns that \p call gives each item; no_syntax: that is called where it stands.
  void render_callback(Expression &in, SyntaxIndex function, SyntaxIndex call, const Surroundings &at) {
    const SyntaxTree &tree = in.code.tree;
    SyntaxIndex body = tree.child(function, Field::Body);
    CallbackFact callback;
    if (call != no_syntax)
      callback.head = codes_.add(in.place, call, {tree[call].span.begin, tree[function].span.begin});
    if (has_parameters(in.code, function))
      callback.parameters = codes_.add(in.place, parameters_of(in.code, function));
    facts_.callbacks.push_back(callback);
    uint32_t each = open(Render::Each, static_cast<uint32_t>(facts_.callbacks.size()) - 1);
    if (body != no_syntax && tree[body].kind == Kind::StatementBlock)
      render_statements(in, body, at);
    else if (body != no_syntax)
      render_value(in, body, at);
    close(each);
  }

  /// The statements of a callback. Those that only compute and decide are followed.
  void render_statements(Expression &in, SyntaxIndex block, const Surroundings &at) {
    const SyntaxTree &tree = in.code.tree;
    for (SyntaxIndex i = tree.first_child(block); i != no_syntax; i = tree.next_sibling(i))
      if (tree[i].kind == Kind::FunctionDeclaration) // is there before its statement is
        forget_bindings(in, i);
    for (SyntaxIndex statement = tree.first_child(block); statement != no_syntax;
         statement = tree.next_sibling(statement)) {
      if (render_any_statement(in, statement, at))
        continue;
      while ((statement = tree.next_sibling(statement)) != no_syntax)
        render_opaque(in, statement, may(tree[statement].span.first(), "behind a statement that is not understood"),
                      at);
      return;
    }
  }

  /// Returns whether what follows is certain.
  bool render_any_statement(Expression &in, SyntaxIndex statement, const Surroundings &at) {
    if (render_statement(in, statement, at))
      return true;
    Span first = in.code.tree[statement].span.first();
    render_opaque(in, statement, may(first, "in a statement that is not understood"), at);
    if (!may_leave(in.code, statement))
      return true; // what it changes is known: PureCodes::look_at
    PureCode unknown;
    unknown.text = first;
    unknown.doubt = may(first, "leaves a callback in a way that is not understood");
    facts_.codes.push_back(std::move(unknown));
    render_branch(static_cast<uint32_t>(facts_.codes.size()) - 1, Test::Truthy,
                  [&] { leaf(Render::Return, no_index); });
    return false;
  }

  /// Whether a statement may end by something else than by reaching its end.
  static bool may_leave(const Code &code, SyntaxIndex statement) {
    const SyntaxTree &tree = code.tree;
    SyntaxIndex loop_end = 0, switch_end = 0; // of the outermost ones around
    for (SyntaxIndex i = statement, end = tree[statement].subtree_end; i < end; ++i) {
      switch (tree[i].kind) {
      case Kind::ForStatement:
      case Kind::ForInStatement:
      case Kind::WhileStatement:
      case Kind::DoStatement:
        loop_end = std::max(loop_end, tree[i].subtree_end);
        break;
      case Kind::SwitchStatement:
        switch_end = std::max(switch_end, tree[i].subtree_end);
        break;
      case Kind::ReturnStatement:
      case Kind::LabeledStatement:
        return true;
      case Kind::BreakStatement:
        if (i >= loop_end && i >= switch_end)
          return true;
        break;
      case Kind::ContinueStatement:
        if (i >= loop_end)
          return true;
        break;
      default:
        if (is_function(tree[i].kind))
          i = tree[i].subtree_end - 1;
      }
    }
    return false;
  }

  bool render_statement(Expression &in, SyntaxIndex statement, const Surroundings &at) {
    const SyntaxTree &tree = in.code.tree;
    if (at.depth > render_depth_limit)
      return false;
    switch (tree[statement].kind) {
    case Kind::Token:
    case Kind::Comment:
    case Kind::EmptyStatement:
      return true;
    case Kind::LexicalDeclaration: {
      bool is_constant = in.code.text_of(statement).substr(0, 5) == "const";
      for (SyntaxIndex i = tree.first_child(statement); i != no_syntax; i = tree.next_sibling(i)) {
        if (tree[i].kind != Kind::VariableDeclarator)
          continue;
        render_opaque_children(in, i, at);
        uint32_t code = codes_.add(in.place, i);
        if (is_constant && facts_.codes[code].doubt.certainty == Certainty::Must)
          leaf(Render::Constant, code);
        else
          forget_bindings(in, i);
      }
      return true;
    }
    case Kind::IfStatement: {
      SyntaxIndex condition = tree.child(statement, Field::Condition);
      SyntaxIndex alternative = tree.child(statement, Field::Alternative);
      render_unused(in, condition, at);
      uint32_t test = codes_.add(in.place, in.code.unwrap(condition));
      Surroundings inner = at.inside(in_braces(in));
      render_branch(test, Test::Truthy, [&] { render_arm(in, tree.child(statement, Field::Consequence), inner); });
      if (alternative != no_syntax)
        render_branch(test, Test::Falsy, [&] { render_arm(in, tree.first_named_child(alternative), inner); });
      return true;
    }
    case Kind::ReturnStatement:
      if (SyntaxIndex value = tree.first_named_child(statement); value != no_syntax)
        render_value(in, value, at);
      leaf(Render::Return, no_index);
      return true;
    case Kind::ThrowStatement:
      leaf(Render::Return, no_index);
      return true;
    case Kind::SwitchStatement:
      return render_switch(in, statement, at);
    default:
      return false;
    }
  }

  void render_opaque_children(Expression &in, SyntaxIndex node, const Surroundings &at) {
    if (!children_in(in, node).empty())
      render_opaque(in, node, may(in.code.tree[node].span.first(), "in the value of a variable"), at);
  }

  void render_arm(Expression &in, SyntaxIndex statement, const Surroundings &at) {
    if (in.code.tree[statement].kind == Kind::StatementBlock)
      render_statements(in, statement, at);
    else
      render_any_statement(in, statement, at);
  }

  /// Each case must return: `case 'a': return <A />`. The default stands last.
  bool render_switch(Expression &in, SyntaxIndex statement, const Surroundings &at) {
    const SyntaxTree &tree = in.code.tree;
    SyntaxIndex body = tree.child(statement, Field::Body);
    llvm::SmallVector<SyntaxIndex, 8> cases;
    for (SyntaxIndex i = tree.first_child(body); i != no_syntax; i = tree.next_sibling(i)) {
      if (tree[i].kind != Kind::SwitchCase && tree[i].kind != Kind::SwitchDefault)
        continue;
      if (!cases.empty() && tree[cases.back()].kind == Kind::SwitchDefault)
        return false;
      if (!returns(in.code, i))
        return false;
      cases.push_back(i);
    }
    uint32_t value = codes_.add(in.place, in.code.unwrap(tree.child(statement, Field::Value)));
    Surroundings inner = at.inside(in_braces(in));
    for (SyntaxIndex i : cases) {
      uint32_t branch = no_index;
      if (tree[i].kind == Kind::SwitchCase)
        branch = open(Render::Branch, value, Test::Equals, codes_.add(in.place, tree.child(i, Field::Value)));
      for (SyntaxIndex at_case = tree.first_child(i); at_case != no_syntax; at_case = tree.next_sibling(at_case))
        if (tree[at_case].field != Field::Value)
          render_arm(in, at_case, inner);
      if (branch != no_index)
        close(branch);
    }
    return true;
  }

  /// Whether the last statement of a case returns.
  static bool returns(const Code &code, SyntaxIndex node) {
    SyntaxIndex last = no_syntax;
    for (SyntaxIndex i = code.tree.first_child(node); i != no_syntax; i = code.tree.next_sibling(i))
      if (code.tree[i].kind != Kind::Token && code.tree[i].kind != Kind::Comment && code.tree[i].field != Field::Value)
        last = i;
    if (last == no_syntax)
      return false;
    if (code.tree[last].kind == Kind::StatementBlock)
      return returns(code, last);
    return code.tree[last].kind == Kind::ReturnStatement || code.tree[last].kind == Kind::ThrowStatement;
  }

  Context &context_;
  ModuleFacts &facts_;
  const TemplateTree &markup_;
  const RequestState &state_; ///< of the frontmatter
  PureCodes &codes_;
  bool has_style_ = false;
  llvm::DenseMap<uint32_t, std::pair<size_t, size_t>> calls_; ///< the uses of an expression
  std::vector<llvm::StringRef> runtime_names_;                ///< the local names by which getLoaderData can be called
};

} // namespace

void analyze_markup(Context &context, Span markup, const RequestState &state, PureCodes &codes) {
  TemplateTree tree = parse_template(context.source.text(), markup);
  for (const TemplateError &error : tree.errors)
    context.report(error.span, 1003, Severity::Error, error.message);
  if (!tree.errors.empty()) {
    context.facts.usable = false;
    return;
  }
  MarkupAnalysis(context, tree, state, codes).run();
  collect_markup_effects(context, tree, state);
}

} // namespace foreload::analyze
