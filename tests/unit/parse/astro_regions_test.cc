#include "parse/astro_regions.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace foreload;

namespace {

/// The text with the fences in brackets and the code between them: `<before>[---]<code>[---]`, then `|` and the markup.
std::string regions_of(llvm::StringRef text) {
  AstroRegions regions = find_astro_regions(text);
  auto slice = [&](Span span) { return text.substr(span.begin, span.size()).str(); };
  std::string result;
  if (regions.frontmatter) {
    CHECK(slice(regions.frontmatter->open_fence) == "---");
    CHECK(slice(regions.frontmatter->close_fence) == "---");
    CHECK(regions.frontmatter->open_fence.end == regions.frontmatter->code.begin);
    CHECK(regions.frontmatter->code.end == regions.frontmatter->close_fence.begin);
    CHECK(regions.frontmatter->close_fence.end == regions.markup.begin);
    result = "[" + slice(regions.frontmatter->code) + "]";
  }
  CHECK(regions.markup.end == text.size());
  return result + slice(regions.markup);
}

} // namespace

TEST_CASE("code may stand on the lines of the fences") {
  CHECK(regions_of("---\na\n---\n<p>") == "[\na\n]\n<p>");
  CHECK(regions_of("---a---<p>") == "[a]<p>");
  CHECK(regions_of("------") == "[]");
  CHECK(regions_of("---\r\na\r\n---\r\n") == "[\r\na\r\n]\r\n");
}

TEST_CASE("text may stand before the frontmatter, markup may not") {
  CHECK(regions_of("text - -- \n---a---") == "[a]");
  CHECK(regions_of("\xEF\xBB\xBF---a---b") == "[a]b");
  CHECK(regions_of("<!-- c -->---a---") == "<!-- c -->---a---");
  CHECK(regions_of("{a}---b---") == "{a}---b---");
  CHECK(regions_of("}---b---") == "}---b---");
}

TEST_CASE("without two fences all is markup, but for a byte order mark") {
  CHECK(regions_of("") == "");
  CHECK(regions_of("---") == "---");
  CHECK(regions_of("---a--") == "---a--");
  CHECK(regions_of("\xEF\xBB\xBF<p>") == "<p>");
  CHECK(regions_of("\xEF\xBB\xBF---") == "---");
}

TEST_CASE("a fence in a string, comment, regular expression or template literal is none") {
  CHECK(regions_of("---'---'---") == "['---']");
  CHECK(regions_of("---\"\\\"---\"---") == "[\"\\\"---\"]");
  CHECK(regions_of("---`\n---\n`---") == "[`\n---\n`]");
  CHECK(regions_of("---// ---\n---") == "[// ---\n]");
  CHECK(regions_of("---/* ---\n' */---") == "[/* ---\n' */]");
  CHECK(regions_of("---a = /---/---") == "[a = /---/]");
  CHECK(regions_of("---a = /[/---]/g---") == "[a = /[/---]/g]");
  CHECK(regions_of("---a / b---c / d---") == "[a / b]c / d---");
}

TEST_CASE("a line break ends a string or a regular expression that is not closed") {
  CHECK(regions_of("---'a\n---'") == "['a\n]'");
  CHECK(regions_of("---a = /b\n---/") == "[a = /b\n]/");
  CHECK(regions_of("---`a\n---") == "---`a\n---");
  CHECK(regions_of("---'\\") == "---'\\");
}

TEST_CASE("the text need not be followed by anything") {
  // With a buffer of exactly the text's size, sanitizers see a read beyond it.
  for (llvm::StringRef text : {"---a--", "---/", "---'", "---/*", "---a = /\\", "--", "\xEF\xBB"}) {
    std::vector<char> exact(text.begin(), text.end());
    CHECK(!find_astro_regions({exact.data(), exact.size()}).frontmatter);
  }
}
