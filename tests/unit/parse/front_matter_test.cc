#include "parse/front_matter.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

std::string yaml_of(const std::string &text) {
  std::optional<FrontMatter> found = find_front_matter(text);
  return found ? text.substr(found->yaml.begin, found->yaml.size()) : "(none)";
}

/// The value of `layout`, and how it is written.
std::string layout_of(const std::string &yaml) {
  std::string text = "---" + yaml + "---\n";
  std::optional<FrontMatter> front_matter = find_front_matter(text);
  REQUIRE(front_matter);
  std::optional<YamlString> found = find_yaml_string(text, front_matter->yaml, "layout");
  return found ? found->value + " of " + text.substr(found->span.begin, found->span.size()) : "(none)";
}

} // namespace

TEST_CASE("front matter stands at the top, between fences") {
  CHECK(yaml_of("---\na: 1\n---\n# x") == "\na: 1\n");
  CHECK(yaml_of("\n \n---\r\na: 1\r\n---\r\n") == "\r\na: 1\r\n");
  CHECK(yaml_of("\xef\xbb\xbf---\na: 1\n---") == "\na: 1\n");
  CHECK(yaml_of("---\n---\n") == "\n");
  CHECK(yaml_of("---\na: 1\n----") == "\na: 1\n");
  CHECK(yaml_of("  ---\na: 1\n---\n") == "(none)");
  CHECK(yaml_of("# x\n---\na: 1\n---\n") == "(none)");
  CHECK(yaml_of("---\na: 1\n ---\n") == "(none)");
  CHECK(yaml_of("+++\na = 1\n+++\n") == "(none)");
  CHECK(yaml_of("") == "(none)");
  CHECK(yaml_of("---") == "(none)");
  CHECK(find_front_matter("---\n---\nx")->content_begin == 7);
}

TEST_CASE("a string of YAML is found however it is written") {
  CHECK(layout_of("\nlayout: ../a.astro\n") == "../a.astro of ../a.astro");
  CHECK(layout_of("\ntitle: 'It''s: x'\nlayout: \"../\\u0061.astro\" # why\n") == "../a.astro of \"../\\u0061.astro\"");
  CHECK(layout_of("\n? layout\n: '../a.astro'\n") == "../a.astro of '../a.astro'");
  CHECK(layout_of("\n\"layout\": @/a.astro\n") == "(none)"); // no YAML: `@` is reserved
  CHECK(layout_of("\n{ tags: [a, b], layout: a.astro }\n") == "a.astro of a.astro");
  CHECK(layout_of("\ntitle: \xf0\x9f\x9a\x80 caf\xc3\xa9\nlayout: ../caf\xc3\xa9.astro\n") ==
        "../caf\xc3\xa9.astro of ../caf\xc3\xa9.astro");
  CHECK(layout_of("\r\ntitle: x\r\nlayout: ../a.astro\r\n") == "../a.astro of ../a.astro");
  CHECK(layout_of("\nlayout: >-\n  ../a.astro\n").substr(0, 10) == "../a.astro");
  CHECK(layout_of("\ntext: |\n  layout: no\nlayout: yes.astro\n") == "yes.astro of yes.astro");
}

TEST_CASE("what is no string, or no YAML, has no value") {
  CHECK(layout_of("\n") == "(none)");
  CHECK(layout_of("\ntitle: x\n") == "(none)");
  CHECK(layout_of("\nnested:\n  layout: a\n") == "(none)");
  CHECK(layout_of("\nlayout: [a]\n") == "(none)");
  CHECK(layout_of("\nlayout: { a: b }\n") == "(none)");
  CHECK(layout_of("\n- layout: a\n") == "(none)");
  CHECK(layout_of("\njust text\n") == "(none)");
  CHECK(layout_of("\n\"open: x\nlayout: a\n") == "(none)");
  CHECK(layout_of("\n\t%: &*[{\nlayout: a\n") == "(none)");
}
