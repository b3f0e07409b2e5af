#include "engine/output_writer.h"

#include <doctest/doctest.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace foreload;
namespace fs = llvm::sys::fs;

namespace {

class TemporaryFolder {
public:
  TemporaryFolder() { REQUIRE_FALSE(fs::createUniqueDirectory("foreload-output", path_)); }
  ~TemporaryFolder() { fs::remove_directories(path_); }
  std::string operator/(const std::string &name) const { return path_.str().str() + "/" + name; }
  std::string path() const { return path_.str().str(); }

private:
  llvm::SmallString<64> path_;
};

std::string read(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "(" + buffer.getError().message() + ")";
}

uint64_t inode(const std::string &path) {
  fs::UniqueID id;
  REQUIRE_FALSE(fs::getUniqueID(path, id));
  return id.getFile();
}

size_t file_count(const std::string &folder) {
  size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    ++count;
  return count;
}

} // namespace

TEST_CASE("a file with the text that it is to have is left alone") {
  TemporaryFolder folder;
  OutputWriter writer(folder.path());
  REQUIRE_FALSE(writer.write("a/b.txt", "one"));
  CHECK(read(folder / "a/b.txt") == "one");
  uint64_t first = inode(folder / "a/b.txt");
  REQUIRE_FALSE(writer.write("a/b.txt", "one"));
  CHECK(inode(folder / "a/b.txt") == first);
  CHECK(writer.written() == 1);
  CHECK(writer.unchanged() == 1);
  CHECK(writer.bytes() == 3);
  REQUIRE_FALSE(writer.write("a/b.txt", "two"));
  CHECK(read(folder / "a/b.txt") == "two");
  REQUIRE_FALSE(writer.write("a/b.txt", ""));
  CHECK(read(folder / "a/b.txt").empty());
  CHECK(file_count(folder / "a") == 1);
}

TEST_CASE("a link in the output is replaced, not followed") {
  TemporaryFolder folder;
  OutputWriter writer(folder.path());
  REQUIRE_FALSE(writer.write("kept.txt", "one"));
  REQUIRE_FALSE(fs::create_link(folder / "kept.txt", folder / "link.txt"));
  REQUIRE_FALSE(writer.write("link.txt", "one"));
  CHECK_FALSE(fs::is_symlink_file(folder / "link.txt"));
  REQUIRE_FALSE(writer.write("link.txt", "two"));
  CHECK(read(folder / "kept.txt") == "one");
}

TEST_CASE("what cannot be written is an error, and leaves nothing") {
  TemporaryFolder folder;
  OutputWriter writer(folder.path());
  REQUIRE_FALSE(writer.write("a", "a file"));
  CHECK(writer.write("a/b.txt", "below it"));
  CHECK(writer.written() == 1);
  CHECK(file_count(folder.path()) == 1);
}

TEST_CASE("only what was written, and is as it was written, is removed") {
  TemporaryFolder folder;
  REQUIRE_FALSE(fs::create_directory(folder / "theirs"));
  OutputWriter writer(folder.path(), /*keeps_account=*/true);
  for (const char *file : {"theirs/ours.txt", "new/deep/one.txt", "new/two.txt", "changed.txt"})
    REQUIRE_FALSE(writer.write(file, "text"));
  OutputWriter somebody_else(folder.path());
  REQUIRE_FALSE(somebody_else.write("new/theirs.txt", "text"));
  REQUIRE_FALSE(somebody_else.write("changed.txt", "TEXT"));
  for (const char *file :
       {"theirs/ours.txt", "new/deep/one.txt", "new/two.txt", "changed.txt", "new/theirs.txt", "never.txt"})
    writer.remove(file);
  CHECK_FALSE(fs::exists(folder / "theirs/ours.txt"));
  CHECK(fs::exists(folder / "theirs"));
  CHECK_FALSE(fs::exists(folder / "new/deep"));
  CHECK_FALSE(fs::exists(folder / "new/two.txt"));
  CHECK(read(folder / "new/theirs.txt") == "text");
  CHECK(read(folder / "changed.txt") == "TEXT");
}

TEST_CASE("a temporary file is removed when nobody writes it any more") {
  TemporaryFolder folder;
  for (const char *name : {".foreload-0123456789ABCDEF.tmp", ".foreload-.tmp", "foreload-1.tmp", ".foreload-1.tmp.txt"})
    REQUIRE_FALSE(OutputWriter(folder.path()).write(name, "text"));
  TemporaryFile written;
  REQUIRE_FALSE(written.open(folder / "file"));
  CHECK(file_count(folder.path()) == 5);
  remove_abandoned_files(folder.path());
  CHECK(file_count(folder.path()) == 4);
  CHECK_FALSE(fs::exists(folder / ".foreload-0123456789ABCDEF.tmp"));
  written.stream() << "text";
  REQUIRE_FALSE(written.finish());
  CHECK(read(folder / "file") == "text");
  { // one that is not finished is none
    TemporaryFile given_up;
    REQUIRE_FALSE(given_up.open(folder / "other"));
  }
  CHECK(file_count(folder.path()) == 4);
}

TEST_CASE("temporary files that many write are not taken for abandoned") {
  TemporaryFolder folder;
  std::atomic<bool> is_done = false;
  std::thread cleaner([&] {
    while (!is_done)
      remove_abandoned_files(folder.path());
  });
  size_t failures = 0;
  OutputWriter writer(folder.path());
  for (int at = 0; at < 2000; ++at)
    failures += static_cast<bool>(writer.write("file", std::to_string(at)));
  is_done = true;
  cleaner.join();
  CHECK(failures == 0);
  CHECK(file_count(folder.path()) == 1);
}

TEST_CASE("names may hold any character") {
  TemporaryFolder folder;
  OutputWriter writer(folder.path());
  REQUIRE_FALSE(writer.write("100%/%%%%.txt", "text"));
  CHECK(read(folder / "100%/%%%%.txt") == "text");
}

TEST_CASE("a pack has its lines in the order of the turns, whoever comes first") {
  TemporaryFolder folder;
  PackWriter pack(folder / "new/pack.ndjson");
  std::vector<std::thread> threads;
  for (size_t turn : {3u, 1u, 0u, 2u})
    threads.emplace_back([&pack, turn] { pack.write(turn, PackWriter::line("file" + std::to_string(turn), "text")); });
  for (std::thread &thread : threads)
    thread.join();
  CHECK_FALSE(fs::exists(folder / "new/pack.ndjson"));
  REQUIRE_FALSE(pack.finish());
  CHECK(read(folder / "new/pack.ndjson") == R"({"path":"file0","text":"text"}
{"path":"file1","text":"text"}
{"path":"file2","text":"text"}
{"path":"file3","text":"text"}
)");
  CHECK(file_count(folder / "new") == 1);
}

TEST_CASE("a pack holds any text, and bytes that are none") {
  CHECK(PackWriter::line("a", "\"\n\xc3\xa9") == "{\"path\":\"a\",\"text\":\"\\\"\\n\xc3\xa9\"}\n");
  CHECK(PackWriter::line("a", "\xff\x01") == "{\"path\":\"a\",\"base64\":\"/wE=\"}\n");
}

TEST_CASE("a pack that nobody finishes is none") {
  TemporaryFolder folder;
  PackWriter(folder / "pack.ndjson").write(0, "line\n");
  CHECK(file_count(folder.path()) == 0);
}

TEST_CASE("a pack that cannot be written is an error") {
  TemporaryFolder folder;
  REQUIRE_FALSE(OutputWriter(folder.path()).write("a", "a file"));
  PackWriter pack(folder / "a/pack.ndjson");
  pack.write(0, "line\n");
  CHECK(pack.finish());
}
