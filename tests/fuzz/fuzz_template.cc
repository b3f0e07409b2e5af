// The template parser on any bytes: the nodes are a tree in source order, and all spans lie where they belong.
#include "parse/astro_regions.h"
#include "parse/template.h"

#include <cstddef>
#include <cstdlib>

using namespace foreload;

#define REQUIRE(condition) ((condition) ? void() : std::abort())

static void check(const TemplateTree &tree, Span markup) {
  auto in_bounds = [](Span outer, Span inner) { return inner.begin <= inner.end && outer.contains(inner); };
  std::vector<uint32_t> previous_sibling_end(tree.nodes.size() + 1, markup.begin); // by parent; the root's comes last
  std::vector<bool> is_value(tree.nodes.size());
  uint32_t attributes = 0;
  for (uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const TemplateNode &node = tree.nodes[i];
    REQUIRE(in_bounds(markup, node.span) && !node.span.empty());
    REQUIRE(in_bounds(node.span, node.name) && in_bounds(node.span, node.content));
    REQUIRE(i < node.subtree_end && node.subtree_end <= tree.nodes.size());
    if (node.parent != no_node) {
      REQUIRE(node.parent < i);
      const TemplateNode &parent = tree.nodes[node.parent];
      REQUIRE(node.subtree_end <= parent.subtree_end && in_bounds(parent.span, node.span));
      REQUIRE(node.in_attribute || in_bounds(parent.content, node.span));
      REQUIRE(parent.kind != TemplateNodeKind::Comment && (!parent.raw || node.in_attribute));
    }
    uint32_t &sibling_end = previous_sibling_end[node.parent == no_node ? tree.nodes.size() : node.parent];
    REQUIRE(sibling_end <= node.span.begin);
    sibling_end = node.span.end;
    // The parent is the nearest enclosing node: the next node is in this subtree exactly if this is its parent.
    if (i + 1 < tree.nodes.size())
      REQUIRE((tree.nodes[i + 1].parent == i) == (node.subtree_end > i + 1));

    REQUIRE(node.attribute_count <= tree.attributes.size() - node.first_attribute);
    attributes += node.attribute_count;
    for (uint32_t a = node.first_attribute; a < node.first_attribute + node.attribute_count; ++a) {
      const TemplateAttribute &attribute = tree.attributes[a];
      REQUIRE(in_bounds(node.span, attribute.name) && in_bounds(node.span, attribute.value));
      bool is_code = attribute.kind >= AttributeKind::Expression;
      REQUIRE(is_code == (attribute.expression != no_node));
      if (is_code) {
        const TemplateNode &value = tree.nodes[attribute.expression];
        REQUIRE(value.kind == TemplateNodeKind::Expression && value.in_attribute && value.parent == i);
        REQUIRE(value.content == attribute.value && !is_value[attribute.expression]);
        is_value[attribute.expression] = true;
      }
    }
  }
  REQUIRE(attributes == tree.attributes.size());
  for (uint32_t i = 0; i < tree.nodes.size(); ++i)
    REQUIRE(is_value[i] == tree.nodes[i].in_attribute);
  for (const TemplateError &error : tree.errors)
    REQUIRE(in_bounds(markup, error.span) && !error.message.empty());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  Span markup = find_astro_regions(text).markup;
  check(parse_template(text, markup), markup);
  return 0;
}
