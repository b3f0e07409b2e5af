#include "analyze/value_changes.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace foreload;

namespace {

std::shared_ptr<const ModuleFacts> analyze(const std::string &path, const std::string &code) {
  return analyze_module(std::make_shared<SourceFile>(path, code), {});
}

std::string join(const std::set<std::string> &names) {
  std::string joined;
  for (const std::string &name : names)
    joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

/// The exports of a script that are constants, as far as it alone can tell, in alphabetical order.
std::string constants(const std::string &code) {
  INFO(code);
  std::set<std::string> names;
  std::shared_ptr<const ModuleFacts> facts = analyze("/a.ts", code);
  for (const ExportFact &fact : facts->exports)
    if (fact.constant != no_index)
      names.insert(fact.exported);
  return join(names);
}

/// The top-level names whose values \p code changes.
std::string changed(const std::string &code) {
  SyntaxTree tree = SyntaxTree::parse(code, 0);
  INFO(code);
  CHECK(!tree.first_error());
  analyze::Code parsed(std::move(tree), code);
  analyze::ValueChanges changes(parsed);
  std::set<std::string> names;
  for (BindingIndex i = 0; i < parsed.scopes.bindings().size(); ++i)
    if (parsed.scopes.bindings()[i].scope == top_scope && changes.last_change(i) != analyze::ValueChanges::never)
      names.insert(parsed.scopes.bindings()[i].name.str());
  return join(names);
}

std::string changed_imports(const std::string &path, const std::string &code) {
  INFO(code);
  std::set<std::string> names;
  std::shared_ptr<const ModuleFacts> facts = analyze(path, code);
  for (const ImportFact &import : facts->imports)
    if (import.is_changed)
      names.insert(import.local);
  return join(names);
}

} // namespace

TEST_CASE("data is constant however it is exported") {
  CHECK(constants("export const a = 1, b = 'x', c = `y${a}`, d = null, e = undefined, f = -1, g = a > 0 ? b : c") ==
        "a b c d e f g");
  CHECK(constants("export const list = [{ id: 1, tags: ['x'] }] as const satisfies readonly object[]") == "list");
  CHECK(constants("const a = [1]; export { a, a as b }; export default a") == "a b default");
  CHECK(constants("export default { title: 'x', links: [1, 2] }") == "default");
  CHECK(constants("export const { a, b: [c, ...d], e = 3 } = { a: 1, b: [2] }") == "a c d e");
  CHECK(constants("export enum Kind { A, B = 2 }; export const a = Kind.A") == "Kind a");
  CHECK(
      constants("export const a = import.meta.env.PUBLIC_X, b = process.env.Y ?? 'z', c = process.env.Z.split(',')") ==
      "a b c");
}

TEST_CASE("values that the language's functions make of data are constant") {
  CHECK(constants("const raw = [3, 1]; export const a = [...raw].sort((x, y) => x - y).map((x) => ({ x }))") == "a");
  CHECK(constants("export const a = Object.freeze({ b: Object.keys({ c: 1 }) }), d = Math.max(1, Math.PI)") == "a d");
  CHECK(constants("export const a = new Set(['x']), b = new Map([['k', new Date(0)]]), c = JSON.parse('{}')") ==
        "a b c");
  CHECK(constants("export const a = ['1'].map(Number), b = 'x,y'.split(',').filter(Boolean), c = /x/.test('x')") ==
        "a b c");
  CHECK(constants("const slug = (s) => s.toLowerCase().replace(/ /g, '-');\n"
                  "function withSlug(post) { const s = slug(post.title); return { ...post, s }; }\n"
                  "export const posts = [{ title: 'A b' }].map(withSlug), first = slug('C d')") == "first posts");
  CHECK(constants("export const byId = [{ id: 1 }].reduce((all, one) => { all[one.id] = one; return all }, {})") ==
        "byId");
}

TEST_CASE("what may be more than data is not constant") {
  CHECK(constants("export const a = create(); export const b = new Store(); export const c = await load()") == "");
  CHECK(constants("import { create } from './x'; export const a = create([1])") == "");
  CHECK(constants("export const a = /* @__PURE__ */ create()") == "");
  CHECK(constants("export const f = () => 1; export function g() {} export class C {} export default () => 1") == "");
  CHECK(constants("export const a = { get now() { return Date.now() } }, b = { f: () => 1 }, c = { m() {} }") == "");
  CHECK(constants("const f = () => 1; export const a = [f], b = { f }, c = f") == "");
  CHECK(constants("export const a = [1].map((x) => () => x), b = [1].map(async (x) => x), c = [1].map(make)") == "");
  CHECK(constants("export const a = globalThis.x, b = window, c = process.env, d = /x/g, e = import.meta") == "");
  CHECK(constants("export const modules = import.meta.glob('./*.md', { eager: true })") == "");
  CHECK(constants(
            "export let a = 1; export var b = 2; let c = 3; export const d = c; export declare const e: string") == "");
  CHECK(constants("export const a = <p />") == "");
  CHECK(constants("const same = (f) => f; export const a = same(1), b = same(() => 1), c = same(same)") == "a");
  CHECK(constants("let n = 0; const next = () => ++n; export const a = next()") == "");
}

TEST_CASE("what is made of no constant is none, however far away") {
  CHECK(constants("const a = create(), b = [a], c = { b }; export const d = c.b, e = 1") == "e");
  CHECK(constants("const a = []; export const b = [a]; export const add = (x) => a.push(x)") == "");
  CHECK(constants("const a = b, b = a; export { a, b }") == "a b"); // and throws when it runs
}

TEST_CASE("a module that changes its values later has no constants, one that makes them has") {
  CHECK(constants("export const a = []; export function add(x) { a.push(x) }") == "");
  CHECK(constants("export const a = []; for (const x of [1, 2]) a.push(x); a.sort()") == "a");
  CHECK(constants("export const a = { n: 0 }; export const tick = () => a.n++") == "");
  CHECK(constants("export const a = [{ n: 0 }]; export const b = 1; setInterval(() => { a[0].n = 1 })") == "b");
  CHECK(constants("export const a = [1, 2]; export const top = (n) => [...a].sort().slice(0, n)") == "a");
}

TEST_CASE("changes are found behind other names") {
  CHECK(changed("const a = []; a.push(1)") == "a");
  CHECK(changed("const a = {}; a.b.c = 1; const d = {}; delete d.e; const f = {}; f['g']++") == "a d f");
  CHECK(changed("const a = [], b = a; b.push(1)") == "a b");
  CHECK(changed("const a = [{}]; const [b] = a; b.c = 1") == "a b");
  CHECK(changed("const a = [{}]; for (const b of a) b.c = 1") == "a");
  CHECK(changed("const a = [{}]; a.forEach((b) => { b.c = 1 })") == "a");
  CHECK(changed("const a = [{}]; a.forEach(mark); function mark(b) { b.c = 1 }") == "a");
  CHECK(changed("const a = [{}]; a.find((b) => b.c).d = 1") == "a");
  CHECK(changed("const a = [{}]; [...a].map(({ b }) => b.c = 1)") == "a");
  CHECK(changed("const a = [{}]; const b = a.filter(Boolean); b[0].c = 1") == "a b");
  CHECK(changed("const a = []; const fill = (list, x = 1) => { list.push(x) }; fill(a)") == "a");
  CHECK(changed("const a = []; const all = () => a; all().push(1)") == "a all");
  CHECK(changed("const a = []; function all() { return a } all().push(1)") == "a all");
  CHECK(changed("const a = [], b = { a }; b.a.push(1)") == "a b");
  CHECK(changed("const a = {}, b = []; b.push(a); b[0].c = 1") == "a b");
  CHECK(changed("const a = {}, b = {}; b.c = a; b.c.d = 1") == "a b");
  CHECK(changed("let b; const a = {}; b = a; b.c = 1") == "a b");
  CHECK(changed("const a = { b: {} }; let c; ({ b: c } = a); c.d = 1") == "a c");
  CHECK(changed("const a = {}, b = Object.freeze(a); b.c.d = 1") == "a b");
  CHECK(changed("const a = {}; Object.assign(a, { b: 1 })") == "a");
  CHECK(changed("const a = {}; register(a); void send(a); await put({ a })") == "a");
  CHECK(changed("const a = { n: 1 }; [a.n] = [2]") == "a");
  CHECK(changed("const a = {}; function F() { this.a = a } export { F }") == "a");
  CHECK(changed("const a = new Map(); a.set(1, 2); const b = new Date(); b.setHours(1)") == "a b");
  CHECK(changed("const a = []; function f(b = a) { b.push(1) } f()") == "a");
  CHECK(changed("const a = {}; class B { list = a }") == "a");
}

TEST_CASE("reading, copying and renaming change nothing") {
  CHECK(changed("const a = [{}]; const b = [...a].sort(); b.push(1); b[0] = 2") == "b");
  CHECK(changed("const a = [{}]; a.filter(Boolean).reverse(); const { length } = a; console.log(a, a.length)") == "");
  CHECK(changed("const a = {}; const b = { ...a }; b.c = 1") == "b");
  CHECK(changed("const a = []; const b = wrap(a), c = a.map((x) => x + 1); c.push(1)") == "c");
  CHECK(changed("const a = [1]; let n = a[0]; n++; n = 2; const c = a.includes(1); use(c)") == "c n");
  CHECK(changed("const a = { b: 1 }; const rows = []; rows.push(a.b)") == "rows");
  CHECK(changed("const a = []; a.forEach((x) => console.log(x)); JSON.stringify(a); Object.freeze(a)") == "");
  CHECK(changed("const a = 1; { const a = []; a.push(1) }") == "");
  CHECK(changed("const key = 'k', a = {}; a[key] = 1") == "a");
}

TEST_CASE("the last change of a value is at the end of the top-level statement that holds it, or anywhere") {
  std::string code = "const a = [], b = a, c = [], d = []; a.sort(); if (x) { b.push(1) } function f() { c.push(2) } "
                     "f(a); setTimeout(() => d.push(1)); function g() { d.push(2) } g()";
  SyntaxTree tree = SyntaxTree::parse(code, 100);
  std::string file = std::string(100, ' ') + code;
  analyze::Code parsed(std::move(tree), file);
  analyze::ValueChanges changes(parsed);
  auto last_change = [&](const char *name) { return changes.last_change(parsed.scopes.lookup(name, top_scope)); };
  CHECK(last_change("a") == 100 + code.find(" function f"));
  CHECK(last_change("b") == 100 + code.find(" function f"));
  CHECK(last_change("c") == 100 + code.find(" setTimeout"));
  CHECK(last_change("d") == analyze::ValueChanges::anywhere);
}

TEST_CASE("imports that a file changes are told") {
  std::string code = "import { a, b, c } from './x'; import * as d from './y'; import e from './z.json';\n"
                     "a.push(1); const sorted = [...b].sort(); d.list.reverse(); e.title;";
  CHECK(changed_imports("/a.astro", "---\n" + code + "\n---\n<p>{c.length}</p>") == "a d");
  CHECK(changed_imports("/a.ts", code) == "");
  CHECK(changed_imports("/a.ts", "import { a } from './x'; export const f = () => { a.n = 1 }") == "a");
}
