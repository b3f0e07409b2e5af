#include "parse/quick_parser.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace foreload;

namespace {

/// Whether the quick parser knows \p code, whose nodes must then be those of the grammar.
bool knows(const std::string &code) {
  std::vector<SyntaxNode> nodes;
  if (!quick_parse(code, 7, nodes))
    return false;
  SyntaxTree tree = SyntaxTree::parse_by_grammar(code, 7);
  INFO(code);
  CHECK(!tree.first_error());
  REQUIRE(nodes.size() == tree.size());
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    INFO("node " << i << " at " << tree[i].span.begin - 7);
    CHECK(nodes[i].kind == tree[i].kind);
    CHECK(nodes[i].field == tree[i].field);
    CHECK(nodes[i].parent == tree[i].parent);
    CHECK(nodes[i].subtree_end == tree[i].subtree_end);
    CHECK(nodes[i].span == tree[i].span);
  }
  return true;
}

} // namespace

TEST_CASE("statements that the quick parser knows") {
  for (const char *code : {
           "", " \n", ";", "{}", "a; b\nc", "if (a) b; else if (c) {} else { d }", "while (a) b;", "do a; while (b)",
           "for (const a of b) c; for (var d in e) {} for await (let { f } of g) h;", "for (let i = 0, j; i < 3; i++) {}",
           "for (;;) break;", "switch (a) { case 1: b; break; case c: default: { d } }",
           "try { a } catch { b } try { c } catch (d) {} finally { e }", "throw a, b", "return; return a;\nreturn\nb",
           "const a = 1, { b, c: d = 2, ...e } = f, [g, , h = 3, ...i] = j; let k; var l",
           "async function a() {} function* b(c, d = 1, ...e) {} function f<T extends G = H>(i?: T, { j }: K = {}): L {}",
           "import 'a'; import b from 'c'; import * as d from 'e'; import f, { g, h as i, type j } from 'k'; import type { L } from 'm'",
           "class A<B> extends C.D<E> implements F, G { private readonly a?: b = 1; static c = 2 // d\n e\n #f = 3\n"
           "constructor(g) { super(g); this.#f = 4 } // h\n async i(): j {}; get k() { return 1 } static async *l() {} 'm' = 5 } // n\n",
           "export class A {} export default class B {}",
           "import a from 'b' with { type: 'json' }",
           "export { a, b as default, type C }; export { d } from 'e'; export * from 'f'; export * as g from 'h'; export type { I } from 'j'",
           "export const a = 1; export default b; export function c() {} export async function d() {} export type E = 1; export interface F {}",
           "export default function a() {}", "export default async () => 1",
           "interface A<B> extends C<D>, E.F { readonly g?: h; i(j: k): l; [m: string]: n; 'o': p, q }",
       })
    CHECK_MESSAGE(knows(code), code);
}

TEST_CASE("expressions that the quick parser knows") {
  for (const char *code : {
           "a = b = c; d += e; f \?\?= g", "a ? b : c ? d : e", "a ?? b || c && d | e ^ f & g == h < i << j + k * l",
           "a - b - c", "!a; -b; typeof c; void 0; delete d.e; ++f; g--; await h; !await i", "a.b.c?.d?.[e]?.(f)[g](h)`i`",
           "new A; new B(1); new C.D<E>(f).g()", "f<A>(b); await g<typeof h>(); i + j<K>().l", "f< A>(b)", "a < b && c > (d); i < n; a < b == c > d", "a!; b!.c; d![0]; !e!",
           "a as B; c as const; d satisfies E; f && g as H; await i as J; k as L || m", "a in b; c instanceof d",
           "(a, b); (c)", "[a, , ...b,]; x = { a, 'b': 1, [c]: 2, 3: d, ...e, f() {}, async g() {}, get h() { return 1 }, *i() {} }",
           "() => 1; a => b; (c, d) => ({}); async e => f; async ({ g }, [h]) => {}; (i: J): K => l; <T,>(m: T) => n",
           "`a`; `b${c}d${`e${f}`}\\n`; '\\x41\\u0041'; \"\"; 'a\\'b'", "/a[/]b/g; c / d / e; (f) / g",
           "import('a'); import.meta.env.B", "0; 1.5; .5; 1e3; 0xff; 1_000", "this; super.a; null; true; undefined",
           "x = class extends a(b) {}", "x = function a() {}; y = async function* () {}", "größe = 'ü'",
       })
    CHECK_MESSAGE(knows(code), code);
}

TEST_CASE("types that the quick parser knows") {
  for (const char *code : {
           "let a: b; let c: d.E<f>[]; let g: string | null & 1; let h: [i, j]; let k: { l: m; n?: o }",
           "let a: (b: c, d?: e) => void; let f: () => g | h; let i: (j)[]; let k: typeof l.m; let n: keyof o",
           "let a: b['c']; let d: readonly e[]; let f: Array<Map<g, h>>", "type A<B> = B extends C ? D : E", "type A = | 'b' | 'c'",
           "let a = (b): b is C => d; function e(f: any): f is g<h> {}", "type A = { [b]: c; [d.e]?: f }", "let a: import('b').C; let d: typeof e",
       })
    CHECK_MESSAGE(knows(code), code);
}

TEST_CASE("comments go where the grammar puts them") {
  for (const char *code : {
           "// a\nb // c\n// d\n/* e */ f /* g */ ; // h", "const f = () => {\n} // c\n// d\ng(() => {\n  a;\n} // e\n, 2);",
           "if (a) { // b\n c; // d\n} // e\nelse {} // f", "x = { // a\n b, // c\n // d\n} // e", "a // b\n  .c() // d\n// e",
           "interface A { // b\n  c: d // e\n  // f\n  g(): h; // i\n} // j", "import a from 'b' // c\n// d", "f(/* a */); [ /* b */ ]",
           "`${ /* a */ b /* c */ }`",
       })
    CHECK_MESSAGE(knows(code), code);
}

TEST_CASE("operands bind as they should where the grammar gets it wrong") {
  auto left_operand = [](llvm::StringRef code, auto parse) {
    std::vector<SyntaxNode> nodes = parse(code);
    REQUIRE(nodes.size() > 3);
    REQUIRE(nodes[2].kind == SyntaxKind::BinaryExpression);
    return code.slice(nodes[3].span.begin, nodes[3].span.end).str();
  };
  auto quick = [](llvm::StringRef code) {
    std::vector<SyntaxNode> nodes;
    CHECK(quick_parse(code, 0, nodes));
    return nodes;
  };
  auto grammar = [](llvm::StringRef code) {
    SyntaxTree tree = SyntaxTree::parse_by_grammar(code, 0);
    std::vector<SyntaxNode> nodes;
    for (SyntaxIndex i = 0; i < tree.size(); ++i)
      nodes.push_back(tree[i]);
    return nodes;
  };
  CHECK(left_operand("a && b > c", quick) == "a");
  CHECK(left_operand("a && b! > c", quick) == "a");
  CHECK(left_operand("a && b > c", grammar) == "a");
  CHECK(left_operand("a < b < c", quick) == "a < b");
  // If these fail, the grammar is mended, and the fuzzer need not know of it any more.
  CHECK(left_operand("a && b! > c", grammar) == "a && b!");
  CHECK(left_operand("a < b < c", grammar) == "a");
}

TEST_CASE("names that are exported again from a module that a later line tells") {
  for (const char *code : {"export *\nfrom 'a'", "export * as b\nfrom 'a'; export * as c // d\n /* e */\nfrom 'f'"})
    CHECK_MESSAGE(knows(code), code);
  for (llvm::StringRef code : {"export { loader }\n  from 'a';", "export { loader } // b\n/* c */\nfrom\n'a'",
                               "export type { loader }\nfrom 'a'"}) {
    INFO(code.str());
    std::vector<SyntaxNode> nodes;
    REQUIRE(quick_parse(code, 0, nodes));
    CHECK(nodes[1].kind == SyntaxKind::ExportStatement);
    CHECK(nodes[1].span == Span{0, static_cast<uint32_t>(code.size())});
    CHECK(std::any_of(nodes.begin(), nodes.end(), [&](const SyntaxNode &node) {
      return node.field == SyntaxField::Source && code.slice(node.span.begin, node.span.end) == "'a'";
    }));
    // If this fails, the grammar is mended: it sees a semicolon before the `from`. Then knows() can compare these, and the
    // fuzzer need not know of it any more.
    SyntaxTree tree = SyntaxTree::parse_by_grammar(code, 0);
    CHECK((tree.first_error() || tree.child(1, SyntaxField::Source) == no_syntax));
  }
}

TEST_CASE("semicolons that are not written") {
  for (const char *code : {"a\nb", "a\n++b", "a\n/b/g", "a\n(b)", "let a\n(b)", "a\n!b", "return\n[a]", "a = () => {}\n[b]", "{ a }", "a\ninner"})
    knows(code);
  CHECK(knows("a\nb"));
  CHECK(knows("a\n(b)\n[c]\n.d"));
  CHECK(!knows("a b"));
}

TEST_CASE("what is wrong or not known is given up") {
  for (const char *code : {"a +", "(", "'a", "`a", "/a", "/* a", "const = 1", "if (a", "a b", "<div>a</div>", "abstract class A {}", "class A { static {} }", "class A { @b c }", "enum A {}",
                           "[a] = b", "({ a } = b)", "a: b", "x = y ** z", "type A = { [B in C]: D }", "#!a", "let a\\u0041", "\xEF\xBB\xBF" "a",
                           "export\nconst a = 1", "let\na", "async\na => b", "new\nA", "1n", "let a\xC2\xA0= 1", "}", "f(", "import a", "export", "@a class B {}",
                           "a<b>[c]", "a<typeof b>[0]", "a<b>`c`", "a<b>c", "a<b>>c", "a<typeof b?.c>(d)"})
    CHECK_MESSAGE(!knows(code), code);
  // No stack is deep enough for all that could be written.
  for (const char *open : {"(", "[", "{", "a ? ", "!", "() => ", "`${", "x = {a:", "if (a) ", "let a: [", "let a: (b: "}) {
    std::string code;
    for (int i = 0; i < 20000; ++i)
      code += open;
    CHECK(!knows(code));
  }
}
