// The markup: component tags, slots, and the calls of getLoaderData in its expressions.
//
// Must-render at the first level: HTML nesting and fragments keep certainty, `{…}` loses it.
#include "analyze/context.h"
#include "parse/template.h"

#include <llvm/ADT/StringSwitch.h>

namespace foreload::analyze {

namespace {

class MarkupAnalysis {
public:
  MarkupAnalysis(Context &context, const TemplateTree &markup) : context_(context), markup_(markup) {}

  void run() {
    places_.resize(markup_.nodes.size());
    for (uint32_t i = 0; i < markup_.nodes.size(); ++i) {
      const TemplateNode &node = markup_.nodes[i];
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
        if (slot->kind == AttributeKind::Quoted || slot->kind == AttributeKind::Unquoted)
          place.slot.slot = text(slot->value).str();
        else if (slot->kind != AttributeKind::Empty)
          place.doubt = may(slot->value, "in a slot that is chosen at run time");
      }
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
    return node.kind == TemplateNodeKind::Expression || node.kind == TemplateNodeKind::Comment ? nullptr : attribute(node, "slot");
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

  /// The expression's own JavaScript: what stands around the markup in it. Markup becomes `0` and blanks, so that
  /// offsets stay; adjacent elements, which Astro takes for one value, become one `0`.
  std::string own_code(uint32_t index) const {
    const TemplateNode &node = markup_.nodes[index];
    Span content = node.content;
    std::string code = text(content).str();
    if (size_t dots = llvm::StringRef(code).find_first_not_of(" \t\r\n"); std::string_view(code).substr(std::min(dots, code.size())).starts_with("..."))
      code.replace(dots, 3, 3, ' '); // `{...props}`
    uint32_t last_end = UINT32_MAX;
    for (uint32_t i = index + 1; i < node.subtree_end; i = markup_.nodes[i].subtree_end) {
      Span child = markup_.nodes[i].span;
      bool adjacent = last_end != UINT32_MAX && text({last_end, child.begin}).trim().empty();
      for (uint32_t at = child.begin; at < child.end; ++at)
        if (char &c = code[at - content.begin]; c != '\n' && c != '\r')
          c = ' ';
      if (!adjacent)
        code[child.begin - content.begin] = '0';
      last_end = child.end;
    }
    return code;
  }

  /// Whether a tag's name is bound inside an expression around it: `{cards.map(Card => <Card />)}`.
  bool is_shadowed(uint32_t index, llvm::StringRef name) const {
    for (uint32_t at = markup_.nodes[index].parent; at != no_node; at = markup_.nodes[at].parent) {
      if (markup_.nodes[at].kind != TemplateNodeKind::Expression)
        continue;
      std::string own = own_code(at);
      if (llvm::StringRef(own).find(name) == llvm::StringRef::npos)
        continue;
      bool bound = false;
      with_expression(at, own, [&](const Code &code) {
        for (const Binding &binding : code.scopes.bindings())
          bound |= binding.name == name;
      });
      if (bound)
        return true;
    }
    return false;
  }

  /// Parses an expression in parentheses, so that `{a: 1}` is an object, on a line of its own, for `{// comment`.
  template <typename Function> void with_expression(uint32_t index, llvm::StringRef own, Function &&function) const {
    std::string wrapped = "(" + own.str() + "\n)";
    // The code's spans index the file, whose text has the same bytes wherever there is code.
    function(Code(SyntaxTree::parse(wrapped, markup_.nodes[index].content.begin - 1), context_.source.text()));
  }

  void analyze_expression(uint32_t index) {
    // Most expressions cannot call getLoaderData: parse only those that name it.
    std::string own = own_code(index);
    bool names_runtime = false;
    for (uint32_t i = 0; i < context_.facts.imports.size(); ++i)
      names_runtime |= context_.is_runtime_import(i) && !context_.facts.imports[i].local.empty() &&
                       llvm::StringRef(own).find(context_.facts.imports[i].local) != llvm::StringRef::npos;
    if (!names_runtime)
      return;
    Place place = places_[index];
    if (place.doubt.certainty == Certainty::Must && place.slot.site != no_index)
      place.doubt = may(context_.facts.sites[place.slot.site].span, "in a component's slot");
    with_expression(index, own, [&](const Code &code) { collect_loader_uses(context_, code, false, place.doubt); });
  }

  Context &context_;
  const TemplateTree &markup_;
  std::vector<Place> places_; ///< by node
};

} // namespace

void analyze_markup(Context &context, Span markup) {
  TemplateTree tree = parse_template(context.source.text(), markup);
  for (const TemplateError &error : tree.errors)
    context.report(error.span, 1003, Severity::Error, error.message);
  if (!tree.errors.empty()) {
    context.facts.usable = false;
    return;
  }
  MarkupAnalysis(context, tree).run();
}

} // namespace foreload::analyze
