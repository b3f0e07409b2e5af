// The markup: component tags, slots, and the calls of getLoaderData in its expressions.
//
// Must-render at the first level: HTML nesting and fragments keep certainty, `{…}` loses it.
#include "analyze/context.h"
#include "analyze/request_state.h"
#include "parse/template.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>

namespace foreload::analyze {

namespace {

class MarkupAnalysis {
public:
  MarkupAnalysis(Context &context, const TemplateTree &markup, const RequestState &state)
      : context_(context), markup_(markup), state_(state) {}

  void run() {
    find_chosen_slots();
    places_.resize(markup_.nodes.size());
    expressions_.resize(markup_.nodes.size(), no_node);
    for (uint32_t i = 0; i < context_.facts.imports.size(); ++i)
      if (context_.is_runtime_import(i) && !context_.facts.imports[i].local.empty())
        runtime_names_.push_back(context_.facts.imports[i].local);
    for (uint32_t i = 0; i < markup_.nodes.size(); ++i) {
      const TemplateNode &node = markup_.nodes[i];
      if (node.parent != no_node)
        expressions_[i] =
            markup_.nodes[node.parent].kind == TemplateNodeKind::Expression ? node.parent : expressions_[node.parent];
      places_[i] = place_of(i);
      switch (node.kind) {
      case TemplateNodeKind::Component:
        add_site(i);
        break;
      case TemplateNodeKind::Element:
        if (name_of(node) == "slot" && !attribute(node, "is:inline"))
          add_slot(i);
        break;
      case TemplateNodeKind::Expression:
        analyze_expression(i);
        break;
      case TemplateNodeKind::Fragment:
      case TemplateNodeKind::Comment:
        break;
      }
    }
  }

private:
  /// Where a node stands, and how sure it is to be rendered when that place is.
  struct Place {
    SlotPlace slot;
    Doubt doubt;
    uint32_t site = no_index; ///< of a Component: its render site
  };

  llvm::StringRef text(Span span) const { return context_.source.text(span); }
  llvm::StringRef name_of(const TemplateNode &node) const { return text(node.name); }
  const TemplateAttribute *attribute(const TemplateNode &node, llvm::StringRef name) const {
    return markup_.find_attribute(context_.source.text(), node, name);
  }

  static Doubt may(Span span, std::string why) { return {Certainty::May, 3001, span, std::move(why)}; }
  static Doubt never(Span span, std::string why) { return {Certainty::Never, 3002, span, std::move(why)}; }
  static Doubt worse(const Doubt &a, const Doubt &b) { return b.certainty > a.certainty ? b : a; }

  Place place_of(uint32_t index) {
    const TemplateNode &node = markup_.nodes[index];
    if (node.parent == no_node)
      return {};
    const TemplateNode &parent = markup_.nodes[node.parent];
    Place place = places_[node.parent];
    place.site = no_index;
    switch (parent.kind) {
    case TemplateNodeKind::Component:
      if (node.in_attribute)
        break; // evaluated where the tag is
      place = {{places_[node.parent].site, "default"}, {}, no_index};
      // A component's content stands in one of its slots; only direct children choose which.
      if (const TemplateAttribute *slot = slot_attribute(node)) {
        place.slot.slot = text(slot->value).str(); // `slot` without a value names a slot that nobody has
        if (!is_static(*slot))
          place.doubt = may(slot->value, "in a slot that is chosen at run time");
      }
      if (chooses_slots_[node.parent])
        place.doubt = worse(place.doubt, may(parent.name, "beside content that chooses its slot at run time"));
      place.doubt = worse(place.doubt, content_doubt(parent));
      break;
    case TemplateNodeKind::Element:
      if (name_of(parent) == "slot" && !node.in_attribute)
        place.doubt = worse(place.doubt, may(parent.name, "in a slot's fallback content"));
      if (!node.in_attribute)
        place.doubt = worse(place.doubt, content_doubt(parent));
      break;
    case TemplateNodeKind::Fragment:
      if (!node.in_attribute)
        place.doubt = worse(place.doubt, content_doubt(parent));
      break;
    case TemplateNodeKind::Expression:
      place.doubt = worse(place.doubt, may({parent.span.begin, parent.span.begin + 1}, "inside `{…}`"));
      break;
    case TemplateNodeKind::Comment:
      break;
    }
    return place;
  }

  const TemplateAttribute *slot_attribute(const TemplateNode &node) const {
    return node.kind == TemplateNodeKind::Expression || node.kind == TemplateNodeKind::Comment
               ? nullptr
               : attribute(node, "slot");
  }

  static bool is_static(const TemplateAttribute &attribute) {
    return attribute.kind == AttributeKind::Quoted || attribute.kind == AttributeKind::Unquoted ||
           attribute.kind == AttributeKind::Empty;
  }

  /// Finds the components with content that chooses its slot at run time, `{c && <p slot="a" />}` or `slot={a}`: it
  /// takes the place of what stands in that slot otherwise.
  void find_chosen_slots() {
    chooses_slots_.resize(markup_.nodes.size());
    std::vector<uint32_t> owners(markup_.nodes.size(), no_node); // the nearest component around each node
    std::vector<bool> in_expression(markup_.nodes.size());       // there is an expression between the two
    for (uint32_t i = 0; i < markup_.nodes.size(); ++i) {
      const TemplateNode &node = markup_.nodes[i];
      if (node.parent == no_node)
        continue;
      const TemplateNode &parent = markup_.nodes[node.parent];
      bool is_owner = parent.kind == TemplateNodeKind::Component;
      owners[i] = is_owner ? node.parent : owners[node.parent];
      in_expression[i] = !is_owner && (in_expression[node.parent] || parent.kind == TemplateNodeKind::Expression);
      if (owners[i] == no_node)
        continue;
      if (const TemplateAttribute *slot = slot_attribute(node); slot && (in_expression[i] || !is_static(*slot)))
        chooses_slots_[owners[i]] = true;
    }
  }

  /// `set:html` and `set:text` replace an element's content. A spread could carry them, but Astro reads directives at
  /// compile time only.
  Doubt content_doubt(const TemplateNode &parent) const {
    for (llvm::StringRef directive : {"set:html", "set:text"})
      if (const TemplateAttribute *replaced = attribute(parent, directive))
        return never(replaced->name, "replaced by `" + directive.str() + "`");
    return {};
  }

  void add_site(uint32_t index) {
    const TemplateNode &node = markup_.nodes[index];
    RenderSite site;
    site.tag = name_of(node).str();
    site.span = node.name;
    site.place = places_[index].slot;
    site.doubt = places_[index].doubt;
    auto [head, member] = llvm::StringRef(site.tag).split('.');
    site.member = member.str();
    if (site.tag == "Astro.self")
      site.is_self = true;
    else if (!is_shadowed(index, head))
      site.import = context_.import_of(context_.code.scopes.lookup(head, top_scope));
    for (uint32_t i = 0; i < node.attribute_count; ++i) {
      const TemplateAttribute &at = markup_.attributes[node.first_attribute + i];
      if (text(at.name) == "server:defer")
        site.is_island = true;
      else if (text(at.name) == "client:only")
        site.doubt = never(at.name, "rendered in the browser only");
    }
    if (site.is_island)
      site.doubt = worse(site.doubt, never(node.name, "a server island: rendered in a request of its own"));
    places_[index].site = static_cast<uint32_t>(context_.facts.sites.size());
    context_.facts.sites.push_back(std::move(site));
  }

  void add_slot(uint32_t index) {
    const TemplateNode &node = markup_.nodes[index];
    SlotFact slot;
    slot.name = "default";
    slot.place = places_[index].slot;
    slot.doubt = places_[index].doubt;
    if (const TemplateAttribute *name = attribute(node, "name")) {
      if (name->kind == AttributeKind::Quoted || name->kind == AttributeKind::Unquoted)
        slot.name = text(name->value).str();
      else
        slot.doubt = worse(slot.doubt, may(name->name, "its name is known at run time only"));
    }
    context_.facts.slots.push_back(std::move(slot));
  }

  /// The expression's own JavaScript: what stands around the markup in it, which becomes `0`. Every byte of a file is
  /// in the own code of one expression at most, so all of them together are no longer than the file.
  struct OwnCode {
    std::string text; ///< in parentheses, so that `{a: 1}` is an object; on a line of its own, for `{// comment`
    std::vector<TextPiece> pieces;
  };

  OwnCode own_code(uint32_t index) const {
    const TemplateNode &node = markup_.nodes[index];
    OwnCode code{"(", {{0, node.content.begin}}};
    uint32_t at = node.content.begin;
    auto take = [&](uint32_t end) {
      code.pieces.push_back({static_cast<uint32_t>(code.text.size()), at});
      code.text += text({at, end});
    };
    for (uint32_t i = index + 1; i < node.subtree_end; i = markup_.nodes[i].subtree_end) {
      Span child = markup_.nodes[i].span;
      take(child.begin);
      code.pieces.push_back({static_cast<uint32_t>(code.text.size()), child.begin});
      code.text += "0 ";
      at = child.end;
    }
    take(node.content.end);
    code.pieces.push_back({static_cast<uint32_t>(code.text.size()), node.content.end});
    code.text += "\n)";
    return code;
  }

  /// Whether a tag's name is bound inside an expression around it: `{cards.map(Card => <Card />)}`.
  bool is_shadowed(uint32_t index, llvm::StringRef name) {
    // Out to an expression whose answer is known, then in again: expressions nest without bounds.
    llvm::SmallVector<uint32_t, 8> chain;
    bool shadowed = false;
    for (uint32_t at = expressions_[index]; at != no_node; at = expressions_[at]) {
      if (auto known = shadowed_names_[at].find(name); known != shadowed_names_[at].end()) {
        shadowed = known->second;
        break;
      }
      chain.push_back(at);
    }
    while (!chain.empty()) {
      uint32_t at = chain.pop_back_val();
      shadowed = shadowed || binds(own_code(at), name);
      shadowed_names_[at][name] = shadowed;
    }
    return shadowed;
  }

  bool binds(const OwnCode &own, llvm::StringRef name) const {
    if (llvm::StringRef(own.text).find(name) == llvm::StringRef::npos)
      return false;
    Code code(SyntaxTree::parse(own.text, own.pieces), context_.source.text());
    for (const Binding &binding : code.scopes.bindings())
      if (binding.name == name)
        return true;
    return false;
  }

  void analyze_expression(uint32_t index) {
    // Most expressions neither call getLoaderData nor change the request: parse only those that name what they need for
    // it.
    OwnCode own = own_code(index);
    bool may_call = names_runtime(own.text), may_change = state_.may_occur_in(own.text);
    if (!may_call && !may_change)
      return;
    Code code(SyntaxTree::parse(own.text, own.pieces), context_.source.text());
    if (may_change)
      find_state_change(code);
    if (!may_call)
      return;
    Place place = places_[index];
    if (place.doubt.certainty == Certainty::Must && place.slot.site != no_index)
      place.doubt = may(context_.facts.sites[place.slot.site].span, "in a component's slot");
    collect_loader_uses(context_, code, false, place.doubt);
  }

  bool names_runtime(llvm::StringRef code) const {
    for (llvm::StringRef name : runtime_names_)
      if (code.find(name) != llvm::StringRef::npos)
        return true;
    return false;
  }

  void find_state_change(const Code &code) {
    RequestState state(code, &state_);
    for (const Reference &reference : code.scopes.references())
      if (state.is_changed_by(reference.node))
        context_.facts.changes_state_in_markup = true;
  }

  Context &context_;
  const TemplateTree &markup_;
  const RequestState &state_;         ///< of the frontmatter
  std::vector<Place> places_;         ///< by node
  std::vector<bool> chooses_slots_;   ///< by node: see find_chosen_slots
  std::vector<uint32_t> expressions_; ///< by node: the nearest expression around it, or no_node
  llvm::DenseMap<uint32_t, llvm::StringMap<bool>> shadowed_names_; ///< what is_shadowed has found, by expression
  std::vector<llvm::StringRef> runtime_names_; ///< the local names by which getLoaderData can be called
};

} // namespace

void analyze_markup(Context &context, Span markup, const RequestState &state) {
  TemplateTree tree = parse_template(context.source.text(), markup);
  for (const TemplateError &error : tree.errors)
    context.report(error.span, 1003, Severity::Error, error.message);
  if (!tree.errors.empty()) {
    context.facts.usable = false;
    return;
  }
  MarkupAnalysis(context, tree, state).run();
}

} // namespace foreload::analyze
