#include "emit/decoded_map.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

std::string refusal(llvm::StringRef json) {
  llvm::Expected<DecodedMap> map = decode_map(json);
  return map ? std::string() : llvm::toString(map.takeError());
}

DecodedMap read(llvm::StringRef json) {
  llvm::Expected<DecodedMap> map = decode_map(json);
  REQUIRE(static_cast<bool>(map));
  return std::move(*map);
}

} // namespace

TEST_CASE("a map is the same after it was read and written") {
  llvm::StringRef json = R"({"version":3,"file":"o","sources":["a","b"],"sourcesContent":["x",null],"names":["n"],)"
                         R"("mappings":"AAAA,CAACA,E;;ACAD"})";
  DecodedMap map = read(json);
  CHECK(map.lines.size() == 3);
  REQUIRE(map.lines[0].size() == 3);
  CHECK(map.lines[0][1].name == 0);
  CHECK(map.lines[0][2].source == DecodedMap::none);
  CHECK(map.to_json() == json);
}

TEST_CASE("a source root stands before the sources") {
  CHECK(read(R"({"version":3,"sourceRoot":"/r","sources":["a"],"names":[],"mappings":""})").sources[0] == "/r/a");
}

TEST_CASE("what is no map is refused with a reason") {
  CHECK(refusal("{") == "it is no JSON");
  CHECK(refusal("[]") == "it is no JSON object");
  CHECK(refusal("{\"version\":\xff}") == "it is not valid UTF-8");
  CHECK(refusal(R"({"version":2,"sources":[],"mappings":""})") == "its version is not 3");
  CHECK(refusal(R"({"version":3,"sections":[]})") == "it has sections");
  CHECK(refusal(R"({"version":3,"mappings":""})") == "'sources' is no array");
  CHECK(refusal(R"({"version":3,"sources":[1],"mappings":""})") == "'sources' has an item that is no string");
  CHECK(refusal(R"({"version":3,"sources":[],"names":[null],"mappings":""})") ==
        "'names' has an item that is no string");
  CHECK(refusal(R"({"version":3,"sources":[]})") == "'mappings' is no string");
  // A source that there is not, a negative column, a digit that is none, a number that never ends, half a segment.
  for (const char *mappings : {"AAAA", "D", "!", "ggggggggA", "AA"}) {
    CAPTURE(mappings);
    std::string json = R"({"version":3,"sources":[],"names":[],"mappings":")" + std::string(mappings) + "\"}";
    CHECK(refusal(json) == "the mappings make no sense at byte 0");
  }
  CHECK(refusal(R"({"version":3,"sources":["a"],"names":[],"mappings":"AAAA,CAAC;AAAAC"})") ==
        "the mappings make no sense at byte 10");
}

TEST_CASE("a composed map leads through the inner one, and names and contents come from there") {
  DecodedMap inner = read(R"({"version":3,"sources":["a"],"sourcesContent":["text"],"names":["old"],)"
                          R"("mappings":"A,CAAAA,CACC"})"); // column 0: no origin; 1: 0:0 old; 2: 1:1
  DecodedMap outer = read(R"({"version":3,"file":"o","sources":["m","other"],"names":["new"],)"
                          R"("mappings":"AAACA,EAACA,CAACA,ECAF"})"); // 0 → m 0:1, 2 → m 0:2, 3 → m 0:3, 5 → other 0:1
  DecodedMap composed = compose(outer, [&](uint32_t source) { return source == 0 ? &inner : nullptr; });
  CHECK(composed.file == "o");
  CHECK(composed.sources == std::vector<std::string>{"a", "other"});
  CHECK(composed.contents[0] == "text");
  REQUIRE(composed.lines.size() == 1);
  REQUIRE(composed.lines[0].size() == 3); // the third segment says what the second has said
  CHECK(composed.names[composed.lines[0][0].name] == "old");
  CHECK(composed.names[composed.lines[0][1].name] == "new");
  CHECK(composed.lines[0][1].line == 1);
  CHECK(composed.lines[0][2].source == 1);
}

TEST_CASE("sources are relative to the file that has the map") {
  CHECK(source_path("/a/b.ts", "") == "/a/b.ts");
  CHECK(source_path("/a/b.ts", "c.ts") == "/a/c.ts");
  CHECK(source_path("/a/b.ts", "../c.ts") == "/c.ts");
  CHECK(source_path("/a/b.ts", "/c.ts") == "/c.ts");
  CHECK(source_path("/a/b.ts", "virtual:c") == "virtual:c");
}
