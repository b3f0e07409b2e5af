#include "engine/module_crawl.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <map>

using namespace foreload;

namespace {

using Files = std::map<std::string, std::string>;

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk_of(const Files &files) {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  disk->setCurrentWorkingDirectory("/"); // without one, it knows no real paths
  for (const auto &[path, text] : files)
    disk->addFile("/app/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  return disk;
}

CrawlOptions options_of(const std::vector<std::string> &roots) {
  CrawlOptions options;
  options.resolver.root = "/app";
  for (const std::string &root : roots)
    options.roots.push_back(root.empty() ? "/app" : "/app/" + root);
  return options;
}

std::string name_of_module(const ImportGraph &graph, uint32_t module) {
  return graph.modules[module].file.path().substr(sizeof "/app/" - 1);
}

/// A line for each module, in their order: `a.ts: b.ts, dynamic c.ts`; in brackets what was not read.
std::string text_of(const ImportGraph &graph) {
  static const char *const forms[] = {"", "dynamic ", "require ", "layout ", "client ", "resource "};
  std::string text;
  auto loose = graph.loose.begin();
  for (uint32_t number = 0; number < graph.modules.size(); ++number) {
    const ImportGraph::Module &module = graph.modules[number];
    std::string line;
    for (uint32_t at = module.edges_begin; at < module.edges_end; ++at) {
      const ImportEdge &edge = graph.edges[at];
      line += (line.empty() ? " " : ", ") + std::string(edge.type_only ? "type " : "") +
              forms[static_cast<size_t>(edge.form)] + name_of_module(graph, edge.target);
    }
    for (; loose != graph.loose.end() && loose->module == number; ++loose)
      line += (line.empty() ? " " : ", ") + std::string(loose->is_external ? "external " : "missing ") + loose->specifier;
    std::string name = name_of_module(graph, number);
    text += (module.is_read ? name : "[" + name + "]") + ":" + line + "\n";
  }
  CHECK((loose == graph.loose.end()));
  return text;
}

std::string crawl(const Files &files, const std::vector<std::string> &roots) {
  CrawlResult result = crawl_modules(disk_of(files), options_of(roots));
  CHECK(result.diagnostics.empty());
  return text_of(result.graph);
}

} // namespace

TEST_CASE("a crawl follows every kind of import") {
  CHECK(crawl({{"a.ts", "import './b';\nexport * from './c';\nconst d = import('./d');\nimport type { E } from './e';\n"
                        "import f = require('./f');\nimport raw from './g.ts?raw';\n"},
               {"b.ts", "import 'node:fs';\nimport gone from './gone';\nimport style from './style.css';\n"},
               {"c.ts", "import data from './data.json';\n"},
               {"d.tsx", "import './a';\n"},
               {"e.ts", "export type E = 1;\n"},
               {"f.ts", "export = 1;\n"},
               {"g.ts", "import './never';\n"},
               {"style.css", ""},
               {"data.json", "{}"}},
              {"a.ts"}) == "a.ts: b.ts, c.ts, dynamic d.tsx, type e.ts, require f.ts, resource g.ts\n"
                           "b.ts: style.css, external node:fs, missing ./gone\n"
                           "c.ts: data.json\n"
                           "d.tsx: a.ts\n"
                           "e.ts:\n"
                           "f.ts:\n"
                           "[g.ts]:\n"
                           "[style.css]:\n"
                           "data.json:\n");
}

TEST_CASE("a component leads to what its scripts import in browsers") {
  CHECK(crawl({{"a.astro", "---\nimport './server';\n---\n<script>\nimport './one';\nimport('./two');\n</script>\n"
                           "<script src=\"./three.ts\"></script>\n<script is:inline>import './never';</script>\n"
                           "<script type=\"module\" src=\"./never.ts\"></script>\n<!-- <script>import './never'</script> -->\n"},
               {"server.ts", ""},
               {"one.ts", ""},
               {"two.ts", ""},
               {"three.ts", ""},
               {"never.ts", ""}},
              {"a.astro"}) == "a.astro: server.ts, client one.ts, dynamic two.ts, client three.ts\n"
                              "server.ts:\none.ts:\ntwo.ts:\nthree.ts:\n");
}

TEST_CASE("a file that is taken as text is a module if somebody imports it as one") {
  CHECK(crawl({{"a.ts", "import text from './b.ts?raw';\nimport './c';\n"},
               {"b.ts", "import './d';\n"},
               {"c.ts", "import './b';\n"},
               {"d.ts", ""}},
              {"a.ts"}) == "a.ts: resource b.ts, c.ts\nb.ts: d.ts\nc.ts: b.ts\nd.ts:\n");
}

TEST_CASE("a crawl of a folder begins with all code below it") {
  CHECK(crawl({{"src/pages/index.astro", "---\nimport Card from '../Card.astro';\n---\n<Card />\n"},
               {"src/Card.astro", "<p />\n"},
               {"src/data.json", "{}"},
               {"src/env.d.ts", "import './types';\n"},
               {"src/image.png", ""},
               {"src/types.ts", ""},
               {"src/.hidden/a.ts", ""},
               {"src/node_modules/a/index.ts", ""},
               {"src/z.mjs", "import './data.json';\nimport '../outside.cjs';\n"},
               {"outside.cjs", ""}},
              {"src"}) == "src/Card.astro:\n"
                          "src/types.ts:\n"
                          "src/z.mjs: src/data.json, outside.cjs\n"
                          "src/pages/index.astro: src/Card.astro\n"
                          "src/data.json:\n"
                          "outside.cjs:\n");
}

TEST_CASE("what a build has written is no part of a project") {
  CHECK(crawl({{"a.ts", ""},
               {"out/manifest.json", "{ \"generator\": \"foreload 1.0.0\" }"},
               {"out/b.ts", ""},
               {"out/deep/c.ts", ""},
               {"site/manifest.json", "{ \"name\": \"a web app\" }"},
               {"site/d.ts", ""}},
              {""}) == "a.ts:\nsite/d.ts:\n");
}

TEST_CASE("Markdown leads to its layout, MDX to what it imports") {
  CrawlResult result =
      crawl_modules(disk_of({{"a.md", "---\nlayout: ./Layout.astro\n---\nimport './never.ts'\n"},
                             {"b.mdx", "---\nlayout: ./Layout.astro\n---\nimport Card from './Card.astro'\n\nText\n\n"
                                       "import {\n  x,\n} from './gone'\n\n```\nimport './never.ts'\n```\n"},
                             {"Layout.astro", ""},
                             {"Card.astro", ""},
                             {"never.ts", ""}}),
                    options_of({"a.md", "b.mdx"}));
  CHECK(text_of(result.graph) == "a.md: layout Layout.astro\n"
                                 "b.mdx: layout Layout.astro, Card.astro, missing ./gone\n"
                                 "Layout.astro:\n"
                                 "Card.astro:\n");
  CHECK(result.graph.loose[0].position.line == 10);
  CHECK(result.graph.loose[0].position.column == 8);
}

TEST_CASE("packages are named, and read if they are asked for") {
  Files files{{"a.ts", "import 'pkg';\nimport './b';\n"},
              {"b.ts", "import '@scope/other/deep.js';\n"},
              {"node_modules/pkg/package.json", "{\"exports\": \"./main.js\"}"},
              {"node_modules/pkg/main.js", "import './inner.js';\n"},
              {"node_modules/pkg/inner.js", ""},
              {"node_modules/@scope/other/deep.js", ""}};
  CHECK(crawl(files, {"a.ts"}) == "a.ts: node_modules/pkg/main.js, b.ts\n"
                                  "[node_modules/pkg/main.js]:\n"
                                  "b.ts: node_modules/@scope/other/deep.js\n"
                                  "[node_modules/@scope/other/deep.js]:\n");
  CrawlOptions options = options_of({"a.ts"});
  options.into_packages = true;
  CHECK(text_of(crawl_modules(disk_of(files), options).graph) == "a.ts: node_modules/pkg/main.js, b.ts\n"
                                                                 "node_modules/pkg/main.js: node_modules/pkg/inner.js\n"
                                                                 "b.ts: node_modules/@scope/other/deep.js\n"
                                                                 "node_modules/pkg/inner.js:\n"
                                                                 "node_modules/@scope/other/deep.js:\n");
}

TEST_CASE("what a crawl begins with may be a package itself") {
  CrawlOptions options = options_of({"node_modules/pkg"});
  options.resolver.root = "/app/node_modules/pkg";
  CHECK(text_of(crawl_modules(disk_of({{"node_modules/pkg/a.js", "import './lib/b.js';\n"},
                                       {"node_modules/pkg/lib/b.js", ""}}),
                              options)
                    .graph) == "node_modules/pkg/a.js: node_modules/pkg/lib/b.js\nnode_modules/pkg/lib/b.js:\n");
}

TEST_CASE("what cannot be read is said, and the rest is there") {
  CrawlResult result = crawl_modules(disk_of({{"a.ts", "import './b';\n"}, {"b.ts", ""}}), options_of({"gone", "a.ts"}));
  CHECK(text_of(result.graph) == "a.ts: b.ts\nb.ts:\n");
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].file == "/app/gone");
  CHECK(result.diagnostics[0].code == 9001);
}

TEST_CASE("the place of an import without a module is known") {
  CrawlResult result = crawl_modules(
      disk_of({{"a.ts", "import a from './b';\r\n/* 😀 */ import './gone';\n"}, {"b.ts", ""}}), options_of({"a.ts"}));
  REQUIRE(result.graph.loose.size() == 1);
  CHECK(result.graph.loose[0].position.line == 2);
  CHECK(result.graph.loose[0].position.column == 17);
}

TEST_CASE("the graph is the same however many threads have read it") {
  Files files;
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (int k = 1; k <= 3; ++k)
      text += "import './m" + std::to_string((i * 7 + k * 31) % 400) + "';\n";
    text += i % 5 ? "import 'node:fs';\n" : "import './gone" + std::to_string(i) + "';\n";
    files["src/d" + std::to_string(i % 9) + "/m" + std::to_string(i) + ".ts"] = text;
    files["src/d" + std::to_string((i + 1) % 9) + "/m" + std::to_string(i) + ".ts"] = text;
  }
  for (const std::vector<std::string> &roots : {std::vector<std::string>{"src"}, {"src/d0/m0.ts", "src/d5"}}) {
    CrawlOptions options = options_of(roots);
    options.threads = 1;
    CrawlResult one = crawl_modules(disk_of(files), options);
    CHECK(one.threads == 1);
    options.threads = 4;
    options.files_per_thread = 10;
    CrawlResult four = crawl_modules(disk_of(files), options);
    CHECK(four.threads == 4);
    CHECK(text_of(one.graph) == text_of(four.graph));
  }
}
