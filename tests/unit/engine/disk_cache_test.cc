#include "engine/disk_cache.h"

#include <doctest/doctest.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

using namespace foreload;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t roomy = uint64_t(64) << 20;

struct Folder {
  std::string path;
  Folder() {
    llvm::SmallString<128> made;
    REQUIRE_FALSE(llvm::sys::fs::createUniqueDirectory("foreload-cache", made));
    path = std::string(made);
  }
  ~Folder() { fs::remove_all(path); }

  std::vector<fs::path> packs() const {
    std::vector<fs::path> result;
    for (const fs::directory_entry &entry : fs::directory_iterator(path))
      if (entry.path().extension() == ".pack")
        result.push_back(entry.path());
    return result;
  }
};

Digest key(unsigned number) { return digest_of("key " + std::to_string(number)); }
/// What belongs to a key, of a size that differs.
std::string value(unsigned number) { return hex(digest_of(std::to_string(number))) + std::string(number % 977, 'x'); }

void fill(const std::string &folder, unsigned first, unsigned count, uint64_t max_bytes = roomy) {
  DiskCache cache(folder, max_bytes);
  for (unsigned at = first; at < first + count; ++at)
    cache.add(key(at), value(at));
  REQUIRE_FALSE(cache.save());
}

/// How many of the first \p count are there; each of them has to be right.
unsigned count_known(const std::string &folder, unsigned count) {
  DiskCache cache(folder, roomy);
  unsigned known = 0;
  for (unsigned at = 0; at < count; ++at)
    if (std::optional<llvm::StringRef> found = cache.find(key(at))) {
      CHECK(*found == value(at));
      ++known;
    }
  CHECK(cache.hits() == known);
  CHECK(cache.misses() == count - known);
  return known;
}

} // namespace

TEST_CASE("what is saved is found by others, and nothing else is") {
  Folder folder;
  CHECK(count_known(folder.path + "/not/there", 3) == 0);
  fill(folder.path + "/made/on/demand", 0, 100);
  CHECK(count_known(folder.path + "/made/on/demand", 200) == 100);
}

TEST_CASE("values may be empty, and saving nothing makes nothing") {
  Folder folder;
  {
    DiskCache cache(folder.path, roomy);
    CHECK_FALSE(cache.save());
    CHECK(folder.packs().empty());
    cache.add(key(1), "");
    CHECK_FALSE(cache.save());
  }
  DiskCache cache(folder.path, roomy);
  REQUIRE(cache.find(key(1)));
  CHECK(cache.find(key(1))->empty());
}

TEST_CASE("many runs do not make many packs") {
  Folder folder;
  for (unsigned run = 0; run < 50; ++run)
    fill(folder.path, run * 10, 10);
  CHECK(folder.packs().size() <= 9);
  CHECK(count_known(folder.path, 500) == 500);
}

TEST_CASE("the size is limited, and what was used last stays") {
  Folder folder;
  fill(folder.path, 0, 200);
  // Half of it was last used an hour ago: stamps are the last thing in a pack, by key.
  std::vector<Digest> keys;
  for (unsigned at = 0; at < 200; ++at)
    keys.push_back(key(at));
  std::sort(keys.begin(), keys.end());
  auto is_old = [&](unsigned at) { return at % 2 == 0; };
  {
    std::fstream pack(folder.packs().at(0), std::ios::in | std::ios::out | std::ios::binary);
    for (unsigned at = 0; at < 200; ++at) {
      if (!is_old(at))
        continue;
      auto place = std::lower_bound(keys.begin(), keys.end(), key(at)) - keys.begin();
      uint32_t stamp = 1000;
      pack.seekp(-static_cast<std::streamoff>(sizeof stamp * (200 - static_cast<size_t>(place))), std::ios::end);
      pack.write(reinterpret_cast<const char *>(&stamp), sizeof stamp);
    }
  }
  uint64_t size = fs::file_size(folder.packs().at(0));
  fill(folder.path, 1000, 1, size / 2 + 20'000);
  REQUIRE(folder.packs().size() == 1);
  DiskCache cache(folder.path, roomy);
  CHECK(cache.find(key(1000)));
  unsigned old = 0, recent = 0;
  for (unsigned at = 0; at < 200; ++at)
    if (cache.find(key(at)))
      ++(is_old(at) ? old : recent);
  CHECK(recent > 0);
  CHECK((old == 0 || recent == 100)); // the old ones go first
  CHECK(old + recent < 200);
}

TEST_CASE("a use counts, also of a pack that is long there") {
  Folder folder;
  fill(folder.path, 0, 2);
  auto stamps = [&] {
    std::array<uint32_t, 2> found;
    std::ifstream pack(folder.packs().at(0), std::ios::binary);
    pack.seekg(-static_cast<std::streamoff>(sizeof found), std::ios::end);
    pack.read(reinterpret_cast<char *>(found.data()), sizeof found);
    std::sort(found.begin(), found.end());
    return found;
  };
  {
    std::fstream pack(folder.packs().at(0), std::ios::in | std::ios::out | std::ios::binary);
    std::array<uint32_t, 2> old = {1000, 1000};
    pack.seekp(-static_cast<std::streamoff>(sizeof old), std::ios::end);
    pack.write(reinterpret_cast<const char *>(old.data()), sizeof old);
  }
  DiskCache(folder.path, roomy).find(key(0));
  CHECK(stamps()[0] == 1000);
  CHECK(stamps()[1] > 1000);
}

TEST_CASE("a damaged byte costs what it belongs to, and never gives a wrong value") {
  Folder folder;
  fill(folder.path, 0, 20);
  fs::path pack = folder.packs().at(0);
  std::string bytes;
  {
    std::ifstream stream(pack, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(stream), {});
  }
  std::mt19937 random(7);
  for (unsigned round = 0; round < 400; ++round) {
    std::string damaged = bytes;
    size_t at = round < 120 ? round : random() % damaged.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 + random() % 255));
    if (round % 5 == 4)
      damaged.resize(random() % damaged.size());
    std::ofstream(pack, std::ios::binary | std::ios::trunc) << damaged;
    count_known(folder.path, 20);
  }
  std::ofstream(pack, std::ios::binary | std::ios::trunc) << bytes;
  CHECK(count_known(folder.path, 20) == 20);
}

TEST_CASE("what is damaged is rebuilt by adding it again") {
  Folder folder;
  fill(folder.path, 0, 20);
  {
    std::fstream pack(folder.packs().at(0), std::ios::in | std::ios::out | std::ios::binary);
    pack.seekp(100); // in a value
    pack.put('\x7f');
  }
  fs::path damaged = folder.packs().at(0);
  {
    DiskCache cache(folder.path, roomy);
    unsigned known = 0;
    for (unsigned at = 0; at < 20; ++at)
      if (cache.find(key(at)))
        ++known;
      else
        cache.add(key(at), value(at));
    CHECK(known == 19);
    REQUIRE_FALSE(cache.save());
  }
  CHECK(count_known(folder.path, 20) == 20);
  CHECK(folder.packs().size() == 1);
  CHECK(folder.packs().at(0) != damaged);
}

TEST_CASE("what was a pack and is none any more is removed") {
  Folder folder;
  fill(folder.path, 0, 5);
  fs::resize_file(folder.packs().at(0), 100);
  CHECK(count_known(folder.path, 5) == 0);
  CHECK(folder.packs().empty());
}

TEST_CASE("files that are no packs are left alone") {
  Folder folder;
  std::ofstream(folder.path + "/empty.pack");
  std::ofstream(folder.path + "/text.pack") << std::string(5000, 'a');
  fs::create_directory(folder.path + "/folder.pack");
  fill(folder.path, 0, 5);
  CHECK(count_known(folder.path, 5) == 5);
  CHECK(folder.packs().size() == 4);
}

TEST_CASE("writers may be killed at any moment, and be two") {
  Folder folder;
  constexpr unsigned keys = 300;
  std::mt19937 random(11);
  auto start = [&](unsigned seed) {
    pid_t child = ::fork();
    if (child != 0)
      return child;
    // Writes and reads until it is killed; the small limit makes it clear up all the time.
    for (unsigned run = 0;; ++run) {
      DiskCache cache(folder.path, 150'000);
      for (unsigned at = 0; at < 20; ++at) {
        unsigned number = (seed * 31 + run * 17 + at) % keys;
        if (std::optional<llvm::StringRef> found = cache.find(key(number)); found && *found != value(number))
          ::_exit(1);
        cache.add(key(number), value(number));
      }
      cache.save();
    }
  };
  for (unsigned round = 0; round < 150; ++round) {
    pid_t children[] = {start(2 * round), start(2 * round + 1)};
    ::usleep(1 + random() % 6000);
    for (pid_t child : children) {
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      CHECK(WIFSIGNALED(status)); // else it has met a wrong value
    }
  }
  count_known(folder.path, keys);
  fill(folder.path, 0, keys);
  CHECK(count_known(folder.path, keys) == keys);
}
