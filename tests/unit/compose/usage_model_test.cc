#include "compose/usage_model.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace foreload;

namespace {

using Paths = std::vector<std::string>;

struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "foreload-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string file(const char *name) const { return (path / name).string(); }
  std::filesystem::path path;
};

std::string error_of(llvm::Error error) { return llvm::toString(std::move(error)); }

} // namespace

TEST_CASE("what was asked for together, or one after the other, is predicted") {
  UsageModel model({});
  model.record({"a", "b"});
  CHECK(model.predict({"a"}) == Paths{"b"});
  CHECK(model.predict({"a", "b"}) == Paths{});
  CHECK(model.predict({"unknown"}) == Paths{});
  model.record({"c"});
  CHECK(model.predict({"a"}) == Paths{"b", "c"});
  CHECK(model.predict({"c"}) == Paths{}); // what came before does not follow
}

TEST_CASE("what happens rarely is not predicted") {
  UsageModel model({});
  model.record({"a", "rare"});
  for (int i = 0; i < 9; ++i)
    model.record({"a", "often"});
  CHECK(model.predict({"a"}) == Paths{"often"});
}

TEST_CASE("old habits count for less and less") {
  UsageModel model({.decay = 0.5});
  for (int i = 0; i < 4; ++i)
    model.record({"a", "old"});
  for (int i = 0; i < 3; ++i)
    model.record({"a", "new"});
  CHECK(model.predict({"a"}) == Paths{"new"});
  UsageModel elephant({.decay = 1});
  for (int i = 0; i < 4; ++i)
    elephant.record({"a", "old"});
  for (int i = 0; i < 3; ++i)
    elephant.record({"a", "new"});
  CHECK(elephant.predict({"a"}) == Paths{"old", "new"});
}

TEST_CASE("rules come before what was learned, and the number of predictions is bounded") {
  UsageModel model({.rules = {{"*reporting*", {"xml", "context"}}, {"analysis/*", {"plan"}}}, .max_predicted = 3});
  model.record({"components/reporting/r.md", "learned"});
  CHECK(model.predict({"components/reporting/r.md"}) == Paths{"xml", "context", "learned"});
  CHECK(model.predict({"components/reporting/r.md", "xml"}) == Paths{"context", "learned"});
  CHECK(model.predict({"analysis/a.md", "components/reporting/r.md"}) == Paths{"xml", "context", "plan"});
}

TEST_CASE("precision and recall are those of the predictions that were made") {
  UsageModel model({.rules = {{"a", {"b", "x"}}}});
  model.record({"a"});      // predicts b and x
  model.record({"a", "b"}); // b is right, x is not; a was there before
  PredictionStatistics statistics = model.statistics();
  CHECK(statistics.requests == 1);
  CHECK(statistics.predicted == 2);
  CHECK(statistics.wanted == 1);
  CHECK(statistics.correct == 1);
  CHECK(statistics.precision() == doctest::Approx(0.5));
  CHECK(statistics.recall() == doctest::Approx(1));
  model.record({"c", "d"}); // x was predicted; c and d were wanted
  CHECK(model.statistics().precision() == doctest::Approx(1 / 3.0));
  CHECK(model.statistics().recall() == doctest::Approx(1 / 3.0));
  CHECK(PredictionStatistics().precision() == 0);
  CHECK(PredictionStatistics().recall() == 0);
}

TEST_CASE("what is remembered is bounded, and the least used is forgotten") {
  UsageModel model({.max_components = 3, .max_related = 2});
  for (int i = 0; i < 3; ++i)
    model.record({"a", "b"});
  model.record({"a", "c"});
  model.record({"a", "d"});
  model.record({"a", "d"});
  CHECK(model.hottest(10) == Paths{"a", "b", "d"});
  CHECK(model.predict({"a"}).size() == 2);
}

TEST_CASE("what was learned outlives the process") {
  TemporaryFolder folder;
  std::string file = folder.file("below/usage.json");
  UsageModel first({.rules = {{"a", {"r"}}}});
  first.record({"a", "b"});
  first.record({"a"});
  CHECK(error_of(first.save(file)) == "");

  UsageModel second({.rules = {{"a", {"r"}}}});
  CHECK(error_of(second.load(file)) == "");
  CHECK(second.predict({"a"}) == first.predict({"a"}));
  CHECK(second.hottest(2) == first.hottest(2));
  CHECK(second.statistics().requests == 1);
  second.record({"r"}); // as the first one predicted
  CHECK(second.statistics().correct == 1);

  CHECK(error_of(second.save(file)) == "");
  size_t files = 0;
  for (auto &entry : std::filesystem::directory_iterator(folder.path / "below"))
    files += entry.is_regular_file();
  CHECK(files == 1);
}

TEST_CASE("a record that is missing is none, one that is damaged is said and changes nothing") {
  TemporaryFolder folder;
  UsageModel model({});
  CHECK(error_of(model.load(folder.file("none.json"))) == "");
  model.record({"a", "b"});
  for (const char *text : {"", "{", "[]", "{\"version\": 2, \"components\": []}", "{\"version\": 1, \"components\": [{}]}",
                           "{\"version\": 1, \"components\": [{\"path\": \"a\", \"uses\": 1, \"related\": {\"b\": \"c\"}}]}"}) {
    std::ofstream(folder.file("usage.json")) << text;
    CHECK(error_of(model.load(folder.file("usage.json"))).find("is damaged") != std::string::npos);
  }
  CHECK(model.predict({"a"}) == Paths{"b"});
  std::ofstream(folder.file("file")) << "";
  CHECK(error_of(model.save(folder.file("file/usage.json"))).find("cannot be written") != std::string::npos);
}
