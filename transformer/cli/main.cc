// The command `foreload`. Results go to standard output, what is said to people to standard error.
#include "cli/arguments.h"
#include "cli/build_events.h"
#include "cli/cache.h"
#include "cli/check_text.h"
#include "cli/diagnostic_text.h"
#include "cli/explanation_text.h"
#include "cli/graph_json.h"
#include "cli/graph_text.h"
#include "cli/plugins.h"
#include "cli/progress_line.h"
#include "cli/project.h"
#include "cli/report_svg.h"
#include "cli/report_text.h"
#include "cli/sarif.h"
#include "compose/compose_config.h"
#include "compose/compose_json.h"
#include "compose/compose_output.h"
#include "engine/replace_file.h"
#include "host/build_watch.h"
#include "host/graph_html.h"
#include "host/report_html.h"
#include "source/real_file_system.h"

#include <llvm/Support/MemoryBuffer.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>

using namespace foreload;
using namespace foreload::cli;
using Json = nlohmann::ordered_json; // fields stay in the order that the host wrote them in

namespace {

enum Exit { Done = 0, ProjectHasErrors = 1, WrongUsage = 2 };

int wrong_usage(const std::string &message, const Command *command) {
  std::string name = command ? "foreload " + command->name.str() : "foreload";
  print(stderr, name + ": " + message + "\nTry '" + name + " --help'.\n");
  return WrongUsage;
}

/// Prints a command's result, then what there is to say about the project.
int finish(const std::string &result, llvm::ArrayRef<Diagnostic> diagnostics) {
  if (!diagnostics.empty()) {
    Painter paint(wants_colour(stderr));
    print(stderr, diagnostic_text(diagnostics, *real_file_system(), absolute_path("."), paint));
    if (std::string summary = diagnostic_summary(diagnostics); !summary.empty())
      print(stderr, summary + "\n");
  }
  if (!print(stdout, result)) {
    print(stderr, "foreload: cannot write to standard output\n");
    return ProjectHasErrors;
  }
  return has_errors(diagnostics) ? ProjectHasErrors : Done;
}

/// Says so if `--root` names no folder.
bool has_wrong_root(const Arguments &arguments) {
  std::error_code error;
  return arguments.has("--root") && !std::filesystem::is_directory(absolute_path(arguments.value("--root")), error);
}

/// Whether the operand and `--root` name directories; says so if not.
bool has_directories(const Arguments &arguments) {
  std::error_code error;
  bool is_directory = std::filesystem::is_directory(absolute_path(arguments.operand), error);
  if (is_directory && !has_wrong_root(arguments))
    return true;
  wrong_usage("'" + (is_directory ? arguments.value("--root").str() : arguments.operand) + "' is no directory",
              arguments.command);
  return false;
}

HostOptions host_options(const Arguments &arguments, llvm::StringRef folder) {
  HostOptions options;
  options.root = arguments.has("--root") ? absolute_path(arguments.value("--root")) : project_root(folder);
  options.runtime_aliases = {
      "astro-auto-load/runtime"}; // what such a site means by it is ours, with `compat` or without
  llvm::StringRef strategy = arguments.value("--strategy");
  options.strategy = strategy == "inline"      ? StrategyOption::Inline
                     : strategy == "reference" ? StrategyOption::Reference
                                               : StrategyOption::Auto;
  options.auto_lift = arguments.has("--auto");
  options.dedupe = arguments.has("--dedupe");
  options.speculative = arguments.has("--speculative");
  return options;
}

/// Adds what `--plugin` names, or says what is wrong with it.
bool add_plugins(const Arguments &arguments, HostOptions &options) {
  auto plugins = load_plugins(arguments.values("--plugin"), options.root);
  if (plugins)
    options.plugins = std::move(*plugins);
  else
    wrong_usage(llvm::toString(plugins.takeError()), arguments.command);
  return static_cast<bool>(plugins);
}

/// Reads the CONFIG.json of inclusion. Nothing: it has been said why, and \p exit_code is the command's.
std::optional<ComposeConfig> read_config(const Arguments &arguments, const std::string &given, int &exit_code) {
  std::string path = absolute_path(given);
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    exit_code = wrong_usage("'" + given + "' cannot be read: " + buffer.getError().message(), arguments.command);
    return std::nullopt;
  }
  SourceFile file(path, (*buffer)->getBuffer().str());
  std::vector<Diagnostic> diagnostics;
  std::optional<ComposeConfig> config =
      read_compose_config(file, std::filesystem::path(path).parent_path().string(), diagnostics);
  if (!config) {
    sort_diagnostics(diagnostics);
    exit_code = finish("", diagnostics);
  }
  return config;
}

bool write_file(llvm::StringRef path, llvm::StringRef text) {
  std::error_code error;
  std::filesystem::file_status status = std::filesystem::status(path.str(), error);
  bool written;
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) { // /dev/stdout
    std::FILE *file = std::fopen(path.str().c_str(), "w");
    written = file && print(file, text);
    if (file && std::fclose(file) != 0)
      written = false;
  } else {
    written = !replace_file(absolute_path(path), text);
  }
  if (!written)
    print(stderr, "foreload: cannot write '" + path.str() + "'\n");
  return written;
}

/// Writes what `--out` asks for, and makes the folders above it.
bool write_result(llvm::StringRef out, llvm::StringRef text) {
  std::string path = absolute_path(out);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  return write_file(path, text);
}

/// The value of an option that is a number, which has to be more than 0. Nothing: it is none, which has been said.
std::optional<unsigned> read_count(const Arguments &arguments, llvm::StringRef name) {
  unsigned count = 0;
  if (!arguments.has(name))
    return 0;
  if (!arguments.value(name).getAsInteger(10, count) && count > 0)
    return count;
  wrong_usage("option '" + name.str() + "' is a number from 1 on, not '" + arguments.value(name).str() + "'",
              arguments.command);
  return std::nullopt;
}

/// Reads how a build is to run, or says what is wrong with it.
bool read_run_options(const Arguments &arguments, RunOptions &run) {
  llvm::StringRef mode = arguments.value("--mode");
  run.mode = mode == "sequential" ? RunMode::Sequential : mode == "parallel" ? RunMode::Parallel : RunMode::Batch;
  std::optional<unsigned> jobs = read_count(arguments, "--jobs"), batch = read_count(arguments, "--batch");
  if (!jobs || !batch)
    return false;
  run.jobs = *jobs;
  run.batch = *batch;
  return true;
}

/// Shows builds to people, or to programs with `--json`.
class BuildReporter {
public:
  BuildReporter(const Arguments &arguments, const BuildOptions &options, const Host &host)
      : arguments_(arguments), options_(options), host_(host), is_json_(arguments.has("--json")) {}

  /// \p changed: what made it necessary to build again.
  void start(llvm::ArrayRef<std::string> changed = {}) {
    line_.emplace();
    if (is_json_)
      print(stdout, start_event(options_, changed));
    changed_ = changed.size() == 1 ? shown_path(changed[0], absolute_path(".")).str()
               : changed.empty()   ? std::string()
                                   : counted(changed.size(), "path");
  }

  void progress(const BuildProgress &progress) {
    if (is_json_ && throttle_.lets_pass(progress))
      print(stdout, progress_event(progress));
    std::string text = phase_name(progress.phase);
    if (progress.total)
      text += " " + std::to_string(progress.done) + " of " + counted(progress.total, "file");
    line_->show(text);
  }

  /// Gives the exit code.
  int end(const BuildResult &result) {
    line_.reset();
    if (arguments_.has("--trace") && !write_file(arguments_.value("--trace"), host_.trace()))
      return ProjectHasErrors;
    if (arguments_.has("--stats"))
      print(stderr, statistics(result));
    if (!is_json_)
      return finish(changed_.empty() ? summary(result) : update_summary(result), result.diagnostics);
    int exit_code = finish(done_events(result), {});
    return exit_code == Done && has_errors(result.diagnostics) ? ProjectHasErrors : exit_code;
  }

private:
  std::string statistics(const BuildResult &result) const {
    std::string text;
    if (!result.reuse.is_unchanged && !result.reuse.is_shared)
      text = build_statistics_text(result.statistics) + statistics_text(host_.statistics(), Painter(wants_colour(stderr)));
    return text + reuse_text(result);
  }

  std::string summary(const BuildResult &result) const {
    std::string text = counted(result.components, "component") + ": " + std::to_string(result.changed) + " changed, " +
                       std::to_string(result.lifted) + " of " + counted(result.loaders, "loader") + " lifted\n";
    for (const char *target : {"--out", "--packed"})
      if (arguments_.has(target) && !has_errors(result.diagnostics))
        text += "written to " + arguments_.value(target).str() + "\n";
    return text;
  }

  std::string update_summary(const BuildResult &result) const {
    char milliseconds[32];
    std::snprintf(milliseconds, sizeof milliseconds, "%.1f ms", result.statistics.seconds * 1e3);
    return changed_ + " changed: " + counted(result.statistics.written, "file") + " written in " + milliseconds + "\n";
  }

  const Arguments &arguments_;
  const BuildOptions &options_;
  const Host &host_;
  const bool is_json_;
  ProgressThrottle throttle_;
  std::optional<ProgressLine> line_;
  std::string changed_; ///< empty: it is the first build
};

/// Who is to be stopped by a signal.
std::atomic<BuildWatch *> watch_to_stop = nullptr;

int watch_build(Host &host, const BuildOptions &options, BuildReporter &reporter) {
  llvm::Expected<std::unique_ptr<BuildWatch>> watch = BuildWatch::open(host, options);
  if (!watch) {
    print(stderr, "foreload: " + llvm::toString(watch.takeError()) + "\n");
    return ProjectHasErrors;
  }
  watch_to_stop = watch->get();
  for (int signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { watch_to_stop.load()->stop(); });
  reporter.start();
  reporter.end((*watch)->build());
  auto start = [&](llvm::ArrayRef<std::string> paths) { reporter.start(paths); };
  while (std::optional<BuildResult> result = (*watch)->next(start))
    reporter.end(*result);
  for (int signal : {SIGINT, SIGTERM})
    std::signal(signal, SIG_DFL);
  return Done;
}

int run_build(const Arguments &arguments) {
  std::string directory = absolute_path(arguments.operand);
  if (!has_directories(arguments))
    return WrongUsage;

  HostOptions options_of_host = host_options(arguments, directory);
  BuildOptions options;
  if (!read_run_options(arguments, options.run) || !add_plugins(arguments, options_of_host))
    return WrongUsage;
  options_of_host.trace = arguments.has("--trace");
  llvm::Expected<std::optional<CacheOptions>> cache = cache_for(arguments, options_of_host.root);
  if (!cache)
    return wrong_usage(llvm::toString(cache.takeError()), arguments.command);
  options_of_host.cache = std::move(*cache);
  options_of_host.is_watched = arguments.has("--watch");
  if (arguments.has("--compose")) {
    int exit_code = Done;
    options_of_host.compose = read_config(arguments, arguments.value("--compose").str(), exit_code);
    if (!options_of_host.compose)
      return exit_code;
  }
  Host host(std::move(options_of_host));
  options.directory = directory;
  if (arguments.has("--out"))
    options.out = absolute_path(arguments.value("--out"));
  if (arguments.has("--packed"))
    options.packed = absolute_path(arguments.value("--packed"));
  BuildReporter reporter(arguments, options, host);
  options.on_progress = [&](const BuildProgress &progress) { reporter.progress(progress); };
  if (arguments.has("--watch"))
    return watch_build(host, options, reporter);
  reporter.start();
  return reporter.end(host.build(options));
}

/// The names of all components in an explained tree.
void collect_components(const Json &node, std::set<std::string> &components) {
  if (!node.is_object())
    return;
  if (auto component = node.find("component"); component != node.end() && component->is_string())
    components.insert(component->get<std::string>());
  if (auto children = node.find("children"); children != node.end() && children->is_array())
    for (const Json &child : *children)
      collect_components(child, components);
}

/// Of the trees of all components of a directory, those that are not part of another one. Components that render each
/// other in a circle are part of each other's tree: the first of them stands for the circle.
std::vector<Json> outermost(std::vector<Json> explanations) {
  std::vector<std::string> roots;
  std::set<std::string> rendered_by_another;
  for (const Json &explanation : explanations) {
    std::string &root = roots.emplace_back();
    if (!explanation.contains("tree") || !explanation["tree"].is_object())
      continue;
    root = explanation["tree"].value("component", "");
    std::set<std::string> components;
    collect_components(explanation["tree"], components);
    components.erase(root);
    rendered_by_another.insert(components.begin(), components.end());
  }

  std::vector<Json> chosen;
  std::set<std::string> shown;
  auto choose = [&](size_t at) {
    if (explanations[at].contains("tree"))
      collect_components(explanations[at]["tree"], shown);
    chosen.push_back(std::move(explanations[at]));
  };
  std::vector<size_t> candidates;
  for (size_t at = 0; at < explanations.size(); ++at) {
    if (rendered_by_another.count(roots[at]))
      candidates.push_back(at);
    else
      choose(at);
  }
  for (size_t at : candidates)
    if (!shown.count(roots[at]))
      choose(at);
  return chosen;
}

int run_explain(const Arguments &arguments) {
  std::string path = absolute_path(arguments.operand);
  std::error_code error;
  bool is_directory = std::filesystem::is_directory(path, error);
  if (!is_directory && !std::filesystem::is_regular_file(path, error))
    return wrong_usage("'" + arguments.operand + "' is no file and no directory", arguments.command);
  if (has_wrong_root(arguments))
    return wrong_usage("'" + arguments.value("--root").str() + "' is no directory", arguments.command);

  std::string folder = is_directory ? path : std::filesystem::path(path).parent_path().string();
  HostOptions options = host_options(arguments, folder);
  if (!add_plugins(arguments, options))
    return WrongUsage;
  Host host(std::move(options));
  std::vector<Json> explanations;
  std::vector<Diagnostic> diagnostics;
  for (const std::string &file : is_directory ? find_components(path) : std::vector<std::string>{path}) {
    ExplainResult result = host.explain(file);
    explanations.push_back(Json::parse(result.json));
    diagnostics.insert(diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
  }
  if (is_directory)
    explanations = outermost(std::move(explanations));
  sort_diagnostics(diagnostics);

  if (arguments.has("--json")) {
    Json answer = is_directory ? Json(explanations) : std::move(explanations.front());
    return finish(answer.dump(2) + "\n", diagnostics);
  }
  Painter paint(wants_colour(stdout));
  std::string text;
  for (const Json &explanation : explanations)
    text += (text.empty() ? "" : "\n") + explanation_text(explanation, arguments.has("--conflicts"), paint);
  return finish(text, diagnostics);
}

int run_check(const Arguments &arguments) {
  std::string directory = absolute_path(arguments.operand);
  if (!has_directories(arguments))
    return WrongUsage;
  CheckOptions options;
  options.directory = directory;
  if (arguments.has("--max-depth")) {
    unsigned depth;
    if (arguments.value("--max-depth").getAsInteger(10, depth))
      return wrong_usage("option '--max-depth' is a number, not '" + arguments.value("--max-depth").str() + "'",
                         arguments.command);
    options.max_depth = depth;
  }

  HostOptions host_options_here = host_options(arguments, directory);
  std::string root = host_options_here.root;
  CheckResult result = Host(std::move(host_options_here)).check(options);
  std::string text = result.json;
  if (llvm::StringRef format = arguments.value("--format"); format == "sarif") {
    // A code host wants paths from the top of the repository, where it runs its tools.
    std::string here = absolute_path(".");
    bool is_below = root == here || llvm::StringRef(root).take_front(here.size() + 1) == here + "/";
    text = sarif_text(Json::parse(result.json), root, is_below ? here : root);
  } else if (format != "json") {
    text = check_text(Json::parse(result.json), Painter(wants_colour(stdout)));
  }
  int exit = finish(text, result.diagnostics);
  return exit == Done && result.over_budget ? ProjectHasErrors : exit;
}

/// The components that were asked for, one after the other.
std::string composed_text(const ComposeResult &result) {
  std::string text;
  for (const ComponentResult &component : result.components)
    if (component.requested && component.composed) {
      text += (text.empty() ? "" : "\n") + component.composed->content;
      if (text.back() != '\n')
        text += '\n';
    }
  return text;
}

int run_compose(const Arguments &arguments) {
  int exit_code = Done;
  std::optional<ComposeConfig> config = read_config(arguments, arguments.operand, exit_code);
  if (!config)
    return exit_code;

  std::string base = config->options.base;
  Composer composer(std::move(config->options));
  if (!config->hot.empty())
    composer.warm_up(config->hot, config->request.context);
  ComposeResult result;
  {
    ProgressLine line;
    config->request.on_progress = [&](const ComposeProgress &progress) {
      line.show(std::to_string(progress.done) + " of " + counted(progress.known, "component"));
    };
    result = composer.compose(config->request);
  }
  std::string summary;
  if (arguments.has("--out")) {
    size_t written = write_components(result, base, absolute_path(arguments.value("--out")), result.diagnostics);
    summary = counted(written, "component") + " written to " + arguments.value("--out").str() + "\n";
  }
  composer.shut_down();
  if (std::optional<Diagnostic> problem = composer.save_usage())
    result.diagnostics.push_back(std::move(*problem));
  bool is_json = arguments.has("--json");
  return finish(is_json                   ? compose_json(result, composer.statistics())
                : arguments.has("--out") ? summary
                                          : composed_text(result),
                result.diagnostics);
}

int run_report(const Arguments &arguments) {
  std::string directory = absolute_path(arguments.operand);
  if (!has_directories(arguments))
    return WrongUsage;
  ReportOptions options;
  options.directory = directory;
  if (arguments.has("--traces")) {
    options.traces_file = absolute_path(arguments.value("--traces"));
    auto log = llvm::MemoryBuffer::getFile(options.traces_file, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!log)
      return wrong_usage("'" + arguments.value("--traces").str() + "' could not be read: " + log.getError().message(),
                         arguments.command);
    options.traces = (*log)->getBuffer().str();
  }

  HostOptions host_options_here = host_options(arguments, directory);
  ReportLinks links{arguments.value("--link").str(), {}, host_options_here.root};
  Report report = Host(std::move(host_options_here)).report(options);
  if (arguments.has("--page")) {
    llvm::StringRef wanted = arguments.value("--page");
    std::vector<ReportPage> &pages = report.pages;
    pages.erase(std::remove_if(pages.begin(), pages.end(),
                               [&](const ReportPage &page) { return page.file != wanted && page.url != wanted; }),
                pages.end());
    if (pages.empty())
      return wrong_usage("there is no page '" + wanted.str() +
                             "' with loaders: it is a file below the root, or a URL of the log",
                         arguments.command);
  }

  bool has_file = arguments.has("--out");
  llvm::StringRef format = arguments.value("--format");
  std::string text = format == "text"  ? report_text(report, Painter(!has_file && wants_colour(stdout)))
                     : format == "svg" ? report_svg(report)
                                       : report_html(report, links);
  if (!has_file)
    return finish(text, report.diagnostics);
  if (!write_result(arguments.value("--out"), text))
    return ProjectHasErrors;
  return finish(counted(report.pages.size(), "page") + ", written to " + arguments.value("--out").str() + "\n",
                report.diagnostics);
}

/// `a,b` as two words.
std::vector<std::string> words_of(llvm::StringRef list) {
  llvm::SmallVector<llvm::StringRef, 8> words;
  list.split(words, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return {words.begin(), words.end()};
}

int run_graph(const Arguments &arguments) {
  GraphOptions options;
  std::vector<std::string> operands = arguments.more_operands;
  operands.insert(operands.begin(), arguments.operand);
  for (const std::string &operand : operands) {
    std::error_code error;
    options.roots.push_back(absolute_path(operand));
    if (!std::filesystem::exists(options.roots.back(), error))
      return wrong_usage("'" + operand + "' is no file and no directory", arguments.command);
  }
  if (has_wrong_root(arguments))
    return wrong_usage("'" + arguments.value("--root").str() + "' is no directory", arguments.command);
  if (arguments.has("--jobs") && (arguments.value("--jobs").getAsInteger(10, options.threads) || !options.threads))
    return wrong_usage("option '--jobs' is a number from 1 on, not '" + arguments.value("--jobs").str() + "'",
                       arguments.command);
  const std::string &first = options.roots.front();
  std::error_code error;
  options.root = arguments.has("--root") ? absolute_path(arguments.value("--root"))
                 : project_root(std::filesystem::is_directory(first, error)
                                    ? first
                                    : std::filesystem::path(first).parent_path().string());
  options.into_packages = arguments.has("--packages");
  options.exclude = arguments.values("--exclude");
  std::vector<std::string> fail_on = words_of(arguments.value("--fail-on"));
  if (arguments.has("--fail-on") && fail_on.empty())
    return wrong_usage("option '--fail-on' takes cycles, unresolved and orphans", arguments.command);
  for (const std::string &finding : fail_on)
    if (finding != "cycles" && finding != "unresolved" && finding != "orphans")
      return wrong_usage("option '--fail-on' takes cycles, unresolved and orphans, not '" + finding + "'",
                         arguments.command);
  options.conditions = words_of(arguments.value("--conditions"));
  options.main_fields = words_of(arguments.value("--main-fields"));
  if (arguments.has("--json") + arguments.has("--dot") + arguments.has("--html") > 1)
    return wrong_usage("only one of '--json', '--dot' and '--html' can be had at once", arguments.command);

  // The process ends with the command: a graph's many parts are left to the system.
  static const ProjectGraph &project = *new ProjectGraph(read_project_graph(real_file_system(), options));
  bool has_file = arguments.has("--out");
  std::string text = arguments.has("--json")   ? graph_json(project)
                     : arguments.has("--dot")  ? graph_dot(project)
                     : arguments.has("--html") ? graph_html(project)
                                               : graph_text(project, Painter(!has_file && wants_colour(stdout)));
  if (has_file) {
    if (!write_result(arguments.value("--out"), text))
      return ProjectHasErrors;
    text = counted(project.graph.modules.size(), "module") + ", written to " + arguments.value("--out").str() + "\n";
  }
  int exit = finish(text, project.diagnostics);
  for (const std::string &finding : fail_on) {
    size_t count = finding == "cycles"    ? project.order.cycles.size()
                   : finding == "orphans" ? project.orphans.size()
                                          : project.unresolved_values();
    if (!count)
      continue;
    print(stderr, "foreload graph: failed on " + finding + ": " + std::to_string(count) + "\n");
    exit = ProjectHasErrors;
  }
  return exit;
}

const Option root_option = {
    "--root", "DIR", "the project's root (default: the nearest folder with a package.json)", {}};
const Option strategy_option = {"--strategy",
                                "S",
                                "auto, inline or reference: how lifted loaders travel (default: auto)",
                                {"auto", "inline", "reference"}};
const Option plugin_option = {
    "--plugin", "FILE[=OPTIONS]", "a native plugin, with its options as JSON or as a file; may be given again", {}, true};
const Option auto_option = {"--auto", "", "take each plain `await` in a frontmatter for a loader", {}};
const Option dedupe_option = {
    "--dedupe", "", "with --auto: run calls of the same import with equal arguments once a request", {}};
const Option speculative_option = {
    "--speculative", "", "start loaders where it is likely, not certain, that their component renders", {}};

const std::vector<Command> commands = {
    {"build",
     "DIR",
     "transform every component below DIR",
     "Transforms every component below DIR. With --out the code, its source maps and manifest.json are written; "
     "without\n"
     "it nothing is, and only a summary is printed. docs/build.md has more.",
     with_cache_options({{"--out", "OUT", "where to write", {}},
      {"--packed", "FILE", "write everything to one file, a line of JSON for each output", {}},
      {"--watch", "", "stay, and build again what changes", {}},
      {"--mode",
       "M",
       "sequential, parallel or batch: how files are spread over threads (default: batch)",
       {"sequential", "parallel", "batch"}},
      {"--jobs", "N", "threads (default: as many as pay)", {}},
      {"--batch", "N", "files that a thread takes at a time (default: by how many there are)", {}},
      strategy_option,
      auto_option,
      dedupe_option,
      speculative_option,
      root_option,
      plugin_option,
      {"--compose", "CONFIG.json", "compose Markdown below DIR, too: see docs/compose.md", {}},
      {"--stats", "", "print what each phase and each plugin's hooks took", {}},
      {"--trace", "FILE", "write phases and calls of hooks for Chrome's trace viewer or Perfetto", {}},
      {"--json", "", "print what happens as lines of JSON, the manifest in the last", {}}}),
     run_build},
    {"explain",
     "FILE|DIR",
     "show which loaders start early, and why others do not",
     "Shows the component tree below FILE, or each tree in DIR, with the verdict, strategy, reason and place of every\n"
     "loader.",
     {{"--conflicts", "", "list what several loaders or components share and change", {}},
      strategy_option,
      auto_option,
      dedupe_option,
      speculative_option,
      root_option,
      plugin_option,
      {"--json", "", "print the tree as JSON", {}}},
     run_explain},
    {"check",
     "DIR",
     "find awaits that run one after another, in any Astro project",
     "Shows, for each page below DIR, the awaits that run one after another from the page down to its components, "
     "which of\n"
     "them could start together, and what keeps the others. It reads any Astro project: nothing of foreload is needed "
     "in\n"
     "it. If there are no pages below DIR, components that no other one renders stand for them.",
     {{"--max-depth", "N", "fail if a page has more than N awaits in a row", {}},
      {"--format", "F", "text, json or sarif (default: text)", {"text", "json", "sarif"}},
      root_option},
     run_check},
    {"graph",
     "DIR|FILE…",
     "show which modules import which, and what is wrong with that",
     "Follows the imports of all modules below DIR, or of FILE and what it leads to, and shows import cycles, imports\n"
     "that lead to no module, modules that nothing imports, and packages that are used. docs/graph.md has the formats.",
     {{"--json", "", "print the whole graph as JSON", {}},
      {"--dot", "", "print it in the language of Graphviz", {}},
      {"--html", "", "print it as a page for browsers", {}},
      {"--out", "FILE", "where to write (default: standard output)", {}},
      {"--fail-on", "A,B", "exit with 1 if there are cycles, unresolved (imports) or orphans", {}},
      {"--exclude", "GLOB", "leave out these files and folders, imported or not; may be given again", {}, true},
      {"--packages", "", "follow imports into packages, too", {}},
      {"--conditions", "A,B", "those of `exports` that hold (default: astro,import,module,node,production)", {}},
      {"--main-fields", "A,B", "of packages without `exports` (default: module,jsnext:main,jsnext,main)", {}},
      {"--jobs", "N", "read with at most N threads (default: as many as help)", {}},
      root_option},
     run_graph,
     /*repeats=*/true},
    {"compose",
     "CONFIG.json",
     "put Markdown components together that include each other",
     "Reads the components that CONFIG.json names, puts in what they include and the values of context variables, and\n"
     "prints them. With --out they are written to files of the same paths instead. docs/compose.md has what can stand in\n"
     "CONFIG.json and in components.",
     {{"--out", "DIR", "where to write", {}}, {"--json", "", "print contents, dependencies and statistics as JSON", {}}},
     run_compose},
    {"report",
     "DIR",
     "show when each page's loaders run, before and after",
     "Writes HTML that shows, for each page below DIR, when its loaders run with foreload and when they would without,\n"
     "the critical path, what is not lifted and why. Times are those of a log that the option `trace` of the integration\n"
     "writes; without a log, each load counts one.",
     {{"--traces", "FILE", "what was measured: a log of traces", {}},
      {"--out", "FILE", "where to write (default: standard output)", {}},
      {"--format", "F", "html, svg or text (default: html)", {"html", "svg", "text"}},
      {"--page", "PAGE", "this page only: its file, or a URL of the log", {}},
      {"--link", "URL", "what places in the source link to, with {path} (absolute), {file}, {line} and {column}", {}},
      strategy_option,
      auto_option,
      dedupe_option,
      speculative_option,
      root_option},
     run_report},
};

} // namespace

int main(int argc, char **argv) {
  Arguments arguments = parse_arguments(std::vector<std::string>(argv + 1, argv + argc), commands);
  if (!arguments.error.empty())
    return wrong_usage(arguments.error, arguments.command);
  if (arguments.help)
    return finish(arguments.command ? help_text(*arguments.command) : help_text(commands), {});
  if (arguments.version)
    return finish("foreload " FORELOAD_VERSION "\n", {});
  return arguments.command->run(arguments);
}
