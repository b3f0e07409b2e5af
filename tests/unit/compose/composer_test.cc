#include "compose/composer.h"
#include "compose/compose_json.h"

#include "disk.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace foreload;

namespace {

using Paths = std::vector<std::string>;
using Files = std::map<std::string, std::string>;

ComposerOptions options_with(unsigned workers = 1) {
  ComposerOptions options;
  options.base = "/base";
  options.workers = workers;
  options.retry.first_delay = std::chrono::milliseconds(0);
  return options;
}

ComposeRequest request_for(const Paths &paths, std::map<std::string, std::string> context = {}) {
  ComposeRequest request;
  for (const std::string &path : paths)
    request.components.push_back({path, 0});
  request.context = std::move(context);
  return request;
}

ComposeResult compose(const Files &files, const ComposeRequest &request, ComposerOptions options = options_with()) {
  return Composer(std::move(options), llvm::makeIntrusiveRefCnt<Disk>(files)).compose(request);
}

const ComponentResult &component(const ComposeResult &result, llvm::StringRef path) {
  auto at = std::find_if(result.components.begin(), result.components.end(),
                         [&](const ComponentResult &each) { return each.path == path; });
  REQUIRE_MESSAGE(at != result.components.end(), path.str());
  return *at;
}

std::string content(const ComposeResult &result, llvm::StringRef path) {
  const ComponentResult &found = component(result, path);
  return found.composed ? found.composed->content : "(" + found.error + ")";
}

std::vector<uint16_t> codes(const ComposeResult &result) {
  std::vector<uint16_t> found;
  for (const Diagnostic &diagnostic : result.diagnostics)
    found.push_back(diagnostic.code);
  return found;
}

Paths paths(const ComposeResult &result) {
  Paths found;
  for (const ComponentResult &each : result.components)
    found.push_back(each.path);
  return found;
}

/// All that has to be the same in any run.
std::string comparable(const ComposeResult &result) {
  nlohmann::json json = nlohmann::json::parse(compose_json(result, {}));
  json.erase("statistics");
  for (nlohmann::json &each : json["components"]) {
    each.erase("milliseconds");
    each.erase("fromCache");
  }
  return json.dump();
}

/// Layers of components, each of which includes some of the layer below.
Files layers(int depth, int width) {
  Files files;
  for (int layer = 0; layer < depth; ++layer)
    for (int i = 0; i < width; ++i) {
      std::string text = "---\ntitle: t\n---\n# " + std::to_string(layer) + "." + std::to_string(i) + " of {name}\n";
      if (layer > 0)
        for (int k = 0; k < 3; ++k)
          text += "{{component: l" + std::to_string(layer - 1) + "/" + std::to_string((i * 7 + k * 5) % width) + ".md}}\n";
      files["l" + std::to_string(layer) + "/" + std::to_string(i) + ".md"] = text;
    }
  return files;
}

Paths top_of(int depth, int width) {
  Paths top;
  for (int i = 0; i < width; ++i)
    top.push_back("l" + std::to_string(depth - 1) + "/" + std::to_string(i) + ".md");
  return top;
}

} // namespace

TEST_CASE("references become the bodies of what they name, variables become their values") {
  Files files = {{"a.md", "---\ntitle: '{name}'\nincludes: [c.md]\n---\n\n# {name}\n\n{{component: b.md}}\nend\n"},
                 {"b.md", "---\nx: 1\n---\n\nb of {name}: {{component: c.md}}!\n\n"},
                 {"c.md", "c\n"}};
  ComposeResult result = compose(files, request_for({"a.md"}, {{"name", "Foo {name}"}}));
  CHECK(content(result, "a.md") ==
        "---\ntitle: 'Foo {name}'\nincludes: [c.md]\n---\n\n# Foo {name}\n\nb of Foo {name}: c!\nend\n");
  CHECK(paths(result) == Paths{"a.md", "c.md", "b.md"});
  CHECK(result.phases == std::vector<Paths>{{"c.md"}, {"b.md"}, {"a.md"}});
  CHECK(component(result, "a.md").dependencies == Paths{"c.md", "b.md"});
  CHECK(component(result, "a.md").requested);
  CHECK_FALSE(component(result, "b.md").requested);
  CHECK(codes(result).empty());
}

TEST_CASE("a path is the same component however it is written") {
  ComposeResult result = compose({{"a.md", "{{component: ./x/../b.md}}{{component:b.md}}"}, {"b.md", "b"}},
                                 request_for({"a.md", "./a.md"}));
  CHECK(paths(result) == Paths{"a.md", "b.md"});
  CHECK(content(result, "a.md") == "bb");
}

TEST_CASE("unknown variables stay and are said once for each component") {
  Files files = {{"a.md", "{{component: b.md}}{{component: b.md}}"}, {"b.md", "{who} {known} {1, 2}"}};
  ComposeResult result = compose(files, request_for({"a.md"}, {{"known", ""}}));
  CHECK(content(result, "a.md") == "{who}  {1, 2}{who}  {1, 2}");
  CHECK(codes(result) == std::vector<uint16_t>{7008});
  CHECK(result.diagnostics[0].file == "/base/b.md");
}

TEST_CASE("what cannot be read fails alone, and is said where it is named") {
  Files files = {{"a.md", "1 {{component: none.md}} {{component: b.md}} {{component: ../x.md}}"}, {"b.md", "b"}};
  ComposeResult result = compose(files, request_for({"a.md", "gone.md"}));
  CHECK(content(result, "a.md") == "1 {{component: none.md}} b {{component: ../x.md}}");
  CHECK(component(result, "a.md").missing == Paths{"none.md", "../x.md"});
  CHECK(component(result, "gone.md").composed == nullptr);
  CHECK(codes(result) == std::vector<uint16_t>{7002, 7003, 7002});
  CHECK(result.diagnostics[0].start.column == 3);
  CHECK(result.diagnostics[2].file == "/base/gone.md");
  CHECK(result.statistics.loaded == 2);
  CHECK(result.statistics.failed == 3);
}

TEST_CASE("a cycle is said with its chain, and the rest loads") {
  Files files = {{"a.md", "a {{component: b.md}} {{component: d.md}}"},
                 {"b.md", "{{component: c.md}}"},
                 {"c.md", "---\nincludes: [b.md]\n---\n"},
                 {"d.md", "d"},
                 {"self.md", "{{component: self.md}}"}};
  ComposeResult result = compose(files, request_for({"a.md", "self.md"}));
  CHECK(content(result, "a.md") == "a {{component: b.md}} d");
  CHECK(content(result, "b.md") == "(includes itself)");
  CHECK(codes(result) == std::vector<uint16_t>{7004, 7004});
  CHECK(result.diagnostics[0].message == "components include each other: b.md → c.md → b.md");
  CHECK(result.diagnostics[1].message == "components include each other: self.md → self.md");
}

TEST_CASE("inclusion is bounded in depth, in number and in size") {
  ComposerOptions options = options_with();
  options.limits.depth = 3;
  Files chain = {{"1.md", "1"}, {"2.md", "2{{component: 1.md}}"}, {"3.md", "3{{component: 2.md}}"}, {"4.md", "4{{component: 3.md}}"},
                 {"5.md", "5{{component: 4.md}}"}};
  ComposeResult result = compose(chain, request_for({"5.md", "3.md"}), options);
  CHECK(content(result, "3.md") == "321");
  CHECK(content(result, "4.md") == "(begins a chain of more than 3 components)");
  CHECK(codes(result) == std::vector<uint16_t>{7005, 7005});

  // Each doubles the one before: 2^40 bytes at the end.
  Files bomb = {{"0.md", "x"}};
  for (int i = 1; i <= 40; ++i) {
    std::string reference = "{{component: " + std::to_string(i - 1) + ".md}}";
    bomb[std::to_string(i) + ".md"] = reference + reference;
  }
  options = options_with();
  options.limits.content_bytes = 5'000;
  result = compose(bomb, request_for({"40.md"}), options);
  CHECK(content(result, "12.md").size() == 4'096);
  CHECK(content(result, "13.md") == "(comes to more than 5000 bytes)");
  CHECK(std::find(codes(result).begin(), codes(result).end(), 7006) != codes(result).end());

  options = options_with();
  options.limits.total_bytes = 10;
  result = compose({{"a.md", "123456"}, {"b.md", "1234"}, {"c.md", "1"}}, request_for({"a.md", "b.md", "c.md"}), options);
  CHECK(content(result, "b.md") == "1234");
  CHECK(component(result, "c.md").composed == nullptr);

  options = options_with();
  options.limits.components = 2;
  result = compose({{"a.md", "a{{component: b.md}}{{component: c.md}}"}, {"b.md", "b"}, {"c.md", "c"}}, request_for({"a.md"}), options);
  CHECK(content(result, "a.md") == "ab{{component: c.md}}");
  CHECK(codes(result) == std::vector<uint16_t>{7006});
}

TEST_CASE("results are the same with any number of workers, cold and warm") {
  Files files = layers(6, 20);
  files["l2/3.md"] += "{{component: none.md}} {unknown}\n";
  files["l1/7.md"] += "{{component: l4/1.md}}\n"; // a cycle
  ComposeRequest request = request_for(top_of(6, 20), {{"name", "N"}});
  std::string expected = comparable(compose(files, request));
  for (unsigned workers : {2u, 7u, 32u}) {
    Composer composer(options_with(workers), llvm::makeIntrusiveRefCnt<Disk>(files));
    for (int run = 0; run < 3; ++run)
      CHECK(comparable(composer.compose(request)) == expected);
  }
}

TEST_CASE("large phases are composed by several threads to the same effect") {
  Files files = {{"large.md", std::string(200'000, 'x')}};
  Paths wanted;
  for (int i = 0; i < 20; ++i) {
    wanted.push_back(std::to_string(i) + ".md");
    files[wanted.back()] = "{{component: large.md}}" + wanted.back();
  }
  CHECK(comparable(compose(files, request_for(wanted), options_with(8))) == comparable(compose(files, request_for(wanted))));
}

TEST_CASE("files are read side by side") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "a"}, {"b.md", "b"}, {"c.md", "c"}, {"d.md", "d"}});
  disk->expect_together(4);
  ComposeResult result = Composer(options_with(4), disk).compose(request_for({"a.md", "b.md", "c.md", "d.md"}));
  CHECK(result.statistics.peak_reads == 4);
  CHECK(result.statistics.workers == 4);
}

TEST_CASE("what a component includes is read while its neighbours still are") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"slow.md", "s"}, {"a.md", "{{component: b.md}}"}, {"b.md", "b"}});
  disk->hold("slow.md");
  Composer composer(options_with(2), disk);
  std::thread thread([&] { composer.compose(request_for({"slow.md", "a.md"})); });
  disk->wait_until_opened("b.md");
  disk->release("slow.md");
  thread.join();
}

TEST_CASE("each file is read once, the more urgent ones first") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(
      Files{{"a.md", "{{component: c.md}}"}, {"b.md", "{{component: d.md}}"}, {"c.md", "c"}, {"d.md", "d"}, {"e.md", "e"}});
  ComposeRequest request;
  request.components = {{"d.md", -1}, {"a.md", 0}, {"e.md", 1}, {"b.md", 5}};
  Composer(options_with(1), disk).compose(request);
  CHECK(disk->opened() == Paths{"b.md", "d.md", "e.md", "a.md", "c.md"}); // b lends its priority to d
}

TEST_CASE("errors that may pass are tried again, a few times") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "a"}, {"b.md", "b"}, {"c.md", "c"}});
  disk->fail("a.md", std::errc::io_error, 3);
  disk->fail("b.md", std::errc::io_error, 4);
  disk->fail("c.md", std::errc::permission_denied, 1);
  ComposeResult result = Composer(options_with(3), disk).compose(request_for({"a.md", "b.md", "c.md"}));
  CHECK(content(result, "a.md") == "a");
  CHECK(component(result, "a.md").retries == 3);
  CHECK(component(result, "b.md").composed == nullptr);
  CHECK(component(result, "b.md").retries == 3);
  CHECK(component(result, "c.md").composed == nullptr);
  CHECK(component(result, "c.md").retries == 0);
  CHECK(result.statistics.retries == 6);
  Paths opened = disk->opened();
  CHECK(std::count(opened.begin(), opened.end(), "a.md") == 4);
  CHECK(std::count(opened.begin(), opened.end(), "c.md") == 1);
}

TEST_CASE("what waits to be tried again holds up nobody") {
  ComposerOptions options = options_with(1);
  options.retry.first_delay = std::chrono::milliseconds(1);
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "a"}, {"b.md", "b"}});
  disk->fail("a.md", std::errc::timed_out, 1);
  ComposeResult result = Composer(options, disk).compose(request_for({"a.md", "b.md"}));
  CHECK(disk->opened() == Paths{"a.md", "b.md", "a.md"});
  CHECK(content(result, "a.md") == "a");
}

TEST_CASE("a warm cache reads nothing and composes nothing, another context does") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "{{component: b.md}} {x}"}, {"b.md", "b"}});
  Composer composer(options_with(), disk);
  composer.compose(request_for({"a.md"}, {{"x", "1"}}));
  ComposeResult warm = composer.compose(request_for({"a.md"}, {{"x", "1"}}));
  CHECK(disk->opened().size() == 2);
  CHECK(warm.statistics.cache_hits == 2);
  CHECK(warm.statistics.files_read == 0);
  CHECK(component(warm, "a.md").from_cache);
  ComposeResult other = composer.compose(request_for({"a.md"}, {{"x", "2"}}));
  CHECK(content(other, "a.md") == "b 2");
  CHECK(other.statistics.cache_hits == 0);
  CHECK(disk->opened().size() == 2);
  CHECK(composer.statistics().cache.hit_ratio() == doctest::Approx(2 / 6.0));
  CHECK(composer.statistics().requests == 3);
}

TEST_CASE("an edit shows, in all that include the file") {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "foreload-XXXXXX").string();
  fs::path folder = mkdtemp(pattern.data());
  auto write = [&](const char *name, const char *text) {
    std::ofstream(folder / name) << text;
    fs::last_write_time(folder / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
  };
  write("a.md", "{{component: b.md}}");
  write("b.md", "old");
  ComposerOptions options = options_with();
  options.base = folder.string();
  Composer composer(options);
  CHECK(content(composer.compose(request_for({"a.md"})), "a.md") == "old");
  write("b.md", "newer");
  ComposeResult result = composer.compose(request_for({"a.md"}));
  CHECK(content(result, "a.md") == "newer");
  CHECK(result.statistics.files_read == 1);
  fs::remove_all(folder);
}

TEST_CASE("a component may be given as a text") {
  ComposeRequest request = request_for({"a.md"});
  request.texts["a.md"] = "edited {{component: b.md}}";
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "saved"}, {"b.md", "b"}});
  Composer composer(options_with(), disk);
  CHECK(content(composer.compose(request), "a.md") == "edited b");
  CHECK(content(composer.compose(request_for({"a.md"})), "a.md") == "saved");
}

TEST_CASE("progress is told of each component, one call at a time") {
  Files files = layers(4, 10);
  ComposeRequest request = request_for(top_of(4, 10));
  request.components.push_back({"none.md", 0});
  std::vector<std::string> told;
  size_t failed = 0, known = 0;
  bool is_called = false, overlapped = false;
  request.on_progress = [&](const ComposeProgress &progress) {
    overlapped |= std::exchange(is_called, true);
    told.push_back(progress.path.str());
    failed += progress.failed;
    known = std::max(known, progress.known);
    is_called = false;
  };
  ComposeResult result = compose(files, request, options_with(8));
  CHECK_FALSE(overlapped);
  CHECK(failed == 1);
  CHECK(known == result.components.size());
  Paths all = paths(result);
  std::sort(all.begin(), all.end());
  std::sort(told.begin(), told.end());
  CHECK(told == all);
}

TEST_CASE("what is warmed up is there when it is asked for") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "{{component: b.md}}"}, {"b.md", "b"}});
  Composer composer(options_with(2), disk);
  CHECK(composer.warm_up({"a.md", "none.md"}, {}) == 1);
  CHECK(composer.compose(request_for({"a.md"})).statistics.cache_hits == 2);
  CHECK(composer.statistics().requests == 1);
}

TEST_CASE("predictions change what is warm, and no result") {
  Files files = {{"a.md", "a"}, {"b.md", "b {{component: c.md}}"}, {"c.md", "c"}, {"rule.md", "r"}};
  ComposerOptions options = options_with(2);
  options.predict = true;
  options.prediction.rules = {{"c*", {"rule.md", "none.md", "../x.md"}}};
  Composer composer(options, llvm::makeIntrusiveRefCnt<Disk>(files));
  composer.compose(request_for({"a.md"}, {{"x", "1"}}));
  composer.compose(request_for({"b.md"}, {{"x", "1"}}));
  ComposeResult first = composer.compose(request_for({"a.md"}, {{"x", "2"}})); // b is what followed it
  composer.wait_for_preloads();
  ComposeResult second = composer.compose(request_for({"b.md"}, {{"x", "2"}}));
  CHECK(component(second, "b.md").from_cache);
  CHECK(component(second, "c.md").from_cache);
  CHECK(comparable(first) == comparable(compose(files, request_for({"a.md"}, {{"x", "2"}}))));
  CHECK(comparable(second) == comparable(compose(files, request_for({"b.md"}, {{"x", "2"}}))));
  ComposerStatistics statistics = composer.statistics();
  CHECK(statistics.prediction.correct == 1);
  CHECK(statistics.preloaded >= 2);

  composer.compose(request_for({"c.md"})); // of what the rule predicts, some cannot be read: nobody hears of it
  composer.wait_for_preloads();
  ComposeResult third = composer.compose(request_for({"rule.md"}));
  CHECK(component(third, "rule.md").from_cache);
  CHECK(codes(third).empty());
}

TEST_CASE("shutting down ends what is under way, and what comes later") {
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "{{component: b.md}}"}, {"b.md", "b"}, {"c.md", "c"}});
  disk->hold("a.md");
  disk->fail("c.md", std::errc::io_error, 1);
  ComposerOptions options = options_with(2);
  options.retry.first_delay = options.retry.longest_delay = std::chrono::hours(1);
  Composer composer(options, disk);
  ComposeResult result;
  std::thread request([&] { result = composer.compose(request_for({"a.md", "c.md"})); });
  disk->wait_until_opened("a.md");
  disk->wait_until_opened("c.md");
  std::thread shutdown([&] { composer.shut_down(); });
  // a.md is still being read, c.md waits for an hour: the first is waited for, the second is not.
  while (content(composer.compose(request_for({"c.md"})), "c.md") == "c")
    std::this_thread::yield(); // until the other thread has got that far
  disk->release("a.md");
  shutdown.join();
  request.join();
  CHECK(content(result, "a.md") == "{{component: b.md}}");
  CHECK(component(result, "b.md").error == "was not read: the composer was shut down");
  CHECK(component(result, "c.md").composed == nullptr);
  CHECK(codes(result).empty());
  CHECK(composer.compose(request_for({"b.md"})).statistics.failed == 1);
  CHECK(composer.warm_up({"b.md"}, {}) == 0);
  composer.shut_down();
}

TEST_CASE("requests may come from many threads at once") {
  Files files = layers(5, 12);
  ComposerOptions options = options_with(4);
  options.predict = true;
  options.cache.entries = 20; // so that entries go while others use them
  Composer composer(options, llvm::makeIntrusiveRefCnt<Disk>(files));
  ComposeRequest request = request_for(top_of(5, 12), {{"name", "N"}});
  std::string expected = comparable(compose(files, request));
  std::vector<std::thread> threads;
  std::array<std::string, 6> found;
  for (std::string &each : found)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i)
        each = comparable(composer.compose(request));
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &each : found)
    CHECK(each == expected);
  CHECK(composer.statistics().requests == 30);
}

TEST_CASE("statistics are measured") {
  Files files = layers(3, 4);
  ComposeResult result = compose(files, request_for(top_of(3, 4)));
  const ComposeStatistics &statistics = result.statistics;
  uint64_t bytes = 0;
  double work = 0;
  for (const ComponentResult &each : result.components) {
    bytes += files[each.path].size();
    work += each.seconds;
  }
  CHECK(statistics.bytes_read == bytes);
  CHECK(statistics.files_read == result.components.size());
  CHECK(statistics.work_seconds == doctest::Approx(work));
  CHECK(statistics.longest_chain_seconds > 0);
  CHECK(statistics.longest_chain_seconds <= statistics.work_seconds);
  CHECK(statistics.peak_reads == 1);
}

TEST_CASE("a record of use that is damaged is said, and replaced") {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "foreload-XXXXXX").string();
  fs::path folder = mkdtemp(pattern.data());
  std::ofstream(folder / "usage.json") << "{";
  ComposerOptions options = options_with();
  options.predict = true;
  options.usage_file = (folder / "usage.json").string();
  auto disk = llvm::makeIntrusiveRefCnt<Disk>(Files{{"a.md", "a"}, {"b.md", "b"}});
  {
    Composer composer(options, disk);
    CHECK(codes(composer.compose(request_for({"a.md", "b.md"}))) == std::vector<uint16_t>{7011});
    CHECK(codes(composer.compose(request_for({"a.md"}))).empty());
  }
  {
    Composer composer(options, disk);
    CHECK(codes(composer.compose(request_for({"a.md"}))).empty());
    composer.wait_for_preloads();
    CHECK(component(composer.compose(request_for({"b.md"})), "b.md").from_cache);
    CHECK_FALSE(composer.save_usage());
  }
  options.usage_file = (folder / "usage.json/below").string();
  Composer composer(options, disk);
  std::optional<Diagnostic> problem = composer.save_usage();
  REQUIRE(problem);
  CHECK(problem->code == 7011);
  fs::remove_all(folder);
}
