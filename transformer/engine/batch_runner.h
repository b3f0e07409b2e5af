// Work whose extent is known, spread over threads.
//
// Every file of a project costs about the same, some tens to some hundreds of microseconds. So there is no need to
// balance them one by one: threads take batches, and a batch is what is read, transformed and written together, while
// the other threads are at other steps of theirs.
#pragma once
#include "engine/channel.h"
#include "engine/workers.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <cstddef>
#include <cstdint>

namespace foreload {

enum class RunMode : uint8_t {
  Sequential, ///< one thread, one item after the other
  Parallel,   ///< threads take single items
  Batch,      ///< threads take batches
};

struct RunOptions {
  RunMode mode = RunMode::Batch;
  unsigned jobs = 0; ///< threads; 0: as many as pay
  size_t batch = 0;  ///< items in a batch; 0: chosen from how many there are
};

/// What becomes of RunOptions when the work is known.
struct RunShape {
  unsigned jobs = 1;
  size_t batch = 1;
};

RunShape run_shape(const RunOptions &options, size_t item_count);

/// Runs one kind of work after another on the same threads. To be used by one thread, which works, too.
class BatchRunner {
public:
  /// Does the items from \p begin to \p end. \p worker numbers the threads from 0, which is the calling one.
  using Work = llvm::function_ref<void(unsigned worker, size_t begin, size_t end)>;

  /// \p jobs as in RunShape. Threads are started when there is work for them; if the system has fewer, fewer do it.
  explicit BatchRunner(unsigned jobs);
  ~BatchRunner();

  /// Comes back when \p work was called for all items, batches in ascending order, each on one thread.
  void run(size_t item_count, size_t batch, Work work);
  /// How many threads there have been at most.
  unsigned workers() const { return 1 + workers_.count(); }

private:
  struct Task {
    Work work;
    size_t begin;
    size_t end;
  };
  struct Done {};

  const unsigned jobs_;
  Channel<Task> tasks_;
  Channel<Done> done_;
  Workers workers_;
};

} // namespace foreload
