#include "compose/markdown_component.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

std::shared_ptr<const MarkdownComponent> parse(std::string text, bool leave_code_fences = false) {
  return parse_markdown_component(std::make_shared<SourceFile>("/a.md", std::move(text)), leave_code_fences);
}

/// The slots as they are written, one after the other.
std::string slots_of(const MarkdownComponent &component) {
  std::string text;
  for (const ComponentSlot &slot : component.slots)
    text += (text.empty() ? "" : " ") + component.source->text(slot.span).str();
  return text;
}

std::vector<std::string> includes_of(const std::string &yaml) {
  std::vector<std::string> paths;
  auto component = parse("---\n" + yaml + "---\n");
  CHECK(component->diagnostics.empty());
  for (const ComponentReference &include : component->includes)
    paths.push_back(include.path);
  return paths;
}

std::vector<uint16_t> codes_of(const std::string &text) {
  std::vector<uint16_t> codes;
  auto component = parse(text);
  for (const Diagnostic &diagnostic : component->diagnostics)
    codes.push_back(diagnostic.code);
  return codes;
}

using Paths = std::vector<std::string>;

} // namespace

TEST_CASE("includes may be written in any way that YAML has for lists of texts") {
  CHECK(includes_of("includes:\n  - a.md\n  - b c.md\n") == Paths{"a.md", "b c.md"});
  CHECK(includes_of("includes:\n- a.md # a comment\n- 'b''s.md'\ntitle: t\n") == Paths{"a.md", "b's.md"});
  CHECK(includes_of("title: t\nincludes: [ a.md, \"b.md\" ]\n") == Paths{"a.md", "b.md"});
  CHECK(includes_of("includes: a.md\n") == Paths{"a.md"});
  CHECK(includes_of("includes:\n") == Paths{});
  CHECK(includes_of("nested:\n  includes:\n    - a.md\n") == Paths{});
}

TEST_CASE("an include is found where it stands") {
  auto component = parse("---\nincludes:\n  - \"b.md\"\n---\n");
  REQUIRE(component->includes.size() == 1);
  CHECK(component->source->text(component->includes[0].span) == "\"b.md\"");
}

TEST_CASE("front matter that is no YAML, and includes that are no paths, are said") {
  CHECK(codes_of("---\nincludes: [a.md\n---\nx\n") == std::vector<uint16_t>{7007});
  CHECK(codes_of("---\nincludes:\n  a: b\n---\n") == std::vector<uint16_t>{7007});
  CHECK(codes_of("---\nincludes:\n  - [a.md]\n---\n") == std::vector<uint16_t>{7007});
  CHECK(codes_of("---\njust text\n---\n") == std::vector<uint16_t>{7007});
  CHECK(codes_of("---\n---\nx\n") == std::vector<uint16_t>{});
}

TEST_CASE("no front matter is nested deep enough to exhaust the stack") {
  for (const char *open : {"[", "{a: ", "- ", "? "}) {
    std::string yaml;
    for (int i = 0; i < 100'000; ++i)
      yaml += open;
    CHECK(codes_of("---\n" + yaml + "\n---\n") == std::vector<uint16_t>{7007});
  }
  std::string lines;
  for (int i = 0; i < 1'000; ++i)
    lines += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  CHECK(codes_of("---\n" + lines + "---\n") == std::vector<uint16_t>{7007});
}

TEST_CASE("references and variables are found, and what belongs to other tools is not") {
  auto component = parse("{{component: a.md}} {{ component:b/c d.md }} {name} {a.b-c} {{name}} {{{x}}} { } {} {a {b}\n{c\n}");
  CHECK(slots_of(*component) == "{{component: a.md}} {{ component:b/c d.md }} {name} {a.b-c} { } {b}");
  REQUIRE(component->references.size() == 2);
  CHECK(component->references[0].path == "a.md");
  CHECK(component->references[1].path == "b/c d.md");
  CHECK(component->variables == Paths{"name", "a.b-c", " ", "b"});
  CHECK(component->diagnostics.empty());
}

TEST_CASE("a backslash makes text of them") {
  CHECK(slots_of(*parse("\\{name} \\{{component: a.md}} {name}")) == "{name}");
}

TEST_CASE("a reference that does not end, or names nothing, is said") {
  CHECK(codes_of("{{component: a.md\n}}\n") == std::vector<uint16_t>{7010});
  CHECK(codes_of("{{component:}}\n") == std::vector<uint16_t>{7010});
  CHECK(codes_of("{{component: {name} }}\n") == std::vector<uint16_t>{7010});
}

TEST_CASE("variables of the front matter are found, references there are not") {
  auto component = parse("---\ntitle: \"{name} {{component: a.md}}\"\n---\n{x}\n");
  CHECK(slots_of(*component) == "{name} {x}");
  CHECK(component->references.empty());
}

TEST_CASE("code fences are left alone if they are to be") {
  const std::string text = "{a}\n```md\n{{component: a.md}} {b}\n``\n~~~\n```\n{c}\n   ~~~~ js\n{d}\n~~~\n{e}\n~~~~\n{f}\n"
                           "> ```\n> {g}\n> ```\n``` `no` fence\n{h}\n```\n{i}";
  CHECK(slots_of(*parse(text, true)) == "{a} {c} {f} {h}");
  CHECK(slots_of(*parse(text, false)) == "{a} {{component: a.md}} {b} {c} {d} {e} {f} {g} {h} {i}");
  CHECK(parse(text, true)->references.empty());
}

TEST_CASE("the body begins behind the front matter and blank lines") {
  auto body_of = [](std::string text) {
    auto component = parse(std::move(text));
    return component->source->text().substr(component->body_begin).str();
  };
  CHECK(body_of("---\na: 1\n---\n\n \n  # B\n") == "  # B\n");
  CHECK(body_of("---\r\na: 1\r\n---\r\n\r\nB\r\n") == "B\r\n");
  CHECK(body_of("---\na: 1\n---") == "");
  CHECK(body_of("---\na: 1\n---\n\n") == "");
  CHECK(body_of("\n# B\n---\n") == "\n# B\n---\n");
  CHECK(body_of("\xef\xbb\xbf# B\n") == "# B\n");
  CHECK(body_of("") == "");
}

TEST_CASE("names of variables look like names") {
  CHECK(is_variable_name("project_name"));
  CHECK(is_variable_name("a.b-2"));
  CHECK_FALSE(is_variable_name("1"));
  CHECK_FALSE(is_variable_name("a b"));
  CHECK_FALSE(is_variable_name(""));
}
