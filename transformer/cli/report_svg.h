// A report as a picture: each page before and after, on one time axis.
#pragma once
#include "host/report.h"

namespace foreload::cli {

std::string report_svg(const Report &report);

} // namespace foreload::cli
