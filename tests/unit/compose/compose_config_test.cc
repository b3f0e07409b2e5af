#include "compose/compose_config.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

std::optional<ComposeConfig> read(std::string text, std::vector<Diagnostic> &diagnostics) {
  return read_compose_config(SourceFile("/site/compose.json", std::move(text)), "/site", diagnostics);
}

ComposeConfig read(std::string text) {
  std::vector<Diagnostic> diagnostics;
  std::optional<ComposeConfig> config = read(std::move(text), diagnostics);
  for (const Diagnostic &diagnostic : diagnostics)
    FAIL_CHECK(diagnostic.message);
  return config.value_or(ComposeConfig());
}

/// What is said of a configuration, with its place.
std::string complaint(std::string text) {
  std::vector<Diagnostic> diagnostics;
  CHECK_FALSE(read(std::move(text), diagnostics));
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].code == 7001);
  return std::to_string(diagnostics[0].start.line) + ":" + std::to_string(diagnostics[0].start.column) + " " +
         diagnostics[0].message;
}

} // namespace

TEST_CASE("a configuration of every key") {
  ComposeConfig config = read(R"({
    "base": "../parts/./x",
    "components": ["c.md"],
    "includes": ["a.md", {"path": "b.md", "priority": 3}],
    "context_vars": {"name": "N", "count": 3, "half": 0.5, "on": true},
    "code_fences": "leave",
    "workers": 5,
    "cache": {"entries": 1, "bytes": 2},
    "limits": {"depth": 1, "components": 2, "component_bytes": 3, "content_bytes": 4, "total_bytes": 5},
    "retries": {"count": 6, "first_delay_ms": 7, "longest_delay_ms": 8},
    "prediction": {"file": "usage.json", "rules": [{"when": "*r*", "load": ["x.md"]}], "max_predicted": 1,
                   "least_likely": 0.5, "decay": 1, "max_components": 2, "max_related": 3},
    "hot": ["h.md"]
  })");
  const ComposerOptions &options = config.options;
  CHECK(options.base == "/parts/x");
  REQUIRE(config.request.components.size() == 3);
  CHECK(config.request.components[0].path == "a.md");
  CHECK(config.request.components[1].path == "b.md");
  CHECK(config.request.components[1].priority == 3);
  CHECK(config.request.components[2].path == "c.md");
  CHECK(config.request.context ==
        std::map<std::string, std::string>{{"name", "N"}, {"count", "3"}, {"half", "0.5"}, {"on", "true"}});
  CHECK(options.leave_code_fences);
  CHECK(options.workers == 5);
  CHECK(options.cache.entries == 1);
  CHECK(options.cache.bytes == 2);
  CHECK(options.limits.depth == 1);
  CHECK(options.limits.components == 2);
  CHECK(options.limits.component_bytes == 3);
  CHECK(options.limits.content_bytes == 4);
  CHECK(options.limits.total_bytes == 5);
  CHECK(options.retry.retries == 6);
  CHECK(options.retry.first_delay == std::chrono::milliseconds(7));
  CHECK(options.retry.longest_delay == std::chrono::milliseconds(8));
  CHECK(options.predict);
  CHECK(options.usage_file == "/site/usage.json");
  REQUIRE(options.prediction.rules.size() == 1);
  CHECK(options.prediction.rules[0].when == "*r*");
  CHECK(options.prediction.rules[0].load == std::vector<std::string>{"x.md"});
  CHECK(options.prediction.max_predicted == 1);
  CHECK(options.prediction.least_likely == 0.5);
  CHECK(options.prediction.decay == 1);
  CHECK(options.prediction.max_components == 2);
  CHECK(options.prediction.max_related == 3);
  CHECK(config.hot == std::vector<std::string>{"h.md"});
}

TEST_CASE("without keys the defaults hold") {
  ComposeConfig config = read("{}");
  CHECK(config.options.base == "/site");
  CHECK(config.request.components.empty());
  CHECK_FALSE(config.options.predict);
  CHECK_FALSE(config.options.leave_code_fences);
  CHECK(config.options.cache.entries == 200);
  CHECK(config.options.cache.bytes == size_t(150) * 1024 * 1024);
}

TEST_CASE("what is wrong is said where it is") {
  CHECK(complaint("{\n  \"includes\": [,]\n}") == "2:16 the configuration is not JSON");
  CHECK(complaint("") == "1:1 the configuration is not JSON");
  CHECK(complaint("[]") == "1:1 the configuration is not an object");
  CHECK(complaint("{\n \"include\": []\n}").find("2:2 unknown key 'include': the keys are base, includes, ") == 0);
  CHECK(complaint("{ \"includes\": \"a.md\" }") == "1:3 'includes' is not a list of paths");
  CHECK(complaint("{\"components\": [1]}") == "1:2 'components' is not a list of paths, or of objects with a path and a priority");
  CHECK(complaint("{\"components\": [{\"path\": \"a\", \"priority\": \"high\"}]}") == "1:31 'priority' is not a number from -1000 to 1000");
  CHECK(complaint("{\"context_vars\": {\"x\": null}}") == "1:19 'x' is not a text, a number, true or false");
  CHECK(complaint("{\"base\": \"\"}") == "1:2 'base' is not a path");
  CHECK(complaint("{\"workers\": -1}") == "1:2 'workers' is not a number from 0 on");
  CHECK(complaint("{\"workers\": 99999999999}") == "1:2 'workers' is not a number from 0 on");
  CHECK(complaint("{\"code_fences\": true}") == "1:2 'code_fences' is not \"compose\" or \"leave\"");
  CHECK(complaint("{\"limits\": {\"deep\": 1}}").find("1:13 unknown key 'deep'") == 0);
  CHECK(complaint("{\"prediction\": {\"decay\": 2}}") == "1:17 'decay' is not a number from 0 to 1");
  CHECK(complaint("{\"prediction\": {\"rules\": [{\"when\": \"[\", \"load\": []}]}}") == "1:28 'when' is not a glob such as \"*/reporting/*\"");
  CHECK(complaint("{\"prediction\": {\"rules\": [{\"load\": []}]}}").find("'when' is not a glob") != std::string::npos);
}
