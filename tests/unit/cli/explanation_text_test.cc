#include "cli/explanation_text.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace foreload::cli;

static std::string render(const char *json) {
  return explanation_text(nlohmann::ordered_json::parse(json), true, Painter(false));
}

TEST_CASE("an explanation is a tree with a verdict for each loader") {
  CHECK(render(R"({
    "file": "src/pages/index.astro",
    "tree": {
      "component": "src/pages/index.astro",
      "known": true,
      "loader": { "key": "k", "verdict": "own", "startsEarly": true, "declared": { "line": 3, "column": 1 } },
      "children": [
        { "component": "src/Card.astro",
          "loader": { "verdict": "lifted", "strategy": "inline", "declared": { "line": 2, "column": 14 }, "liftedBy": "src/pages/index.astro" },
          "site": { "line": 12, "column": 3, "certainty": "must" },
          "seen": false,
          "children": [ { "component": "src/Plain.astro", "loader": null, "site": { "line": 4, "column": 1, "certainty": "must" }, "children": [] } ] },
        { "component": "src/Late.astro",
          "loader": { "verdict": "deferred", "strategy": "defer", "code": "FL2003", "reason": "it uses a local", "at": { "line": 5, "column": 2 } },
          "site": { "line": 14, "column": 8, "certainty": "may", "code": "FL3001", "reason": "behind a condition" }, "seen": true, "children": [] },
        { "component": "<Box>", "known": false, "loader": null, "site": { "line": 20, "column": 1, "certainty": "never" }, "children": [] }
      ] },
    "startsAt": [{ "line": 4, "column": 2, "code": "FL3009", "reason": "a guard awaits" }] })") ==
        "src/pages/index.astro\n"
        "│  loader at 3:1: own, starts before the component renders\n"
        "├─ src/Card.astro  renders at 12:3\n"
        "│  │  loader at 2:14: lifted by src/pages/index.astro, inline\n"
        "│  └─ src/Plain.astro  renders at 4:1\n"
        "├─ src/Late.astro  may render at 14:8: behind a condition [FL3001], with children as above\n"
        "│     loader: deferred\n"
        "│       it uses a local at 5:2 [FL2003]\n"
        "└─ <Box>  never renders at 20:1, is not known\n"
        "lifted loaders start at 4:2: a guard awaits [FL3009]\n");
}

TEST_CASE("an explanation ends with the chain of loads, if there is one") {
  auto schedule = [](const char *text) {
    std::string all = render((std::string(R"({ "tree": { "component": "a" }, "schedule": )") + text + "}").c_str());
    return all.substr(2); // "a\n"
  };
  CHECK(schedule(R"({ "criticalPath": [{ "file": "a", "line": 7, "column": 14 }, { "file": "b.ts", "name": "get" }],
                      "plainDepth": 5 })") == "loads in sequence: 2 (plain rendering: 5)\n  a:7:14\n  b.ts, get\n");
  CHECK(schedule(R"({ "criticalPath": [{ "file": "a" }], "plainDepth": 3 })") ==
        "loads in sequence: 1 (plain rendering: 3)\n");
  CHECK(schedule(R"({ "criticalPath": [{ "file": "a" }], "plainDepth": 1 })") == "");
  CHECK(schedule(R"({ "criticalPath": [{ "file": "a" }], "repeated": [{ "file": "a" }], "plainDepth": 1,
                      "plainIsRepeated": true })") ==
        "loads in sequence: 1 or more (plain rendering: 1 or more)\n  again at each level of a\n");
  CHECK(schedule(R"({ "criticalPath": [], "plainDepth": 0 })") == "");
  CHECK(schedule("3") == "");
}

TEST_CASE("a loader says whose data it waits for") {
  CHECK(
      render(
          R"({ "tree": { "component": "a", "loader": { "verdict": "lifted", "liftedBy": "b", "waitsFor": "c" } } })") ==
      "a\n   loader: lifted by b, starts when the data of c is there\n");
}

TEST_CASE("fields that are missing or of another type are left out") {
  CHECK(render("{}") == "\n   no component tree\n");
  CHECK(render(R"({ "file": "/a.astro", "tree": null })") == "/a.astro\n   no component tree\n");
  CHECK(render(R"({ "tree": {} })") == "(unnamed component)\n");
  CHECK(render(
            R"({ "tree": { "component": 3, "loader": "x", "site": [], "children": {}, "seen": 1, "known": null } })") ==
        "(unnamed component)\n");
  CHECK(render(R"({ "tree": { "component": "a", "loader": { "declared": { "line": 7 } }, "children": [ null ] } })") ==
        "a\n│  loader at 7: no verdict\n└─ (unnamed component)\n");
}
