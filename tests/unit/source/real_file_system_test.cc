#include "source/real_file_system.h"
#include "source/file_reader.h"

#include <doctest/doctest.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

#include <fstream>
#include <map>
#include <sys/stat.h>

using namespace foreload;

namespace {

/// A folder on the disk that is gone when the test ends.
class TemporaryFolder {
public:
  TemporaryFolder() {
    llvm::SmallString<128> path;
    REQUIRE_FALSE(llvm::sys::fs::createUniqueDirectory("foreload", path));
    path_ = std::string(path);
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(path_); }
  std::string operator/(const std::string &name) const { return path_ + "/" + name; }
  const std::string &path() const { return path_; }
  void write(const std::string &name, const std::string &text) const {
    std::ofstream(*this / name, std::ios::binary) << text;
  }

private:
  std::string path_;
};

std::string read(const std::string &path) {
  auto buffer = real_file_system()->getBufferForFile(path);
  if (!buffer)
    return "error: " + buffer.getError().message();
  CHECK(*(*buffer)->getBufferEnd() == '\0');
  CHECK((*buffer)->getBufferIdentifier() == path);
  return (*buffer)->getBuffer().str();
}

} // namespace

TEST_CASE("files of any size are read whole") {
  TemporaryFolder folder;
  for (size_t size : {0u, 1u, 32767u, 32768u, 32769u, 65536u, 1000000u}) {
    std::string text;
    for (size_t i = 0; text.size() < size; ++i)
      text += std::to_string(i) + '\n';
    text.resize(size);
    folder.write("file", text);
    CHECK_MESSAGE(read(folder / "file") == text, size);
  }
}

TEST_CASE("what cannot be read is an error") {
  TemporaryFolder folder;
  CHECK(read(folder / "missing") == "error: No such file or directory");
  CHECK(read(folder.path()) == "error: Is a directory");
  std::error_code error;
  CHECK(real_file_system()->dir_begin(folder / "missing", error) == llvm::vfs::directory_iterator());
  CHECK(error == std::errc::no_such_file_or_directory);
  folder.write("file", "");
  real_file_system()->dir_begin(folder / "file", error);
  CHECK(error == std::errc::not_a_directory);
}

TEST_CASE("a pipe that nobody writes to is empty, and holds up nobody") {
  TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(read(folder / "pipe") == "");
}

TEST_CASE("a folder's entries come with their types") {
  using Type = llvm::sys::fs::file_type;
  TemporaryFolder folder;
  folder.write("file", "");
  folder.write(".hidden", "");
  REQUIRE_FALSE(llvm::sys::fs::create_directory(folder / "folder"));
  REQUIRE_FALSE(llvm::sys::fs::create_link("file", folder / "link"));
  for (const std::string &path : {folder.path(), folder.path() + "/"}) {
    std::map<std::string, Type> found;
    std::error_code error;
    for (llvm::vfs::directory_iterator at = real_file_system()->dir_begin(path, error), end; at != end; at.increment(error))
      found[at->path().str()] = at->type();
    CHECK_FALSE(error);
    CHECK(found == std::map<std::string, Type>{{folder / "file", Type::regular_file},
                                               {folder / ".hidden", Type::regular_file},
                                               {folder / "folder", Type::directory_file},
                                               {folder / "link", Type::symlink_file}});
  }
  std::error_code error;
  CHECK(real_file_system()->dir_begin(folder / "folder", error) == llvm::vfs::directory_iterator());
  CHECK_FALSE(error);
}

TEST_CASE("an open file tells its name and status") {
  TemporaryFolder folder;
  folder.write("file", "four");
  auto file = real_file_system()->openFileForRead(folder / "file");
  REQUIRE(file);
  CHECK(*(*file)->getName() == folder / "file");
  CHECK((*file)->status()->getSize() == 4);
  CHECK((*file)->status()->isRegularFile());
  CHECK_FALSE((*file)->close());
  CHECK_FALSE((*file)->close());
}

TEST_CASE("a reader reads file after file, from the disk and from other file systems") {
  TemporaryFolder folder;
  auto in_memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  std::vector<std::string> names;
  for (size_t size : {0u, 1u, 2000u, 65535u, 65536u, 65537u, 1000000u, 5u}) {
    names.push_back("file" + std::to_string(size));
    std::string text;
    for (size_t i = 0; text.size() < size; ++i)
      text += std::to_string(i) + '\n';
    text.resize(size);
    folder.write(names.back(), text);
    in_memory->addFile(folder / names.back(), 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  }
  for (llvm::vfs::FileSystem *files : {real_file_system().get(), static_cast<llvm::vfs::FileSystem *>(in_memory.get())}) {
    FileReader reader(*files);
    for (const std::string &name : names) {
      auto text = reader.read(folder.path(), name);
      REQUIRE(text);
      CHECK_MESSAGE(*text == read(folder / name), name);
    }
    CHECK(reader.read(folder.path(), "missing").getError() == std::errc::no_such_file_or_directory);
    CHECK(reader.read("/", "missing").getError() == std::errc::no_such_file_or_directory);
  }
}

TEST_CASE("a reader finds the files of a folder that took the place of another one") {
  TemporaryFolder folder;
  auto path = [&](const char *name) { return folder / name; };
  REQUIRE_FALSE(llvm::sys::fs::create_directory(path("src")));
  for (const char *name : {"src/a", "src/b"})
    folder.write(name, "old");
  FileReader reader(*real_file_system());
  for (const char *name : {"a", "b"})
    CHECK(*reader.read(path("src"), name) == "old");
  REQUIRE_FALSE(llvm::sys::fs::rename(path("src"), path("gone")));
  REQUIRE_FALSE(llvm::sys::fs::create_directory(path("src")));
  folder.write("src/c", "new");
  CHECK(*reader.read(path("src"), "c") == "new");
}
