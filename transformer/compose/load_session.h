// Reading all that a request needs, each component once, as soon as some component names it.
//
// Dependencies are known only when a file has been read. To read everything first for the graph and then again by phases
// would double the time that is spent waiting for a disk; so reading runs ahead, as wide as there are workers, and the
// phases order what is then made of the texts. The time is that of the slowest chain of files that name each other.
#pragma once
#include "compose/component_reader.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/Support/ThreadPool.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <queue>

namespace foreload {

#if LLVM_VERSION_MAJOR >= 18
using ThreadPool = llvm::DefaultThreadPool;
#else
using ThreadPool = llvm::ThreadPool;
#endif

struct LoadedComponent {
  std::string path;
  int priority = 0;
  bool requested = false;
  std::shared_ptr<const MarkdownComponent> component; ///< null: `error` says why
  std::optional<llvm::vfs::Status> status; ///< of the file; nothing if it was given as a text
  uint16_t code = 0; ///< of the diagnostic; 0 if the session was cancelled
  std::string error;
  bool unchanged = false; ///< known from before
  unsigned retries = 0;
  double seconds = 0;            ///< of reading and parsing, all tries together, without the pauses between them
  std::vector<uint32_t> includes;   ///< numbers of what component->includes names
  std::vector<uint32_t> references; ///< likewise
};

struct LoadOptions {
  unsigned workers = 1;
  size_t max_components = 10000;
  RetryOptions retry;
};

/// One request's reading. load() is called once; cancel() may be called at any time from any thread.
class LoadSession : public std::enable_shared_from_this<LoadSession> {
public:
  /// Told of each component that was read or failed for good; one call at a time.
  using Progress = std::function<void(const LoadedComponent &component, size_t done, size_t known)>;

  /// \p texts: what some components contain, by path, whatever their files say.
  LoadSession(const ComponentReader &reader, ComponentCache &cache, const std::map<std::string, std::string> &texts,
              LoadOptions options, Progress progress)
      : reader_(reader), cache_(cache), texts_(texts), options_(options), progress_(std::move(progress)) {}

  struct Wanted {
    std::string path; ///< as it was asked for
    int priority;     ///< a higher one is read first; what it includes inherits it
  };
  /// Reads \p wanted and all that they include. The calling thread is one of the workers. Numbers of components are in
  /// the order in which a walk through the texts meets them, whoever read them when.
  std::vector<LoadedComponent> load(llvm::ArrayRef<Wanted> wanted, ThreadPool &pool);

  /// Ends load() early: what is being read still comes, nothing else is begun.
  void cancel();

  unsigned peak_reads() const { return peak_; }

private:
  using Clock = std::chrono::steady_clock;
  enum class State : uint8_t { Ready, Reading, Paused, Done };
  struct Entry : LoadedComponent {
    State state = State::Ready;
    bool is_quick = false; ///< it is known from before, and likely the same
  };
  struct Ready {
    int priority;
    uint64_t sequence; ///< among equals, first come, first served
    uint32_t entry;
    bool operator<(const Ready &other) const {
      return priority != other.priority ? priority < other.priority : sequence > other.sequence;
    }
  };
  struct Paused {
    Clock::time_point until;
    uint32_t entry;
    bool operator<(const Paused &other) const { return until > other.until; }
  };

  void work(ThreadPool &pool);
  void read(uint32_t number, std::unique_lock<std::mutex> &lock);
  uint32_t add(llvm::StringRef written, int priority);
  void make_ready(uint32_t number);
  void call_helpers(ThreadPool &pool);
  std::vector<LoadedComponent> in_order_of_texts(llvm::ArrayRef<Wanted> wanted);

  const ComponentReader &reader_;
  ComponentCache &cache_;
  const std::map<std::string, std::string> &texts_;
  const LoadOptions options_;
  const Progress progress_;

  std::mutex mutex_; ///< guards what follows
  std::condition_variable changed_;
  std::deque<Entry> entries_; ///< references to them stay valid
  llvm::StringMap<uint32_t> by_path_;
  std::priority_queue<Ready> ready_; ///< may name an entry twice, if its priority was raised
  std::priority_queue<Paused> paused_;
  uint64_t sequence_ = 0;
  size_t ready_count_ = 0; ///< entries in `ready_`
  size_t quick_count_ = 0; ///< those of them that are quick
  bool is_slow_ = false;   ///< what should have been quick was not
  size_t open_ = 0;        ///< entries that are not done, or that `progress_` was not told of
  size_t busy_ = 0;        ///< workers that read an entry or tell of it
  size_t reading_ = 0;
  size_t helpers_ = 0;
  size_t idle_ = 0; ///< workers that wait for something to read
  size_t told_ = 0;   ///< how often `progress_` was called
  unsigned peak_ = 0;
  bool cancelled_ = false;
  std::mutex progress_mutex_;
};

} // namespace foreload
