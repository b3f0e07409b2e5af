#include "engine/build_record.h"
#include "source/real_file_system.h"

#include <doctest/doctest.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>

#include <chrono>
#include <filesystem>
#include <fstream>

using namespace foreload;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

const Digest key = digest_of("options");

/// A folder of files that are an hour old, a build that looks at some of them, and its record.
struct Build {
  std::string folder, root;
  llvm::IntrusiveRefCntPtr<ObservedFileSystem> files;

  Build() {
    llvm::SmallString<128> made;
    REQUIRE_FALSE(llvm::sys::fs::createUniqueDirectory("foreload-record", made));
    folder = fs::canonical(std::string(made)).string();
    root = folder + "/site";
    write("src/a.astro", "<p>a</p>");
    write("src/b.astro", "<p>b</p>");
    write("src/notes.txt", "not read");
    write("out/a.astro", "<p>a</p>");
    write("package.json", "{}");
    fs::create_directory(root + "/node_modules");
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(root))
      age(entry.path(), 1h);
    age(root, 1h);
    files = llvm::makeIntrusiveRefCnt<ObservedFileSystem>(real_file_system());
  }
  ~Build() { fs::remove_all(folder); }

  std::string at(const std::string &name) const { return root + "/" + name; }
  void write(const std::string &name, const std::string &text) const {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name), std::ios::binary) << text;
  }
  static void age(const fs::path &path, std::chrono::minutes by) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - by);
  }
  OwnFiles own() const { return {at("out")}; }
  std::string record() const { return folder + "/record"; }

  void list(const std::string &name) const {
    std::error_code error;
    for (llvm::vfs::directory_iterator entry = files->dir_begin(at(name), error), end; !error && entry != end;
         entry.increment(error)) {
    }
    REQUIRE_FALSE(error);
  }
  void read(const std::string &name) const { REQUIRE(files->getBufferForFile(at(name))); }

  /// The build: lists src, reads its components, and looks for two files that are not there and one that is.
  void run() const {
    list("src");
    read("src/a.astro");
    read("src/b.astro");
    files->status(at("src/c.astro"));
    files->status(at("tsconfig.json"));
    files->status(at("package.json"));
    files->status(at("src/notes.txt"));
  }
  void keep() const {
    std::optional<Observations> seen = files->observations(own());
    REQUIRE(seen);
    std::vector<WrittenFile> written = {{at("out/a.astro"), *stamp_of_file(at("out/a.astro"))}};
    REQUIRE_FALSE(BuildRecord::write(record(), key, *seen, written, files->begun(), "the result"));
  }
  enum Verdict { Changed, Current, Stale };
  Verdict verdict() const {
    std::optional<BuildRecord> known = BuildRecord::read(record(), key);
    REQUIRE(known);
    CHECK(known->result() == "the result");
    std::optional<std::vector<std::string>> changed = known->changed_texts(own());
    return !changed || !changed->empty() ? Changed : known->is_stale() ? Stale : Current;
  }
};

} // namespace

TEST_CASE("a disk that is as it was is current") {
  Build build;
  build.run();
  build.keep();
  CHECK(build.verdict() == Build::Current);
}

TEST_CASE("what changes what was seen makes a record old") {
  Build build;
  build.run();
  build.keep();
  SUBCASE("another content") { build.write("src/a.astro", "<p>another</p>"); }
  SUBCASE("another content of the same size") { build.write("src/a.astro", "<p>c</p>"); }
  SUBCASE("a new file in a folder that was listed") { build.write("src/new.astro", ""); }
  SUBCASE("a file that is gone") { fs::remove(build.at("src/b.astro")); }
  SUBCASE("a file that nobody has read is gone from a folder that was listed") { fs::remove(build.at("src/notes.txt")); }
  SUBCASE("a file that has another name") { fs::rename(build.at("src/b.astro"), build.at("src/d.astro")); }
  SUBCASE("a file that is a folder now") {
    fs::remove(build.at("src/b.astro"));
    fs::create_directory(build.at("src/b.astro"));
  }
  SUBCASE("a file that was looked for in vain") { build.write("tsconfig.json", "{}"); }
  SUBCASE("a file that was looked at is gone") { fs::remove(build.at("package.json")); }
  SUBCASE("the folder is gone") { fs::remove_all(build.at("src")); }
  SUBCASE("an output is gone") { fs::remove(build.at("out/a.astro")); }
  SUBCASE("an output was changed") { build.write("out/a.astro", "<p>by hand</p>"); }
  CHECK(build.verdict() == Build::Changed);
}

TEST_CASE("texts that have changed are told apart from other changes") {
  Build build;
  build.run();
  build.keep();
  auto changed = [&]() -> std::optional<std::vector<std::string>> {
    std::optional<BuildRecord> known = BuildRecord::read(build.record(), key);
    REQUIRE(known);
    return known->changed_texts(build.own());
  };
  build.write("src/b.astro", "<p>another</p>");
  CHECK(changed() == std::vector{build.at("src/b.astro")});
  build.write("src/a.astro", "<p>c</p>"); // of the same size
  CHECK(changed() == std::vector{build.at("src/a.astro"), build.at("src/b.astro")});
  SUBCASE("a new file") { build.write("src/new.astro", ""); }
  SUBCASE("a file that is gone") { fs::remove(build.at("src/b.astro")); }
  SUBCASE("an output") { build.write("out/a.astro", "<p>by hand</p>"); }
  SUBCASE("a file that was not there") { build.write("tsconfig.json", "{}"); }
  CHECK_FALSE(changed());
}

TEST_CASE("a record gives back what it was made of") {
  Build build;
  fs::create_directory_symlink(build.at("src"), build.at("link"));
  llvm::SmallString<128> real;
  REQUIRE_FALSE(build.files->getRealPath(build.at("link"), real));
  build.run();
  build.keep();
  std::optional<BuildRecord> known = BuildRecord::read(build.record(), key);
  REQUIRE(known);
  Observations before = *build.files->observations(build.own()), after = known->observations();
  REQUIRE(before.size() == after.size());
  for (const auto &[path, what] : before) {
    REQUIRE(after.contains(path));
    CHECK(after[path].kind == what.kind);
    CHECK(after[path].content == what.content);
    CHECK(after[path].listing == what.listing);
    CHECK(after[path].real_path == what.real_path);
  }
  CHECK(known->content(build.at("src/a.astro")) == digest_of("<p>a</p>"));
  for (const char *other : {"src/notes.txt", "src/none", "none/a.astro", "out/a.astro"})
    CHECK_FALSE(known->content(build.at(other)));
  REQUIRE(known->written().size() == 1);
  CHECK(known->written()[0].path == build.at("out/a.astro"));
  CHECK(known->written()[0].stamp == *stamp_of_file(build.at("out/a.astro")));
}

TEST_CASE("what does not matter makes no record old") {
  Build build;
  build.run();
  build.list("");
  build.list("node_modules");
  build.keep();
  SUBCASE("other outputs") { build.write("out/sub/c.astro", ""); }
  SUBCASE("the output was not there before") {
    fs::rename(build.at("out"), build.at("elsewhere"));
    CHECK(build.verdict() == Build::Changed);
    fs::rename(build.at("elsewhere"), build.at("out"));
  }
  SUBCASE("the content of a file that nobody has read") { build.write("src/notes.txt", "not read either"); }
  SUBCASE("a cache in node_modules") { build.write("node_modules/.cache/x", ""); }
  SUBCASE("the time of an input") { Build::age(build.at("src/a.astro"), 2min); }
  CHECK(build.verdict() != Build::Changed);
}

TEST_CASE("a file that was touched is compared, and that only once") {
  Build build;
  build.run();
  build.keep();
  Build::age(build.at("src/a.astro"), 10min);
  Build::age(build.at("src"), 10min);
  CHECK(build.verdict() == Build::Stale);
  std::optional<BuildRecord> known = BuildRecord::read(build.record(), key);
  REQUIRE(known);
  REQUIRE(known->changed_texts(build.own()) == std::vector<std::string>());
  REQUIRE_FALSE(known->refresh(build.record()));
  CHECK(build.verdict() == Build::Current);
  build.write("src/a.astro", "<p>c</p>");
  CHECK(build.verdict() == Build::Changed);
}

TEST_CASE("the time of a file that was changed right before the build is not trusted") {
  Build build;
  build.write("src/a.astro", "<p>x</p>");
  auto time = fs::last_write_time(build.at("src/a.astro"));
  build.run();
  build.keep();
  CHECK(build.verdict() == Build::Stale); // compared, and the same
  build.write("src/a.astro", "<p>y</p>");
  fs::last_write_time(build.at("src/a.astro"), time); // as if it had been the same moment
  CHECK(build.verdict() == Build::Changed);
}

TEST_CASE("links that lead somewhere else make a record old") {
  Build build;
  fs::create_directory_symlink(build.at("src"), build.at("link"));
  llvm::SmallString<128> real;
  REQUIRE_FALSE(build.files->getRealPath(build.at("link"), real));
  build.keep();
  CHECK(build.verdict() == Build::Current);
  fs::create_directory(build.at("elsewhere"));
  fs::remove(build.at("link"));
  fs::create_directory_symlink(build.at("elsewhere"), build.at("link"));
  CHECK(build.verdict() == Build::Changed);
}

TEST_CASE("what changes while a build looks at it gives no record") {
  Build build;
  build.run();
  SUBCASE("a content") {
    build.write("src/a.astro", "<p>another</p>");
    build.read("src/a.astro");
  }
  SUBCASE("a listing") {
    build.write("src/new.astro", "");
    build.list("src");
  }
  SUBCASE("whether it is there") {
    build.write("tsconfig.json", "{}");
    build.files->status(build.at("tsconfig.json"));
  }
  CHECK_FALSE(build.files->observations(build.own()));
}

TEST_CASE("a record with a damaged byte, or for something else, is none") {
  Build build;
  build.run();
  build.keep();
  CHECK_FALSE(BuildRecord::read(build.record(), digest_of("other options")));
  CHECK_FALSE(BuildRecord::read(build.folder + "/no record", key));
  std::ifstream stream(build.record(), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(stream), {});
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    std::ofstream(build.record(), std::ios::binary | std::ios::trunc) << damaged;
    CHECK_FALSE(BuildRecord::read(build.record(), key));
  }
  for (size_t size = 0; size < bytes.size(); size += 7) {
    std::ofstream(build.record(), std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
    CHECK_FALSE(BuildRecord::read(build.record(), key));
  }
}
