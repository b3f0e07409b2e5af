#include "engine/file_watcher.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace foreload;
namespace fs = std::filesystem;

namespace {

class WatchedFolder {
public:
  WatchedFolder() {
    std::string name = (fs::temp_directory_path() / "foreload-watch-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    path = fs::canonical(name);
  }
  ~WatchedFolder() { fs::remove_all(path); }

  void open() {
    llvm::Expected<std::unique_ptr<FileWatcher>> opened =
        FileWatcher::open([](llvm::StringRef folder) { return folder.rsplit('/').second == "passed-over"; });
    REQUIRE(static_cast<bool>(opened));
    watcher = std::move(*opened);
    REQUIRE_FALSE(watcher->add_tree(path.string()));
  }
  void write(const std::string &name, const std::string &text = "text") const {
    std::ofstream(path / name, std::ios::binary) << text;
  }
  /// What is told until \p name is, which is written for that: files that are written have a star.
  std::string told(const std::string &name) {
    write(name);
    std::string text;
    for (bool is_there = false; !is_there;) {
      std::optional<FileChanges> changes = watcher->wait();
      REQUIRE(changes.has_value());
      for (const FileChange &change : changes->files) {
        std::string below = fs::path(change.path).lexically_relative(path).string();
        if (below == name)
          is_there = true;
        else
          text += below + (change.is_written ? "* " : " ");
      }
    }
    return text;
  }

  fs::path path;
  std::unique_ptr<FileWatcher> watcher;
};

} // namespace

TEST_CASE("what is written, made, renamed and removed is told") {
  WatchedFolder folder;
  fs::create_directories(folder.path / "a/b");
  folder.write("a/b/old");
  folder.open();
  folder.write("a/b/old", "other");
  CHECK(folder.told("1") == "a/b/old* ");
  folder.write("a/new");
  CHECK(folder.told("2") == "a/new ");
  fs::rename(folder.path / "a/new", folder.path / "a/b/old"); // as editors save
  CHECK(folder.told("3") == "a/b/old a/new ");
  fs::remove(folder.path / "a/b/old");
  CHECK(folder.told("4") == "a/b/old ");
}

TEST_CASE("what comes and goes at once is not told") {
  WatchedFolder folder;
  folder.open();
  folder.write("passing");
  fs::remove(folder.path / "passing");
  CHECK(folder.told("1").empty());
}

TEST_CASE("folders that come are watched with what is in them, and those that go are not") {
  WatchedFolder folder;
  fs::create_directories(folder.path / "aside/deep");
  folder.write("aside/deep/file");
  fs::create_directories(folder.path / "tree");
  folder.open();
  fs::rename(folder.path / "aside", folder.path / "tree/here");
  CHECK(folder.told("1") == "aside tree/here tree/here/deep tree/here/deep/file ");
  folder.write("tree/here/deep/file", "other");
  CHECK(folder.told("2") == "tree/here/deep/file* ");
  fs::remove_all(folder.path / "tree/here");
  CHECK(folder.told("3").find("tree/here ") != std::string::npos);
  fs::create_directories(folder.path / "tree/here/deep");
  folder.write("tree/here/deep/file");
  CHECK(folder.told("4").find("tree/here/deep/file ") != std::string::npos);
}

TEST_CASE("a folder that moves before its new place is watched is followed") {
  WatchedFolder folder;
  fs::create_directories(folder.path / "old/deep");
  folder.write("old/deep/file");
  folder.open();
  fs::create_directory(folder.path / "new");
  fs::rename(folder.path / "old", folder.path / "new/old");
  CHECK(folder.told("1").find("new/old/deep/file ") != std::string::npos);
  folder.write("new/old/deep/file", "other");
  CHECK(folder.told("2") == "new/old/deep/file* ");
  fs::rename(folder.path / "new/old", folder.path / "old");
  fs::rename(folder.path / "old", folder.path / "aside"); // and on, before anybody looks
  CHECK(folder.told("3").find("aside/deep/file ") != std::string::npos);
  folder.write("aside/deep/file", "again");
  CHECK(folder.told("4") == "aside/deep/file* ");
}

TEST_CASE("a folder that goes and comes back at once is watched") {
  WatchedFolder folder;
  fs::create_directories(folder.path / "a/deep");
  folder.write("a/deep/file");
  folder.open();
  fs::rename(folder.path / "a", folder.path / "b");
  fs::rename(folder.path / "b", folder.path / "a");
  folder.told("1");
  folder.write("a/deep/file", "other");
  CHECK(folder.told("2") == "a/deep/file* ");
}

TEST_CASE("a folder that takes the place of another one is watched") {
  WatchedFolder folder;
  fs::create_directories(folder.path / "from/deep");
  fs::create_directories(folder.path / "to");
  folder.write("from/deep/file");
  folder.open();
  fs::rename(folder.path / "from", folder.path / "to");
  CHECK(folder.told("1").find("to/deep/file ") != std::string::npos);
  folder.write("to/deep/file", "other");
  folder.write("to/new");
  CHECK(folder.told("2") == "to/deep/file* to/new ");
}

TEST_CASE("folders are passed over, also those that come") {
  WatchedFolder folder;
  fs::create_directories(folder.path / "a/passed-over");
  folder.open();
  folder.write("a/passed-over/file");
  fs::create_directories(folder.path / "passed-over/deep");
  folder.write("passed-over/deep/file");
  CHECK(folder.told("1").empty());
}

TEST_CASE("a folder is watched without what is below it") {
  WatchedFolder folder, other;
  fs::create_directories(other.path / "below");
  folder.open();
  REQUIRE_FALSE(folder.watcher->add_folder(other.path.string()));
  other.write("below/file");
  other.write("file");
  CHECK(folder.told("1").find("below/file") == std::string::npos);
  other.write("file", "other");
  CHECK(folder.told("2") == fs::relative(other.path / "file", folder.path).string() + "* ");
}

TEST_CASE("what a link leads to is watched by its own path") {
  WatchedFolder folder, other;
  other.write("file");
  fs::create_directory_symlink(other.path, folder.path / "link");
  fs::create_directory_symlink(folder.path, folder.path / "circle");
  folder.open();
  other.write("file", "other");
  CHECK(folder.told("1") == fs::relative(other.path / "file", folder.path).string() + "* ");
}

TEST_CASE("a folder that is not there cannot be watched, and is no error") {
  WatchedFolder folder;
  folder.open();
  CHECK_FALSE(folder.watcher->add_tree((folder.path / "none").string()));
}

TEST_CASE("stop ends the waiting, whenever it comes") {
  WatchedFolder folder;
  folder.open();
  folder.watcher->stop();
  CHECK_FALSE(folder.watcher->wait().has_value());
  std::thread stopping([&] { folder.watcher->stop(); });
  CHECK_FALSE(folder.watcher->wait().has_value());
  stopping.join();
}

TEST_CASE("if there is more than the system keeps, all may have changed, and is watched") {
  size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 200'000)
    return; // it would take long
  WatchedFolder folder;
  folder.open();
  for (size_t at = 0; at <= limit; ++at) // each file in turn: the same event twice would count once
    folder.write(at % 2 ? "odd" : "even");
  fs::create_directories(folder.path / "new/deep");
  bool is_all = false;
  while (!is_all) {
    std::optional<FileChanges> changes = folder.watcher->wait();
    REQUIRE(changes.has_value());
    is_all = changes->is_all;
  }
  folder.write("new/deep/file");
  CHECK(folder.told("1").find("new/deep/file") != std::string::npos);
}
