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
  static const char *const forms[] = {"", "dynamic ", "require ", "layout ", "client ", "resource ",
                                      "glob ", "eager glob "};
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

TEST_CASE("import.meta.glob leads to what it matches, in the order of the paths") {
  Files files = {{"src/a.ts", ""},       {"src/x/1.md", ""},  {"src/x/2.md", ""},          {"src/x/3.mdx", ""},
                 {"src/x/y/4.md", ""},   {"src/.z/5.md", ""}, {"src/node_modules/6.md", ""}, {"src/x/[a]/7.md", ""},
                 {"src/x/[a]/b.ts", "import.meta.glob('./*')"}, {"tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}"}};
  auto edges = [&](const std::string &code, const std::string &importer = "src/a.ts") {
    files[importer] = code;
    std::string text = crawl(files, {importer});
    return text.substr(0, text.find('\n'));
  };
  CHECK(edges("import.meta.glob('./x/*.md')") == "src/a.ts: glob src/x/1.md, glob src/x/2.md");
  CHECK(edges("import.meta.glob('/src/x/**/*.md', { eager: true })") ==
        "src/a.ts: eager glob src/x/1.md, eager glob src/x/2.md, eager glob src/x/[a]/7.md, eager glob src/x/y/4.md");
  CHECK(edges("import.meta.glob(['./x/{1,2}.md', `@/x/?.mdx`, '!**/2.md'])") == "src/a.ts: glob src/x/1.md, glob src/x/3.mdx");
  CHECK(edges("import.meta.glob<{ default: () => void }>('./x/1.md', { query: '?raw', import: 'default' })") ==
        "src/a.ts: resource src/x/1.md");
  CHECK(edges("import.meta.glob('./1.md', { base: './x', query: { url: true } })") == "src/a.ts: resource src/x/1.md");
  CHECK(edges("import.meta.glob('./*/*.md')") == "src/a.ts: glob src/x/1.md, glob src/x/2.md");
  CHECK(edges("import.meta.glob('./**/[56].md', { exhaustive: true })") ==
        "src/a.ts: glob src/.z/5.md, glob src/node_modules/6.md");
  CHECK(edges("import.meta.glob('./.z/*')") == "src/a.ts: glob src/.z/5.md");
  CHECK(edges("import.meta.glob('./*.ts'); import.meta.glob('./gone/*'); import.meta.glob('@gone/*')") == "src/a.ts:");
  CHECK(edges("import './x/1.md'; import.meta.glob('./x/2.md'); import './x/3.mdx'") ==
        "src/a.ts: src/x/1.md, glob src/x/2.md, src/x/3.mdx");
  CHECK(edges("import.meta.glob('./*')", "src/x/[a]/b.ts") == "src/x/[a]/b.ts: glob src/x/[a]/7.md");
  CHECK(edges("---\nimport.meta.glob('./1.*')\n---\n{Object.keys(import.meta.glob('./2.*')).map((x) => <p />)}",
              "src/x/a.astro") == "src/x/a.astro: glob src/x/1.md, glob src/x/2.md");
}

TEST_CASE("what is excluded is as if it were not there") {
  CrawlOptions options = options_of({""});
  options.exclude = {"./src/generated", "**/*.test.ts", "/lib/*/"};
  CrawlResult result = crawl_modules(disk_of({{"src/a.ts", "import './generated/b'; import './c'; import.meta.glob('./**/*.ts')"},
                                              {"src/generated/b.ts", ""},
                                              {"src/c.ts", ""},
                                              {"src/c.test.ts", ""},
                                              {"lib/d.ts", ""},
                                              {"lib/deep/e.ts", ""},
                                              {"other/src/generated/f.ts", ""}}),
                                     options);
  CHECK(text_of(result.graph) == "lib/d.ts:\nother/src/generated/f.ts:\nsrc/a.ts: src/c.ts, glob src/c.ts\nsrc/c.ts:\n");
}

TEST_CASE("modules that cannot be parsed are told of, where they have to be parsed") {
  CrawlResult result = crawl_modules(disk_of({{"a.ts", "import { from './b';\nimport './c';\n"},
                                              {"b.astro", "---\nimport { Card from './a';\n---\n"},
                                              {"c.ts", "import \xff\xfe"},
                                              {"d.astro", "---\n---\n<script>\nimport { from './b'\n</script>\n"}}),
                                     options_of({""}));
  std::string text;
  for (const Diagnostic &diagnostic : result.diagnostics)
    text += diagnostic.file + ":" + std::to_string(diagnostic.start.line) + " " + diagnostic.code_text() + "\n";
  CHECK(text == "/app/a.ts:1 FL1004\n/app/b.astro:2 FL1002\n/app/c.ts:1 FL1001\n/app/d.astro:4 FL1004\n");
}

TEST_CASE("look-ups are counted, and those that need no look at the disk") {
  CrawlResult result = crawl_modules(disk_of({{"src/a.ts", "import './b'; import './b'; import './lib/c'; import 'node:fs';"},
                                              {"src/b.ts", ""},
                                              {"src/lib/c.ts", ""}}),
                                     options_of({"src/a.ts"}));
  CHECK(result.lookups == 4);
  CHECK(result.cache_hits == 3); // for src/lib/c, its folder is read
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

TEST_CASE("a layout is one where Astro reads it, or where it is a path") {
  CrawlResult result = crawl_modules(disk_of({{"src/content/post.md", "---\nlayout: post\n---\n"},
                                              {"src/content/note.md", "---\nlayout: ./gone.astro\n---\n"},
                                              {"src/pages/a.md", "---\nlayout: post\n---\n"}}),
                                     options_of({""}));
  CHECK(text_of(result.graph) == "src/content/note.md: missing ./gone.astro\nsrc/content/post.md:\nsrc/pages/a.md: missing post\n");
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
