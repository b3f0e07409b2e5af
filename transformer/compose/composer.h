// Component inclusion: Markdown components that include each other, put together.
//
// A request goes through these phases: read (all that it needs, as wide as there are workers), order (phases, cycles),
// compose (phase by phase, from those that include nothing), tell. Output depends on the files and the request alone,
// not on the number of workers, the cache or what was predicted.
#pragma once
#include "compose/load_session.h"
#include "compose/usage_model.h"

#include <map>
#include <set>

namespace foreload {

struct ComposeLimits {
  size_t depth = 64;                           ///< components in a chain of inclusions
  size_t components = 10000;                   ///< of a request
  uint64_t component_bytes = uint64_t(4) << 20; ///< of a file
  uint64_t content_bytes = uint64_t(16) << 20;  ///< of a composed component
  uint64_t total_bytes = uint64_t(256) << 20;   ///< of all composed components of a request
};

struct ComposerOptions {
  std::string base;     ///< absolute; what components are named relative to, and nothing outside of it is read
  unsigned workers = 0; ///< 0: as many as the machine bears at the moment
  bool leave_code_fences = false; ///< fenced code stays as it is written
  CacheLimits cache;
  RetryOptions retry;
  ComposeLimits limits;
  bool predict = false; ///< learn from requests, and warm the cache for what is likely to come
  PredictionOptions prediction;
  std::string usage_file; ///< absolute; where what was learned is kept; empty: in memory only
};

struct ComposeProgress {
  llvm::StringRef path; ///< what has been read, or could not be
  bool failed = false;
  size_t done = 0;  ///< components
  size_t known = 0; ///< grows while components name further ones
};

struct ComposeRequest {
  std::vector<LoadSession::Wanted> components;
  std::map<std::string, std::string> context; ///< what `{name}` stands for
  /// The texts of components that are not what their files say, by path: those of an editor, for example.
  std::map<std::string, std::string> texts;
  /// Called from worker threads, one call at a time. It must not call the composer.
  std::function<void(const ComposeProgress &)> on_progress;
};

struct ComponentResult {
  std::string path; ///< relative to the base directory
  bool requested = false;
  std::shared_ptr<const ComposedComponent> composed; ///< null: `error` says why
  std::string error;
  std::vector<std::string> dependencies; ///< what it includes itself, in the order of its text, each once
  std::vector<std::string> missing;      ///< those of them that could not be put in: they stay as they are written
  bool from_cache = false;
  unsigned retries = 0;
  double seconds = 0; ///< that were spent on it
};

/// Everything here was measured.
struct ComposeStatistics {
  double seconds = 0;               ///< from the request to its result
  double work_seconds = 0;          ///< spent on all components; more than `seconds` if they were read side by side
  double longest_chain_seconds = 0; ///< spent on the slowest chain of components that include each other
  size_t loaded = 0;
  size_t failed = 0;
  size_t files_read = 0; ///< the others were known and had not changed
  uint64_t bytes_read = 0;
  size_t retries = 0;
  size_t cache_hits = 0; ///< components that were not composed anew
  unsigned workers = 0;  ///< that there could be
  unsigned peak_reads = 0; ///< how many were reading at the same time
};

struct ComposeResult {
  std::vector<ComponentResult> components; ///< the requested ones first, in their order, then what they include
  std::vector<std::vector<std::string>> phases;
  std::vector<Diagnostic> diagnostics;
  ComposeStatistics statistics;
};

/// Since the composer was made.
struct ComposerStatistics {
  uint64_t requests = 0;
  uint64_t loaded = 0;
  uint64_t failed = 0;
  uint64_t retries = 0;
  uint64_t bytes_read = 0;
  double seconds = 0;
  double work_seconds = 0;
  unsigned peak_reads = 0;
  uint64_t preloaded = 0; ///< components that were read because they were predicted
  CacheStatistics cache;
  PredictionStatistics prediction;
};

/// Safe for concurrent use by multiple threads, but for the destructor.
class Composer {
public:
  /// \p file_system null: the real one. It is used by several threads at once.
  explicit Composer(ComposerOptions options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system = nullptr);
  /// Shuts down.
  ~Composer();
  Composer(const Composer &) = delete;
  Composer &operator=(const Composer &) = delete;

  ComposeResult compose(const ComposeRequest &request);

  /// Puts components into the cache, so that a request for them with the same context finds them there; without
  /// \p components, those that were asked for most. What goes wrong is left for the request to say. Returns how many
  /// came through.
  size_t warm_up(llvm::ArrayRef<std::string> components, const std::map<std::string, std::string> &context);

  /// Waits until what is being preloaded is there.
  void wait_for_preloads();

  /// Ends what is under way soon: what is being read still comes, the rest fails, and so do later requests. Returns when
  /// all is quiet. May be called more than once.
  void shut_down();

  /// Writes what was learned to the usage file, as shutting down does. A problem with that is a diagnostic (FL7011).
  std::optional<Diagnostic> save_usage();

  ComposerStatistics statistics() const;

private:
  ComposeResult run(const ComposeRequest &request, unsigned workers);
  void preload(std::vector<std::string> components, std::map<std::string, std::string> context);

  unsigned workers() const;

  const ComposerOptions options_;
  const ComponentReader reader_;
  ComponentCache cache_;
  UsageModel usage_;

  mutable std::mutex mutex_; ///< guards what follows
  std::condition_variable quiet_;
  std::set<LoadSession *> sessions_;
  size_t preloads_ = 0;
  bool shut_down_ = false;
  ComposerStatistics totals_;
  std::optional<Diagnostic> usage_problem_; ///< of reading the usage file; for the next result

  ThreadPool pool_; ///< the last member: its threads are gone before what they use
};

} // namespace foreload
