#include "compose/component_cache.h"

#include <doctest/doctest.h>

using namespace foreload;

namespace {

std::shared_ptr<const ComposedComponent> composed(std::string content) {
  auto component = std::make_shared<ComposedComponent>();
  component->content = std::move(content);
  return component;
}

std::shared_ptr<const MarkdownComponent> source(std::string path, std::string text = "") {
  return parse_markdown_component(std::make_shared<SourceFile>(std::move(path), std::move(text)), false);
}

llvm::vfs::Status status_of(uint64_t file, uint64_t size, std::chrono::seconds age = std::chrono::hours(1)) {
  auto modified = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now() - age);
  static const auto now = modified; // the same for all
  return {"f", {0, file}, now, 0, 0, size, llvm::sys::fs::file_type::regular_file, llvm::sys::fs::all_read};
}

} // namespace

TEST_CASE("the entry that was not used for longest goes first") {
  ComponentCache cache({.entries = 2, .bytes = 1 << 20});
  auto status = status_of(1, 1);
  cache.insert("a", composed("A"), source("/a"), &status);
  cache.insert("b", composed("B"), source("/b"), &status);
  CHECK(cache.find("a")->content == "A");
  cache.insert("c", composed("C"), source("/c"), &status);
  CHECK(cache.find("b") == nullptr);
  CHECK(cache.find("a") != nullptr);
  CHECK(cache.find("c") != nullptr);
  CacheStatistics statistics = cache.statistics();
  CHECK(statistics.entries == 2);
  CHECK(statistics.evictions == 1);
  CHECK(statistics.hits == 3);
  CHECK(statistics.misses == 1);
  CHECK(statistics.hit_ratio() == doctest::Approx(0.75));
}

TEST_CASE("bytes count, those of the file with those of what was made of it") {
  ComponentCache cache({.entries = 100, .bytes = 10'000});
  cache.insert("a", composed(std::string(3'000, 'a')), source("/a", std::string(1'000, 'a')), nullptr);
  cache.insert("b", composed(std::string(3'000, 'b')), source("/b", std::string(1'000, 'b')), nullptr);
  CHECK(cache.statistics().entries == 2);
  cache.insert("c", composed(std::string(3'000, 'c')), source("/c", std::string(1'000, 'c')), nullptr);
  CHECK(cache.find("a") == nullptr);
  CHECK(cache.find("b") != nullptr);
  CHECK(cache.statistics().bytes <= 10'000);
  cache.insert("large", composed(std::string(10'001, 'x')), source("/d"), nullptr);
  CHECK(cache.find("large") == nullptr);
  CHECK(cache.find("b") != nullptr);
  cache.clear();
  CHECK(cache.statistics().bytes == 0);
  CHECK(cache.find("b") == nullptr);
}

TEST_CASE("a cache of no entries keeps nothing") {
  ComponentCache cache({.entries = 0, .bytes = 10'000});
  cache.insert("a", composed("A"), source("/a"), nullptr);
  CHECK(cache.find("a") == nullptr);
}

TEST_CASE("a file is known while an entry holds it and its status stays") {
  ComponentCache cache({.entries = 1, .bytes = 1 << 20});
  auto status = status_of(1, 5);
  cache.insert("a", composed("A"), source("/a"), &status);
  CHECK(cache.unchanged("/a", status) != nullptr);
  CHECK(cache.unchanged("/a", status_of(1, 6)) == nullptr);
  CHECK(cache.unchanged("/a", status_of(2, 5)) == nullptr);
  CHECK(cache.unchanged("/b", status) == nullptr);
  cache.insert("b", composed("B"), source("/b"), &status);
  CHECK(cache.unchanged("/a", status) == nullptr);
}

TEST_CASE("a file that was written a moment ago is not trusted to stay") {
  ComponentCache cache({.entries = 1, .bytes = 1 << 20});
  auto now = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  llvm::vfs::Status status("f", {0, 1}, now, 0, 0, 5, llvm::sys::fs::file_type::regular_file, llvm::sys::fs::all_read);
  cache.insert("a", composed("A"), source("/a"), &status);
  CHECK(cache.unchanged("/a", status) == nullptr);
  CHECK(cache.find("a") != nullptr);
}
