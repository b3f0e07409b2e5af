// Threads for a while.
#pragma once
#include <functional>
#include <thread>
#include <vector>

namespace foreload {

/// Runs one function on a number of threads that may grow. The function has to come to an end by itself: a channel that
/// closes tells it. To be used by one thread.
class Workers {
public:
  /// \p work is called once on each thread, with the thread's number: 0, 1, 2…
  explicit Workers(std::function<void(unsigned number)> work) : work_(std::move(work)) {}
  ~Workers() { join(); }
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;

  /// Starts one more thread. False: the system has none left, and those that there are have to do.
  bool start();
  unsigned count() const { return static_cast<unsigned>(threads_.size()); }
  /// Waits until the function has come to an end on each thread.
  void join();

private:
  std::function<void(unsigned number)> work_;
  std::vector<std::thread> threads_;
};

} // namespace foreload
