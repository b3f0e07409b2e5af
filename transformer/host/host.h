// The long-lived service behind the command line, the C ABI and the addon.
#pragma once
#include "compose/compose_config.h"
#include "engine/batch_runner.h"
#include "engine/remote_cache.h"
#include "host/plugin.h"
#include "host/report.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace foreload {

/// Where results are kept that outlive the process (docs/cache.md).
struct CacheOptions {
  std::string folder; ///< absolute
  uint64_t max_bytes = uint64_t(256) << 20;
  std::optional<RemoteCacheOptions> remote = {}; ///< shared with other machines
};

struct HostOptions {
  std::string root; ///< the project's root, absolute; keys are relative to it
  bool lift = true; ///< false: loaders get their keys, none is lifted
  StrategyOption strategy = StrategyOption::Auto;
  bool auto_lift = false;                          ///< a plain `await` of a frontmatter is a loader, too
  bool dedupe = false;                             ///< with auto_lift: equal awaits of a request share one run
  bool speculative = false;                        ///< loaders start where it is likely, not certain, that they run
  std::string runtime_module = "foreload/runtime"; ///< what generated code imports registerLoader from
  /// Imports that are not relative are put to add_resolution() first: a build tool's aliases and plugins decide them.
  bool ask_first = false;
  /// Threads of the host's own read what a component renders as soon as it is transformed, for the transforms to come.
  bool prefetch = false;
  std::vector<std::string> runtime_aliases; ///< other specifiers of that module, e.g. "astro-auto-load/runtime"
  HostMode mode = HostMode::Build;
  /// Markdown below its base directory is composed (docs/compose.md), by the host's own plugin (compose_plugin.h).
  std::optional<ComposeConfig> compose;
  std::vector<std::shared_ptr<Plugin>> plugins; ///< besides the host's own; a plugin belongs to one host
  bool trace = false;                           ///< remember each call of a hook, for trace()
  std::optional<CacheOptions> cache;            ///< files are those of the disk then
  bool is_watched = false;                      ///< there will be a BuildWatch; likewise
};

struct TransformResult {
  bool changed = false; ///< false: the file passes through as it is; code.code is the input
  EmittedText code;
  bool has_companion = false;
  EmittedText companion;                 ///< `<file>.foreload.ts`, which the changed code imports
  std::vector<EmittedText> files;        ///< what else plugins have emitted
  std::vector<std::string> dependencies; ///< absolute paths of the other files that the result depends on, sorted
  std::vector<UnresolvedImport> unresolved;
  std::vector<Diagnostic> diagnostics;
};

/// The steps of a build, in their order. Emit and Write overlap: a batch is written while others are made.
enum class BuildPhase : uint8_t { Find, Read, Link, Emit, Write };
constexpr size_t build_phase_count = 5;
/// "find", "read", "link", "emit", "write".
const char *phase_name(BuildPhase phase);

/// How far a build has come. Of Find and Link the numbers are 0.
struct BuildProgress {
  BuildPhase phase = BuildPhase::Find;
  size_t done = 0;
  size_t total = 0;
};

struct BuildOptions {
  std::string directory;   ///< absolute; every component below it is transformed
  std::string out;         ///< absolute; empty: nothing is written
  std::string packed = {}; ///< absolute; a file that gets all outputs, too (docs/build.md); empty: there is none
  RunOptions run = {};
  /// Called on any thread, one call at a time.
  std::function<void(const BuildProgress &)> on_progress = nullptr;
};

struct BuildStatistics {
  double seconds = 0; ///< from begin to end
  /// By phase: the seconds that threads were busy with it, all together.
  std::array<double, build_phase_count> work = {};
  unsigned jobs = 0; ///< threads
  size_t batch = 0;  ///< components in a batch
  size_t written = 0, unchanged = 0; ///< files; those that were there with the same text are not written
  uint64_t bytes_read = 0, bytes_written = 0;
  uint64_t peak_memory = 0; ///< bytes of the process that were resident at once
};

/// What a build did not have to do.
struct BuildReuse {
  bool is_unchanged = false; ///< nothing had changed since the last build, and nothing was done
  bool is_shared = false;    ///< another machine has done it
  bool is_resumed = false;   ///< it has started from what the last build knew
  size_t same_components = 0; ///< then: those that no change could reach, and that were left as they were
  uint64_t known_files = 0;  ///< of which the cache had the facts
  uint64_t new_files = 0;    ///< of which it had not
};

struct BuildResult {
  std::string manifest;  ///< JSON, also written to OUT/manifest.json
  size_t components = 0; ///< files seen
  size_t changed = 0;    ///< files that came out different
  size_t loaders = 0;
  size_t lifted = 0;
  BuildReuse reuse;
  std::vector<Diagnostic> diagnostics; ///< file errors (9xxx) included: the other files were done all the same
  BuildStatistics statistics;
};

/// What plugins make of an import.
struct ResolveIdResult {
  ResolveResult resolved; ///< Resolution::NotFound: no plugin knows; the host's own resolver is not asked
  std::vector<UnresolvedImport> unresolved;
  std::vector<Diagnostic> diagnostics;
};

/// What plugins load instead of a file.
struct LoadResult {
  std::optional<ModuleText> text; ///< nothing: no plugin loads it
  std::vector<std::string> dependencies;
  std::vector<EmittedText> files;
  std::vector<UnresolvedImport> unresolved;
  std::vector<Diagnostic> diagnostics;
};

/// What `foreload explain` says of one file, as JSON text; the command line renders it for people.
struct ExplainResult {
  std::string json;
  std::vector<Diagnostic> diagnostics;
};

struct CheckOptions {
  std::string directory;             ///< absolute; the pages below it are checked
  std::optional<unsigned> max_depth; ///< how many awaits a page may wait for one after another
};

/// What `foreload check` says of a project, as JSON text (docs/check.md); the command line renders it for people.
struct CheckResult {
  std::string json;
  size_t over_budget = 0; ///< pages with more awaits in a row than they may have
  std::vector<Diagnostic> diagnostics;
};

struct ReportOptions {
  std::string directory; ///< absolute; the pages below it are in the report
  std::string traces;    ///< a log of what the runtime has measured: JSON, a request on each line
  std::string traces_file; ///< where that log is from, for diagnostics
};

struct WaterfallOptions {
  std::string trace;       ///< what the runtime has measured of one request, as JSON
  std::string source_link; ///< where a place in the source leads: see ReportLinks
  std::string code_link;
};

struct WaterfallResult {
  std::string html; ///< empty: the trace is none
  std::vector<Diagnostic> diagnostics;
};

/// Transforms components of one project, with its plugins. Safe for concurrent use by multiple threads. What it read of
/// a file is kept until the file's size or time changes, or invalidate() names it.
class Host {
public:
  /// \p file_system null: the real one.
  explicit Host(HostOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system = nullptr);
  ~Host();
  Host(const Host &) = delete;
  Host &operator=(const Host &) = delete;

  /// Transforms the module at absolute path \p id whose text is \p code (which may differ from what is on disk).
  TransformResult transform(llvm::StringRef id, llvm::StringRef code);

  /// Tells what a build tool's resolver made of an import; empty \p path: nothing. Kept until invalidate_all().
  void add_resolution(llvm::StringRef specifier, llvm::StringRef importer, llvm::StringRef path);

  /// Transforms every component below a directory.
  BuildResult build(const BuildOptions &options);

  /// The component tree below the file at absolute path \p id, with a verdict for each loader.
  ExplainResult explain(llvm::StringRef id);

  /// The awaits of each page that run one after another, in any project.
  CheckResult check(const CheckOptions &options);

  /// What is known of the pages below a directory.
  Report report(const ReportOptions &options);

  /// What the dev toolbar shows of one request.
  WaterfallResult waterfall(const WaterfallOptions &options);

  void invalidate(llvm::ArrayRef<std::string> paths);
  void invalidate_all();

  /// Asks the plugins only.
  ResolveIdResult resolve_id(llvm::StringRef specifier, llvm::StringRef importer);
  LoadResult load(llvm::StringRef id);
  /// Whether calling a hook for a module may do anything; \p code is looked at for Hook::Transform only.
  bool is_wanted(Hook hook, llvm::StringRef id, llvm::StringRef code) const;
  /// Tells plugins of a change, and forgets what was read of the file.
  std::vector<Diagnostic> watch_change(llvm::StringRef path, FileEvent event);
  /// Calls that are under way come to an end as soon as their plugins let them, with answers that are of no use.
  void cancel();
  bool is_cancelled() const;

  /// The time that plugins took, and what was read: JSON (docs/plugins.md).
  std::string statistics() const;
  /// The calls of hooks, as JSON for Chrome's trace viewer and Perfetto; needs HostOptions::trace.
  std::string trace() const;

private:
  friend class BuildSession;
  friend class BuildWatch;
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace foreload
