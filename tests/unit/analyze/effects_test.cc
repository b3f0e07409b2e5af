#include "analyze/module_facts.h"

#include <doctest/doctest.h>

#include <string>

using namespace foreload;

namespace {

std::shared_ptr<const ModuleFacts> analyze(const std::string &path, const std::string &text) {
  return analyze_module(std::make_shared<SourceFile>(path, text), {});
}

std::string use_text(const ModuleFacts &facts, const EffectUse &use) {
  static const char *const kinds[] = {"",        "global ", "env ",  "locals ", "cookie ",
                                      "header ", "body ",   "file ", "cache "};
  static const char *const verbs[] = {"reads ", "adds ", "changes "};
  static const char *const conditions[] = {"", " if variable", " if object", " if collection"};
  std::string text = verbs[static_cast<size_t>(use.does)];
  text += kinds[static_cast<size_t>(use.resource)];
  if (use.import != this_module)
    text += facts.imports[use.import].specifier + "#" + facts.imports[use.import].imported +
            (use.name.empty() ? "" : "." + use.name);
  else
    text += use.name.empty() ? "*" : use.name;
  return text + conditions[static_cast<size_t>(use.only_if)];
}

/// What a unit does: "reads x, changes y, calls z", in the order of the facts.
std::string text_of(const ModuleFacts &facts, const EffectUnit &unit) {
  std::string text;
  auto add = [&](const std::string &part) { text += (text.empty() ? "" : ", ") + part; };
  for (const EffectUse &use : unit.uses)
    add(use_text(facts, use));
  for (const EffectUse &use : unit.request)
    add("as a loader " + use_text(facts, use));
  auto add_calls = [&](const char *verb, const std::vector<EffectCall> &calls) {
    for (const EffectCall &call : calls)
      add(verb + (call.import == this_module
                      ? call.name
                      : facts.imports[call.import].specifier + "#" + facts.imports[call.import].imported +
                            (call.name.empty() ? "" : "." + call.name)));
  };
  add_calls("calls ", unit.calls);
  add_calls("made by ", unit.makers);
  if (unit.is_open)
    add("open");
  if (unit.keeps_state)
    add("keeps state");
  return text;
}

std::string unit(const std::string &code, const std::string &name) {
  std::shared_ptr<const ModuleFacts> facts = analyze("/lib.ts", code);
  const EffectUnit *found = facts->effects.find(name);
  INFO(code);
  REQUIRE(found);
  return text_of(*facts, *found);
}

std::string render(const std::string &component) {
  std::shared_ptr<const ModuleFacts> facts = analyze("/Card.astro", component);
  INFO(component);
  CHECK(facts->usable);
  return text_of(*facts, facts->effects.render);
}

} // namespace

TEST_CASE("variables of the module are read through their units and written where they change") {
  CHECK(unit("let n = 0; export const next = () => ++n", "next") == "changes n, calls n");
  CHECK(unit("let n = 0; export const next = () => n", "next") == "reads n, calls n");
  CHECK(unit("let n = 0; export const next = () => n", "n") == "");
  CHECK(unit("const limit = 10; export const next = () => limit", "limit") == "");
  CHECK(unit("let n = 0; function f() { n = 1 } function g() { [n] = [1] } function h() { for (n of []); }", "g") ==
        "changes n, calls n");
  CHECK(unit("let n = 0; function h() { for (n of []); }", "h") == "changes n, calls n");
  CHECK(unit("let n = 0; function h(n) { n = 1; { let n; n++ } }", "h") == "");
  CHECK(unit("const o = { a: 1 }; function f() { o.a = 1 }", "f") == "changes o, calls o");
  CHECK(unit("const o = { a: 1 }; function f() { delete o.a }", "f") == "changes o, calls o");
  CHECK(unit("const o = { a: 1 }; function f() { ({ x: o.a } = { x: 1 }) }", "f") == "changes o, calls o");
  CHECK(unit("const o = { a: 1 }; function f() { Object.assign(o, { b: 2 }) }", "f") == "changes o, calls o");
  CHECK(unit("const o = { a: 1 }; function f() { Object.assign({}, o) }", "f") == "reads o, calls o");
  CHECK(unit("const o = { list: [] }; function f() { o.list.push(1) }", "f") == "adds o, calls o");
  CHECK(unit("const o = { set() {} }; function f() { o.set(1) }", "f") == "calls o");
  CHECK(unit("const s = new Set(); function f() { s.add(1) }", "f") == "adds s, calls s");
  CHECK(unit("const db = connect(); function f() { db.set(1) }", "f") == "calls db");
  CHECK(unit("function f() { f.calls++ } function g() { return f.calls }", "f") == "adds f");
  CHECK(unit("function f() { f.calls++ } function g() { return f.calls }", "g") == "reads f, calls f");
  CHECK(unit("export const tags = [] as string[]", "tags") == "open");
  CHECK(unit("export const tags = ['a']", "tags") == "");
  CHECK(unit("export const tags = ['a'] as const", "tags") == "");
}

TEST_CASE("other names for what a module holds are followed") {
  CHECK(unit("const o = { a: {} }; function f() { const { a } = o; a.b = 1 }", "f") == "reads o, changes o, calls o");
  CHECK(unit("const o = { a: {} }; function f() { const a = o.a, b = a; b.c = 1 }", "f") ==
        "reads o, changes o, calls o");
  CHECK(unit("const o = { a: {} }; function f() { let a = o.a; a = 1 }", "f") == "reads o, calls o");
  CHECK(unit("const list = [{}]; function f() { for (const item of list) item.seen = true }", "f") ==
        "reads list, changes list, calls list");
  CHECK(unit("const m = new Map(); function f(id) { const user = m.get(id); user.name = '' }", "f") ==
        "reads m, changes m, calls m");
  CHECK(unit("const m = new Map(); function f(id) { m.get(id).name = '' }", "f") == "changes m, calls m");
}

TEST_CASE("code that runs when the module is evaluated has no effects, functions in it have") {
  CHECK(unit("let n = 0; export const first = n++", "first") == "calls n");
  CHECK(unit("let n = 0; export const api = { next: () => n++ }", "api") == "changes n, calls n");
  CHECK(unit("let n = 0; export const next = wrap(() => n++)", "next") == "changes n, calls n");
  CHECK(unit("let n = 0; class A { m() { n++ } static s() { this.x = 1 } }", "A") == "changes A, adds n, calls n");
  CHECK(unit("let n = 0; const api = {}; api.next = () => n++;", "api") == "changes n, calls n");
  CHECK(unit("let n = 0; export default () => n++;", "default") == "changes n, calls n");
  CHECK(unit("let n = 0; export default { next() { return n++ } };", "default") == "changes n, calls n");
  CHECK(unit("const api = { n: 0, next() { return this.n++ } };", "api") == "changes api");
}

TEST_CASE("imports are named with the member that is meant") {
  CHECK(unit("import { a, b as c } from './x'; function f() { a(); list.map(c) }", "f") ==
        "reads ./x#a if variable, reads ./x#b if variable, calls ./x#a, calls ./x#b");
  CHECK(unit("import * as x from './x'; function f() { x.a(); x.b }", "f") == "calls ./x#*.a, calls ./x#*.b");
  CHECK(unit("import { o } from './x'; function f() { o.a = 1 }", "f") == "changes ./x#o.a, calls ./x#o.a");
  CHECK(unit("import { m } from './x'; function f() { m.set(1) }", "f") ==
        "adds ./x#m.set if collection, calls ./x#m.set");
  CHECK(unit("import * as x from './x'; function f() { x.m.a.push(1) }", "f") ==
        "adds ./x#*.m if object, calls ./x#*.m");
  CHECK(unit("import { api } from './x'; async function f() { const post = await api.get(1); post.seen = true }",
             "f") == "changes ./x#api if collection, reads ./x#api.get if variable, calls ./x#api, calls ./x#api.get");
  CHECK(unit("import { T } from './x'; import type { U } from './y'; function f(a: T) { const b: U = a }", "f") == "");
  CHECK(unit("import { getLoaderData } from 'foreload/runtime'; const f = () => getLoaderData()", "f") == "");
}

TEST_CASE("files, the environment, caches and globals are told apart") {
  CHECK(unit("import { readFile } from 'node:fs/promises'; const f = () => readFile('./a.json', 'utf8')", "f") ==
        "reads file a.json");
  CHECK(unit("import fs from 'fs'; const f = (p) => { fs.readFileSync(p); fs.promises.writeFile('a', '') }", "f") ==
        "reads file *, changes file a");
  CHECK(unit("import * as fs from 'fs'; const f = () => fs.mkdirSync('a')", "f") == "changes file *");
  CHECK(unit("import { promises as fs } from 'fs'; const f = () => fs.readdir('a')", "f") == "reads file *");
  CHECK(unit("import { readFile } from 'fs'; const f = () => promisify(readFile)('a')", "f") ==
        "reads global promisify, reads file *");
  CHECK(unit("const f = () => process.env.A + process.env['B']", "f") == "reads env A, reads env B");
  CHECK(unit("const f = () => { process.env.A = '1'; globalThis.process.env.B = '2' }", "f") ==
        "changes env A, changes env B");
  CHECK(unit("const f = () => { const { A } = process.env; return A }", "f") == "reads env A");
  CHECK(unit("const f = () => import.meta.env.A", "f") == "");
  CHECK(unit("const f = () => { console.log(1); fetch('/'); localStorage.setItem('a', 1) }", "f") == "");
  CHECK(unit("const f = () => { globalThis.a = 1; b = 2; global.c.d++ }", "f") ==
        "changes global a, changes global b, adds global c");
  CHECK(unit("const f = () => globalThis.a + __VERSION__ + DEBUG", "f") == "reads global a");
  CHECK(unit("const f = async (r) => { const c = await caches.open('v'); await c.match('/a'); c.put(r, 1) }", "f") ==
        "changes cache *, reads cache /a");
}

TEST_CASE("a cache whose entries are made of their keys has no effect that shows") {
  const std::string read = "reads m, calls m";
  CHECK(unit("const m = new Map(); function f(id) { if (!m.has(id)) m.set(id, load(id)); return m.get(id) }", "f") ==
        "reads m, reads global load, calls m");
  CHECK(unit("const m = new Map(); async function f(id) { let it = m.get(id); if (it) return it; const r = await "
             "fetch(`/x/${id}`); it = await r.json(); m.set(id, it); return it }",
             "f") == read);
  CHECK(unit("const m = {}; const f = (id) => (m[id] \?\?= fetch(id))", "f") == read);
  CHECK(
      unit("const m = new Map(); const f = ({ params }) => { const key = `${params.a}/${params.b}`; return m.get(key) "
           "?? fetch(params.a + params.b).then((r) => { m.set(key, r); return r }) }",
           "f") == read);
  CHECK(unit("let m; const f = () => (m \?\?= fetch('/'))", "f") == read);
  CHECK(
      unit("let m, at = 0; const f = async () => { if (m && Date.now() - at < 1) return m; m = await fetch('/'); at = "
           "Date.now(); return m }",
           "f") == "reads at, reads m, calls at, calls m");
  CHECK(unit("const memo = (load) => { const m = new Map(); return (...a) => { const k = JSON.stringify(a); if "
             "(!m.has(k)) m.set(k, load(...a)); return m.get(k) } }",
             "memo") == "");
  CHECK(unit("class Api { async get(id) { if (!this.m.has(id)) this.m.set(id, fetch(id)); return this.m.get(id) } m = "
             "new Map() }",
             "Api") == "");
}

TEST_CASE("what only looks like a cache shows") {
  const std::string written = "changes m, calls m";
  CHECK(unit("const m = new Map(); const f = (id) => m.set(id, (m.get(id) ?? 0) + 1)", "f") == "adds m, calls m");
  CHECK(unit("const m = new Map(); const f = (id) => { const n = m.get(id) ?? 0; m.set(id, n + 1) }", "f") ==
        "adds m, calls m");
  CHECK(unit("const m = new Map(); const f = (id, user) => { if (!m.has(id)) m.set(id, fetch(id, user)) }", "f") ==
        "reads m, adds m, calls m");
  CHECK(
      unit("const m = new Map(); const f = ({ params }) => { if (!m.has(params.id)) m.set(params.id, fetch(params)) }",
           "f") == "reads m, adds m, calls m");
  CHECK(unit("const m = new Map(); const f = (id) => { if (!m.has('x')) m.set('x', fetch(id)); return m.get('x') }",
             "f") == "reads m, adds m, calls m");
  CHECK(unit("const m = new Map(); const f = (id) => { if (!m.has(id)) m.set(id, fetch(id)); return m.size }", "f") ==
        "reads m, adds m, calls m");
  CHECK(unit("const m = new Map(); const f = (id) => { m.set(id, fetch(id)) }; const g = () => [...m]", "f") ==
        "adds m, calls m");
  CHECK(unit("export const m = new Map(); const f = (id) => { m.set(id, fetch(id)) }", "f") == "adds m, calls m");
  CHECK(
      unit("let a = 1; const m = new Map(); const f = (id) => { if (!m.has(id)) m.set(id, id + a); return m.get(id) }",
           "f") == "reads a, reads m, adds m, calls a, calls m");
  CHECK(unit("let m; const f = () => { const last = m; m = Date.now(); return last }", "f") ==
        "reads m, changes m, calls m");
  CHECK(unit("let m = 0; const f = () => { if (m) return m; m = m + 1 }", "f") == "reads m, adds m, calls m");
  CHECK(unit("let m; const f = (user) => (m \?\?= user)", "f") == written);
  CHECK(unit("const m = new Set(); const f = (id) => { if (m.has(id)) return; m.add(id) }", "f") ==
        "reads m, adds m, calls m");
  CHECK(unit("const m = new Map(); const f = (id) => { m.set(id, fetch(id)); m.get(id).n++ }", "f") ==
        "adds m, calls m");
}

TEST_CASE("a cache may be emptied from elsewhere, which is a change") {
  const std::string code = "const m = new Map(); const f = (id) => { if (!m.has(id)) m.set(id, fetch(id)); return "
                           "m.get(id) }; export const reset = () => m.clear()";
  CHECK(unit(code, "f") == "reads m, calls m");
  CHECK(unit(code, "reset") == "changes m, calls m");
}

TEST_CASE("objects and closures that a variable holds keep state") {
  CHECK(unit("class A { n = 0; next() { return ++this.n } }", "A") == "keeps state");
  CHECK(unit("class A { constructor() { this.n = 0 } get() { return this.n } }", "A") == "");
  CHECK(unit("const make = () => { let n = 0; return () => ++n }", "make") == "keeps state");
  CHECK(unit("const make = (list) => { let n = 0; list.forEach(() => n++); return n }", "make") == "");
  CHECK(unit("const make = () => { const o = { n: 0 }; return { next() { o.n++ } } }", "make") == "keeps state");
  CHECK(unit("import { A } from './a'; const a = new A()", "a") == "calls ./a#A, made by ./a#A");
  CHECK(unit("import { A } from './a'; let a; const f = () => (a \?\?= new A())", "a") == "made by ./a#A");
}

TEST_CASE("what is written down for others to see later is added, if nobody looks at it here") {
  CHECK(unit("const log = []; export const note = (name) => log.push({ name, at: Date.now() })", "note") ==
        "adds log, calls log");
  CHECK(unit("const note = (name) => (globalThis.log \?\?= []).push(name); export async function f() { note('a') }",
             "note") == "adds global log");
  CHECK(unit("let n = 0; function f() { n++; n += 2 }", "f") == "adds n, calls n");
  CHECK(unit("let n = 0; const hit = () => n++; export function f() { hit() }", "hit") == "adds n, calls n");
  CHECK(unit("let n = 0; const hit = () => n++; export function f() { return hit() }", "hit") == "changes n, calls n");
  CHECK(unit("let n = 0; export const hit = () => n++", "hit") == "changes n, calls n");
  CHECK(unit("let n = 0; const f = (p) => p.finally(() => n--)", "f") == "adds n, calls n");
  CHECK(unit("let now = 0, most = 0; async function f() { now++; most = Math.max(most, now); await fetch('/'); now-- }",
             "f") == "adds most, adds now, calls most, calls now");
  CHECK(unit("let now = 0, most = 0; function f() { now++; if (now > most) most = now }", "f") ==
        "adds most, adds now, calls most, calls now");
  CHECK(unit("let id = 0; const log = []; function f() { const mine = ++id; log.push(mine) }", "f") ==
        "changes id, adds log, calls id, calls log");
  CHECK(unit("const runs = {}; function f(name) { runs[name] = (runs[name] ?? 0) + 1 }", "f") ==
        "adds runs, calls runs");
  CHECK(unit("const runs = {}; function f(name) { return (runs[name] = (runs[name] ?? 0) + 1) }", "f") ==
        "reads runs, changes runs, calls runs");
  CHECK(unit("let last; function f(name) { last = name }", "f") == "changes last, calls last");
  CHECK(unit("const log = []; function f() { const mine = log; mine.push(1); console.log(log.length) }", "f") ==
        "adds log, calls log");
  CHECK(unit("const log = []; function f() { log.push(1); return log.length }", "f") ==
        "reads log, adds log, calls log");
}

TEST_CASE("what is written down where somebody looks is looked at") {
  CHECK(unit("let n = 0; const log = []; function f() { n++; log.push(n) } export const last = () => log.at(-1)",
             "f") == "adds log, reads n, adds n, calls log, calls n");
  CHECK(unit("let n = 0; export const log = []; function f() { log.push(n) }", "f") ==
        "adds log, reads n, calls log, calls n");
}

TEST_CASE("a loader's context is the request") {
  auto of = [](const std::string &code) { return unit("export const loader = " + code, "loader"); };
  CHECK(of("async ({ locals }) => locals.user") == "as a loader reads locals user");
  CHECK(of("async ({ locals: { user } }) => user") == "as a loader reads locals user");
  CHECK(of("async (ctx) => { const { user } = ctx.locals; return user }") == "as a loader reads locals user");
  CHECK(of("async ({ locals }) => { locals.user = 1 }") == "as a loader changes locals user");
  CHECK(of("async ({ cookies }) => cookies.get('a')?.value") == "as a loader reads cookie a");
  CHECK(of("async ({ cookies }) => cookies.set('a', '1')") == "as a loader changes cookie a");
  CHECK(of("async ({ cookies }, name) => cookies.get(name)") == "as a loader reads cookie *");
  CHECK(of("async ({ request }) => request.json()") == "as a loader changes body *");
  CHECK(of("async ({ request }) => request.headers.get('a')") == "");
}

TEST_CASE("a component's frontmatter and markup have effects, its exports only when they are called") {
  CHECK(render("---\nimport { next } from './x';\nexport const loader = async () => next();\n---\n<p />\n") == "");
  CHECK(render("---\nimport { next } from './x';\nconst n = next();\n---\n<p />\n") ==
        "reads ./x#next if variable, calls ./x#next");
  CHECK(render("---\nimport { next } from './x';\n---\n<p title={next()}>{[1].map(() => <b>{next()}</b>)}</p>\n") ==
        "reads ./x#next if variable, reads ./x#next if variable, calls ./x#next, calls ./x#next");
  CHECK(render("---\nexport let n = 0;\nn++;\n---\n<p />\n") == "adds n, calls n");
  CHECK(render("---\nlet n = 0;\nn++;\nconst o = {};\no.a = 1;\n---\n<p />\n") == "");
  CHECK(render("---\nAstro.locals.user = 1;\n---\n<p>{Astro.locals.theme}</p>\n") ==
        "changes locals user, reads locals theme");
  CHECK(render("---\nconst { user } = Astro.locals;\n---\n<p>{user.name}</p>\n") == "reads locals user");
  CHECK(render("---\nAstro.cookies.set('a', '1');\nAstro.response.status = 404;\nAstro.response.headers.set('X-A', "
               "'1');\n---\n<p />\n") == "changes cookie a, changes header status, changes header x-a");
}
