#include "emit/source_map.h"

#include <doctest/doctest.h>
#include <llvm/Support/JSON.h>

using namespace foreload;

namespace {

/// A decoded segment: generated line and column, then source, line, column, name; -1 for what it does not have.
using Segment = std::vector<int64_t>;

std::vector<Segment> decode(llvm::StringRef mappings) {
  constexpr llvm::StringLiteral digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<Segment> segments;
  int64_t line = 0, column = 0, state[4] = {};
  llvm::SmallVector<llvm::StringRef> lines, parts;
  mappings.split(lines, ';');
  for (llvm::StringRef text : lines) {
    column = 0;
    parts.clear();
    text.split(parts, ',', -1, /*KeepEmpty=*/false);
    for (llvm::StringRef part : parts) {
      std::vector<int64_t> fields;
      for (size_t i = 0; i < part.size(); ++i) {
        uint64_t value = 0;
        for (int shift = 0;; shift += 5) {
          REQUIRE(i < part.size());
          uint64_t digit = digits.find(part[i]);
          REQUIRE(digit < 64);
          value |= (digit & 31) << shift;
          if (!(digit & 32))
            break;
          ++i;
        }
        fields.push_back(value & 1 ? -int64_t(value >> 1) : int64_t(value >> 1));
      }
      REQUIRE((fields.size() == 1 || fields.size() == 4 || fields.size() == 5));
      column += fields[0];
      Segment segment = {line, column, -1, -1, -1, -1};
      for (size_t i = 1; i < fields.size(); ++i)
        segment[i + 1] = state[i - 1] += fields[i];
      segments.push_back(segment);
    }
    ++line;
  }
  return segments;
}

struct Map {
  std::vector<std::string> sources, contents, names;
  std::string file, mappings;
  std::vector<Segment> segments;

  explicit Map(const SourceMapBuilder &builder, llvm::StringRef file_name = {})
      : Map(builder.to_json(file_name, [](llvm::StringRef path) { return "../" + path.str(); })) {
    CHECK(file == file_name);
  }
  explicit Map(const TextEmitter &emitter) : Map(emitter.map("/out/x.ts")) {}
  explicit Map(llvm::StringRef text) {
    auto json = llvm::json::parse(text);
    REQUIRE(!!json);
    const llvm::json::Object &object = *json->getAsObject();
    CHECK(*object.getInteger("version") == 3);
    if (auto name = object.getString("file"))
      file = name->str();
    CHECK(object.size() == (file.empty() ? 5 : 6));
    for (auto [list, key] : {std::pair{&sources, "sources"}, {&contents, "sourcesContent"}, {&names, "names"}}) {
      for (const llvm::json::Value &value : *object.getArray(key))
        list->push_back(value.getAsString()->str());
    }
    mappings = object.getString("mappings")->str();
    segments = decode(mappings);
  }

  /// What a consumer finds for a place: the last segment of the line at or before it.
  Segment find(int64_t line, int64_t column) const {
    Segment found;
    for (const Segment &segment : segments) {
      if (segment[0] == line && segment[1] <= column)
        found = segment;
    }
    return found;
  }
};

} // namespace

TEST_CASE("differences are written as base 64 digits") {
  SourceFile file("a.ts", std::string(100, '\n') + std::string(2000, 'x'));
  SourceMapBuilder builder;
  uint32_t source = builder.add_source(file);
  builder.map(0, 0, source, 0);
  builder.map(0, 16, source, 100 + 1500, "n");
  builder.map(2, 5, source, 15);
  builder.unmap(2, 6);
  builder.map(2, 7, source, 15, "n");
  CHECK(Map(builder).mappings == "AAAA,gBAoG49CA;;KArF59C,C,CAAAA");
  CHECK(Map(builder).segments == std::vector<Segment>{{0, 0, 0, 0, 0, -1},
                                                      {0, 16, 0, 100, 1500, 0},
                                                      {2, 5, 0, 15, 0, -1},
                                                      {2, 6, -1, -1, -1, -1},
                                                      {2, 7, 0, 15, 0, 0}});
}

TEST_CASE("an empty map is a map") {
  Map map(SourceMapBuilder{});
  CHECK(map.mappings.empty());
  CHECK(map.sources.empty());
}

TEST_CASE("sources, their text and names are listed once, escaped") {
  SourceFile a("/p/a \"é\\.astro", "\xEF\xBB\xBFline\r\n\t\"\\\x01 é😀\x7F"), b("/p/b.ts", "");
  SourceMapBuilder builder;
  CHECK(builder.add_source(a) == 0);
  CHECK(builder.add_source(b) == 1);
  CHECK(builder.add_source(a) == 0);
  builder.map(0, 0, 0, 0, "x\"");
  builder.map(0, 1, 1, 0, "y");
  builder.map(0, 2, 1, 0, "x\"");
  Map map(builder, "out.js");
  CHECK(map.file == "out.js");
  CHECK(map.sources == std::vector<std::string>{"..//p/a \"é\\.astro", "..//p/b.ts"});
  CHECK(map.contents == std::vector<std::string>{"line\r\n\t\"\\\x01 é😀\x7F", ""});
  CHECK(map.names == std::vector<std::string>{"x\"", "y"});
}

TEST_CASE("invalid UTF-8 makes valid JSON") {
  SourceFile file("a.ts", "a\xFF"
                          "b\xED\xA0\x80");
  TextEmitter emitter;
  emitter.copy(file, {0, file.size()});
  CHECK(emitter.code() == file.text());
  Map map(emitter);
  CHECK(map.contents[0].substr(0, 5) == "a\xEF\xBF\xBD"
                                        "b");
}

TEST_CASE("copied text has a segment at every word, punctuation character and line start") {
  SourceFile file("a.ts", "const a1 = f('x');\n\n  b.c\n");
  TextEmitter emitter;
  emitter.copy(file, {0, file.size()});
  CHECK(emitter.code() == file.text());
  std::vector<Segment> expected;
  for (int64_t column : {0, 6, 9, 11, 12, 13, 14, 15, 16, 17})
    expected.push_back({0, column, 0, 0, column, -1});
  for (int64_t column : {0, 2, 3, 4})
    expected.push_back({2, column, 0, 2, column, -1});
  CHECK(Map(emitter).segments == expected);
}

TEST_CASE("columns are UTF-16 code units on both sides, without the byte order mark") {
  SourceFile file("a.ts", "\xEF\xBB\xBF\"é😀\" x");
  TextEmitter emitter;
  emitter.generate("/*😀*/");
  emitter.copy(file, {0, file.size()});
  CHECK(emitter.code() == "/*😀*/\xEF\xBB\xBF\"é😀\" x");
  Map map(emitter);
  CHECK(map.find(0, 6) == Segment{0, 6, 0, 0, 0, -1});
  CHECK(map.find(0, 7) == Segment{0, 7, 0, 0, 1, -1});
  CHECK(map.find(0, 10) == Segment{0, 10, 0, 0, 4, -1});
  CHECK(map.find(0, 12) == Segment{0, 12, 0, 0, 6, -1});
}

TEST_CASE("lines end at LF, CR LF and CR, also across pieces") {
  SourceFile file("a.ts", "a\r\nb\rc\nd\r");
  SourceFile rest("b.ts", "\ne");
  TextEmitter emitter;
  emitter.copy(file, {0, file.size()});
  emitter.copy(rest, {0, rest.size()});
  emitter.generate("\r");
  emitter.generate("\n!");
  CHECK(Map(emitter).segments == std::vector<Segment>{{0, 0, 0, 0, 0, -1},
                                                      {1, 0, 0, 1, 0, -1},
                                                      {2, 0, 0, 2, 0, -1},
                                                      {3, 0, 0, 3, 0, -1},
                                                      {4, 0, 1, 1, 0, -1},
                                                      {5, 0, -1, -1, -1, -1}});
}

TEST_CASE("generated text claims no origin, anchored text one on each of its lines") {
  SourceFile file("a.ts", "one two");
  TextEmitter emitter;
  emitter.copy(file, {0, 3});
  emitter.generate("();\nimport x;\n\n");
  emitter.generate_mapped("try {\n  a", file, 4, "two");
  emitter.generate_mapped("", file, 0);
  emitter.generate("");
  emitter.copy(file, {3, 3});
  emitter.copy(file, {3, 7});
  CHECK(emitter.code() == "one();\nimport x;\n\ntry {\n  a two");
  Map map(emitter);
  CHECK(map.segments == std::vector<Segment>{{0, 0, 0, 0, 0, -1},
                                             {0, 3, -1, -1, -1, -1},
                                             {1, 0, -1, -1, -1, -1},
                                             {3, 0, 0, 0, 4, 0},
                                             {4, 0, 0, 0, 4, -1},
                                             {4, 3, 0, 0, 3, -1},
                                             {4, 4, 0, 0, 4, -1}});
  CHECK(map.names == std::vector<std::string>{"two"});
}

TEST_CASE("pieces may be moved and repeated") {
  SourceFile file("a.ts", "é1\né2\né3\n");
  TextEmitter emitter;
  for (uint32_t begin : {8u, 0u, 4u, 4u, 8u})
    emitter.copy(file, {begin, begin + 4});
  CHECK(emitter.code() == "é3\né1\né2\né2\né3\n");
  std::vector<Segment> expected;
  for (int64_t line : {2, 0, 1, 1, 2})
    expected.push_back({int64_t(expected.size()), 0, 0, line, 0, -1});
  CHECK(Map(emitter).segments == expected);
}

TEST_CASE("positions agree with SourceFile for offsets in any order") {
  SourceFile file("a.ts", "\xEF\xBB\xBF"
                          "é\r\n😀a\rb\n\n\xFFz");
  SourceMapBuilder builder;
  uint32_t source = builder.add_source(file);
  std::vector<uint32_t> offsets;
  for (uint32_t i = 0; i <= file.size() + 1; ++i)
    offsets.push_back(i * 7 % (file.size() + 2)); // jumps to and fro
  for (uint32_t i = 0; i <= file.size() + 1; ++i)
    offsets.push_back(i);
  for (uint32_t i = 0; i < offsets.size(); ++i)
    builder.map(0, i, source, offsets[i]);
  Map map(builder);
  for (uint32_t i = 0; i < offsets.size(); ++i) {
    Position position = file.position(offsets[i]);
    CHECK(map.segments[i] == Segment{0, i, 0, position.line - 1, position.column - 1, -1});
  }
}

TEST_CASE("sources are relative to the folder of the output") {
  SourceFile same("/p/a.ts", "a"), below("/p/q/b.ts", "b"), beside("/r/c.ts", "c");
  TextEmitter emitter;
  for (const SourceFile *file : {&same, &below, &beside})
    emitter.copy(*file, {0, 1});
  Map map(llvm::StringRef(emitter.map("/p/a.ts.foreload.ts")));
  CHECK(map.file == "a.ts.foreload.ts");
  CHECK(map.sources == std::vector<std::string>{"a.ts", "q/b.ts", "../r/c.ts"});
}
