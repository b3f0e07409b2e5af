#include "link/loader_graph.h"
#include "link/module_graph.h"

#include "engine/module_store.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <initializer_list>

using namespace foreload;

namespace {

/// A graph of \p count nodes with edges by pairs of numbers.
LoaderGraph graph_of(uint32_t count, std::initializer_list<std::pair<uint32_t, uint32_t>> edges) {
  LoaderGraph graph;
  auto facts = std::make_shared<ModuleFacts>();
  facts->source = std::make_shared<SourceFile>("/a.ts", "");
  for (uint32_t i = 0; i < count; ++i)
    graph.nodes.push_back({facts, std::to_string(i)});
  graph.edges.resize(count);
  for (auto [from, to] : edges)
    graph.edges[from].push_back({to, {}, true});
  return graph;
}

std::vector<std::vector<uint32_t>> cycles_of(LoaderGraph graph) {
  order_loaders(graph);
  std::vector<std::vector<uint32_t>> cycles;
  for (const LoaderCycle &cycle : graph.cycles) {
    REQUIRE(cycle.edges.size() == cycle.nodes.size());
    for (size_t i = 0; i < cycle.nodes.size(); ++i)
      CHECK(cycle.edges[i].target == cycle.nodes[(i + 1) % cycle.nodes.size()]);
    cycles.push_back(cycle.nodes);
  }
  return cycles;
}

using Cycles = std::vector<std::vector<uint32_t>>;

/// A project at /app in memory. Of a component, the frontmatter will do.
struct Project {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> files{new llvm::vfs::InMemoryFileSystem};

  Project(std::initializer_list<std::pair<const char *, std::string>> contents) {
    for (auto &[path, text] : contents) {
      std::string content = is_component_path(path) && text[0] != '-' ? "---\n" + text + "\n---\n" : text;
      files->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(content));
    }
  }

  ModuleGraph link(std::initializer_list<const char *> roots) const {
    ModuleStore store(files, {.root = "/app"}, {}, false);
    std::vector<std::shared_ptr<const ModuleFacts>> facts;
    for (const char *root : roots) {
      std::string error;
      facts.push_back(store.facts(root, error));
      REQUIRE(facts.back());
    }
    return link_modules(facts, store);
  }

  /// "A.astro>b in b.ts?": what is loaded by what, in the order of the nodes; `?` where that is not certain.
  std::string edges(std::initializer_list<const char *> roots) const {
    ModuleGraph graph = link(roots);
    std::string text;
    for (size_t i = 0; i < graph.loaders.nodes.size(); ++i)
      for (const LoaderEdge &edge : graph.loaders.edges[i])
        text += (text.empty() ? "" : ", ") + loader_name(graph.loaders.nodes[i]) + ">" +
                loader_name(graph.loaders.nodes[edge.target]) + (edge.is_certain ? "" : "?");
    return text;
  }

  /// What A.astro loads, whose loader is \p loader, and which can import `b` from B.astro.
  static std::string loads(const std::string &loader) {
    INFO(loader);
    return Project{{"/app/A.astro", "import { loader as b } from './B.astro'; import * as ns from './B.astro';\n"
                                    "import { c } from './c'; import { defineLoader } from 'foreload/runtime';\n" +
                                        loader},
                   {"/app/B.astro", "export const loader = async () => 1;"},
                   {"/app/c.ts", "export const c = async () => 1;"}}
        .edges({"/app/A.astro"});
  }
};

} // namespace

TEST_CASE("loaders come behind what they load") {
  LoaderGraph graph = graph_of(5, {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {4, 0}});
  order_loaders(graph);
  CHECK(graph.order == std::vector<uint32_t>{3, 1, 2, 0, 4});
  CHECK(graph.cycles.empty());
  LoaderGraph twice = graph_of(2, {{0, 1}, {0, 1}});
  order_loaders(twice);
  CHECK(twice.order == std::vector<uint32_t>{1, 0});
}

TEST_CASE("each set of loaders that wait for each other gives one cycle, the shortest through its first") {
  CHECK(cycles_of(graph_of(1, {{0, 0}})) == Cycles{{0}});
  CHECK(cycles_of(graph_of(3, {{0, 1}, {1, 2}, {2, 0}})) == Cycles{{0, 1, 2}});
  CHECK(cycles_of(graph_of(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {2, 0}, {3, 1}})) == Cycles{{0, 1, 2}});
  CHECK(cycles_of(graph_of(5, {{4, 3}, {3, 4}, {0, 1}, {1, 0}, {1, 3}, {2, 0}})) == Cycles{{0, 1}, {3, 4}});
  LoaderGraph graph = graph_of(4, {{0, 1}, {1, 0}, {2, 0}, {3, 3}});
  order_loaders(graph);
  CHECK(graph.order.empty());
}

TEST_CASE("chains of loaders may be long") {
  constexpr uint32_t count = 200'000;
  LoaderGraph graph = graph_of(count, {});
  for (uint32_t i = 0; i + 1 < count; ++i)
    graph.edges[i].push_back({i + 1, {}, true});
  LoaderGraph closed = graph;
  order_loaders(graph);
  REQUIRE(graph.order.size() == count);
  CHECK(graph.order.front() == count - 1);
  closed.edges[count - 1].push_back({0, {}, true});
  order_loaders(closed);
  REQUIRE(closed.cycles.size() == 1);
  CHECK(closed.cycles[0].nodes.size() == count);
}

TEST_CASE("loads are found under every name of the context") {
  CHECK(Project::loads("export const loader = async ({ load }) => load(b);") == "A.astro>B.astro");
  CHECK(Project::loads("export const loader = async ({ 'load': get = x }: Context) => await get!(b as any);") ==
        "A.astro>B.astro");
  CHECK(Project::loads("export async function loader(this: void, context) { return context.load<typeof b>(b) }") ==
        "A.astro>B.astro");
  CHECK(
      Project::loads("export const loader = c => { const { load: l } = c, d = c; return [l(b), d.load(ns.loader)] }") ==
      "A.astro>B.astro, A.astro>B.astro");
  CHECK(Project::loads("export const loader = async (c) => { const l = c.load; return (await l(b)).x };") ==
        "A.astro>B.astro");
  CHECK(Project::loads("export const loader = async ({ props, ...rest }) => rest.load(b);") == "A.astro>B.astro");
  CHECK(Project::loads("export const loader = defineLoader<X>(async ({ load }) => load(c));") == "A.astro>c in c.ts");
  CHECK(Project::loads("export const loader = async ({ load }) => Promise.all([load(b), load(c)]);") ==
        "A.astro>B.astro, A.astro>c in c.ts");
  CHECK(Project::loads("export const loader = async ({ load }) => Promise.all([b, c].map(load));") ==
        "A.astro>B.astro, A.astro>c in c.ts");
}

TEST_CASE("other functions of that name load nothing") {
  CHECK(Project::loads("export const loader = async ({ props }) => props.load(b);") == "");
  CHECK(Project::loads("export const loader = async ({ load }) => { { const load = (x) => x; load(b) } };") == "");
  CHECK(Project::loads("import { load } from './api'; export const loader = async (context) => load(b);") == "");
  CHECK(Project::loads("export const loader = async (context) => other.load(b);") == "");
  CHECK(Project::loads("export const loader = async ({ load }) => load(await pick());") == "");
}

TEST_CASE("a load that not every run makes is not certain") {
  CHECK(Project::loads("export const loader = async ({ load, url }) => url.hash ? load(b) : 1;") == "A.astro>B.astro?");
  CHECK(Project::loads("export const loader = async ({ load }) => load(Math.random() > 0.5 ? b : c);") ==
        "A.astro>B.astro?, A.astro>c in c.ts?");
  CHECK(Project::loads("export const loader = async ({ load }) => { if (x) return; await load(b) };") ==
        "A.astro>B.astro?");
  CHECK(Project::loads("export const loader = async ({ load }) => [1].map(() => load(b));") == "A.astro>B.astro?");
  CHECK(Project::loads("export const loader = async ({ load }) => { f(() => { return 1 }); await load(b) };") ==
        "A.astro>B.astro");
}

TEST_CASE("loaders are found wherever they are written") {
  Project project{
      {"/app/A.astro", "import { loader as b, session as s } from './barrel';\n"
                       "export const own = async ({ load }) => load(s);\n"
                       "export const loader = async ({ load }) => [await load(b), await load(own)];"},
      {"/app/barrel.ts", "export { loader } from './B.astro'; export * from './session'"},
      {"/app/B.astro", "export { default as loader } from './b';"},
      {"/app/b.ts", "import { session } from './session'; export default async ({ load }) => load(session);"},
      {"/app/session.ts", "export async function session({ load }) { return load(user) }\n"
                          "const user = async () => 'me'; export { user as me }"},
      {"/app/C.astro", "import { me } from './session'; export const loader = me;"},
      {"/app/D.astro", "import { loader as c } from './C.astro'; export const loader = async ({ load }) => load(c);"},
  };
  CHECK(project.edges({"/app/A.astro", "/app/D.astro", "/app/C.astro"}) ==
        "A.astro>the default export in b.ts, A.astro>own in A.astro, D.astro>user in session.ts, "
        "the default export in b.ts>session in session.ts, own in A.astro>session in session.ts, "
        "session in session.ts>user in session.ts");
  ModuleGraph graph = project.link({"/app/A.astro", "/app/D.astro", "/app/C.astro"});
  CHECK(graph.modules[0].loader_node == 0);
  REQUIRE(graph.modules[2].loader_node != no_index);
  CHECK(graph.loaders.nodes[graph.modules[2].loader_node].local == "user");
  CHECK(graph.diagnostics.empty());
  // Files that are read for it are dependencies.
  CHECK(project.link({"/app/A.astro"}).dependencies ==
        std::vector<std::string>{"/app/B.astro", "/app/b.ts", "/app/barrel.ts", "/app/session.ts"});
}

TEST_CASE("a loader that is loaded from afar is known to be imported") {
  Project project{
      {"/app/Page.astro", "---\nimport A from './A.astro'; import B from './B.astro';\n---\n<A /><B />"},
      {"/app/A.astro", "export const loader = async () => 1;"},
      {"/app/B.astro", "import { x } from './x'; export const loader = async ({ load }) => load(x);"},
      {"/app/x.ts", "import { y } from './y'; export const x = async ({ load }) => load(y);"},
      {"/app/y.ts", "import * as a from './A.astro'; export const y = async ({ load }) => load(a.loader);"}};
  ModuleGraph graph = project.link({"/app/Page.astro"});
  REQUIRE(graph.modules.size() == 3);
  CHECK(graph.modules[1].loader_is_imported);
  CHECK_FALSE(graph.modules[2].loader_is_imported);
}

TEST_CASE("components that borrow each other's loader in a circle are no loaders at all") {
  Project project{{"/app/A.astro", "import { loader as b } from './B.astro'; export const loader = b;"},
                  {"/app/B.astro", "import { loader as a } from './A.astro'; export const loader = a;"}};
  CHECK(project.edges({"/app/A.astro", "/app/B.astro"}) == "");
}

TEST_CASE("a cycle is told once, from the first of its loaders that is linked") {
  Project project{
      {"/app/A.astro", "import { loader as b } from './B.astro'; export const loader = async ({ load }) => load(b);"},
      {"/app/B.astro", "import { loader as a } from './A.astro'; export const loader = async ({ load }) => load(a);"},
      {"/app/P.astro", "import { loader as b } from './B.astro'; export const loader = async ({ load }) => load(b);"}};
  ModuleGraph both = project.link({"/app/B.astro", "/app/A.astro"});
  REQUIRE(both.diagnostics.size() == 1);
  CHECK(both.diagnostics[0].code == 5002);
  CHECK(both.diagnostics[0].severity == Severity::Error);
  CHECK(both.diagnostics[0].file == "/app/B.astro");
  CHECK(both.diagnostics[0].message == "loaders wait for each other: B.astro → A.astro → B.astro");
  REQUIRE(both.diagnostics[0].related.size() == 1);
  CHECK(both.diagnostics[0].related[0].file == "/app/A.astro");
  CHECK(both.diagnostics[0].related[0].start.line == 2);
  // The page itself is on no cycle, but waits for one.
  ModuleGraph page = project.link({"/app/P.astro"});
  REQUIRE(page.diagnostics.size() == 1);
  CHECK(page.diagnostics[0].file == "/app/B.astro");
  CHECK(page.loaders.order.empty());
}
