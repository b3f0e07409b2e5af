// A report for terminals and pull requests.
#pragma once
#include "cli/terminal.h"
#include "host/report.h"

namespace foreload::cli {

std::string report_text(const Report &report, Painter paint);

} // namespace foreload::cli
