#include "cli/explanation_text.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace foreload::cli;

static std::string render(const char *json) { return explanation_text(nlohmann::json::parse(json), Painter(false)); }

TEST_CASE("an explanation is a tree with a verdict for each loader") {
  CHECK(render(R"({
    "file": "/site/src/pages/index.astro",
    "tree": {
      "component": "src/pages/index.astro",
      "loader": { "key": "k", "verdict": "own", "at": { "line": 3, "column": 1 }, "reason": "it is the page's own" },
      "site": null,
      "children": [
        { "component": "src/Card.astro",
          "loader": { "verdict": "lifted", "strategy": "inline", "at": { "line": 2, "column": 14 }, "liftedBy": "src/pages/index.astro" },
          "site": { "line": 12, "column": 3, "certainty": "must" },
          "children": [ { "component": "src/Plain.astro", "loader": null, "site": { "line": 4, "column": 1, "certainty": "must" }, "children": [] } ] },
        { "component": "src/Late.astro",
          "loader": { "verdict": "deferred", "code": "FL2003", "reason": "it uses a local of the frontmatter" },
          "site": { "line": 14, "column": 8, "certainty": "may", "reason": "behind a condition" }, "children": [] }
      ] } })") == "src/pages/index.astro\n"
                  "│  loader at 3:1: own\n"
                  "│    it is the page's own\n"
                  "├─ src/Card.astro  renders at 12:3\n"
                  "│  │  loader at 2:14: lifted by src/pages/index.astro, inline\n"
                  "│  └─ src/Plain.astro  renders at 4:1\n"
                  "└─ src/Late.astro  may render at 14:8: behind a condition\n"
                  "      loader: deferred [FL2003]\n"
                  "        it uses a local of the frontmatter\n");
}

TEST_CASE("fields that are missing or of another type are left out") {
  CHECK(render("{}") == "\n   no component tree\n");
  CHECK(render(R"({ "file": "/a.astro", "tree": null })") == "/a.astro\n   no component tree\n");
  CHECK(render(R"({ "tree": {} })") == "(unnamed component)\n");
  CHECK(render(R"({ "tree": { "component": 3, "loader": "x", "site": [], "children": {} } })") ==
        "(unnamed component)\n");
  CHECK(render(R"({ "tree": { "component": "a", "loader": { "at": { "line": 7 } }, "children": [ null ] } })") ==
        "a\n│  loader at 7: no verdict\n└─ (unnamed component)\n");
}
