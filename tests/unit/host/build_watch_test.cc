#include "host/build_watch.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <utility>

using namespace foreload;
namespace fs = std::filesystem;

TEST_CASE("a component that comes while a build looks for imports is built") {
  std::string name = (fs::temp_directory_path() / "foreload-watch-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()));
  fs::path root = fs::canonical(name);
  auto write = [&](const std::string &below, const std::string &text) {
    fs::create_directories((root / below).parent_path());
    std::ofstream(root / below, std::ios::binary) << text;
  };
  write("src/pages/index.astro", "---\nimport New from '../New.astro';\n---\n<New />\n");
  HostOptions host_options;
  host_options.root = root.string();
  host_options.is_watched = true;
  Host host(host_options);
  BuildOptions options{.directory = root.string(), .out = (root / "out").string()};
  bool is_there = false;
  // All components are found then, and nothing is linked yet.
  options.on_progress = [&](const BuildProgress &progress) {
    if (progress.phase == BuildPhase::Read && !std::exchange(is_there, true))
      write("src/New.astro", "---\nexport const loader = async () => 1;\n---\n<p>new</p>\n");
  };
  llvm::Expected<std::unique_ptr<BuildWatch>> watch = BuildWatch::open(host, options);
  REQUIRE(static_cast<bool>(watch));
  CHECK((*watch)->build().components == 1);
  REQUIRE(is_there);
  std::optional<BuildResult> result = (*watch)->next([](auto) {});
  REQUIRE(result.has_value());
  CHECK(result->components == 2);
  CHECK(fs::exists(root / "out/src/New.astro"));
  fs::remove_all(root);
}
