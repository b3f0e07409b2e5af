#include "analyze/awaits.h"
#include "engine/module_store.h"
#include "plan/waterfalls.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <map>
#include <string>

using namespace foreload;

namespace {

using Files = std::map<std::string, std::string>; ///< by path below /site

/// The graph of a project below one page.
struct Project {
  ModuleGraph graph;

  explicit Project(const Files &files, const std::string &page = "Page.astro") {
    auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
    for (const auto &[path, text] : files)
      disk->addFile("/site/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
    ResolverOptions resolver;
    resolver.root = "/site";
    AnalyzeOptions analyze;
    analyze.awaits = true;
    ModuleStore store(disk, resolver, analyze, false);
    std::string error;
    std::shared_ptr<const ModuleFacts> root = store.facts("/site/" + page, error);
    REQUIRE_MESSAGE(root, error);
    REQUIRE(root->usable);
    graph = link_modules(root, store);
  }

  Waterfall find() const { return Waterfalls(graph, {0}).find(0); }
  std::string text_of(uint32_t module, uint32_t await) const {
    const ModuleFacts &facts = *graph.modules[module].facts;
    return facts.source->text(facts.awaits->awaits[await].span).drop_front(6).str(); // "await "
  }
};

/// `a() | b(x) 2: x from a()`: each await, the turn in which it could run if that is not the first, and what it needs.
std::string describe(const Project &project) {
  std::string text;
  for (const WaterfallStep &step : project.find().steps) {
    text += (text.empty() ? "" : " | ") + project.text_of(step.module, step.await);
    if (step.earliest == 1)
      continue;
    text += " " + std::to_string(step.earliest) + ":";
    for (const AwaitNeed &need : step.needs) {
      static const char *const words[] = {"", "if ", "each ", "guard ", "after "};
      text += " " + std::string(words[static_cast<size_t>(need.why)]) + need.name + " from " +
              project.text_of(need.module, need.await);
    }
  }
  return text;
}

std::string describe_frontmatter(const std::string &code, const std::string &markup = "") {
  return describe(Project({{"Page.astro", "---\n" + code + "\n---\n" + markup}}));
}

std::string depths(const Waterfall &waterfall) {
  return std::to_string(waterfall.now) + " " + std::to_string(waterfall.possible) + " " +
         std::to_string(waterfall.data);
}

} // namespace

TEST_CASE("values are followed from await to await") {
  struct Case {
    const char *code;
    const char *expected;
  } const cases[] = {
      {"const x = await a(); await b(x);", "a() | b(x) 2: x from a()"},
      {"const x = await a(); const y = await b();", "a() | b()"},
      {"const { x: [y = 1], ...z } = await a(); const v = await b(y); const w = await c(z);",
       "a() | b(y) 2: y from a() | c(z) 2: z from a()"},
      {"const x = await a(); const y = x.map((x) => x.id); const z = await b(y);", "a() | b(y) 2: y from a()"},
      {"const x = await a(); const y = (x) => x; const z = await b(y);", "a() | b(y)"},
      {"const x = await a(); const y = () => x; const z = await b(y);", "a() | b(y) 2: y from a()"},
      {"const x = await a(); function y() { return x } const z = await b(y());", "a() | b(y()) 2: y from a()"},
      {"let x; x = await a(); const z = await b(x);", "a() | b(x) 2: x from a()"},
      {"let x; const y = await b(x); x = await a();", "b(x) | a()"},
      {"let x, y; [x, y] = await a(); const z = await b(y);", "a() | b(y) 2: y from a()"},
      {"const x = []; x.push(await a()); const z = await b(x);", "a() | b(x) 2: x from a()"},
      {"const x = {}; x.y = await a(); const z = await b(x);", "a() | b(x) 2: x from a()"},
      {"const x = {}; Object.assign(x, await a()); const z = await b(x);", "a() | b(x) 2: x from a()"},
      {"const x = new Map(); (await a()).forEach((y) => { x.set(y, 1) }); const z = await b(x);",
       "a() | b(x) 2: x from a()"},
      {"const x = []; for (const y of await a()) x.push(y); const z = await b(x);", "a() | b(x) 2: x from a()"},
      {"let x = 1; if ((await a()).ok) x = 2; const z = await b(x);", "a() | b(x) 2: x from a()"},
      {"const z = await b(await a());", "a() | b(await a()) 2:  from a()"},
      {"const z = await b(`${await a()}`);", "a() | b(`${await a()}`) 2:  from a()"},
      {"const x = await a(); const y = await b(x); const z = await c(y);",
       "a() | b(x) 2: x from a() | c(y) 3: y from b(x)"},
      {"const x = await a(); const y = { x }; const z = await b(y);", "a() | b(y) 2: y from a()"},
      {"const x = await a(); { const x = 1; const z = await b(x); }", "a() | b(x)"},
      {"const x: Type = (await a()) as Type; const z = await b(x!);", "a() | b(x!) 2: x from a()"},
      {"const x = await a(); const y = await (await fetch(x)).json(); const z = await b(y);",
       "a() | fetch(x) 2: x from a() | b(y) 3: y from fetch(x)"},
      {"const x = await a().then((x) => x); const y = await b<typeof x>();", "a().then((x) => x) | b<typeof x>()"},
  };
  for (const Case &it : cases) {
    CAPTURE(it.code);
    CHECK(describe_frontmatter(it.code) == it.expected);
  }
}

TEST_CASE("what decides whether an await is run is told from what it uses") {
  struct Case {
    const char *code;
    const char *expected;
    const char *depth;
  } const cases[] = {
      {"const x = await a(); if (!x) return; const y = await b();", "a() | b() 2: guard x from a()", "2 2 1"},
      {"const x = await a(); if (!Astro.url) return; const y = await b();", "a() | b()", "2 1 1"},
      {"const x = await a(); if (!x) throw x; const y = await b(x);", "a() | b(x) 2: x from a() guard x from a()",
       "2 2 2"},
      {"const x = await a(); const y = x && (await b());", "a() | b() 2: if x from a()", "2 2 1"},
      {"const x = await a(); const y = x ? await b() : await c();", "a() | b() 2: if x from a()", "2 2 1"},
      {"const x = await a(); switch (x) { case 1: const y = await b(); }", "a() | b() 2: if x from a()", "2 2 1"},
      {"const x = await a(); for (const y of x) { const z = await b(); }", "a() | b() 2: each x from a()", "2 2 1"},
      {"let x; try { x = await a() } catch { return } const y = await b();", "a() | b() 2: guard x from a()", "2 2 1"},
      {"await a(); const y = await b();", "a() | b() 2: after  from a()", "2 2 1"},
      {"const x = await a(); setUser(x); const y = await b();", "a() | b() 2: after x from a()", "2 2 1"},
      {"const x = await a(); Astro.locals.x = x; const y = await b();", "a() | b() 2: after x from a()", "2 2 1"},
      {"const x = await a(); Astro.response.headers.set('x', x); console.log(x); const y = await b();", "a() | b()",
       "2 1 1"},
      {"const k = Astro.url.hash; if (k === 'a') await a(); setUser(k); if (k === 'b') await b();",
       "a() | b() 2: after  from a()", "2 2 1"},
      {"const k = Astro.url.hash; if (k === 'a') await a(); if (k === 'b') await b();", "a()", "1 1 1"},
      {"const k = Astro.url.hash; if (k === 'a') await a(); if (k !== 'b') await b();", "a() | b() 2: after  from a()",
       "2 2 1"},
      {"const x = await a(); const f = () => { if (x) return 1 }; const y = await b();", "a() | b()", "2 1 1"},
  };
  for (const Case &it : cases) {
    CAPTURE(it.code);
    Project project({{"Page.astro", std::string("---\n") + it.code + "\n---\n"}});
    CHECK(describe(project) == it.expected);
    CHECK(depths(project.find()) == it.depth);
  }
}

TEST_CASE("markup is followed even if the code around it cannot be read") {
  Files files{{"Leaf.astro", "---\nconst leaf = await c();\n---\n"}};
  for (const char *markup : {"{a && }<Leaf />", "{a ? <Leaf />}", "{for (a of ) <Leaf />}",
                             "{.b}<Leaf x={a.} y={&&} />", "{await}<Leaf />", "{switch}<Leaf {...} />"}) {
    CAPTURE(markup);
    files["Page.astro"] = std::string("---\nimport Leaf from './Leaf.astro';\n---\n") + markup;
    CHECK(describe(Project(files)) == "c()");
  }
}

TEST_CASE("functions that are only defined wait for nothing") {
  CHECK(describe_frontmatter("export const loader = async () => { await a() };\n"
                             "export async function getStaticPaths() { await b(); return [] }\n"
                             "const f = async () => { await c() }; class D { async e() { await f() } }") == "");
}

TEST_CASE("markup is evaluated in its order, and callbacks beside it") {
  CHECK(describe_frontmatter("", "<p title={await a()}>{await b()}</p><p>{c && await d()}</p>") == "a() | b() | d()");
  CHECK(describe_frontmatter("const list = await a();",
                             "{list.map(async (item) => { const x = await b(item); return <p>{await c(x)}</p> })}") ==
        "a() | b(item) 2: item from a() each list from a() | c(x) 3: x from b(item) each list from a()");
}

TEST_CASE("props lead to what their values were made of") {
  Files files{
      {"Page.astro", "---\nimport Middle from './Middle.astro';\nconst x = await a();\nconst y = await b();\n---\n"
                     "<Middle first={x.id} {...{ second: y }} first={1} third={x} />"},
      {"Middle.astro",
       "---\nimport Leaf from './Leaf.astro';\nconst { third: inner = 1, ...rest } = Astro.props;\n---\n"
       "<Leaf {...rest} {inner} />"},
  };
  auto with_leaf = [&](const std::string &code) {
    files["Leaf.astro"] = "---\nconst leaf = await " + code + ";\n---\n";
    return describe(Project(files));
  };
  CHECK(with_leaf("c(Astro.props.inner)") == "a() | b() | c(Astro.props.inner) 2: inner from a()");
  CHECK(with_leaf("c(Astro.props['second'])") == "a() | b() | c(Astro.props['second']) 2: second from b()");
  CHECK(with_leaf("c(Astro.props.first)") == "a() | b() | c(Astro.props.first)"); // the last one counts
  CHECK(with_leaf("c(Astro.props.unknown)") == "a() | b() | c(Astro.props.unknown) 2: unknown from b()");
  CHECK(with_leaf("c(Astro.props)") == "a() | b() | c(Astro.props) 2: Astro.props from a() Astro.props from b()");
  CHECK(with_leaf("c()") == "a() | b() | c()");
}

TEST_CASE("what a callback is given is known in the attributes of its markup") {
  Files files{{"Leaf.astro", "---\nconst leaf = await c(Astro.props.id);\n---\n"}};
  auto with_markup = [&](const std::string &markup) {
    files["Page.astro"] =
        "---\nimport Leaf from './Leaf.astro';\nconst x = await a();\nconst y = await b();\n---\n" + markup;
    return depths(Project(files).find());
  };
  CHECK(with_markup("{x.map((item) => <Leaf id={item.id} />)}") == "3 2 2");
  CHECK(with_markup("{x.map((item) => { const { id } = item; return <p><Leaf id={id} /></p> })}") == "3 2 2");
  CHECK(with_markup("{[1].map((item) => <Leaf id={item} />)}") == "3 1 1");
  CHECK(with_markup("{x.map((y) => <Leaf id={1} />)}") == "3 2 1");
}

TEST_CASE("a component that many ways lead to is looked at once") {
  // Two of each level render both of the next: a million million ways.
  Files files;
  constexpr int levels = 40;
  files["Page.astro"] = "---\nimport A from './A1.astro'; import B from './B1.astro';\n---\n<A /><B />";
  for (int i = 1; i <= levels; ++i)
    for (const char *side : {"A", "B"}) {
      std::string next = std::to_string(i + 1);
      files[side + std::to_string(i) + ".astro"] =
          i == levels ? "---\nconst x = await leaf();\n---\n"
                      : "---\nimport A from './A" + next + ".astro'; import B from './B" + next +
                            ".astro';\nconst x = await level();\n---\n<A><B /></A><slot /><B />";
    }
  Waterfall waterfall = Project(files).find();
  // In each level but the first and the last the component, then what stands in its slot.
  CHECK(waterfall.now == 2 * levels - 2);
  CHECK(waterfall.possible == 1);
  CHECK(waterfall.steps.size() == 2 * levels - 2);
}

TEST_CASE("chains may be long") {
  Files files;
  constexpr int length = 1500;
  for (int i = 0; i < length; ++i)
    files[i == 0 ? "Page.astro" : "C" + std::to_string(i) + ".astro"] =
        "---\nimport Next from './C" + std::to_string(i + 1) +
        ".astro';\nconst x = await step(Astro.props.x);\n---\n<Next x={x} />";
  files["C" + std::to_string(length) + ".astro"] = "<p />";
  Waterfall waterfall = Project(files).find();
  CHECK(waterfall.now == length);
  CHECK(waterfall.possible == length);
  CHECK(waterfall.steps.back().earliest == length);

  std::string code;
  for (int i = 0; i < length; ++i)
    code += "const x" + std::to_string(i) + " = await step();\n";
  CHECK(depths(Project({{"Page.astro", "---\n" + code + "---\n"}}).find()) == std::to_string(length) + " 1 1");
}

TEST_CASE("code may nest deeply") {
  std::string open, close, sum = "1";
  for (int i = 0; i < 3000; ++i) {
    open += "if (a) {";
    close += "}";
    sum += " + f(" + std::to_string(i) + ")";
  }
  CHECK(Project({{"Page.astro",
                  "---\n" + open + "const x = await a();" + close + "\nconst z = await b(" + sum + ");\n---\n"}})
            .find()
            .now >= 1);
  std::string tags, ends;
  for (int i = 0; i < 3000; ++i) {
    tags += "{a && <p><Page>";
    ends.insert(0, "</Page></p>}");
  }
  CHECK(Project({{"Page.astro", "---\nimport Page from './Page.astro';\nconst x = await a();\n---\n" + tags + ends}})
            .find()
            .now >= 1);
}

TEST_CASE("a circle is followed once from wherever it is entered") {
  Files files;
  for (const auto &[name, next] : std::map<std::string, std::string>{{"A", "B"}, {"B", "C"}, {"C", "A"}})
    files[name + ".astro"] = "---\nimport Next from './" + next + ".astro';\nconst x = await step" + name +
                             "();\n---\n{x && <Next><p /></Next>}<slot />";
  for (const char *entry : {"A", "B", "C"}) {
    Project project(files, std::string(entry) + ".astro");
    Waterfall waterfall = project.find();
    CHECK(waterfall.now == 3);
    CHECK(project.text_of(waterfall.steps[0].module, waterfall.steps[0].await) == std::string("step") + entry + "()");
  }
  files["Page.astro"] = "---\nimport C from './C.astro';\nconst x = await page();\n---\n<C />";
  Project project(files);
  CHECK(describe(project) ==
        "page() | stepC() | stepA() 2: if x from stepC() | stepB() 3: if x from stepA() if x from stepC()");
}
