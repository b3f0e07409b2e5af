#include "analyze/scope.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace foreload;

namespace {

/// The names that \p code uses without declaring them, in alphabetical order, joined by spaces.
std::string free_names(const std::string &code) {
  SyntaxTree tree = SyntaxTree::parse(code, 0);
  INFO(code);
  CHECK(!tree.first_error());
  ScopeTree scopes(tree, code);
  std::set<std::string> names;
  for (const Reference &reference : scopes.references())
    if (reference.binding == no_binding)
      names.insert(code.substr(tree[reference.node].span.begin, tree[reference.node].span.size()));
  std::string joined;
  for (const std::string &name : names)
    joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

} // namespace

TEST_CASE("every binding construct binds") {
  CHECK(free_names("const a = 1, { b, c: d, ...e } = a, [f, , g = b, ...h] = d; e; f; g; h") == "");
  CHECK(free_names("function f(a, { b = a }, [c] = b, ...d) { return f(a, b, c, d) }") == "");
  CHECK(free_names("const f = a => a, g = async ([x], { y }) => x + y, h = function k() { return k }") == "");
  CHECK(free_names("class A { static s = A; #p = 1; m(x) { return this.#p + x } static { var v = 1; v } } new A()") ==
        "");
  CHECK(free_names("const B = class C { m() { return C } }; C") == "C");
  CHECK(free_names("try { x } catch ({ message: m, ...rest }) { m; rest } try {} catch { y }") == "x y");
  CHECK(free_names("for (const a of [1]) a; for (let i = 0; i < 1; i++) i; for (const k in o) k; i") == "i o");
  CHECK(free_names("enum E { A = 1, B = A | 2 } E.A; namespace N { export const q = 1; q } N.q") == "");
  CHECK(free_names("import d, * as n from 'x'; import { a as b, type T, c } from 'y'; d; n; b; c; a; T") == "T a");
  CHECK(free_names("import type { X } from 'x'; import type Y from 'y'; X; Y") == "X Y");
  CHECK(free_names("label: for (;;) { break label }") == "");
  CHECK(free_names("switch (x) { case 1: let y = 1; y; break; default: y } y") == "x y");
}

TEST_CASE("names are hoisted and shadowed as the language says") {
  CHECK(free_names("f(); function f() {} { v; { var v = 1 } }") == "");
  CHECK(free_names("{ let a = 1; function g() {} } a; g") == "a g");
  CHECK(free_names("const a = 1; { const a = 2; a } function h(a) { var b = a; } b") == "b");
  CHECK(free_names("if (x) { var w = 1 } w") == "x");
  CHECK(free_names("const f = (a = work) => { var work = 1; { var b = work } return b }") == "work");
  CHECK(free_names("function f(a) { var a; return a } class C { static { var v; { v } } } namespace N { var n; n }") ==
        "");
}

TEST_CASE("property names are no references, shorthand properties and computed keys are") {
  CHECK(free_names("({ a: b, c, [d]: e, f() {}, get g() { return h } }); o.p.q; o?.[r]") == "b c d e h o r");
  CHECK(free_names("const { [k]: v = dflt } = o") == "dflt k o");
  CHECK(free_names("`a${b}c${`${d}`}`; tag`x`") == "b d tag");
}

TEST_CASE("types are no references") {
  CHECK(free_names("const a: Foo<Bar> = b as unknown as Baz; c satisfies Qux; d!; e<F>(); <G,>(x: G): x is H => x") ==
        "b c d e");
  CHECK(free_names(
            "interface A extends B { c: typeof d } type E<F> = F extends infer G ? G : keyof H; declare const i: J") ==
        "");
  CHECK(free_names("function f<T extends U>(this: V, a?: T): asserts a is T {} abstract class K<T> implements L { "
                   "abstract m(): N }") == "");
  CHECK(free_names("class A extends B<C> { constructor(private d = e) { super() } }") == "B e");
  CHECK(free_names("function over(a: string): void; function over(a: any) { return over } let x: import('y').Z") == "");
}

TEST_CASE("writes are told from reads") {
  std::string code = "let a, b, c, d; a = 1; b++; ({ c, x: [d] } = a); a.b = 1; for (a of d) ;";
  SyntaxTree tree = SyntaxTree::parse(code, 0);
  ScopeTree scopes(tree, code);
  std::string writes;
  for (const Reference &reference : scopes.references())
    if (reference.writes)
      writes += code[tree[reference.node].span.begin];
  CHECK(writes == "abcda");
}

TEST_CASE("exports name bindings, re-exports do not") {
  CHECK(
      free_names("export { a as b }; export { c } from 'd'; export * from 'e'; export type { F }; export default g") ==
      "a g");
}
