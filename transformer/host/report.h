// What `foreload report` and the dev toolbar show of a page: when its loaders run, and when they would without lifting.
//
// With a trace, the times are the measured ones, and those of plain rendering are computed: the schedule of the plain
// tree (plan/schedule.h), in which each load takes as long as it was measured to take. Without one, every load
// counts 1.
#pragma once
#include "source/diagnostic.h"

#include <string>
#include <vector>

namespace foreload {

struct ReportPlace {
  std::string file;  ///< relative to the root if it is below it; empty: there is no such place
  uint32_t line = 0; ///< 0: the file as a whole
  uint32_t column = 0;
};

/// A stretch of time: milliseconds since the request began, or loads that come one after another.
struct ReportSpan {
  double start = 0;
  double end = 0;
};

/// One run of a loader; a row of the waterfall.
struct ReportLoad {
  std::string key;
  std::string name; ///< for people: of the component, the function, or the awaited expression
  std::string props;
  ReportPlace declared;
  unsigned depth = 0; ///< in the component tree

  std::string verdict; ///< of `explain`: lifted, own, deferred, unused; empty: it is not in the tree
  std::string strategy;
  std::string reason, code; ///< why it is not lifted
  ReportPlace at;           ///< where that stands

  ReportSpan with;  ///< with the lifting that there is
  ReportSpan plain; ///< rendered plainly
  bool has_plain = false;
  bool is_critical = false; ///< nothing on the page could be ready earlier unless this is
  bool is_plain_critical = false;
  bool starts_late = false; ///< it waits for its component to render

  double wait = 0;
  double queued = 0;
  unsigned retries = 0, deduped = 0;
  bool is_speculative = false, is_wasted = false;
  std::string status, error;
};

/// A component in the tree of a page.
struct ReportNode {
  std::string component;
  unsigned depth = 0;
  std::string text; ///< what `explain` says of its tag and its loader
};

struct ReportPage {
  std::string file; ///< empty: the trace does not say, and nothing is known but what was measured
  std::string url;  ///< of what was measured; empty: nothing was
  std::string method;
  size_t requests = 0; ///< how many were measured; shown is the median one
  std::vector<ReportLoad> loads;
  std::vector<ReportNode> tree;
  double with = 0;  ///< when the last data is there
  double plain = 0; ///< the same without lifting
  bool has_plain = false;
  bool plain_is_bound = false; ///< it takes that long at most: lists and repeated components take their slowest
  size_t source_bytes = 0, added_bytes = 0; ///< the page's code, and what lifting adds to it
  std::vector<Diagnostic> diagnostics;

  bool is_measured() const { return requests != 0; }
  size_t late_count() const;
};

struct Report {
  std::string project; ///< the root folder's name
  std::vector<ReportPage> pages;
  std::vector<Diagnostic> diagnostics; ///< of all pages, and of the log
};

/// When the chart of a page ends; more than 0.
double chart_end(const ReportPage &page);

/// Steps for the chart's axis: 1, 2 or 5 times a power of ten, six of them at most.
double chart_step(const ReportPage &page);

/// The depth that the page's rows are indented from.
unsigned least_depth(const ReportPage &page);

/// "152 ms", "1.4 s", or "3 loads" of what was not measured.
std::string duration_text(double time, bool is_measured);

/// How many times as long the page would take without lifting; 0 where that is not known.
double speedup(const ReportPage &page);

} // namespace foreload
