// What the runtime has measured: one JSON object for each request.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace foreload {

/// One run of a loader. Times are milliseconds from the beginning of the request.
struct TracedLoad {
  int64_t id = 0;
  std::string key;
  std::string props; ///< as text; empty: it has none
  std::optional<double> started, settled;
  std::string status; ///< ok, error, aborted or pending
  std::string error;
  double wait = 0;    ///< how long the page has waited for it
  std::string lifter; ///< the key of the component that started it early; empty: its own component, or another loader
  std::vector<int64_t> depends_on;
  unsigned deduped = 0, retries = 0;
  double queued = 0; ///< how long it waited for its turn
  bool is_speculative = false, is_wasted = false;
};

struct Trace {
  std::string url; ///< path and query
  std::string method;
  std::string route; ///< the page's file below the root or its pattern, as far as the runtime knows it
  double duration = 0;
  std::vector<TracedLoad> loads;
};

/// Reads one trace. No value: it is none, and \p error says why. Fields that are not known are passed over, so that a
/// log may be newer than its reader.
std::optional<Trace> read_trace(llvm::StringRef json, std::string &error);

} // namespace foreload
