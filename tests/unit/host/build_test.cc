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
