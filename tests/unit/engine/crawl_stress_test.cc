// Crawls of disks that are slow, broken and changing. What a file does depends on the seed and its path alone, so that one
// thread that takes its time over nothing and four that are held up everywhere have to come to the same.
#include "engine/module_crawl.h"
#include "source/real_file_system.h"

#include <doctest/doctest.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace foreload;

namespace {

/// Spreads the bits of a seed and a path: the same on every run.
uint64_t mixed(uint64_t seed, llvm::StringRef path) {
  uint64_t hash = seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u;
  for (char c : path)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  hash ^= hash >> 29;
  hash *= 0xBF58476D1CE4E5B9u;
  return hash ^ (hash >> 32);
}

std::error_code error_of(uint64_t hash) {
  static constexpr std::errc errors[] = {std::errc::no_such_file_or_directory, std::errc::io_error,
                                         std::errc::too_many_files_open, std::errc::permission_denied};
  return std::make_error_code(errors[hash % std::size(errors)]);
}

/// A listing that breaks off.
class BrokenListing final : public llvm::vfs::detail::DirIterImpl {
public:
  explicit BrokenListing(llvm::vfs::directory_iterator whole) : whole_(std::move(whole)) { CurrentEntry = *whole_; }
  std::error_code increment() override {
    std::error_code error;
    whole_.increment(error);
    CurrentEntry = whole_ == llvm::vfs::directory_iterator() ? llvm::vfs::directory_entry() : *whole_;
    return ++count_ < 3 ? error : std::make_error_code(std::errc::io_error);
  }

private:
  llvm::vfs::directory_iterator whole_;
  int count_ = 0;
};

/// A file with a text of its own.
class TextFile final : public llvm::vfs::File {
public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  llvm::ErrorOr<llvm::vfs::Status> status() override { return std::make_error_code(std::errc::not_supported); }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine &name, int64_t, bool, bool) override {
    return llvm::MemoryBuffer::getMemBufferCopy(text_, name);
  }
  std::error_code close() override { return {}; }

private:
  std::string text_;
};

class FaultyDisk final : public llvm::vfs::ProxyFileSystem {
public:
  FaultyDisk(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files, uint64_t seed, bool has_delays)
      : ProxyFileSystem(std::move(files)), seed_(seed), has_delays_(has_delays) {}

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &twine) override {
    std::string path = twine.str();
    uint64_t hash = mixed(seed_, path);
    delay(hash);
    if (hash % 16 == 0)
      return error_of(hash >> 8);
    if (hash % 16 != 1)
      return ProxyFileSystem::openFileForRead(path);
    // It is being written: a part of it is there.
    auto buffer = getUnderlyingFS().getBufferForFile(path);
    if (!buffer)
      return buffer.getError();
    llvm::StringRef text = (*buffer)->getBuffer();
    return std::make_unique<TextFile>(text.take_front((hash >> 8) % (text.size() + 1)).str());
  }

  llvm::vfs::directory_iterator dir_begin(const llvm::Twine &twine, std::error_code &error) override {
    std::string path = twine.str();
    uint64_t hash = mixed(~seed_, path);
    delay(hash);
    if (hash % 16 == 0) {
      error = error_of(hash >> 8);
      return {};
    }
    llvm::vfs::directory_iterator whole = ProxyFileSystem::dir_begin(path, error);
    if (hash % 16 != 1 || error || whole == llvm::vfs::directory_iterator())
      return whole;
    return llvm::vfs::directory_iterator(std::make_shared<BrokenListing>(std::move(whole)));
  }

private:
  void delay(uint64_t hash) {
    if (!has_delays_)
      return;
    hash ^= mixed(calls_++, ""); // another one each time
    if (hash % 8 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(hash >> 8 & 63));
    else if (hash % 8 < 3)
      std::this_thread::yield();
  }

  const uint64_t seed_;
  const bool has_delays_;
  std::atomic<uint64_t> calls_ = 0;
};

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> project() {
  auto disk = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  disk->setCurrentWorkingDirectory("/");
  auto add = [&](const std::string &path, const std::string &text) {
    disk->addFile("/app/" + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  };
  add("package.json", "{\"imports\": {\"#m/*\": \"./src/d1/*.ts\"}}");
  add("tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}");
  add("node_modules/pkg/package.json", "{\"exports\": \"./main.js\"}");
  add("node_modules/pkg/main.js", "import './inner.js';\n");
  add("node_modules/pkg/inner.js", "");
  for (int i = 0; i < 60; ++i) {
    auto file = [](int number) { return "d" + std::to_string(number % 6) + "/m" + std::to_string(number); };
    std::string text = "import '../" + file((i * 7 + 1) % 60) + "';\nimport '@/" + file((i * 11 + 5) % 60) +
                       "';\nexport * from './m" + std::to_string((i + 6) % 60) + ".js';\n";
    if (i % 5 == 0)
      text += "import 'pkg';\nimport 'node:fs';\nimport '#m/m" + std::to_string(i + 1) + "';\n";
    if (i % 9 == 0)
      text = "---\n" + text + "---\n<p />\n";
    add("src/" + file(i) + (i % 9 == 0 ? ".astro" : ".ts"), text);
  }
  return disk;
}

/// Everything that a crawl has found, and what it has to say.
std::string described(const CrawlResult &result) {
  std::string text;
  for (const ImportGraph::Module &module : result.graph.modules) {
    text += module.file.path() + ' ' + std::to_string(module.size) + (module.is_read ? ":" : "!");
    for (uint32_t at = module.edges_begin; at < module.edges_end; ++at)
      text += ' ' + std::to_string(result.graph.edges[at].target);
    text += '\n';
  }
  for (const LooseImport &loose : result.graph.loose)
    text += std::to_string(loose.module) + ' ' + loose.specifier + ' ' + std::to_string(loose.position.offset) + '\n';
  for (const Diagnostic &diagnostic : result.diagnostics)
    text += diagnostic.file + ' ' + diagnostic.message + '\n';
  return text;
}

} // namespace

TEST_CASE("a crawl of a broken disk ends, and comes to the same on any number of threads") {
  ::alarm(300); // a crawl that hangs
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files = project();
  CrawlOptions options;
  options.resolver.root = "/app";
  options.roots = {"/app/src", "/app/src/d2/m2.ts"};
  options.into_packages = true;
  options.files_per_thread = 2;
  options.files_at_once = 2;
  size_t with_errors = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    options.threads = 1;
    CrawlResult alone = crawl_modules(new FaultyDisk(files, seed, false), options);
    options.threads = 2 + static_cast<unsigned>(seed % 3);
    CrawlResult together = crawl_modules(new FaultyDisk(files, seed, true), options);
    REQUIRE_MESSAGE(described(alone) == described(together), seed);
    with_errors += !alone.diagnostics.empty();
  }
  CHECK(with_errors > 700);
  ::alarm(0);
}

TEST_CASE("a crawl of a disk that is being written ends") {
  ::alarm(300);
  llvm::SmallString<128> root;
  REQUIRE_FALSE(llvm::sys::fs::createUniqueDirectory("foreload", root));
  std::string path = std::string(root);
  auto folder = [&](int i) { return path + "/d" + std::to_string(i % 4); };
  auto file = [&](int i) { return folder(i) + "/m" + std::to_string(i) + ".ts"; };
  auto write = [&](int i, int imports) {
    (void)llvm::sys::fs::create_directory(folder(i));
    std::ofstream out(file(i));
    for (int k = 0; k < imports; ++k)
      out << "import '../d" << (i + k) % 4 << "/m" << (i + k) % 40 << "';\n";
  };
  for (int i = 0; i < 40; ++i)
    write(i, 5);
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    for (uint64_t turn = 0; !is_over; ++turn) {
      int i = static_cast<int>(mixed(turn, "file") % 40);
      if (turn % 7 == 0)
        llvm::sys::fs::remove_directories(folder(i));
      else if (turn % 3 == 0)
        llvm::sys::fs::remove(file(i));
      else
        write(i, static_cast<int>(turn % 9));
    }
  });
  CrawlOptions options;
  options.resolver.root = path;
  options.roots = {path};
  options.threads = 4;
  options.files_per_thread = 2;
  options.files_at_once = 2;
  for (int run = 0; run < 100; ++run) {
    CrawlResult result = crawl_modules(real_file_system(), options);
    for (const Diagnostic &diagnostic : result.diagnostics)
      CHECK(diagnostic.code == 9001);
    CHECK(order_modules(result.graph).modules.size() == result.graph.modules.size());
  }
  is_over = true;
  writer.join();
  llvm::sys::fs::remove_directories(path);
  ::alarm(0);
}
