// Prints what the region finder and the template parser make of .astro files, for tests/differential: a line of JSON
// for each path that is read from the standard input. Offsets are in bytes.
#include "parse/astro_regions.h"
#include "parse/template.h"

#include <llvm/Support/JSON.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include <iostream>
#include <string>

using namespace foreload;

static void dump(llvm::StringRef path, llvm::StringRef text) {
  AstroRegions regions = find_astro_regions(text);
  TemplateTree tree = parse_template(text, regions.markup);
  auto slice = [&](Span span) { return text.substr(span.begin, span.size()); };

  llvm::json::OStream out(llvm::outs());
  out.object([&] {
    out.attribute("path", path);
    if (regions.frontmatter) {
      out.attributeArray("code", [&] {
        out.value(regions.frontmatter->code.begin);
        out.value(regions.frontmatter->code.end);
      });
    }
    out.attributeArray("components", [&] {
      for (const TemplateNode &node : tree.nodes) {
        if (node.kind != TemplateNodeKind::Component)
          continue;
        bool in_expression = false;
        std::vector<llvm::StringRef> enclosing;
        for (uint32_t i = node.parent; i != no_node; i = tree.nodes[i].parent) {
          in_expression |= tree.nodes[i].kind == TemplateNodeKind::Expression;
          if (tree.nodes[i].kind == TemplateNodeKind::Component)
            enclosing.push_back(slice(tree.nodes[i].name));
        }
        out.object([&] {
          out.attribute("name", slice(node.name));
          out.attribute("begin", node.span.begin);
          out.attribute("end", node.span.end);
          out.attribute("inExpression", in_expression);
          out.attributeArray("enclosing", [&] {
            for (llvm::StringRef name : enclosing)
              out.value(name);
          });
          out.attributeArray("attributes", [&] {
            for (uint32_t i = 0; i < node.attribute_count; ++i)
              out.value(slice(tree.attributes[node.first_attribute + i].name));
          });
        });
      }
    });
    out.attributeArray("errors", [&] {
      for (const TemplateError &error : tree.errors)
        out.value(std::to_string(error.span.begin) + ": " + error.message);
    });
  });
  llvm::outs() << '\n';
}

int main() {
  std::string path;
  while (std::getline(std::cin, path)) {
    auto file = llvm::MemoryBuffer::getFile(path);
    if (!file) {
      llvm::errs() << path << ": " << file.getError().message() << '\n';
      return 1;
    }
    dump(path, (*file)->getBuffer());
  }
  return 0;
}
