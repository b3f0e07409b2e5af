#include "parse/template.h"

#include <doctest/doctest.h>

#include <string>

using namespace foreload;

namespace {

TemplateTree parse(llvm::StringRef text) { return parse_template(text, {0, static_cast<uint32_t>(text.size())}); }

/// The tree, one node in each pair of parentheses: its name, or `{}` for expressions, `={}` for those in attributes,
/// `!` for comments, `<>` for fragments, with `:raw` and what it holds; then `#` and the number of errors, if any.
std::string outline(llvm::StringRef text) {
  TemplateTree tree = parse(text);
  std::string result;
  std::vector<uint32_t> ends;
  for (uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const TemplateNode &node = tree.nodes[i];
    while (!ends.empty() && ends.back() == i) {
      result += ')';
      ends.pop_back();
    }
    result += '(';
    switch (node.kind) {
    case TemplateNodeKind::Expression:
      result += node.in_attribute ? "={}" : "{}";
      break;
    case TemplateNodeKind::Comment:
      result += '!';
      break;
    case TemplateNodeKind::Fragment:
      result += "<>";
      break;
    default:
      result += text.substr(node.name.begin, node.name.size()).str();
    }
    if (node.raw)
      result += ":raw";
    ends.push_back(node.subtree_end);
  }
  result += std::string(ends.size(), ')');
  if (!tree.errors.empty())
    result += '#' + std::to_string(tree.errors.size());
  return result;
}

std::string last_error(llvm::StringRef text) {
  TemplateTree tree = parse(text);
  REQUIRE(!tree.errors.empty());
  return tree.errors.back().message;
}

std::string slice(llvm::StringRef text, Span span) { return text.substr(span.begin, span.size()).str(); }

} // namespace

TEST_CASE("elements, components and fragments nest") {
  CHECK(outline("<div><Card/></div>text<B></B>") == "(div(Card))(B)");
  CHECK(outline("<><A/></><Fragment><B/></Fragment>") == "(<>(A))(<>(B))");
  CHECK(outline("<!-- <A/> --><!doctype html><B/>") == "(!)(B)");
}

TEST_CASE("a component has an ASCII capital or a dot in its name, and no hyphen") {
  auto kind = [](llvm::StringRef text) { return parse(text).nodes[0].kind; };
  for (llvm::StringRef text : {"<Card/>", "<ui.Card/>", "<ui.card/>", "<Fragment.x/>", "<SCRIPT/>"})
    CHECK(kind(text) == TemplateNodeKind::Component);
  for (llvm::StringRef text : {"<card/>", "<my-card/>", "<My-card/>", "<a-b.c/>", "<slot/>", "<this/>"})
    CHECK(kind(text) == TemplateNodeKind::Element);
  CHECK(outline("{<_Foo/>}{<$Foo/>}{<Éa/>}") == "({}(_Foo))({}($Foo))({}(Éa))");
}

TEST_CASE("spans cover the node, its name and its content") {
  llvm::StringRef text = "a<ui.Card b = \"c\" >d{ e }</ui.Card >f<br>";
  TemplateTree tree = parse(text);
  REQUIRE(tree.nodes.size() == 3);
  CHECK(slice(text, tree.nodes[0].span) == "<ui.Card b = \"c\" >d{ e }</ui.Card >");
  CHECK(slice(text, tree.nodes[0].name) == "ui.Card");
  CHECK(slice(text, tree.nodes[0].content) == "d{ e }");
  CHECK(slice(text, tree.nodes[1].span) == "{ e }");
  CHECK(slice(text, tree.nodes[1].content) == " e ");
  CHECK(tree.nodes[1].parent == 0);
  CHECK(slice(text, tree.nodes[2].span) == "<br>");
  CHECK(tree.nodes[2].content.empty());
  CHECK(tree.nodes[2].parent == no_node);
}

TEST_CASE("all spans are offsets into the whole text") {
  llvm::StringRef text = "---\n---<A/>{b}tail";
  TemplateTree tree = parse_template(text, {7, 14});
  REQUIRE(tree.nodes.size() == 2);
  CHECK(slice(text, tree.nodes[0].span) == "<A/>");
  CHECK(slice(text, tree.nodes[1].span) == "{b}");
}

TEST_CASE("attributes have seven forms") {
  llvm::StringRef text = "<A a b='c>' d=\"{e}\" f=g/h i={ j } {...k} { l } m=`n${o}` {/* p */} {} />";
  TemplateTree tree = parse(text);
  CHECK(tree.errors.empty());
  const TemplateNode &node = tree.nodes[0];
  std::string forms;
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    const TemplateAttribute &attribute = tree.attributes[node.first_attribute + i];
    forms += std::to_string(static_cast<int>(attribute.kind)) + slice(text, attribute.name) + "=" +
             slice(text, attribute.value) + "|";
    if (attribute.expression != no_node) {
      CHECK(tree.nodes[attribute.expression].in_attribute);
      CHECK(tree.nodes[attribute.expression].parent == 0);
      CHECK(tree.nodes[attribute.expression].content == attribute.value);
    }
  }
  CHECK(forms == "0a=|1b=c>|1d={e}|2f=g/h|3i= j |4=k|5l= l |6m=`n${o}`|");
  CHECK(tree.find_attribute(text, node, "i")->kind == AttributeKind::Expression);
  CHECK(tree.find_attribute(text, node, "n") == nullptr);
}

TEST_CASE("attribute names hold what HTML lets them hold") {
  llvm::StringRef text = "<a @click=b :c x-on:click.prevent client:load set:html={d} [e]=f 'g\"/>";
  TemplateTree tree = parse(text);
  for (llvm::StringRef name : {"@click", ":c", "x-on:click.prevent", "client:load", "set:html", "[e]", "'g\""})
    CHECK(tree.find_attribute(text, tree.nodes[0], name) != nullptr);
}

TEST_CASE("markup in attributes keeps each tag's attributes together") {
  llvm::StringRef text = "<A a={<B b c={<C d/>} e/>} f=<D g/> {...<E h/>} i/>";
  CHECK(outline(text) == "(A(={}(B(={}(C))))(={}(D))(={}(E)))");
  TemplateTree tree = parse(text);
  CHECK(tree.nodes[0].attribute_count == 4);
  CHECK(tree.find_attribute(text, tree.nodes[0], "i") != nullptr);
  CHECK(tree.nodes[2].attribute_count == 3);
  CHECK(tree.find_attribute(text, tree.nodes[2], "e") != nullptr);
  for (const TemplateAttribute &attribute : tree.attributes)
    if (attribute.expression != no_node)
      CHECK(tree.nodes[attribute.expression].kind == TemplateNodeKind::Expression);
}

TEST_CASE("the content of script, style and is:raw is not parsed") {
  CHECK(outline("<script>{'</p>'<A/></script><B/>") == "(script:raw)(B)");
  CHECK(outline("<svg><style>a{b}<A/></style></svg>") == "(svg(style:raw))");
  CHECK(outline("<p is:raw>{<A/></pre></p><B/>") == "(p:raw)(B)");
  CHECK(outline("{a && <script>}</script>}") == "({}(script:raw))");
  CHECK(outline("<script src='a'/><B/>") == "(script)(B)");
  CHECK(outline("<pre>{a}</pre><title>{a}</title><textarea><A/></textarea>") == "(pre({}))(title({}))(textarea(A))");
  CHECK(outline("<math>{<A/>}</math>") == "(math(A))");
}

TEST_CASE("several elements that are one operand are a fragment without tags") {
  CHECK(outline("{a && <B/>}") == "({}(B))");
  CHECK(outline("{a && <B/> <C/>}") == "({}(<>(B)(C)))");
  CHECK(outline("{a ? <B/><!-- c --> : <C/>}") == "({}(<>(B)(!))(C))");
  CHECK(outline("{<A/>}{<A/> text}{<A/> && <B/>}") == "({}(A))({}(<>(A)))({}(<>(A)(B)))");
  CHECK(outline("{<A/>{b && <C/>}<D/>}") == "({}(<>(A)({}(C))(D)))");
  CHECK(outline("{<!-- c --> <A/>}") == "({}(<>(!)(A)))");
  llvm::StringRef text = "{a && <B/> <C/> }";
  TemplateTree tree = parse(text);
  CHECK(tree.nodes[1].name.empty());
  CHECK(slice(text, tree.nodes[1].span) == "<B/> <C/>");
  CHECK(tree.nodes[1].content == tree.nodes[1].span);
  CHECK(tree.nodes[2].parent == 1);
}

TEST_CASE("a fragment that goes again leaves every index right") {
  llvm::StringRef text = "{a && <B c={d && <E/>}>{<F/>}</B>}{g && <H/> <I/>}";
  TemplateTree tree = parse(text);
  CHECK(outline(text) == "({}(B(={}(E))({}(F))))({}(<>(H)(I)))");
  CHECK(tree.nodes[1].parent == 0);
  CHECK(tree.nodes[0].subtree_end == 6);
  CHECK(tree.attributes[0].expression == 2);
}

TEST_CASE("a less-than sign is markup where an operand is due") {
  CHECK(outline("{a < B}{a<B}{f<T>(x)}{1 <B}{a.return <B}{a! <B}{a << B}") == "({})({})({})({})({})({})({})");
  CHECK(outline("{(<T,>(x: T) => <A/>)(1)}{(<T extends U>(x: T) => <B/>)(1)}") == "({}(A))({}(B))");
  CHECK(outline("{function <T>(x: T): U<T> { return <A/> }}") == "({}(A))");
  CHECK(outline("{() => { if (a) <A/>; else <B/>; return <C/> }}") == "({}(A)(B)(C))");
  CHECK(outline("{x => { {} <A/> }}") == "({}(A))");
  CHECK(outline("{async x => await <A/>}{[<B/>, < C/>]}{typeof <D/>}") == "({}(A))({}(B)(C))({}(D))");
}

TEST_CASE("strings, templates, comments and regular expressions hold no markup and no braces") {
  CHECK(outline("{\"}<A/>\"}{'\\'}'}{/* } <A/> */}{// }\n}") == "({})({})({})({})");
  CHECK(outline("{`}<A/>${<B/>}${`${<C/>}`}`}<D/>") == "({}(B)(C))(D)");
  CHECK(outline("{/}<A>[/}]/.test(a) && <B/>}") == "({}(B))");
  CHECK(outline("{a / b / <B/>}{(a) / 1 > b}{a[0] / 2}{a++ / 2}") == "({}(B))({})({})({})");
}

TEST_CASE("what only a strict compiler rejects is read as HTML reads it") {
  CHECK(outline("<ul><li>a<li><A/></ul><B/>") == "(ul(li(li(A))))(B)");
  CHECK(outline("<p><A/>") == "(p(A))");
  CHECK(outline("<br><A/></br><input>") == "(br)(A)(input)");
  CHECK(outline("<A><p></A><B/>") == "(A(p))(B)");
  CHECK(outline("<p>}</p>") == "(p)");
}

TEST_CASE("what may have been misread is an error, and parsing goes on") {
  CHECK(outline("<div></p><A/></div>") == "(div(A))#1");
  CHECK(last_error("<div></p></div>") == "closing tag </p> has no matching opening tag");
  CHECK(outline("<A><B></A><C/>") == "(A(B))(C)#1");
  CHECK(last_error("<A><B></A>") == "unclosed <B>");
  CHECK(last_error("<A>") == "unclosed <A>");
  CHECK(last_error("<A") == "unterminated tag");
  CHECK(last_error("<A b") == "unterminated tag");
  CHECK(last_error("<a <B/>") == "unterminated tag");
  CHECK(last_error("<A></A") == "unterminated tag");
  CHECK(last_error("<a b='c") == "unterminated string");
  CHECK(last_error("{'a\n'}") == "unterminated string");
  CHECK(last_error("{a") == "unterminated expression");
  CHECK(last_error("{`a}") == "unterminated expression");
  CHECK(last_error("<!-- a") == "unterminated comment");
  CHECK(last_error("<script>") == "unclosed <script>");
  CHECK(last_error("{/a\n}") == "unterminated regular expression");
  CHECK(last_error("{(a}") == "unmatched '}'");
  CHECK(last_error("{a)}") == "unmatched ')'");
  CHECK(outline("{a.map(b => <li>{b})}<C/>") == "({}(li({})))(C)#2");
  CHECK(outline("<p>{a && <b></p>}</p><C/>") == "(p({}(b)))(C)#2");
}

TEST_CASE("depth is not bounded by the call stack, nor is time by more than length") {
  constexpr size_t depth = 50000;
  auto repeat = [](llvm::StringRef text) {
    std::string result;
    for (size_t i = 0; i < depth; ++i)
      result += text;
    return result;
  };
  CHECK(parse(repeat("<a>") + repeat("</b>")).nodes.size() == depth);
  CHECK(parse(repeat("<A b={")).nodes.size() == 2 * depth);
  CHECK(parse(repeat("{a && <b>") + repeat("</b> <c/>}")).nodes.size() == 4 * depth);
  CHECK(parse(repeat("{a && <b>") + repeat("</b>}")).nodes.size() == 2 * depth);
  // Each of these once took time by the square of its length, or would if what is looked at twice had no bounds.
  for (llvm::StringRef text : {"<a b=<//", "</a ", "{/[", "<!", "{<a /*", "<script></scripts>", "{f<T"})
    CHECK(!parse(repeat(text)).errors.empty());
}
