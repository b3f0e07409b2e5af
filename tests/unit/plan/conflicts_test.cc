#include "host/host.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>
#include <nlohmann/json.hpp>

#include <map>

using namespace foreload;

namespace {

using Files = std::map<std::string, std::string>;

void collect(const nlohmann::json &node, std::map<std::string, std::string> &verdicts) {
  if (const nlohmann::json &loader = node["loader"]; loader.is_object()) {
    std::string verdict = loader["verdict"];
    if (verdict == "own" && loader["startsEarly"] == true)
      verdict = "early";
    if (verdict == "deferred")
      verdict = loader.value("code", "") + " " + loader.value("reason", "");
    verdicts.try_emplace(node["component"], verdict);
  }
  for (const nlohmann::json &child : node["children"])
    collect(child, verdicts);
}

/// What becomes of the loaders of a site below \p component, by component: "A lifted, B FL4005 it reads …".
std::string schedule(const Files &files, const std::string &component = "src/pages/index.astro") {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const auto &[path, text] : files)
    disk->addFile("/site/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  HostOptions options;
  options.root = "/site";
  Host host(options, disk);
  std::map<std::string, std::string> verdicts;
  collect(nlohmann::json::parse(host.explain("/site/" + component).json)["tree"], verdicts);
  std::string text;
  for (const auto &[path, verdict] : verdicts) {
    std::string name = path.substr(path.rfind('/') + 1);
    text += (text.empty() ? "" : ", ") + name.substr(0, name.find('.')) + " " + verdict;
  }
  return text;
}

/// A component with a loader whose body is \p body.
std::string loader(const std::string &imports, const std::string &body, const std::string &frontmatter = "") {
  return "---\nimport { getLoaderData } from 'foreload/runtime';\n" + imports + "\nexport const loader = async (" +
         (body.find("locals") == std::string::npos ? "" : "{ locals }") + ") => " + body + ";\n" + frontmatter +
         "const data = await getLoaderData<typeof loader>();\n---\n<p>{data} {before}</p>\n";
}

/// A page that renders A and B.
const std::string page = "---\nimport A from '../A.astro';\nimport B from '../B.astro';\n---\n<A /><B />\n";

std::string two(const std::string &lib, const std::string &a, const std::string &b) {
  return schedule({{"src/pages/index.astro", page},
                   {"src/lib.ts", lib},
                   {"src/A.astro", a.find("---") == 0 ? a : loader("import * as lib from './lib';", a)},
                   {"src/B.astro", b.find("---") == 0 ? b : loader("import { next, reset, get } from './lib';", b)}});
}

const std::string counter = "let n = 0;\nexport const next = () => ++n;\nexport const get = () => n;\n"
                            "export const reset = () => { n = 0; };\nexport const hit = () => { n++; };\n";

} // namespace

TEST_CASE("loaders that change what others look at keep their order, the rest starts at once") {
  CHECK(two(counter, "lib.next()", "next()") ==
        "A FL4004 it changes 'n' of lib.ts, which B.astro changes, too: both keep their order, "
        "B FL4004 it changes 'n' of lib.ts, which A.astro changes, too: both keep their order");
  CHECK(two(counter, "lib.next()", "get()") ==
        "A FL4004 it changes 'n' of lib.ts, which B.astro reads: both keep their order, "
        "B FL4005 it reads 'n' of lib.ts, which A.astro changes: both keep their order");
  CHECK(two(counter, "lib.get()", "get()") == "A lifted, B lifted");
  CHECK(two(counter, "lib.hit()", "(await import('x'), 1)") == "A lifted, B lifted");
  CHECK(two(counter, "lib.hit()", "get()") ==
        "A FL4004 it adds to 'n' of lib.ts, which B.astro reads: both keep their order, "
        "B FL4005 it reads 'n' of lib.ts, which A.astro adds to: both keep their order");
}

TEST_CASE("what many loaders write down does not keep them apart") {
  std::string log = "export const record = (name) => (globalThis.log \?\?= []).push(name);\n"
                    "let running = 0, most = 0;\n"
                    "export async function next(name) { record(name); running++; most = Math.max(most, running);\n"
                    "  const data = await fetch(name); running--; return data; }\n";
  CHECK(two(log, "lib.next('a')", "next('b')") == "A lifted, B lifted");
}

TEST_CASE("a cache that cannot be told from recomputing does not keep loaders apart") {
  std::string cache = "const cards = new Map();\nexport async function get(id) {\n"
                      "  if (!cards.has(id)) cards.set(id, fetch(id));\n  return cards.get(id);\n}\n";
  CHECK(two(cache, "lib.get(1)", "get(2)") == "A lifted, B lifted");
  std::string first = "const cards = new Map();\nexport async function get(id) {\n"
                      "  if (!cards.has('x')) cards.set('x', fetch(id));\n  return cards.get('x');\n}\n";
  CHECK(two(first, "lib.get(1)", "get(2)").find("A FL4004 it adds to 'cards'") == 0);
}

TEST_CASE("the code of a component counts, wherever it is called and however it is reached") {
  auto beside = [](const std::string &code) {
    return two(counter, "---\nimport { next } from './lib';\n" + code, "get()");
  };
  CHECK(beside("const n = next();\n---\n<p />\n").find("B FL4005") == 0);
  CHECK(beside("---\n<p>{next()}</p>\n").find("B FL4005") == 0);
  CHECK(beside("---\n<p title={`${next()}`} />\n").find("B FL4005") == 0);
  CHECK(beside("const { next: n } = { next };\nconst x = n();\n---\n<p />\n").find("B FL4005") == 0);
  CHECK(beside("---\n<p>{[1].map(next)}</p>\n").find("B FL4005") == 0);
  CHECK(beside("---\n<p>next()</p>\n") == "B lifted");
  CHECK(beside("type N = typeof next;\n---\n<p />\n") == "B lifted");
}

TEST_CASE("calls are followed through barrels, namespaces, defaults, objects and circles") {
  auto through = [](const Files &files, const std::string &import, const std::string &call) {
    Files all = files;
    all["src/pages/index.astro"] = page;
    all["src/state.ts"] = counter;
    all["src/A.astro"] = "---\n" + import + "\nconst n = " + call + ";\n---\n<p />\n";
    all["src/B.astro"] = loader("import { get } from './state';", "get()");
    return schedule(all);
  };
  const std::string deferred = "B FL4005 it reads 'n' of state.ts, which A.astro changes: both keep their order";
  CHECK(through({{"src/barrel.ts", "export * from './state';\n"}}, "import { next } from './barrel';", "next()") ==
        deferred);
  CHECK(through({{"src/barrel.ts", "export * as state from './state';\n"}}, "import { state } from './barrel';",
                "state.next()") == deferred);
  CHECK(through({{"src/barrel.ts", "export * as state from './state';\n"}}, "import { state } from './barrel';",
                "state.get()") == "B lifted");
  CHECK(through({{"src/lib.ts", "import { next } from './state';\nexport default () => next();\n"}},
                "import f from './lib';", "f()") == deferred);
  CHECK(through({{"src/lib.ts", "import { next } from './state';\nexport const api = { get: () => next() };\n"}},
                "import { api } from './lib';", "api.get()") == deferred);
  CHECK(through({{"src/a.ts", "import { b } from './b';\nexport const a = (n) => (n ? b(n) : 0);\n"},
                 {"src/b.ts", "import { a } from './a';\nimport { next } from './state';\n"
                              "export const b = (n) => a(n - 1) + next();\n"}},
                "import { a } from './a';", "a(1)") == deferred);
  CHECK(
      through({{"src/b.ts", "import { next } from './state';\nexport const used = () => 1, unused = () => next();\n"}},
              "import { used } from './b';", "used()") == "B lifted");
  CHECK(through({}, "import { next } from 'a-package';", "next()") == "B lifted");
}

TEST_CASE("functions of modules that are tags count as called") {
  Files files{{"src/pages/index.astro", page},
              {"src/A.astro", "---\nimport { Box } from './box';\n---\n<Box />\n"},
              {"src/box.tsx", "import { next } from './lib';\nexport const Box = () => <b>{next()}</b>;\n"},
              {"src/lib.ts", counter},
              {"src/B.astro", loader("import { get } from './lib';", "get()")}};
  CHECK(schedule(files).find("B FL4005") == 0);
  files["src/A.astro"] = "---\nimport { Box } from './box';\n---\n<Box client:only=\"react\" />\n";
  CHECK(schedule(files) == "B lifted");
}

TEST_CASE("objects and closures that a module holds are shared") {
  std::string store =
      "class Store { items = []; add(x) { this.items = [...this.items, x]; return this.items.length; } }\n"
      "const store = new Store();\nexport const next = (x) => store.add(x);\n";
  CHECK(two(store, "lib.next(1)", "next(2)").find("A FL4004 it changes 'store' of lib.ts") == 0);
  std::string closure = "const make = () => { let n = 0; return () => ++n; };\nexport const next = make();\n";
  CHECK(two(closure, "lib.next()", "next()").find("A FL4004 it changes 'next' of lib.ts") == 0);
  std::string own = "class Query { parts = []; add(x) { this.parts.push(x); return this; } }\n"
                    "export const next = (x) => new Query().add(x);\n";
  CHECK(two(own, "lib.next(1)", "next(2)") == "A lifted, B lifted");
}

TEST_CASE("globals, the environment and files are shared") {
  CHECK(two("", "(globalThis.locale = 'de')", "globalThis.locale").find("A FL4004 it changes globalThis.locale") == 0);
  CHECK(two("", "(globalThis.locale = 'de')", "globalThis.theme") == "A lifted, B lifted");
  CHECK(two("", "(process.env.TZ = 'UTC')", "process.env.TZ").find("A FL4004 it changes process.env.TZ") == 0);
  CHECK(two("", "process.env.TZ", "process.env.TZ") == "A lifted, B lifted");
  std::string files = "import fs from 'node:fs/promises';\nexport const next = () => fs.writeFile('a.json', '1');\n"
                      "export const get = () => fs.readFile('./a.json');\nexport const other = (f) => fs.readFile(f);\n"
                      "export const reset = () => fs.readFile('b.json');\n";
  CHECK(two(files, "lib.next()", "get()").find("A FL4004 it changes the file 'a.json', which B.astro reads") == 0);
  CHECK(two(files, "lib.next()", "reset()") == "A lifted, B lifted");
  CHECK(two(files, "lib.other('x')", "next()").find("A FL4005 it reads files, which B.astro changes") == 0);
}

TEST_CASE("locals are told apart by property") {
  auto with = [](const std::string &writer) { return two("", "---\n" + writer + "\n---\n<p />\n", "locals.user"); };
  CHECK(with("Astro.locals.user = 1;").find("B FL4001 it reads Astro.locals.user, which A.astro may change") == 0);
  CHECK(with("Astro.locals.theme = 1;") == "B lifted");
  CHECK(with("const name = 'user';\nAstro.locals[name] = 1;").find("B FL4001") == 0);
  CHECK(with("const l = Astro.locals;\nl.theme = 1;") == "B lifted");
  CHECK(with("const l = Astro.locals;\nl.user = 1;").find("B FL4001") == 0);
}

TEST_CASE("what the lift point does before it starts loaders comes first") {
  auto page_with = [](const std::string &frontmatter, const std::string &body) {
    return schedule(
        {{"src/pages/index.astro",
          "---\nimport A from '../A.astro';\nimport { next, reset } from '../lib';\n" + frontmatter + "\n---\n<A />\n"},
         {"src/lib.ts", counter},
         {"src/A.astro", loader("import { next, get } from './lib';", body)}});
  };
  CHECK(page_with("reset();", "get()") == "A lifted");
  CHECK(page_with("const n = next();", "get()").find("A FL4005") == 0);
  CHECK(page_with("const n = next();\nreset();", "get()") == "A lifted");
  CHECK(page_with("reset();\nconst n = next();", "get()").find("A FL4005") == 0);
}

TEST_CASE("a component's own code before its data is not overtaken") {
  auto with = [](const std::string &before, const std::string &body) {
    return schedule({{"src/pages/index.astro", "---\nimport A from '../A.astro';\n---\n<A />\n"},
                     {"src/A.astro", loader("export let n = 0;", body, before)}});
  };
  CHECK(with("", "++n") == "A lifted");
  CHECK(with("const before = n;\n", "++n").find("A FL4004 it changes 'n' of A.astro, which its own component reads") ==
        0);
}

TEST_CASE("only pages start loaders that share state with what stands beside") {
  Files files{{"src/Panel.astro", "---\nimport A from './A.astro';\n---\n<A />\n"},
              {"src/lib.ts", counter + "export const limit = 10;\nexport const config = { url: '/' };\n"}};
  auto panel = [&](const std::string &imports, const std::string &body) {
    files["src/A.astro"] = loader(imports, body);
    return schedule(files, "src/Panel.astro");
  };
  CHECK(panel("import { get } from './lib';", "get()") ==
        "A FL4003 it reads 'n' of lib.ts, and only a page knows everything that could change it before");
  CHECK(panel("import { limit, config } from './lib';", "fetch(config.url + limit)") == "A lifted");
  CHECK(panel("import { hit } from './lib';", "hit()") == "A lifted");
  CHECK(panel("export let n = 0;", "++n") == "A lifted");
  CHECK(panel("import { readFile } from 'node:fs/promises';", "readFile('a')").find("A FL4003 it reads the file 'a'") ==
        0);
}

TEST_CASE("an own loader is not started early past what it shares with the code before its call") {
  auto own = [](const std::string &body) {
    return schedule({{"src/pages/index.astro", loader("import { next, get } from '../lib';", body,
                                                      "const page = await fetch('/');\nconst n = next();\n")},
                     {"src/lib.ts", counter}});
  };
  CHECK(own("get()") == "index own");
  CHECK(own("fetch('/x')") == "index early");
}

TEST_CASE("files whose code is called are dependencies, those of packages are not read") {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  Files files{{"src/pages/index.astro", "---\nimport { a } from '../a';\nconst x = a();\n---\n<p>{x}</p>\n"},
              {"src/a.ts", "import { b } from './b';\nimport { p } from 'p';\nexport const a = () => b() + p();\n"},
              {"src/b.ts", "export const b = () => 1;\n"},
              {"node_modules/p/package.json", "{ \"name\": \"p\", \"main\": \"index.js\" }\n"},
              {"node_modules/p/index.js", "export const p = () => 1;\n"}};
  for (const auto &[path, text] : files)
    disk->addFile("/site/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  HostOptions options;
  options.root = "/site";
  Host host(options, disk);
  TransformResult result = host.transform("/site/src/pages/index.astro", files["src/pages/index.astro"]);
  CHECK(result.dependencies == std::vector<std::string>{"/site/src/a.ts", "/site/src/b.ts"});
}
