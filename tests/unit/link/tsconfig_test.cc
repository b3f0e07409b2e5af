#include "link/tsconfig.h"

#include <doctest/doctest.h>

using namespace foreload;

TEST_CASE("comments and trailing commas become spaces") {
  CHECK(json_of_jsonc("{}") == "{}");
  CHECK(json_of_jsonc("{\"a\": 1, // b\n}") == "{\"a\": 1      \n}");
  CHECK(json_of_jsonc("[1, /* , */ ]") == "[1          ]");
  CHECK(json_of_jsonc("[1, 2]") == "[1, 2]");
  CHECK(json_of_jsonc("[\"//\", \"/*\", \"\\\"// ,]\"]") == "[\"//\", \"/*\", \"\\\"// ,]\"]");
  CHECK(json_of_jsonc("[[1,],\r\n{\"a\":[2,],},]") == "[[1 ],\r\n{\"a\":[2 ] } ]");
}

TEST_CASE("unfinished text is not read past its end") {
  for (const char *text : {"", "\"", "\"\\", "/", "//", "/*", "/**", "/*/", ",", "[1,", "[1,/", "{\"a\\"})
    CHECK_MESSAGE(json_of_jsonc(text).size() == std::string_view(text).size(), text);
}

TEST_CASE("what several configurations extend is read once") {
  // 40 levels that each extend the level below twice: 2^40 reads, were they not remembered.
  int reads = 0;
  TsConfig config = load_tsconfig(
      "/40.json",
      [&](llvm::StringRef path) -> std::optional<std::string> {
        ++reads;
        int level = std::stoi(path.substr(1).str());
        if (level == 0)
          return R"({"compilerOptions": {"baseUrl": "src"}})";
        std::string below = "\"" + std::to_string(level - 1) + "\"";
        return "{\"extends\": [" + below + "," + below + "]}";
      },
      [](llvm::StringRef extends, llvm::StringRef folder) -> std::optional<std::string> {
        CHECK(folder == "/");
        return "/" + extends.str() + ".json";
      });
  CHECK(reads == 41);
  CHECK(config.base_url == "/src");
}
