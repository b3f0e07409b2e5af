#include "compose/component_reader.h"

#include <doctest/doctest.h>
#include <llvm/Support/MemoryBuffer.h>

#include <filesystem>
#include <fstream>

using namespace foreload;
using std::chrono::milliseconds;

TEST_CASE("paths are brought into one form, and cannot leave the base directory") {
  CHECK(component_path("a.md") == "a.md");
  CHECK(component_path("./a//b/../c.md") == "a/c.md");
  CHECK(component_path("a b/ü.md") == "a b/ü.md");
  CHECK(component_path("..a/b.md") == "..a/b.md");
  for (const char *path : {"", ".", "..", "/", "/a.md", "../a.md", "a/../../b.md", "a/.."})
    CHECK_MESSAGE(!component_path(path), path);
  CHECK_FALSE(component_path(llvm::StringRef("a\0b", 3)));
}

TEST_CASE("errors that may pass are told from those that stay") {
  for (std::errc error : {std::errc::io_error, std::errc::timed_out, std::errc::too_many_files_open, std::errc::interrupted})
    CHECK(is_transient(std::make_error_code(error)));
  for (std::errc error : {std::errc::no_such_file_or_directory, std::errc::permission_denied, std::errc::is_a_directory,
                          std::errc::too_many_symbolic_link_levels})
    CHECK_FALSE(is_transient(std::make_error_code(error)));
}

TEST_CASE("each pause is twice the one before, up to the longest") {
  RetryOptions options{9, milliseconds(10), milliseconds(70)};
  CHECK(retry_delay(options, 0) == milliseconds(10));
  CHECK(retry_delay(options, 1) == milliseconds(20));
  CHECK(retry_delay(options, 2) == milliseconds(40));
  CHECK(retry_delay(options, 3) == milliseconds(70));
  CHECK(retry_delay(options, 4'000'000'000) == milliseconds(70));
  options.first_delay = milliseconds(0);
  CHECK(retry_delay(options, 3) == milliseconds(0));
}

TEST_CASE("links are followed within the base directory only") {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "foreload-XXXXXX").string();
  fs::path folder = mkdtemp(pattern.data());
  fs::create_directories(folder / "base/sub");
  std::ofstream(folder / "outside.md") << "secret";
  std::ofstream(folder / "base/inside.md") << "text";
  std::ofstream(folder / "baseline.md") << "beside"; // its path begins as that of the base does
  fs::create_symlink("../../outside.md", folder / "base/sub/out.md");
  fs::create_symlink("../inside.md", folder / "base/sub/in.md");
  fs::create_symlink("../baseline.md", folder / "base/line.md");
  fs::create_directory_symlink("..", folder / "base/up");
  fs::create_directory_symlink("base", folder / "link");

  for (const char *base : {"base", "link", "link/"}) {
    ComponentReader reader(llvm::vfs::getRealFileSystem(), (folder / base).string(), 100, false);
    ComponentCache cache({});
    auto code_of = [&](const char *path) { return reader.read(path, cache).code; };
    CHECK(code_of("inside.md") == 0);
    CHECK(code_of("sub/in.md") == 0);
    CHECK(code_of("sub/out.md") == 7003);
    CHECK(code_of("line.md") == 7003);
    CHECK(code_of("up/outside.md") == 7003);
    CHECK(code_of("sub") == 7002);
    CHECK(code_of("none.md") == 7002);
    CHECK_FALSE(reader.read("none.md", cache).transient);
  }
  fs::remove_all(folder);
}

TEST_CASE("files are bounded, and UTF-8") {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  disk->setCurrentWorkingDirectory("/"); // without one, it knows no real paths
  disk->addFile("/base/ten.md", 0, llvm::MemoryBuffer::getMemBuffer("0123456789"));
  disk->addFile("/base/latin.md", 0, llvm::MemoryBuffer::getMemBuffer("caf\xe9"));
  ComponentCache cache({});
  CHECK(ComponentReader(disk, "/base", 10, false).read("ten.md", cache).code == 0);
  CHECK(ComponentReader(disk, "/base", 9, false).read("ten.md", cache).code == 7006);
  CHECK(ComponentReader(disk, "/base", 9, false).read("latin.md", cache).code == 7009);
  CHECK(ComponentReader(disk, "/", 10, false).read("base/ten.md", cache).code == 0);
}
