// Golden tests: fixtures/golden/<a sentence>/{input/**, options.json?, expected/**}.
//
//   foreload-golden FIXTURES [CASE…]             compare
//   FORELOAD_UPDATE=1 foreload-golden FIXTURES   write what there is; review happens in the diff
//
// Each component of a case is transformed as a build tool would have it transformed, on one thread, again on several at
// once, and with facts that have been in a cache. expected/ holds, for every component that changes, its text, its companion
// and both maps in a form that can be read; diagnostics.txt; and plan.txt, what `foreload explain` says of the components
// that nothing else renders. A file that is missing in expected/ and one that nobody expects fail alike. Last, the case is
// built as a whole in each mode, which has to give the same bytes.
#include "cli/diagnostic_text.h"
#include "cli/explanation_text.h"
#include "host/host.h"

#include "golden/readable_map.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace foreload;

namespace {

using Files = std::map<std::string, std::string>; ///< by path relative to the case's expected folder

std::string read_file(const fs::path &path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Files read_tree(const fs::path &folder) {
  Files files;
  if (fs::exists(folder))
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file())
        files[fs::relative(entry.path(), folder).generic_string()] = read_file(entry.path());
  return files;
}

HostOptions case_options(const fs::path &folder, const std::string &root) {
  HostOptions options;
  options.root = root;
  if (!fs::exists(folder / "options.json"))
    return options;
  nlohmann::json json = nlohmann::json::parse(read_file(folder / "options.json"));
  options.lift = json.value("lift", true);
  options.auto_lift = json.value("auto", false);
  options.dedupe = json.value("dedupe", false);
  options.speculative = json.value("speculative", false);
  std::string strategy = json.value("strategy", "auto");
  options.strategy = strategy == "inline"      ? StrategyOption::Inline
                     : strategy == "reference" ? StrategyOption::Reference
                                               : StrategyOption::Auto;
  options.runtime_aliases = json.value("runtimeAliases", std::vector<std::string>());
  return options;
}

/// What the case gives with \p threads threads, and facts from the cache in folder \p cache, if that is not empty.
Files run_case(const fs::path &folder, unsigned threads, const fs::path &cache = {}) {
  fs::path input = fs::canonical(folder / "input");
  std::string root = input.generic_string();
  HostOptions options = case_options(folder, root);
  if (!cache.empty())
    options.cache = CacheOptions{cache.string()};
  Host host(std::move(options));

  std::vector<std::string> components, documents;
  for (const auto &[path, text] : read_tree(input))
    if (is_component_path(path))
      components.push_back(path);
    else if (is_markdown_path(path))
      documents.push_back(path);

  std::vector<TransformResult> results(components.size());
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t i = next++; i < components.size(); i = next++) {
      std::string path = root + "/" + components[i];
      results[i] = host.transform(path, read_file(path));
    }
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < threads; ++i)
    pool.emplace_back(work);
  work();
  for (std::thread &thread : pool)
    thread.join();

  Files files;
  std::vector<Diagnostic> diagnostics;
  for (size_t i = 0; i < components.size(); ++i) {
    const TransformResult &result = results[i];
    diagnostics.insert(diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
    if (result.changed) {
      files[components[i]] = result.code.code;
      files[components[i] + ".map.txt"] = golden::readable_map(result.code.code, result.code.map);
    }
    if (result.has_companion) {
      std::string path = fs::path(result.companion.path).lexically_relative(root).generic_string();
      files[path] = result.companion.code;
      files[path + ".map.txt"] = golden::readable_map(result.companion.code, result.companion.map);
    }
  }

  // Roots of the render trees: what no other component's plan has below it.
  std::map<std::string, nlohmann::json> explanations;
  std::set<std::string> rendered;
  auto note_rendered = [&](auto &&self, const nlohmann::json &tree, bool is_root) -> void {
    if (!tree.is_object())
      return;
    if (!is_root)
      rendered.insert(tree.value("component", ""));
    for (const nlohmann::json &child : tree.value("children", nlohmann::json::array()))
      self(self, child, false);
  };
  std::vector<std::string> explained = components;
  explained.insert(explained.end(), documents.begin(), documents.end());
  for (const std::string &component : explained) {
    explanations[component] = nlohmann::json::parse(host.explain(root + "/" + component).json);
    note_rendered(note_rendered, explanations[component]["tree"], true);
  }
  std::string plan;
  for (const auto &[component, explanation] : explanations)
    if (!rendered.contains(component) && explanation["tree"].is_object())
      plan += cli::explanation_text(explanation, true, cli::Painter(false)) + "\n";
  if (!plan.empty())
    files["plan.txt"] = plan;

  sort_diagnostics(diagnostics);
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk = llvm::vfs::getRealFileSystem();
  if (!diagnostics.empty())
    files["diagnostics.txt"] = cli::diagnostic_text(diagnostics, *disk, root, cli::Painter(false));
  return files;
}

/// What a build of the whole case gives.
Files build_case(const fs::path &folder, RunOptions run) {
  std::string root = fs::canonical(folder / "input").generic_string();
  fs::path packed = fs::temp_directory_path() / ("foreload-golden-" + std::to_string(getpid()));
  BuildOptions options;
  options.directory = root;
  options.packed = packed.string();
  options.run = run;
  BuildResult result = Host(case_options(folder, root)).build(options);
  Files files = {{"packed outputs", read_file(packed)}, {"manifest", result.manifest}};
  fs::remove(packed);
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk = llvm::vfs::getRealFileSystem();
  files["diagnostics of a build"] = cli::diagnostic_text(result.diagnostics, *disk, root, cli::Painter(false));
  files["counters"] = std::to_string(result.components) + " " + std::to_string(result.changed) + " " +
                      std::to_string(result.loaders) + " " + std::to_string(result.lifted);
  return files;
}

/// The first line in which two texts differ, for the message.
std::string first_difference(const std::string &expected, const std::string &got) {
  std::istringstream a(expected), b(got);
  std::string line_a, line_b;
  for (unsigned line = 1;; ++line) {
    bool more_a = static_cast<bool>(std::getline(a, line_a)), more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b)
      return "    (they differ in line ends or at the end)\n";
    if (line_a != line_b || more_a != more_b)
      return "    line " + std::to_string(line) + "\n    - " + (more_a ? line_a : "(end)") + "\n    + " +
             (more_b ? line_b : "(end)") + "\n";
  }
}

std::string compare(const Files &expected, const Files &got) {
  std::string report;
  for (const auto &[path, text] : got) {
    auto at = expected.find(path);
    if (at == expected.end())
      report += "  not in expected/: " + path + "\n";
    else if (at->second != text)
      report += "  differs: " + path + "\n" + first_difference(at->second, text);
  }
  for (const auto &[path, text] : expected)
    if (!got.contains(path))
      report += "  nobody expects expected/" + path + "\n";
  return report;
}

void write_tree(const fs::path &folder, const Files &files) {
  fs::remove_all(folder);
  for (const auto &[path, text] : files) {
    fs::create_directories((folder / path).parent_path());
    std::ofstream(folder / path, std::ios::binary) << text;
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: foreload-golden FIXTURES [CASE…]\n");
    return 2;
  }
  bool update = std::getenv("FORELOAD_UPDATE") != nullptr;
  std::set<std::string> wanted(argv + 2, argv + argc);
  size_t passed = 0, failed = 0;
  std::vector<fs::path> cases;
  for (const fs::directory_entry &entry : fs::directory_iterator(argv[1]))
    if (entry.is_directory() && (wanted.empty() || wanted.contains(entry.path().filename().string())))
      cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  fs::path cache = fs::temp_directory_path() / ("foreload-golden-cache-" + std::to_string(getpid()));
  for (const fs::path &folder : cases) {
    Files got = run_case(folder, 1);
    if (update)
      write_tree(folder / "expected", got);
    std::string report = compare(read_tree(folder / "expected"), got);
    if (std::string threaded = compare(got, run_case(folder, 4)); !threaded.empty())
      report += "  not the same with 4 threads:\n" + threaded;
    for (const char *when : {"that is filled", "that is full"})
      if (std::string cached = compare(got, run_case(folder, 1, cache)); !cached.empty())
        report += std::string("  not the same with a cache ") + when + ":\n" + cached;
    fs::remove_all(cache);
    Files built = build_case(folder, {RunMode::Sequential});
    for (const auto &[mode, run] : std::map<std::string, RunOptions>{
             {"batches of 2 on 3 threads", {RunMode::Batch, 3, 2}}, {"4 threads in parallel", {RunMode::Parallel, 4}}})
      if (std::string other = compare(built, build_case(folder, run)); !other.empty())
        report += "  a build is not the same with " + mode + ":\n" + other;
    if (report.empty()) {
      ++passed;
      continue;
    }
    ++failed;
    std::printf("FAIL %s\n%s", folder.filename().string().c_str(), report.c_str());
  }
  std::printf("%zu passed, %zu failed\n", passed, failed);
  return failed || cases.empty() ? 1 : 0;
}
