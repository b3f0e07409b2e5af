// `foreload build --json`: what happens in a build, for programs that show it. One JSON object a line (docs/build.md).
#pragma once
#include "host/host.h"

#include <chrono>
#include <string>

namespace foreload::cli {

/// \p changed: in watch mode the paths that made the build necessary.
std::string start_event(const BuildOptions &options, llvm::ArrayRef<std::string> changed = {});
std::string progress_event(const BuildProgress &progress);
/// Lets the first and the last of each phase pass, and in between what people can follow.
class ProgressThrottle {
public:
  bool lets_pass(const BuildProgress &progress);

private:
  BuildPhase phase_ = BuildPhase::Write;
  std::chrono::steady_clock::time_point next_;
};
/// The diagnostics, a line each, and the end.
std::string done_events(const BuildResult &result);

/// What `--stats` prints of a build: a table of its phases, and what it needed.
std::string build_statistics_text(const BuildStatistics &statistics);

} // namespace foreload::cli
