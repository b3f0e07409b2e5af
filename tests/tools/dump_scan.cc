// Prints what the module scanner makes of modules, for tests/differential: a line of JSON for each path that is read
// from the standard input, with what the syntax tree says where that differs. Offsets are in bytes. With --no-tree, no
// tree is made.
#include "parse/astro_regions.h"
#include "parse/module_scan.h"
#include "parse/syntax_tree.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

using namespace foreload;
using nlohmann::json;

static json dump(const ModuleScan &scan) {
  auto span = [](Span at) { return json::array({at.begin, at.end}); };
  json imports = json::array(), exports = json::array(), globs = json::array(), tags = json::array();
  for (const ModuleScan::Import &import : scan.imports) {
    static const char *const forms[] = {"static", "re-export", "dynamic", "require"};
    json names = json::array();
    for (uint32_t i = import.names_begin; i < import.names_end; ++i) {
      static const char *const name_forms[] = {"named", "default", "namespace"};
      const ModuleScan::Name &name = scan.names[i];
      names.push_back({{"form", name_forms[static_cast<int>(name.form)]},
                       {"type", name.type_only},
                       {"imported", span(name.imported)},
                       {"local", span(name.local)}});
    }
    imports.push_back({{"form", forms[static_cast<int>(import.form)]},
                       {"type", import.type_only},
                       {"statement", span(import.statement)},
                       {"specifier", span(import.specifier)},
                       {"names", names}});
  }
  for (const ModuleScan::Export &found : scan.exports) {
    static const char *const forms[] = {"named", "default", "star", "star as"};
    exports.push_back({{"form", forms[static_cast<int>(found.form)]},
                       {"type", found.type_only},
                       {"exported", span(found.exported)},
                       {"local", span(found.local)},
                       {"import", found.import == ModuleScan::no_import ? json() : json(found.import)}});
  }
  for (const ModuleScan::Glob &glob : scan.globs) {
    json patterns = json::array();
    for (uint32_t i = glob.patterns_begin; i < glob.patterns_end; ++i)
      patterns.push_back(span(scan.glob_patterns[i]));
    globs.push_back({{"begin", glob.begin}, {"patterns", patterns}, {"eager", glob.eager}, {"base", span(glob.base)}});
  }
  for (Span tag : scan.component_tags)
    tags.push_back(span(tag));
  return {{"imports", imports},
          {"exports", exports},
          {"globs", globs},
          {"tags", tags},
          {"meta", scan.uses_import_meta},
          {"loader", scan.exports_loader}};
}

/// Whether the tree of the module's code has errors.
static bool has_errors(llvm::StringRef text, ModuleLanguage language) {
  if (language == ModuleLanguage::Astro) {
    AstroRegions regions = find_astro_regions(text);
    text = regions.frontmatter ? text.slice(regions.frontmatter->code.begin, regions.frontmatter->code.end) : "";
  }
  return SyntaxTree::parse(text, uint32_t(0)).first_error().has_value();
}

int main(int argc, char **argv) {
  bool has_tree = argc < 2 || std::string(argv[1]) != "--no-tree";
  std::string path;
  ModuleScan scan, parsed, imports;
  while (std::getline(std::cin, path)) {
    std::ifstream file(path, std::ios::binary);
    std::optional<ModuleLanguage> language = module_language(path);
    if (!file || !language) {
      std::cerr << path << ": cannot be read\n";
      return 1;
    }
    std::string text(std::istreambuf_iterator<char>(file), {});
    scan_module(text, *language, scan);
    json result = dump(scan);
    scan_module(text, *language, imports, ScanFor::Imports);
    if (!scan.doubtful && (imports.doubtful || dump(imports)["imports"] != result["imports"] ||
                           dump(imports)["globs"] != result["globs"]))
      result["importsAlone"] = dump(imports);
    if (has_tree && !has_errors(text, *language)) {
      parse_module(text, *language, parsed);
      if (json tree = dump(parsed); result != tree)
        result["tree"] = tree;
    }
    result["path"] = path;
    result["doubtful"] = scan.doubtful;
    std::cout << result.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }
  return 0;
}
