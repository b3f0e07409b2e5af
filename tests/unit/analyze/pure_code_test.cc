#include "analyze/module_facts.h"
#include "analyze/pure_code.h"

#include <doctest/doctest.h>

#include <string>

using namespace foreload;

namespace {

std::shared_ptr<const ModuleFacts> analyze(const std::string &text) {
  auto source = std::make_shared<const SourceFile>("/src/Card.astro", text);
  return analyze_module(source, {});
}

/// The names that \p code uses, as they would be put in: `Value x`, `Props id`, `Import a()`.
std::string uses_of(const ModuleFacts &facts, const PureCode &code) {
  std::string line;
  for (const CodeUse &use : code.uses) {
    CHECK(code.text.begin <= use.span.begin);
    CHECK(use.span.end <= code.text.end);
    line += line.empty() ? "" : ", ";
    switch (use.of) {
    case CodeUse::Of::Value:
      line += "value " + facts.values[use.index].name;
      break;
    case CodeUse::Of::Import:
      line += "import " + facts.imports[use.index].local;
      break;
    case CodeUse::Of::Props:
      line += "props" + (use.index == no_index ? "" : " " + facts.prop_names[use.index]);
      break;
    case CodeUse::Of::Astro:
      line += "Astro";
      break;
    case CodeUse::Of::Data:
      line += "data";
      break;
    case CodeUse::Of::Slot:
      line += "slot " + facts.slot_names[use.index];
      break;
    }
    line += use.called ? "()" : "";
    line += use.shorthand ? " short" : "";
    line += " at " + facts.source->text(use.span).str();
  }
  return line + (code.reads_state ? "; state" : "");
}

const ValueFact &value(const ModuleFacts &facts, const std::string &name) {
  for (const ValueFact &it : facts.values)
    if (it.name == name)
      return it;
  FAIL("no value " << name);
  return facts.values[0];
}

const std::string frontmatter = R"(---
import { config, mark } from './config';
import { getLoaderData } from 'foreload/runtime';
const known = 1;
const double = (x) => x * 2;
const side = (x) => track(x);
const unknown = await fetch('/');
const PATTERN = /a/;
const byId = new Map([[1, 2]]);
export const loader = async () => 1;
)";

/// `pure`, or why the initializer of a declaration is not.
std::string judge(const std::string &expression) {
  auto facts = analyze(frontmatter + "const it = " + expression + ";\n---\n");
  CHECK_MESSAGE(facts->usable, expression);
  const Doubt &why = value(*facts, "it").why;
  return why.certainty == Certainty::Must ? "pure" : why.text;
}

std::string uses(const std::string &expression) {
  auto facts = analyze(frontmatter + "const it = " + expression + ";\n---\n");
  const ValueFact &it = value(*facts, "it");
  if (it.declaration == no_index)
    return "not pure: " + it.why.text;
  return uses_of(*facts, facts->codes[facts->declarations[it.declaration].code]);
}

} // namespace

TEST_CASE("what only computes a value is pure") {
  for (const char *expression : {
           "1",
           "'a' + `b${known}`",
           "{ a: 1, [known]: 2, ...config, known, m(x) { return x } }",
           "[...config.list, , 3]",
           "known ? -known : !known && (known, 2)",
           "config?.a?.[known] ?? null",
           "[1, 2].map((x) => x + known).filter(Boolean).map(double)",
           "config.list.map(({ id, ...rest }, i) => { const n = id + i; if (n) return rest; return n; })",
           "[...config.list].sort((a, b) => a.date - b.date)",
           "config.list.slice(0, 3).reverse()",
           "Object.entries(config).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')",
           "JSON.stringify(JSON.parse('{}'), null, 2)",
           "Math.max(1, known) * Math.PI",
           "new Date(0).toISOString()",
           "new URL('/a', Astro.url).searchParams.get('q')",
           "Astro.url.searchParams.has('q') && Astro.params.id",
           "Astro.request.headers.get('accept')",
           "import.meta.env.PROD",
           "double(2) as number",
           "(config satisfies X)!.a",
           "PATTERN.test(config.name)",
           "byId.get(known)",
           "String.raw`a${known}`",
           "/* @__PURE__ */ mark(1)",
           "/*#__PURE__*/ mark(1).trim()",
           "Array.from({ length: 3 }, (_, i) => i)",
           "Object.assign({}, config)",
           "typeof known === 'number' || 'a' in config || config instanceof Date",
           "((x) => x + 1)(2)",
           "function (x) { switch (x) { case 1: return 2; default: return x; } }",
           "new Intl.NumberFormat('en').format(2)",
           "'a,b'.split(',').at(0)?.trim().toUpperCase()",
           "config.list.reduce((sum, x) => sum + x, 0)",
           "(await getLoaderData()).items",
           "await getLoaderData<typeof loader>()",
       })
    CHECK_MESSAGE(judge(expression) == "pure", expression, ": ", judge(expression));
}

TEST_CASE("what may do anything is not pure, and says why") {
  struct {
    std::string expression, why;
  } cases[] = {
      {"getFlags()", "calls `getFlags()`, which may do anything"},
      {"mark(1)", "calls `mark()`, which may do anything"},
      {"config.load()", "calls `config.load()`, which may do anything"},
      {"side(1)", "calls `side()`, which may do anything"},
      {"[1].map(mark)", "calls `mark()`, which may do anything"},
      {"[1].map((x) => mark(x))", "calls `mark()`, which may do anything"},
      {"unknown.get('x')", "calls `unknown.get()`, which may do anything"},
      {"unknown.status", "uses `unknown`, which only the frontmatter knows"},
      {"await fetch('/')", "awaits something else"},
      {"known && (await getLoaderData())", "asks for data on a condition only"},
      {"await getLoaderData({})", "asks for data in a way of its own"},
      {"Math.random()", "uses `Math.random`, which differs each time"},
      {"Date.now()", "uses `Date.now`, which differs each time"},
      {"new Date()", "uses `new Date()`, which differs each time"},
      {"new Foo(1)", "makes a `Foo`, which may do anything"},
      {"config.list.sort()", "changes `config.list`"},
      {"(globalThis.x = 1)", "changes `globalThis.x`"},
      {"process.env.KEY", "reads the global `process.env`"},
      {"window", "reads the global `window`"},
      {"Astro", "hands on `Astro`"},
      {"Astro.redirect('/')", "calls `Astro.redirect()`, which may do anything"},
      {"Astro.slots.render('x')", "calls `Astro.slots.render()`, which may do anything"},
      {"await import('./x')", "awaits something else"},
      {"import('./x')", "imports a module when it runs"},
      {"this.x", "uses `this`"},
      {"class {}", "makes a class"},
      {"{ get a() { return 1 } }", "makes a method that is more than a function"},
      {"async () => 1", "is asynchronous"},
      {"import.meta.glob('./*.md')", "calls `import.meta.glob()`, which may do anything"},
      {"later + 1; const later = 1", "uses `later` above its declaration"},
      {"it2; const it2 = it", "uses `it2` above its declaration"},
      {"tag`x`", "calls `tag()`, which may do anything"},
      {"/a/g.test('a')", "calls `/a/g.test()`, which may do anything"},
      {"[1].forEach((x) => x)", "calls `[1].forEach()`, which may do anything"},
      {"eval('1')", "calls `eval()`, which may do anything"},
      {"[Astro.request]", "uses `Astro.request`, which may do anything"},
  };
  for (const auto &it : cases)
    CHECK_MESSAGE(judge(it.expression) == it.why, it.expression, ": ", judge(it.expression));
}

TEST_CASE("uses are what a copy has to replace") {
  CHECK(uses("known + config.a") == "value known at known, import config at config");
  CHECK(uses("({ known, config })") == "value known short at known, import config short at config");
  CHECK(uses("Astro.props.id + Astro.props['data-x']") == "props id at Astro.props, props data-x at Astro.props");
  CHECK(uses("({ ...Astro.props })") == "props at Astro.props");
  CHECK(uses("Astro.url.href") == "Astro at Astro");
  CHECK(uses("Astro.locals.user") == "Astro at Astro; state");
  CHECK(uses("Astro.cookies.get('a')?.value") == "Astro at Astro; state");
  CHECK(uses("Astro.slots.has('x')") == "slot x at Astro.slots.has('x')");
  CHECK(uses("(await getLoaderData()).a") == "data at await getLoaderData()");
  CHECK(uses("/* @__PURE__ */ mark(known)") == "import mark() at mark, value known at known");
  CHECK(uses("[1].map((known) => known)") == "");
}

namespace {

/// How \p name of a frontmatter can be had: `copied`, or `settled behind` the statement that ends there, or `never`.
std::string state_of(const std::string &name, const std::string &code, const std::string &markup = "") {
  auto facts = analyze("---\nimport { list, load } from './list';\n" + code + "\n---\n" + markup);
  REQUIRE_MESSAGE(facts->usable, code);
  const ValueFact &it = value(*facts, name);
  if (it.declaration != no_index)
    return "copied";
  CHECK(!it.why.text.empty());
  if (it.settled_at == 0)
    return "never";
  std::string text = facts->source->text().substr(0, it.settled_at).str();
  return "behind " + text.substr(text.rfind('\n') + 1);
}

} // namespace

TEST_CASE("values that nobody changes are copied") {
  CHECK(state_of("a", "const a = 1;") == "copied");
  CHECK(state_of("b", "const a = { x: 1 };\nconst b = a.x + 1;") == "copied");
  CHECK(state_of("f", "function f(x) { return x + a }\nconst a = 1;") == "copied");
  CHECK(state_of("f", "const f = (x) => g(x);\nfunction g(x) { return x > 0 ? f(x - 1) : a }\nconst a = 1;") ==
        "copied");
  CHECK(state_of("a", "export const a = [1];") == "copied");
  CHECK(state_of("a", "let a = 1;\nconsole.log(a);") == "copied");
  CHECK(state_of("a", "const a = [1];\na.forEach((x) => console.log(x));\nconst b = [...a];\nb.push(2);") == "copied");
  CHECK(state_of("a", "const a = [1];\nconst b = a.filter(Boolean);\nb.sort();") == "copied");
  CHECK(state_of("a", "const { a, b = 2, c: d } = list[0];") == "copied");
  CHECK(state_of("a", "const { a, b } = Astro.props;\nb.push(1);") == "copied");
  CHECK(state_of("url", "const { url, cookies } = Astro;") == "copied");
}

TEST_CASE("values that change are had behind the last change") {
  CHECK(state_of("a", "let a = 1;\nif (list) a = 2;\nconst b = a;") == "behind if (list) a = 2;");
  CHECK(state_of("a", "let a;\na = 1;") == "behind a = 1;");
  CHECK(state_of("a", "var a = 1;\nvar a = 2;") == "behind var a = 2;");
  CHECK(state_of("a", "const a = {};\na.x = 1;\nfoo;") == "behind a.x = 1;");
  CHECK(state_of("a", "const a = {};\na.x.y[0]++;") == "behind a.x.y[0]++;");
  CHECK(state_of("a", "const a = {};\ndelete a.x;") == "behind delete a.x;");
  CHECK(state_of("a", "const a = [2, 1];\na.sort();") == "behind a.sort();");
  CHECK(state_of("a", "const a = [2, 1];\nconst b = a.sort();") == "behind const b = a.sort();");
  CHECK(state_of("a", "const a = {};\nObject.assign(a, list);") == "behind Object.assign(a, list);");
  CHECK(state_of("a", "const a = {};\nfill(a);") == "behind fill(a);");
  CHECK(state_of("a", "const a = {};\nawait fill([a]);") == "behind await fill([a]);");
  CHECK(state_of("a", "const a = list[0];\n[a.x] = list;") == "behind [a.x] = list;");
  CHECK(state_of("a", "const a = [];\nfor (const x of list) a.push(x);") == "behind for (const x of list) a.push(x);");
  CHECK(state_of("b", "const a = [];\na.push(1);\nconst b = a.length;") == "behind const b = a.length;");
  CHECK(state_of("a", "const a = await load();") == "behind const a = await load();");
}

TEST_CASE("changes reach a value under its other names") {
  CHECK(state_of("a", "const a = {};\nconst b = a;\nb.x = 1;") == "behind b.x = 1;");
  CHECK(state_of("b", "const a = {};\nconst b = a;\na.x = 1;") == "behind a.x = 1;");
  CHECK(state_of("a", "const a = { b: {} };\nconst { b } = a;\nb.x = 1;") == "behind b.x = 1;");
  CHECK(state_of("a", "const a = [{}];\nconst [b] = a;\nb.x = 1;") == "behind b.x = 1;");
  CHECK(state_of("a", "const a = [{}];\nfor (const b of a) b.x = 1;") == "behind for (const b of a) b.x = 1;");
  CHECK(state_of("a", "const a = [{}];\na.forEach((b) => { b.x = 1 });") == "behind a.forEach((b) => { b.x = 1 });");
  CHECK(state_of("a", "const a = [{}];\na.filter((b) => b.y).forEach((b) => { b.x = 1 });") ==
        "behind a.filter((b) => b.y).forEach((b) => { b.x = 1 });");
  CHECK(state_of("a", "const a = [{}];\na.forEach(load);") == "behind a.forEach(load);");
  CHECK(state_of("a", "const a = [{}];\na.forEach((x) => load(x));") == "behind a.forEach((x) => load(x));");
  CHECK(state_of("a", "const a = [{}];\nconst b = [...a];\nb[0].x = 1;") == "behind b[0].x = 1;");
  CHECK(state_of("a", "const a = {};\nconst b = { a };\nb.a.x = 1;") == "behind b.a.x = 1;");
  CHECK(state_of("a", "const a = {};\nconst b = {};\nb.a = a;\nb.a.x = 1;") == "behind b.a.x = 1;");
  CHECK(state_of("a", "const a = [{}];\nconst b = list ? a : [];\nb.push(1);") == "behind b.push(1);");
  CHECK(state_of("a", "const a = [{}];\nconst b = load(a);\nb.push(1);") == "behind b.push(1);");
  CHECK(state_of("a", "const a = [{}];\nconst b = a.map((x) => ({ x }));\nb[0].x.y = 1;") == "behind b[0].x.y = 1;");
  CHECK(state_of("a", "const a = {};\nconst m = new Map([[1, a]]);\nm.get(1).x = 1;") == "behind m.get(1).x = 1;");
  CHECK(state_of("a", "const a = {};\nconst get = () => a;\nget().x = 1;") == "behind get().x = 1;");
  CHECK(
      state_of("a", "const a = [{}];\nconst r = a.reduce((all, x) => { all.push(x); return all }, []);\nr[0].x = 1;") ==
      "behind r[0].x = 1;");
  CHECK(state_of("a", "const { a } = Astro.props;\nAstro.props.a.x = 1;") == "behind Astro.props.a.x = 1;");
  CHECK(state_of("a", "const { a, ...rest } = Astro.props;\nconst { props } = Astro;\nprops.a.x = 1;") ==
        "behind props.a.x = 1;");
  CHECK(state_of("a", "const a = {};\nconst b = Object.values({ a });\nb[0].x = 1;") == "behind b[0].x = 1;");
}

TEST_CASE("a change in a function happens when it is called") {
  CHECK(state_of("a", "let a = 0;\nconst f = () => { a++ };\nf();\nlist;") == "behind f();");
  CHECK(state_of("a", "let a = 0;\nfunction f() { g() }\nfunction g() { a++ }\nf();\nlist;") == "behind f();");
  CHECK(state_of("a", "let a = 0;\nfunction f() { g() }\nfunction g() { if (a) f(); a++ }\nf();\nlist;") ==
        "behind f();");
  CHECK(state_of("a", "let a = 0;\nfunction f() { g() }\nfunction g() { a++; f() }\ng();\nlist;") == "behind g();");
  CHECK(state_of("a", "let a = 0;\nlist.forEach((x) => { a += x });\nlist;") ==
        "behind list.forEach((x) => { a += x });");
  CHECK(state_of("a", "let a = 0;\n(() => { a = 1 })();\nlist;") == "behind (() => { a = 1 })();");
  CHECK(state_of("a", "let a = 0;\nasync function f() { a = 1 }\nawait f();\nlist;") == "behind await f();");
  CHECK(state_of("a", "let a = 0;\nasync function f() { a = 1 }\nf();\nlist;") == "never");
  CHECK(state_of("a", "let a = 0;\nawait Promise.all(list.map(async (x) => { a = x }));\nlist;") ==
        "behind await Promise.all(list.map(async (x) => { a = x }));");
  CHECK(state_of("a", "let a = 0;\nlist.map(async (x) => { a = x });\nlist;") == "never");
  CHECK(state_of("a", "let a = 0;\nawait load().then((x) => { a = x });\nlist;") ==
        "behind await load().then((x) => { a = x });");
  CHECK(state_of("a", "let a = 0;\nload().then((x) => { a = x });\nlist;") == "never");
  CHECK(state_of("a", "let a = 0;\nsetTimeout(() => { a = 1 });\nlist;") == "never");
  CHECK(state_of("a", "let a = 0;\nconst f = () => { a++ };\nlist;", "{f()}") == "never");
  CHECK(state_of("a", "let a = 0;\nconst f = () => { a++ };\nload(f);") == "never");
  CHECK(state_of("a", "let a = 0;\nexport const f = () => { a++ };\nf();") == "never");
  CHECK(state_of("a", "let a = 0;\nclass A { m() { a++ } }\nnew A().m();") == "never");
  CHECK(state_of("a", "const a = [{}];\nfunction f(list) { list.sort() }\nf(a);\nlist;") == "behind f(a);");
  CHECK(state_of("a", "const a = [{}];\nfunction f(x) { x.y = 1 }\na.forEach(f);\nlist;") == "behind a.forEach(f);");
  CHECK(state_of("a", "const a = [{}];\nconst f = (...all) => { all[0].x = 1 };\nf(a);\nlist;") == "behind f(a);");
  // What it computes is settled when what it uses is.
  CHECK(state_of("f", "let a = 0;\nconst f = () => a;\na = 1;\nlist;") == "behind a = 1;");
  CHECK(state_of("g", "let a = 0;\nconst f = () => a;\nconst g = () => f();\na = 1;\nlist;") == "behind a = 1;");
  CHECK(state_of("g", "let a = 0;\nconst f = () => a;\nconst g = () => f();\nsetTimeout(() => { a = 1 });") == "never");
}

TEST_CASE("code that nobody can follow changes everything") {
  CHECK(state_of("a", "const a = 1;\neval('a = 2');") == "never");
  CHECK(state_of("\\u0061", "let \\u0061 = 1;\na = 2;\n\\u0061 = 3;") == "never");
}
