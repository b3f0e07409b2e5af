#include "engine/batch_runner.h"

#include <llvm/Support/Threading.h>

#include <algorithm>

namespace foreload {

namespace {

/// A second thread pays from twice as many on: bench/build has 1.6 ms for ten components on one thread and 2.5 on two, 8 and
/// 10 for a hundred, 90 and 76 for a thousand, on a machine that has other things to do.
constexpr size_t items_per_thread = 100;
/// A batch in which what happens once a batch is lost among the items, ...
constexpr size_t largest_batch = 64;
/// ... and so many of them that threads come to an end at about the same time.
constexpr size_t batches_per_thread = 8;

} // namespace

RunShape run_shape(const RunOptions &options, size_t item_count) {
  RunShape shape;
  if (options.mode == RunMode::Sequential)
    return shape;
  size_t useful = std::max<size_t>(item_count / items_per_thread, 1);
  shape.jobs =
      options.jobs
          ? options.jobs
          : static_cast<unsigned>(std::min<size_t>(llvm::hardware_concurrency().compute_thread_count(), useful));
  if (options.mode == RunMode::Batch)
    shape.batch = options.batch ? options.batch
                                : std::clamp<size_t>(item_count / (shape.jobs * batches_per_thread), 1, largest_batch);
  return shape;
}

BatchRunner::BatchRunner(unsigned jobs)
    : jobs_(jobs), workers_([this](unsigned number) {
        while (std::optional<Task> task = tasks_.receive()) {
          task->work(number + 1, task->begin, task->end);
          done_.send({});
        }
      }) {}

BatchRunner::~BatchRunner() {
  tasks_.close();
  workers_.join();
}

void BatchRunner::run(size_t item_count, size_t batch, Work work) {
  std::vector<Task> tasks;
  for (size_t begin = 0; begin < item_count; begin += std::min(batch, item_count - begin))
    tasks.push_back({work, begin, begin + std::min(batch, item_count - begin)});
  size_t waiting = tasks.size();
  while (workers() < std::min<size_t>(jobs_, waiting) && workers_.start()) {
  }
  if (workers() == 1) {
    for (const Task &task : tasks)
      work(0, task.begin, task.end);
    return;
  }
  tasks_.send_all(tasks);
  for (; std::optional<Task> task = tasks_.try_receive(); --waiting)
    work(0, task->begin, task->end);
  for (; waiting > 0; --waiting)
    done_.receive();
}

} // namespace foreload
