// Which module leads to which: the graph of a whole project, from imports alone.
//
// Unlike ModuleGraph, which follows what components render, it knows nothing of what is in a module but its imports, and
// so can be had of ten thousand modules in the time that it takes to read them. Modules and edges are two flat arrays;
// a module is its number.
#pragma once
#include "link/module_lookup.h"
#include "source/source_file.h"

#include <cstdint>
#include <string>
#include <vector>

namespace foreload {

enum class ModuleType : uint8_t {
  Astro,
  Script, ///< JavaScript and TypeScript, JSX included
  Markdown,
  Json,
  Asset, ///< anything else: it leads nowhere
};

/// By the path's extension.
ModuleType module_type(llvm::StringRef path);

enum class ImportForm : uint8_t {
  Static,    ///< `import … from`, `export … from`
  Dynamic,   ///< `import()`
  Require,   ///< `import x = require()`
  Layout,    ///< what a Markdown file is rendered in
  Client,    ///< by a `<script>` of a component: in browsers
  Resource,  ///< `?raw`, `?url`: the file's text or its address, not what it exports
  Glob,      ///< by `import.meta.glob`
  EagerGlob, ///< by one that is `eager`
};

struct ImportEdge {
  uint32_t target = 0; ///< a module
  ImportForm form = ImportForm::Static;
  bool type_only = false; ///< there is nothing of it at run time

  /// Whether the target is evaluated before the importer.
  bool orders() const {
    return !type_only && (form == ImportForm::Static || form == ImportForm::Require || form == ImportForm::Layout ||
                          form == ImportForm::EagerGlob);
  }
};

/// An import that leads to no module.
struct LooseImport {
  uint32_t module = 0;
  std::string specifier;
  bool is_external = false; ///< by design: `node:fs`, `astro:content`, `https://…`
  bool type_only = false;
  Position position; ///< in the module
  std::optional<OtherCase> other_case; ///< set by find_other_cases()
};

struct ImportGraph {
  struct Module {
    FileRef file;
    ModuleType type = ModuleType::Asset;
    bool is_root = false;      ///< the crawl began with it
    bool is_installed = false; ///< it is below node_modules
    bool is_read = false;      ///< what it imports is known
    uint32_t size = 0;         ///< in bytes, if it was read
    uint32_t edges_begin = 0;  ///< its edges, in source order, are [edges_begin, edges_end)
    uint32_t edges_end = 0;
  };
  std::vector<Module> modules; ///< breadth first from the roots, imports in source order
  std::vector<ImportEdge> edges;
  std::vector<LooseImport> loose; ///< by module, in source order

  std::shared_ptr<ModuleLookup> lookup; ///< owns what `file` names
};

/// Looks for files of the same names in other case, for imports that were not found.
void find_other_cases(ImportGraph &graph);

struct ModuleOrder {
  /// All modules, each behind those that are evaluated before it, as far as cycles allow.
  std::vector<uint32_t> modules;
  struct Cycle {
    std::vector<uint32_t> modules; ///< a shortest way from the first of them back to it
    size_t component_size = 0;     ///< how many modules lead to each other, these included
  };
  std::vector<Cycle> cycles; ///< one of each strongly connected component, sorted
};

/// In linear time: Kahn's algorithm and, where it ends early, strongly connected components.
ModuleOrder order_modules(const ImportGraph &graph);

} // namespace foreload
