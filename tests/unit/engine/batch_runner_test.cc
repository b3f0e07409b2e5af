#include "engine/batch_runner.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

using namespace foreload;

TEST_CASE("each item is done once, in batches of the size that was asked for") {
  for (unsigned jobs : {1u, 2u, 5u})
    for (size_t count : {0, 1, 7, 100}) {
      BatchRunner runner(jobs);
      for (int repetition = 0; repetition < 3; ++repetition) {
        std::vector<std::atomic<int>> done(count);
        std::atomic<bool> is_batch_right{true};
        runner.run(count, 8, [&](unsigned worker, size_t begin, size_t end) {
          if (worker >= jobs || begin % 8 != 0 || end != std::min(begin + 8, count))
            is_batch_right = false;
          for (size_t at = begin; at < end; ++at)
            ++done[at];
        });
        CHECK(is_batch_right);
        for (const std::atomic<int> &times : done)
          CHECK(times == 1);
      }
    }
}

TEST_CASE("the threads that were asked for work at the same time, and one worker is one thread") {
  constexpr unsigned jobs = 3;
  BatchRunner runner(jobs);
  std::mutex mutex;
  std::condition_variable all_there;
  std::set<std::pair<unsigned, std::thread::id>> seen;
  for (int repetition = 0; repetition < 2; ++repetition) {
    size_t waiting = 0;
    runner.run(jobs, 1, [&](unsigned worker, size_t, size_t) {
      std::unique_lock lock(mutex);
      seen.insert({worker, std::this_thread::get_id()});
      ++waiting;
      all_there.notify_all();
      all_there.wait(lock, [&] { return waiting == jobs; }); // comes to an end only if nobody does the work of two
    });
  }
  CHECK(seen.size() == jobs);
  CHECK(seen.contains({0, std::this_thread::get_id()}));
  CHECK(runner.workers() == jobs);
}

TEST_CASE("no thread is started for what one can do") {
  BatchRunner runner(4);
  runner.run(8, 8, [](unsigned worker, size_t, size_t) { CHECK(worker == 0); });
  CHECK(runner.workers() == 1);
}

TEST_CASE("the shape of a run follows from the work unless it is given") {
  CHECK(run_shape({}, 0).jobs == 1);
  CHECK(run_shape({}, 1).jobs == 1);
  CHECK(run_shape({}, 1).batch == 1);
  CHECK(run_shape({}, 1'000'000).batch > 1);
  CHECK(run_shape({RunMode::Sequential, 4, 9}, 1000).jobs == 1);
  CHECK(run_shape({RunMode::Sequential, 4, 9}, 1000).batch == 1);
  CHECK(run_shape({RunMode::Parallel, 4, 9}, 1000).jobs == 4);
  CHECK(run_shape({RunMode::Parallel, 4, 9}, 1000).batch == 1);
  CHECK(run_shape({RunMode::Batch, 4, 9}, 3).jobs == 4);
  CHECK(run_shape({RunMode::Batch, 4, 9}, 3).batch == 9);
}
