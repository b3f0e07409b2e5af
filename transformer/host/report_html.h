// A report as HTML: a whole document, or one page of it for the dev toolbar. No script, nothing loaded from elsewhere.
#pragma once
#include "host/report.h"

#include <string>

namespace foreload {

struct ReportLinks {
  /// Where a place in the source leads: a URL in which {path}, {file}, {line} and {column} are replaced, by the
  /// absolute path, the one that is shown, and numbers. Empty: nowhere.
  std::string source;
  /// Where a diagnostic's code leads: {code} is replaced. Empty: nowhere.
  std::string code;
  std::string root; ///< what {path} begins with
};

std::string report_html(const Report &report, const ReportLinks &links);

/// One page with its style sheet, to be put into a shadow tree.
std::string report_panel(const ReportPage &page, const ReportLinks &links);

} // namespace foreload
