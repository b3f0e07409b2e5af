// How far something has come, for people who wait.
#pragma once
#include "cli/terminal.h"

#include <chrono>

namespace foreload::cli {

/// Says how far something has come, over and over in one line, which is gone at the end. Nothing is said in the first
/// half second, where there is no terminal, and in CI, where nobody watches but everything is kept. To be used by one
/// thread at a time.
class ProgressLine {
public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  void show(llvm::StringRef text);
  void clear();

private:
  using Clock = std::chrono::steady_clock;

  const bool is_shown_;
  Clock::time_point next_; ///< nothing is drawn before
  size_t columns_ = 0;     ///< of what is there
};

} // namespace foreload::cli
