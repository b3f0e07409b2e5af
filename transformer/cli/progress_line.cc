#include "cli/progress_line.h"

#include "cli/diagnostic_text.h"

#include <cstdlib>

namespace foreload::cli {

static bool is_watched() {
  const char *ci = std::getenv("CI");
  return is_terminal(stderr) && !(ci && *ci);
}

ProgressLine::ProgressLine() : is_shown_(is_watched()), next_(Clock::now() + std::chrono::milliseconds(500)) {}

void ProgressLine::show(llvm::StringRef text) {
  constexpr auto interval = std::chrono::milliseconds(50);
  Clock::time_point now = Clock::now();
  if (!is_shown_ || now < next_)
    return;
  next_ = now + interval;
  size_t columns = shown_columns(text);
  std::string rest(columns_ > columns ? columns_ - columns : 0, ' ');
  print(stderr, "\r" + text.str() + rest);
  columns_ = columns;
}

void ProgressLine::clear() {
  if (columns_)
    print(stderr, "\r" + std::string(columns_, ' ') + "\r");
  columns_ = 0;
}

} // namespace foreload::cli
