#include "host/host.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

using namespace foreload;

namespace {

/// A disk from which one file is gone between the moment when its folder is listed and that when it is opened.
class VanishingFileSystem : public llvm::vfs::ProxyFileSystem {
public:
  VanishingFileSystem(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk, std::string path)
      : ProxyFileSystem(std::move(disk)), path_(std::move(path)) {}

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &path) override {
    if (path.str() == path_)
      return std::make_error_code(std::errc::no_such_file_or_directory);
    return ProxyFileSystem::openFileForRead(path);
  }

private:
  std::string path_;
};

} // namespace

TEST_CASE("a file that is gone when it is opened is said, and the others are done") {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const char *path : {"/site/src/Gone.astro", "/site/src/Here.astro"})
    disk->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy("<p />\n"));
  HostOptions options;
  options.root = "/site";
  Host host(options, llvm::makeIntrusiveRefCnt<VanishingFileSystem>(disk, "/site/src/Gone.astro"));
  BuildResult result = host.build({.directory = "/site", .out = ""});
  CHECK(result.components == 1);
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].code == 9001);
  CHECK(result.diagnostics[0].file == "/site/src/Gone.astro");
  CHECK(result.manifest.find("src/Here.astro") != std::string::npos);
  CHECK(result.manifest.find("Gone") == std::string::npos);
}

TEST_CASE("components that Markdown renders are where renders begin") {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  auto add = [&](const char *path, const std::string &text) {
    disk->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  };
  const std::string loader = "import { getLoaderData } from 'foreload/runtime';\n"
                             "export const loader = async () => 1; await getLoaderData();\n";
  add("/site/src/pages/index.astro", "---\nimport Layout from '../Layout.astro'; import Box from '../Box.astro';\n---\n"
                                     "<Layout><Box /></Layout>");
  add("/site/src/Layout.astro", "---\nimport Head from './Head.astro';\n" + loader + "---\n<Head /><slot />");
  add("/site/src/Head.astro", "---\n" + loader + "---\n");
  add("/site/src/Box.astro", "---\nimport Head from './Head.astro';\n" + loader + "---\n<Head />");
  HostOptions options;
  options.root = "/site";
  auto lift_points = [&] {
    BuildResult result = Host(options, disk).build({.directory = "/site", .out = ""});
    CHECK(result.diagnostics.empty());
    CHECK(result.components == 4);
    std::string points;
    for (const char *name : {"src/Box.astro", "src/Head.astro", "src/Layout.astro", "src/pages/index.astro"}) {
      size_t at = result.manifest.find('"' + std::string(name) + "\": {");
      REQUIRE(at != std::string::npos);
      size_t value = result.manifest.find("\"liftPoint\": ", at) + 13;
      points += result.manifest.substr(value, 4) == "true" ? std::string(name) + " " : "";
    }
    return points;
  };
  CHECK(lift_points() == "src/pages/index.astro ");
  add("/site/src/pages/post.md", "---\nlayout: ../Layout.astro\n---\n# Post\n");
  CHECK(lift_points() == "src/Layout.astro src/pages/index.astro ");
  add("/site/src/content/rich.mdx", "import Box from '../Box.astro'\n\n<Box />\n");
  CHECK(lift_points() == "src/Box.astro src/Layout.astro src/pages/index.astro ");
  // Markdown is written for other tools, too, and may be no text at all.
  add("/site/docs/jekyll.md", "---\nlayout: default\n---\n");
  add("/site/docs/binary.md", "---\nlayout: \xff\n---\n");
  CHECK(lift_points() == "src/Box.astro src/Layout.astro src/pages/index.astro ");
  add("/site/src/pages/lost.md", "---\nlayout: ./Lost.astro\n---\n");
  BuildResult result = Host(options, disk).build({.directory = "/site", .out = ""});
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].code == 5001);
  CHECK(result.diagnostics[0].severity == Severity::Warning);
  CHECK(result.diagnostics[0].file == "/site/src/pages/lost.md");
  CHECK(result.diagnostics[0].start.line == 2);
}
