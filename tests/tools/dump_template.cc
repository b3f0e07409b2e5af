// Prints what the region finder and the template parser make of .astro files, for tests/differential: a line of JSON
// for each path that is read from the standard input. Offsets are in bytes.
#include "parse/astro_regions.h"
#include "parse/template.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

using namespace foreload;
using nlohmann::json;

static json dump(llvm::StringRef text) {
  AstroRegions regions = find_astro_regions(text);
  TemplateTree tree = parse_template(text, regions.markup);
  auto slice = [&](Span span) { return text.substr(span.begin, span.size()).str(); };

  json components = json::array();
  for (const TemplateNode &node : tree.nodes) {
    if (node.kind != TemplateNodeKind::Component)
      continue;
    bool in_expression = false;
    json enclosing = json::array();
    for (uint32_t i = node.parent; i != no_node; i = tree.nodes[i].parent) {
      in_expression |= tree.nodes[i].kind == TemplateNodeKind::Expression;
      if (tree.nodes[i].kind == TemplateNodeKind::Component)
        enclosing.push_back(slice(tree.nodes[i].name));
    }
    json attributes = json::array();
    for (uint32_t i = 0; i < node.attribute_count; ++i)
      attributes.push_back(slice(tree.attributes[node.first_attribute + i].name));
    components.push_back({{"name", slice(node.name)},
                          {"begin", node.span.begin},
                          {"end", node.span.end},
                          {"inExpression", in_expression},
                          {"enclosing", enclosing},
                          {"attributes", attributes}});
  }
  json errors = json::array();
  for (const TemplateError &error : tree.errors)
    errors.push_back(std::to_string(error.span.begin) + ": " + error.message);
  json result = {{"components", components}, {"errors", errors}};
  if (regions.frontmatter)
    result["code"] = {regions.frontmatter->code.begin, regions.frontmatter->code.end};
  return result;
}

int main() {
  std::string path;
  while (std::getline(std::cin, path)) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::cerr << path << ": cannot be read\n";
      return 1;
    }
    std::string text(std::istreambuf_iterator<char>(file), {});
    json result = dump(text);
    result["path"] = path;
    std::cout << result.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }
  return 0;
}
