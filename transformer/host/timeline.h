// When what was done, and on which thread: for trace viewers.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace foreload {

/// Remembers stretches of time, if it is to. Safe for concurrent use by multiple threads.
class Timeline {
public:
  using Clock = std::chrono::steady_clock;

  explicit Timeline(bool records) : records_(records) {}
  bool records() const { return records_; }

  /// The calling thread has done something since \p start. \p about is a module, or empty; \p category groups what is
  /// alike, and lives as long as the program.
  void add(std::string name, const char *category, llvm::StringRef about, Clock::time_point start,
           Clock::time_point end);
  /// What the calling thread is called.
  void name_thread(std::string name);
  /// JSON in Chrome's trace event format.
  std::string to_json() const;

private:
  struct Event {
    std::string name;
    const char *category;
    std::string about;
    uint64_t thread;
    Clock::time_point start, end;
  };

  const bool records_;
  const Clock::time_point begin_ = Clock::now();
  mutable std::mutex mutex_; ///< guards what follows
  std::vector<Event> events_;
  std::vector<std::pair<uint64_t, std::string>> threads_;
};

} // namespace foreload
