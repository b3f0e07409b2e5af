#include "link/module_graph.h"

#include "engine/module_store.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <initializer_list>

using namespace foreload;

namespace {

/// A project at /app in memory.
struct Project {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> files{new llvm::vfs::InMemoryFileSystem};

  Project(std::initializer_list<std::pair<const char *, std::string>> contents) {
    for (auto &[path, text] : contents)
      files->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  }

  /// Links a page that starts with \p imports and reads everything that it imports in code that could run early.
  ModuleGraph link(const std::string &imports) const {
    ModuleStore store(files, {.root = "/app"}, {}, false);
    std::shared_ptr<const ModuleFacts> page = store.facts_of_text("/app/src/page.astro", "---\n" + imports + "\n---\n");
    auto reading = std::make_shared<ModuleFacts>(*page);
    PureCode code;
    for (uint32_t i = 0; i < reading->imports.size(); ++i)
      code.uses.push_back({CodeUse::Of::Import, {}, i});
    reading->codes.push_back(code);
    return link_modules({reading}, store);
  }

  /// The names among the page's imports that are constants, in order.
  std::string constants(const std::string &imports) const {
    INFO(imports);
    ModuleGraph graph = link(imports);
    const LinkedModule &page = graph.modules[0];
    REQUIRE(page.constant_imports.size() == page.facts->imports.size());
    std::string names;
    for (size_t i = 0; i < page.constant_imports.size(); ++i)
      if (page.constant_imports[i])
        names += (names.empty() ? "" : " ") + page.facts->imports[i].local;
    return names;
  }
};

} // namespace

TEST_CASE("constants of a script module are followed through barrels") {
  Project project{
      {"/app/src/data.ts", "export const items = [1], n = 2; export default { a: 1 }; export const f = () => 1"},
      {"/app/src/barrel.ts", "export { items as list, default as base } from './data'; export * from './more';\n"
                             "import { n } from './data'; export { n }; export * as data from './only'"},
      {"/app/src/more.ts", "export const more = 1; export { default as site } from './site.json'"},
      {"/app/src/only.ts", "export const a = 1, b = [2]"},
      {"/app/src/site.json", "{}"}};
  CHECK(project.constants("import base, { items, n, f } from './data'") == "base items n");
  CHECK(project.constants("import { list, base, more, n, site, data } from './barrel'") ==
        "list base more n site data");
  CHECK(project.constants("import { missing } from './barrel'") == "");
  CHECK(project.constants("import * as only from './only'; import * as mixed from './data'") == "only");
}

TEST_CASE("a constant is made of constants, in other modules too") {
  Project project{
      {"/app/src/a.ts", "import { b } from './b'; import site from './site.json'; export const a = [b, site.x]"},
      {"/app/src/b.ts", "import { c } from './c'; export const b = [...c], one = 1"},
      {"/app/src/c.ts", "export const c = []; export const add = (x) => c.push(x)"},
      {"/app/src/x.ts", "import { y } from './y'; export const x = 1, z = y"},
      {"/app/src/y.ts", "import { x } from './x'; export const y = x"},
      {"/app/src/site.json", "{}"}};
  CHECK(project.constants("import { a } from './a'; import { b, one } from './b'; import { c } from './c'") == "one");
  CHECK(project.constants("import { z } from './x'; import { y } from './y'") == "z y");
}

TEST_CASE("data files and assets are constants, components are not") {
  Project project{{"/app/src/a.json", ""},   {"/app/src/logo.png", ""},        {"/app/src/icon.svg", ""},
                  {"/app/src/x.css", ""},    {"/app/src/x.module.css", ""},    {"/app/src/post.md", ""},
                  {"/app/src/notes.ts", ""}, {"/app/src/Card.astro", "<p />"}, {"/app/src/Box.vue", ""}};
  CHECK(project.constants(
            "import a, { title } from './a.json'; import * as all from './a.json' with { type: 'json' };\n"
            "import logo from './logo.png'; import Icon from './icon.svg'; import x from './x.css';\n"
            "import styles from './x.module.css'; import Post, { frontmatter } from './post.md';\n"
            "import text from './notes.ts?raw'; import url from './Card.astro?url';\n"
            "import work from './notes.ts?worker'; import Card from './Card.astro'; import Box from './Box.vue'") ==
        "a title all logo styles frontmatter text url");
}

TEST_CASE("packages are no constants, but their data files are") {
  Project project{
      {"/app/node_modules/p/package.json", R"({ "exports": { ".": "./i.js", "./data.json": "./data.json" } })"},
      {"/app/node_modules/p/i.js", "export const a = 1"},
      {"/app/node_modules/p/data.json", "{}"}};
  CHECK(project.constants("import { a } from 'p'; import b from 'p/data.json'; import c from 'astro:content'") == "b");
}

TEST_CASE("what another module of the graph changes is no constant") {
  Project project{
      {"/app/src/data.ts", "export const a = [], b = [a], c = [], d = {}"},
      {"/app/src/site.json", "{}"},
      {"/app/src/Counter.astro", "---\nimport { a } from './data'; import * as all from './data';\n"
                                 "import site from './site.json';\na.push(1); site.hits++; all.d.e = 1;\n---\n"},
      {"/app/src/api.ts", "import { data as d } from './barrel'; export const n = 1, hit = () => d.push(1)"},
      {"/app/src/barrel.ts", "export { list as data } from './list'"},
      {"/app/src/list.ts", "export const list = []; export { list as again }"}};
  CHECK(project.constants("import { a, b, c, d } from './data'; import site from './site.json'") == "a b c d site");
  ModuleStore store(project.files, {.root = "/app"}, {}, false);
  std::string error;
  std::shared_ptr<const ModuleFacts> counter = store.facts("/app/src/Counter.astro", error);
  REQUIRE(counter);
  auto page = std::make_shared<ModuleFacts>(*store.facts_of_text(
      "/app/src/page.astro", "---\nimport { a, b, c, d } from './data'; import site from './site.json';\n---\n"));
  PureCode code;
  for (uint32_t i = 0; i < page->imports.size(); ++i)
    code.uses.push_back({CodeUse::Of::Import, {}, i});
  page->codes.push_back(code);
  ModuleGraph graph = link_modules({page, counter}, store);
  // All of the namespace that it writes to counts as changed.
  CHECK(graph.modules[0].constant_imports == std::vector<bool>{false, false, false, false, false});

  // The module that is read for one constant changes another, under another name.
  CHECK(project.constants("import { again } from './list'") == "again");
  CHECK(project.constants("import { again } from './list'; import { n } from './api'") == "n");
}

TEST_CASE("imports that no code reads early are not looked into") {
  Project project{{"/app/src/data.ts", "export const a = 1"}};
  ModuleStore store(project.files, {.root = "/app"}, {}, false);
  ModuleGraph graph =
      link_modules({store.facts_of_text("/app/src/page.astro", "---\nimport { a } from './data'\n---\n")}, store);
  CHECK(graph.modules[0].constant_imports == std::vector<bool>{false});
  CHECK(graph.dependencies.empty());
}

TEST_CASE("a value that is not found is asked for, and is nothing to report") {
  Project project{{"/app/src/broken.ts", "export const a = \xff"}};
  ModuleGraph graph = project.link("import { a } from '~/data'; import { b } from './broken'");
  REQUIRE(graph.unresolved.size() == 1);
  CHECK(graph.unresolved[0].specifier == "~/data");
  CHECK(graph.unresolved[0].is_value);
  CHECK(graph.diagnostics.empty());
  CHECK(graph.unusable.empty());
  CHECK(graph.dependencies == std::vector<std::string>{"/app/src/broken.ts"});
}
