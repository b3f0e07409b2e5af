#include "parse/string_escapes.h"

#include <doctest/doctest.h>

using namespace foreload;

TEST_CASE("escapes stand for their characters") {
  CHECK(without_escapes("./plain.js") == "./plain.js");
  CHECK(without_escapes(R"(./a\u0062.js)") == "./ab.js");
  CHECK(without_escapes(R"(\x61\u{62}\u{1F600}\uD83D\uDE00)") == "ab\xF0\x9F\x98\x80\xF0\x9F\x98\x80");
  CHECK(without_escapes(R"(\'\"\`\\\/\.\$)") == "'\"`\\/.$");
  CHECK(without_escapes(R"(\n\t\r\b\f\v\0)") == std::string("\n\t\r\b\f\v\0", 7));
  CHECK(without_escapes("a\\\nb\\\r\nc") == "abc");
}

TEST_CASE("wrong escapes stand for themselves") {
  CHECK(without_escapes(R"(\u12 \xg0 \u{ \u{110000} \u{})") == "u12 xg0 u{ u{110000} u{}");
  CHECK(without_escapes(R"(\uD83Dx\uDE00)") == "\xEF\xBF\xBDx\xEF\xBF\xBD");
  CHECK(without_escapes("a\\") == "a");
}
