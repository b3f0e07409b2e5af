#include "host/compose_plugin.h"
#include "host/host.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>
#include <nlohmann/json.hpp>

using namespace foreload;

namespace {

/// A host for a project in memory whose base directory is /site/parts.
std::unique_ptr<Host> open_host(const std::map<std::string, std::string> &files) {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  disk->setCurrentWorkingDirectory("/");
  for (const auto &[path, text] : files)
    disk->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  ComposeConfig config;
  config.options.base = "/site/parts";
  config.request.context["name"] = "World";
  HostOptions options;
  options.root = "/site";
  options.plugins.push_back(make_compose_plugin(std::move(config), disk));
  return std::make_unique<Host>(std::move(options), disk);
}

} // namespace

TEST_CASE("Markdown is composed by a plugin of the host") {
  auto host = open_host({{"/site/parts/greeting.md", "---\nx: 1\n---\n\nHello {name}\n{{component: mark.md}}\n"},
                         {"/site/parts/mark.md", "!"}});
  TransformResult result = host->transform("/site/parts/page.md", "# Page\n\n{{component: greeting.md}} end {name}\n");
  CHECK(result.changed);
  CHECK(result.code.code == "# Page\n\nHello World\n! end World\n");
  CHECK(result.dependencies == std::vector<std::string>{"/site/parts/greeting.md", "/site/parts/mark.md"});
  CHECK(result.diagnostics.empty());
  nlohmann::json map = nlohmann::json::parse(result.code.map);
  CHECK(map["version"] == 3);
  REQUIRE(map["sources"].size() == 1);
  // What was put in comes, with each of its lines, from line 3, where it is named: two lines on and two columns back.
  CHECK(map["mappings"].get<std::string>().substr(0, 20) == "AAAA,EAAE;;AAEF;AAAA");
}

TEST_CASE("Markdown that includes nothing, and what is elsewhere, stays as it is") {
  auto host = open_host({{"/site/parts/a.md", "a"}});
  CHECK_FALSE(host->transform("/site/parts/page.md", "# Page\n\n\\{name} { }\n").changed);
  CHECK_FALSE(host->transform("/site/other/page.md", "{{component: a.md}} {name}\n").changed);
  CHECK_FALSE(host->transform("/site/partsize.md", "{{component: a.md}} {name}\n").changed);
  CHECK(host->transform("/site/parts/page.md", "{{component: a.md}}").code.code == "a");
}

TEST_CASE("what is wrong with Markdown is a diagnostic of the transform") {
  auto host = open_host({{"/site/parts/a.md", "{{component: page.md}}"}});
  TransformResult result = host->transform("/site/parts/page.md", "{{component: none.md}} {who} {name}");
  CHECK(result.code.code == "{{component: none.md}} {who} World");
  REQUIRE(result.diagnostics.size() == 2);
  CHECK(result.diagnostics[0].code == 7002);
  CHECK(result.diagnostics[1].code == 7008);
  CHECK(result.dependencies == std::vector<std::string>{"/site/parts/none.md"}); // when it is there, it counts
  TransformResult cycle = host->transform("/site/parts/page.md", "{{component: a.md}}");
  CHECK_FALSE(cycle.changed);
  REQUIRE(cycle.diagnostics.size() == 1);
  CHECK(cycle.diagnostics[0].code == 7004);
}
