#include "analyze/pure_code.h"
#include "analyze/request_state.h"
#include "analyze/value_changes.h"

#include <doctest/doctest.h>

#include <list>
#include <string>

using namespace foreload;

namespace {

std::shared_ptr<const ModuleFacts> facts_of(const std::string &text) {
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
    case CodeUse::Of::Await:
      return "await";
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
const isUser = (x) => user() === x;
const user = () => Astro.locals.user;
export const loader = async () => 1;
)";

/// `pure`, or why the initializer of a declaration is not.
std::string judge(const std::string &expression) {
  auto facts = facts_of(frontmatter + "const it = " + expression + ";\n---\n");
  CHECK_MESSAGE(facts->usable, expression);
  const Doubt &why = value(*facts, "it").why;
  return why.certainty == Certainty::Must ? "pure" : why.text;
}

std::string uses(const std::string &expression) {
  auto facts = facts_of(frontmatter + "const it = " + expression + ";\n---\n");
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
           "[...byId.keys(), ...Array.from(new Set('abc').values()), ...'a'.matchAll(/a/g)]",
           "Astro.cookies.get('a')?.json()",
           "new Intl.DateTimeFormat('en').format(new Date(0))",
           // A function may change what it has made itself.
           "(() => { let n = 0; for (const x of config.list) n += x; return n })()",
           "(() => { const all = []; for (let i = 0; i < 3; i++) { if (i) continue; all.push(i) } return all.sort() "
           "})()",
           "(() => { const all = []; config.list.forEach((x) => { all.push(x); all[0] = x }); return all })()",
           "config.list.reduce((all, x) => { all[x.id] = x; delete all.y; return all }, {})",
           "config.list.reduce((all, x) => (all.push(x), all), [])",
           "(x) => { const o = new Map(); let y; while (x--) { o.set(x, y); y ?"
           "?= x } return o.get(1) }",
           "(() => { const copy = [...config.list]; copy.reverse(); return Object.assign(copy, { x: 1 }) })()",
           "((x = known, { y } = config, ...z) => x + y + z.length)()",
           "(() => { function f(x) { return x ? f(x - 1) : 1 } const g = (x) => f(x); return g(2) })()",
           "new Set(config.list).has(1) || new Map(Object.entries(config)).get('a')",
           "config.list.filter((x, i, all) => all.indexOf(x) === i).at(-1)",
           "`${known}`.padStart(2, '0').replace(/a/g, (x) => x.toUpperCase())",
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
      {"(() => { config.x = 1 })()", "changes `config.x`"},
      {"((x) => { x.y = 1 })(config)", "changes `x.y`"},
      {"(() => { const a = config; a.x = 1 })()", "reads `config`, which is changed here"},
      {"(() => { const a = { b: config }; a.b.x = 1 })()", "reads `config`, which is changed here"},
      {"(() => { const a = [config]; a[0].x = 1 })()", "reads `config`, which is changed here"},
      {"(() => { let a = []; a = config; a.push(1) })()", "reads `config`, which is changed here"},
      {"(() => { let n = 0; return () => n++ })()", "changes `n`"},
      {"((a) => { a.x = 1 })([1])", "changes `a.x`"},
      {"(() => { const a = f(); a.x = 1 })()", "calls `f()`, which may do anything"},
      {"(() => { const a = {}; const b = a; b.x = 1 })()", "changes `b.x`"},
      {"(() => { const a = { b: {} }; a.b.x = 1 })()", "changes `a.b.x`"},
      {"(() => { let a = []; a.push(1) })()", "calls `a.push()`, which may do anything"},
      {"[{}].reduce((all, x) => { all.x = 1; return x }, {})", "changes `all.x`"},
      {"[{}].reduce((all, x) => { all.x = 1; return all })", "changes `all.x`"},
      {"[{}].reduce((all, x) => { all = x; all.x = 1; return all }, {})", "changes `all.x`"},
      {"(() => { const a = []; return { f: () => a.push(1) } })()", "calls `a.push()`, which may do anything"},
      {"config.list.reduce((all, x) => { all.x = 1; return x }, {})", "reads `config`, which is changed here"},
      {"config.list.reduce((all, x) => { all.x = 1; return all })", "reads `config`, which is changed here"},
      {"config.list.reduce((all, x) => { all.x = 1; return all }, config)", "reads `config`, which is changed here"},
      {"config.list.map(known)", "calls `known()`, which may do anything"},
      {"config.list.map((f) => f())", "calls `f()`, which may do anything"},
      {"(function () { return arguments[0] })()", "uses `arguments`"},
      {"config.list.filter(config.test)", "calls `config.test()`, which may do anything"},
      {"(() => { throw 1 })()", "is nothing that can be judged: `throw 1`"},
      {"byId.values()", "hands on `byId.values()`, which can be read only once"},
      {"'a'.matchAll(/a/g)", "hands on `'a'.matchAll(/a/g)`, which can be read only once"},
      {"new Intl.DateTimeFormat('en').format()",
       "uses `new Intl.DateTimeFormat('en').format()`, which differs each time"},
      {"unknown.json()", "calls `unknown.json()`, which may do anything"},
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
  CHECK(uses("(() => Astro.locals.user)()") == "Astro at Astro; state");
  CHECK(uses("user()") == "value user() at user; state");
  CHECK(uses("[1].map(isUser)") == "value isUser() at isUser; state");
  CHECK(uses("Astro.slots.has('x')") == "slot x at Astro.slots.has('x')");
  CHECK(uses("(await getLoaderData()).a") == "data at await getLoaderData()");
  CHECK(uses("/* @__PURE__ */ mark(known)") == "import mark() at mark, value known at known");
  CHECK(uses("[1].map((known) => known)") == "");
  CHECK(uses("[1].map(double)") == "value double() at double");
  CHECK(uses("(config as typeof known).a as Map<typeof known, 1>") == "import config at config");
}

namespace {

/// How \p name of a frontmatter can be had: `copied`, or `settled behind` the statement that ends there, or `never`.
std::string state_of(const std::string &name, const std::string &code, const std::string &markup = "") {
  auto facts = facts_of("---\nimport { list, load } from './list';\n" + code + "\n---\n" + markup);
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
  // Only the part that is named.
  CHECK(state_of("a", "const { a, ...rest } = Astro.props;\nrest.b.x = 1;") ==
        "behind const { a, ...rest } = Astro.props;");
  CHECK(state_of("a", "const a = {};\nconst u = new URL('http://x');\nu.searchParams.set('a', a.b);") == "copied");
  CHECK(state_of("a", "const a = { b: {}, c: {} };\nconst { c } = a;\na.b.x = 1;") == "behind a.b.x = 1;");
  CHECK(state_of("c", "const a = { b: {}, c: {} };\nconst { c } = a;\na.b.x = 1;") == "behind const { c } = a;");
  CHECK(state_of("c", "const a = { b: { c: {} } };\nconst { c } = a.b;\na.b.c.d.e.f = 1;") ==
        "behind a.b.c.d.e.f = 1;");
  CHECK(state_of("c", "const a = { b: { c: {} } };\nconst c = a.b.c;\nlet k = 'b';\na[k].c.d = 1;") ==
        "behind a[k].c.d = 1;");
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

namespace {

/// A frontmatter with one expression of the markup after the other, judged as the markup's pass does it.
struct Component {
  Component(const std::string &frontmatter_code, const std::vector<std::string> &expressions)
      : text("---\n" + frontmatter_code + "\n---\n"), begin(4), end(static_cast<uint32_t>(text.size()) - 5) {
    for (const std::string &expression : expressions) {
      begins.push_back(static_cast<uint32_t>(text.size()));
      text += "{" + expression + "}";
    }
    source = std::make_shared<const SourceFile>("/src/Card.astro", text);
    facts.source = source;
    facts.kind = ModuleKind::Astro;
    code.emplace(SyntaxTree::parse(source->text({begin, end}), begin), source->text());
    context.emplace(analyze::Context{facts, *source, options, *code, {}});
    analyze::collect_imports_and_exports(*context);
    analyze::analyze_loader(*context);
    state.emplace(*code, nullptr);
    analyze::collect_barriers(*context, *state);
    changes.emplace(*code, llvm::ArrayRef<llvm::StringRef>(source->text().substr(end)));
    codes.emplace(*context, *changes, *state);
    codes->add_guards();
    for (size_t i = 0; i < expressions.size(); ++i) {
      std::string own = "(" + expressions[i] + ")";
      parsed.emplace_back(SyntaxTree::parse(own, begins[i]), source->text());
      places.push_back({parsed.back()});
      if (codes->may_change(expressions[i]))
        codes->look_at(places.back());
    }
  }

  /// `pure`, or why \p expression, which stands in the markup's expression number \p index, is not.
  std::string judge(size_t index, const std::string &expression) {
    const analyze::CodePlace &place = *std::next(places.begin(), static_cast<long>(index));
    size_t at = source->text().find(expression, begins[index]);
    for (SyntaxIndex i = 0; i < place.code.tree.size(); ++i)
      if (place.code.tree[i].span == Span{uint32_t(at), uint32_t(at + expression.size())} &&
          place.code.tree[i].kind != SyntaxKind::ExpressionStatement) {
        last = codes->add(place, i);
        const Doubt &doubt = facts.codes[last].doubt;
        return doubt.certainty == Certainty::Must ? "pure" : doubt.text;
      }
    FAIL("no " << expression);
    return "";
  }

  std::string state_of(const std::string &name) const {
    const ValueFact &it = value(facts, name);
    return it.declaration != no_index ? "copied" : it.settled_at == 0 ? "never" : "later";
  }

  std::string text;
  uint32_t begin, end;
  std::vector<uint32_t> begins;
  std::shared_ptr<const SourceFile> source;
  ModuleFacts facts;
  AnalyzeOptions options;
  std::optional<analyze::Code> code;
  std::optional<analyze::Context> context;
  std::optional<analyze::RequestState> state;
  std::optional<analyze::ValueChanges> changes;
  std::optional<analyze::PureCodes> codes;
  std::list<analyze::Code> parsed;
  std::list<analyze::CodePlace> places;
  uint32_t last = no_index; ///< the code that was judged last
};

} // namespace

TEST_CASE("expressions of the markup see the names of the frontmatter, and those around them") {
  Component it("import { list } from './list';\nconst known = 1;\nconst { id } = Astro.props;",
               {"list.map((item, i) => item.ok && item.children.map((child) => child.x + known + i))", "id + known"});
  CHECK(it.judge(0, "item.ok") == "pure");
  CHECK(uses_of(it.facts, it.facts.codes[it.last]) == "");
  CHECK(it.judge(0, "child.x + known + i") == "pure");
  CHECK(uses_of(it.facts, it.facts.codes[it.last]) == "value known at known");
  CHECK(it.judge(0, "list.map((item, i) => item.ok && item.children.map((child) => child.x + known + i))") == "pure");
  CHECK(uses_of(it.facts, it.facts.codes[it.last]) == "import list at list, value known at known");
  CHECK(it.judge(1, "id + known") == "pure");
  CHECK(uses_of(it.facts, it.facts.codes[it.last]) == "value id at id, value known at known");

  // The head of a call, and the parameters of a callback.
  const analyze::CodePlace &place = it.places.front();
  for (SyntaxIndex i = 0; i < place.code.tree.size(); ++i)
    if (place.code.tree[i].kind == SyntaxKind::CallExpression) {
      Span call = place.code.tree[i].span;
      const PureCode &head = it.facts.codes[it.codes->add(place, i, {call.begin, call.begin + 9})];
      CHECK(it.source->text(head.text) == "list.map(");
      CHECK(head.doubt.certainty == Certainty::Must);
      CHECK(uses_of(it.facts, head) == "import list at list");
      break;
    }
  for (SyntaxIndex i = 0; i < place.code.tree.size(); ++i)
    if (place.code.tree[i].kind == SyntaxKind::FormalParameters) {
      Span list = place.code.tree[i].span;
      const PureCode &parameters = it.facts.codes[it.codes->add(place, i, {list.begin + 1, list.end - 1})];
      CHECK(parameters.doubt.certainty == Certainty::Must);
      CHECK(parameters.uses.empty());
    }
}

TEST_CASE("an expression inside another's markup sees its names") {
  std::string text = "---\nconst known = 1;\n---\n{list.map((known, x) => <p>{known + x}</p>)}";
  SourceFile source("/src/Card.astro", text);
  ModuleFacts facts;
  AnalyzeOptions options;
  analyze::Code frontmatter(SyntaxTree::parse(text.substr(4, 16), 4), source.text());
  analyze::Context context{facts, source, options, frontmatter, {}};
  analyze::collect_imports_and_exports(context);
  analyze::ValueChanges changes(frontmatter);
  analyze::RequestState state(frontmatter, nullptr);
  analyze::PureCodes codes(context, changes, state);
  auto outer_at = static_cast<uint32_t>(text.find("list.map")), markup_at = static_cast<uint32_t>(text.find("<p>"));
  auto after = static_cast<uint32_t>(text.rfind(')')), inner_at = static_cast<uint32_t>(text.find("known + x"));
  std::string own = "(list.map((known, x) => 0 )\n)";
  TextPiece pieces[] = {{0, outer_at - 1}, {24, markup_at}, {26, after}, {27, after + 1}};
  analyze::Code outer(SyntaxTree::parse(own, pieces), source.text());
  analyze::Code inner(SyntaxTree::parse("(known + x)", inner_at - 1), source.text());
  analyze::CodePlace outer_place{outer};
  analyze::CodePlace inner_place{inner, &outer_place, markup_at};
  uint32_t markup = codes.add(outer_place, 0 + outer.tree.first_named_child(outer.tree.first_named_child(0)));
  CHECK(facts.codes[markup].doubt.text == "calls `list.map()`, which may do anything");
  for (SyntaxIndex i = 0; i < outer.tree.size(); ++i)
    if (outer.tree[i].kind == SyntaxKind::Number)
      CHECK(facts.codes[codes.add(outer_place, i)].doubt.text == "is markup");
  SyntaxIndex sum = inner.tree.first_named_child(inner.tree.first_named_child(inner.tree.first_named_child(0)));
  const PureCode known = facts.codes[codes.add(inner_place, sum)];
  CHECK(known.doubt.certainty == Certainty::Must);
  CHECK(known.uses.empty());
  for (BindingIndex i = 0; i < outer.scopes.bindings().size(); ++i)
    if (outer.scopes.bindings()[i].name == "x")
      outer_place.unknown.insert(i);
  CHECK(facts.codes[codes.add(inner_place, sum)].doubt.text == "uses `x`, which is known only where it stands");
}

TEST_CASE("expressions of the markup change values, too") {
  const std::string code = "import { list } from './list';\nconst a = [{ x: {} }];\nconst b = a[0];\nlet n = 0;\n"
                           "const c = [1];\nconst { p, q } = Astro.props;\nconst sort = (l) => l.sort();\n"
                           "const f = () => c.length;\nconst g = () => list.length + Astro.props.p;";
  auto states = [&](const std::vector<std::string> &expressions) {
    Component it(code, expressions);
    std::string names;
    for (const char *name : {"a", "b", "n", "c", "p", "q", "f", "g"})
      if (std::string state = it.state_of(name); state != "copied")
        names += std::string(names.empty() ? "" : " ") + name + (state == "never" ? "" : "?");
    return names;
  };
  CHECK(states({"a.map((x) => x)", "n + 1", "c.length === 1 && p !== q", "a >= b ? <= c"}) == "");
  CHECK(states({"a.sort().length"}) == "a b?");
  CHECK(states({"a.map((it) => { it.x.y = 1; return it })"}) == "a b");
  CHECK(states({"b.x++"}) == "a b");
  CHECK(states({"n++"}) == "n");
  CHECK(states({"(n = 1)"}) == "n");
  CHECK(states({"c.push(1) && 2"}) == "c f");
  CHECK(states({"p.sort()"}) == "p g?");
  CHECK(states({"sort(c)"}) == "c f");
  CHECK(states({"[c].map(sort)"}) == "c f");
  CHECK(states({"list.sort()"}) == "g?");
  CHECK(states({"Object.assign(c, list)"}) == "c f");
  CHECK(states({"a.forEach((it) => save(it))"}) == "a b");
  CHECK(states({"(save(c), 1)"}) == "c f");
  CHECK(states({"save(c)"}) == "");
  CHECK(states({"c.map((x) => { save(x); return 1 })"}) == "c f");

  Component it(code,
               {"list.map((x) => { let m = 0; m++; const k = [1]; k.push(2); return [m, k, x] })", "list.sort()"});
  CHECK(it.judge(0, "[m, k, x]") == "reads the variable `m`, which changes");
}

TEST_CASE("a function that stands elsewhere in an expression is not judged with it") {
  Component it(
      "import { list } from './list';",
      {"list.map((x) => { if (f(x)) return 1; const g = () => 1; if (g()) return 2; function f() { save() } })"});
  CHECK(it.judge(0, "f(x)") == "calls `f()`, which may do anything");
  CHECK(it.judge(0, "g()") == "pure");
}

TEST_CASE("the whole analysis looks at all of the markup") {
  auto state = [](const std::string &markup) {
    auto facts = facts_of("---\nimport Card from './Card.astro';\nconst a = [{ x: 1 }];\n---\n" + markup);
    const ValueFact &it = value(*facts, "a");
    return it.declaration != no_index ? "copied" : it.settled_at == 0 ? "never" : "later";
  };
  CHECK(state("{a.map((x) => <Card id={x.x} />)}") == "copied");
  CHECK(state("{a.sort()}") == "never");
  CHECK(state("<p title={a.pop().x}></p>") == "never");
  CHECK(state("<Card items={a.reverse()} />") == "never");
  CHECK(state("{true && <p>{a.map((x) => <i>{x.x++}</i>)}</p>}") == "never");
  CHECK(state("{a.map((x) => <Card {...Object.assign(x, { y: 1 })} />)}") == "never");
}

TEST_CASE("markup in a callback sees the callback's names") {
  auto facts = facts_of("---\nimport Card from './Card.astro';\nconst a = [{ x: 1 }];\n---\n"
                        "{a.map((x, i) => <p><Card id={x.x} />{x.y && <Card id={i} {...x} />}</p>)}");
  REQUIRE(facts->sites.size() == 2);
  for (const RenderSite &site : facts->sites)
    for (const SiteProp &prop : site.props)
      CHECK(facts->codes[prop.code].doubt.text == "");
  for (const char *code :
       {"{a.map((x) => {return<Card id={x} />})}", "{a.map((x) => x ?<Card id={x} />:<Card {x} />)}"}) {
    facts = facts_of("---\nimport Card from './Card.astro';\nconst a = [1];\n---\n" + std::string(code));
    for (const RenderSite &site : facts->sites)
      CHECK(facts->codes[site.props.at(0).code].doubt.text == "");
    CHECK(facts->doubts.empty());
  }
}

TEST_CASE("guards are conditions that end the render") {
  auto condition = [](const std::string &code) -> std::string {
    auto facts = facts_of("---\nimport { list } from './list';\nconst { id } = Astro.props;\n" + code + "\n---\n");
    REQUIRE(facts->usable);
    std::string all;
    for (const Barrier &barrier : facts->barriers)
      if (barrier.kind == Barrier::Kind::Return)
        all += (all.empty() ? "" : " ") +
               (barrier.condition == no_index ? "?" : facts->source->text(facts->codes[barrier.condition].text).str());
    return all;
  };
  CHECK(condition("if (!id) return;") == "!id");
  CHECK(condition("if (!id) { return Astro.redirect('/') }") == "!id");
  CHECK(condition("if (!id) { track(id); const x = 1; return new Response(x) }") == "!id");
  CHECK(condition("if (!id) { if (list) return 1; return 2 }") == "!id");
  CHECK(condition("if (!id) return; if (id > 1) return; if (list.length === 0) return;") ==
        "!id id > 1 list.length === 0");
  CHECK(condition("if (!id) return; else { const x = () => { return 1 } }") == "!id");
  CHECK(condition("const user = await load(); if (!user) return;") == "!user");
  CHECK(condition("let x = 1; x = 2; if (x) return;") == "x");
  CHECK(condition("if (id) save(id); function f() { save(1) } if (!id) return;") == "!id");
  // Not these.
  CHECK(condition("if (check(id)) return;") == "?");
  CHECK(condition("if (await check(id)) return;") == "?");
  CHECK(condition("if (!id) { if (list) return }") == "?");
  CHECK(condition("if (!id) { if (list) return; list }") == "?");
  CHECK(condition("if (!id) return; else if (list) return;") == "?");
  CHECK(condition("if (!id) list; else return;") == "?");
  CHECK(condition("let x = 1; if (x) return; x = 2;") == "?");
  CHECK(condition("let x = 1; const f = () => x; if (f()) return; x = 2;") == "?");
  CHECK(condition("for (const x of list) { if (x) return }") == "?");
  CHECK(condition("switch (id) { case 1: return }") == "?");
  CHECK(condition("try { if (!id) return } catch {}") == "?");
  CHECK(condition("return;") == "?");
}

TEST_CASE("what a request holds is read behind its last change") {
  CHECK(state_of("a", "const a = Astro.locals.user;") == "copied");
  CHECK(state_of("a", "const { user: a } = Astro.locals;") == "copied");
  CHECK(state_of("a", "const { locals, cookies: jar } = Astro;\nconst a = locals.x + jar.get('a')?.value;") ==
        "copied");
  CHECK(state_of("a", "Astro.locals.x = 1;\nconst a = Astro.locals.x;") == "copied");
  CHECK(state_of("a", "const a = Astro.locals.x;\nAstro.locals.x = 1;") == "behind const a = Astro.locals.x;");
  CHECK(state_of("a", "const { x: a } = Astro.locals;\nAstro.locals.x = 1;") ==
        "behind const { x: a } = Astro.locals;");
  CHECK(state_of("a", "const a = Astro.cookies.has('x');\nAstro.cookies.set('x', '1');") ==
        "behind const a = Astro.cookies.has('x');");
  CHECK(state_of("a", "const a = f();\nAstro.locals.x = 1;\nfunction f() { return Astro.locals.x }") ==
        "behind const a = f();");
  CHECK(state_of("a", "const a = Astro.url.search;\nAstro.url.searchParams.delete('x');") ==
        "behind const a = Astro.url.search;");
  CHECK(state_of("a", "const { url } = Astro;\nconst a = url.search;\nurl.search = '';") ==
        "behind const a = url.search;");
  CHECK(state_of("a", "const a = Astro.params.id;\nAstro.url.searchParams.delete('x');") == "copied");
}

TEST_CASE("names of props are told apart") {
  auto facts = facts_of("---\nconst { id, 'data-x': x, title = id, nested: { a, b } = {} } = Astro.props as Props;\n"
                        "const props = Astro.props;\nconst { y, ...rest } = props;\nconst z = props.z;\n---\n");
  auto declaration = [&](const char *name) {
    const ValueFact &it = value(*facts, name);
    if (it.declaration == no_index)
      return it.why.text;
    const DeclarationFact &fact = facts->declarations[it.declaration];
    const PureCode &code = facts->codes[fact.code];
    std::string uses = uses_of(*facts, code);
    return facts->source->text(code.text).str() +
           (fact.form == DeclarationFact::Form::PropsElement ? " of " + facts->prop_names[fact.prop] : "") +
           (uses.empty() ? "" : " uses " + uses);
  };
  CHECK(declaration("id") == "id of id");
  CHECK(declaration("x") == "'data-x': x of data-x");
  CHECK(declaration("title") == "title = id of title uses value id at id");
  CHECK(declaration("a") == "nested: { a, b } = {} of nested");
  CHECK(value(*facts, "a").declaration == value(*facts, "b").declaration);
  CHECK(declaration("props") == "props = Astro.props uses props at Astro.props");
  CHECK(declaration("y") == "{ y, ...rest } = props uses props at props");
  CHECK(declaration("rest") == declaration("y"));
  CHECK(declaration("z") == "z = props.z uses props z at props");
}

TEST_CASE("hostile code is judged in time") {
  auto repeat = [](const std::string &text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
      all += text;
    return all;
  };
  constexpr int many = 3000;
  for (const std::string &code : {
           "const a = " + repeat("(", many) + "1" + repeat(")", many) + ";",
           "const a = x" + repeat(".sort()", many) + ";",
           "const a = x" + repeat(".map((x) => x)", many) + ";",
           "const a = " + repeat("f(", many) + "1" + repeat(")", many) + ";",
           "const a = " + repeat("[", many) + "1" + repeat("]", many) + ";",
           "const a = " + repeat("() => ", many) + "1;",
           "const a = " + repeat("() => { return ", many) + "1" + repeat("}", many) + ";",
           "const a = 1" + repeat(" + a", many) + ";",
           "const a = 1" + repeat(" ?? a", many) + ";",
           "const a = [" + repeat("a, ", many) + "];",
           "f(" + repeat("(x) => x, ", many) + "1);",
           "const a = {" + repeat("a: { ", many) + "b: 1" + repeat("}", many) + "};",
           "let x = 0;" + repeat("x.a.b = x; ", many),
           "const {" + repeat("a: {", many) + "b" + repeat("}", many) + "} = Astro.props;",
           repeat("if (a) { ", many) + repeat("}", many),
       }) {
    auto facts = facts_of("---\n" + code + "\n---\n");
    CHECK(facts->values.size() <= 2);
  }
  // Long chains of values, the other way round, and all of them of one.
  std::string chain = "let v0 = f();", star = "const o = {};";
  for (int i = 1; i < many; ++i) {
    std::string n = std::to_string(i), before = std::to_string(i - 1);
    chain += "const v" + n + " = () => v" + before + "();";
    star += "const s" + n + " = o.m" + n + "; s" + n + ".x = 1;";
  }
  CHECK(state_of("v2999", chain).substr(0, 6) == "behind");
  CHECK(state_of("o", star).substr(0, 6) == "behind");
}

TEST_CASE("code that nobody can follow changes everything") {
  CHECK(state_of("a", "const a = 1;\neval('a = 2');") == "never");
  CHECK(state_of("\\u0061", "let \\u0061 = 1;\na = 2;\n\\u0061 = 3;") == "never");
}
