#include "parse/syntax_tree.h"

#include <doctest/doctest.h>

#include <string>

using namespace foreload;

namespace {

/// The text of every node of \p kind, outermost first, joined by " | ".
std::string texts(const std::string &code, SyntaxKind kind) {
  SyntaxTree tree = SyntaxTree::parse(code, 0);
  std::string joined;
  for (SyntaxIndex i = 0; i < tree.size(); ++i) {
    CHECK(tree[i].subtree_end > i);
    if (i > 0) {
      REQUIRE(tree[i].parent < i);
      CHECK(tree[tree[i].parent].subtree_end >= tree[i].subtree_end);
      SyntaxIndex enclosing = i - 1;
      while (tree[enclosing].subtree_end <= i)
        enclosing = tree[enclosing].parent;
      CHECK(tree[i].parent == enclosing);
      if (tree[i].kind != SyntaxKind::Comment)
        CHECK(tree[tree[i].parent].span.contains(tree[i].span));
    }
    if (tree[i].kind == kind)
      joined += (joined.empty() ? "" : " | ") + code.substr(tree[i].span.begin, tree[i].span.size());
  }
  return joined;
}

} // namespace

TEST_CASE("a prefix operator applies to a call with type arguments, not to its callee") {
  CHECK(texts("x = await f<typeof y>();", SyntaxKind::AwaitExpression) == "await f<typeof y>()");
  CHECK(texts("x = await f<typeof y>();", SyntaxKind::CallExpression) == "f<typeof y>()");
  CHECK(texts("if (!(await /* c */ a.b<T>(1))) {}", SyntaxKind::CallExpression) == "a.b<T>(1)");
  CHECK(texts("void await f<T>(g(1), 2);", SyntaxKind::CallExpression) == "f<T>(g(1), 2) | g(1)");
  CHECK(texts("void await f<T>(g(1), 2);", SyntaxKind::UnaryExpression) == "void await f<T>(g(1), 2)");
  CHECK(texts("x = m + await f<T>();", SyntaxKind::CallExpression) == "f<T>()");
  CHECK(texts("x = m * n.o + await f<T>();", SyntaxKind::AwaitExpression) == "await f<T>()");
  CHECK(texts("x = m * n.o + await f<T>();", SyntaxKind::BinaryExpression) == "m * n.o + await f<T>() | m * n.o");
  CHECK(texts("(await f)<T>();", SyntaxKind::CallExpression) == "(await f)<T>()");
  CHECK(texts("x = await f<T>().g(1).h[0]!;", SyntaxKind::AwaitExpression) == "await f<T>().g(1).h[0]!");
  CHECK(texts("x = await f<T>().g(1).h[0]!;", SyntaxKind::CallExpression) == "f<T>().g(1) | f<T>()");
  CHECK(texts("x = await f<T>().g(1).h[0]!;", SyntaxKind::MemberExpression) == "f<T>().g(1).h | f<T>().g");
  CHECK(texts("x = await f<T>().g(1).h[0]!;", SyntaxKind::SubscriptExpression) == "f<T>().g(1).h[0]");
  CHECK(texts("x = a + !f<T>().g;", SyntaxKind::MemberExpression) == "f<T>().g");
  CHECK(texts("x = a + !f<T>().g;", SyntaxKind::BinaryExpression) == "a + !f<T>().g");
  CHECK(texts("x = (await f<T>()).g;", SyntaxKind::MemberExpression) == "(await f<T>()).g");
  // The tree of wrong code is a tree, too.
  CHECK(texts("try { data = await getLoa\xDA"
              "derData<typeof loader>(); } catch (e) { data.x = 1; }",
              SyntaxKind::CallExpression) == "derData<typeof loader>()");
}

TEST_CASE("a statement ends before the comment that follows it") {
  CHECK(texts("if (a) {\n} // b\nc", SyntaxKind::IfStatement) == "if (a) {\n}");
  CHECK(texts("return /* a */ // b\n", SyntaxKind::ReturnStatement) == "return");
  CHECK(texts("f() // b\ng()", SyntaxKind::ExpressionStatement) == "f() | g()");
  CHECK(texts("x = { a: 1, /* b */ } // c", SyntaxKind::Object) == "{ a: 1, /* b */ }");
}

TEST_CASE("spans are offsets from the base") {
  SyntaxTree tree = SyntaxTree::parse("a + b", 10);
  CHECK(tree[tree.root()].span.end == 15);
  CHECK(!tree.first_error());
  CHECK(SyntaxTree::parse("a + ", 0).first_error());
  CHECK(SyntaxTree::parse("", 0).size() == 1);
}
