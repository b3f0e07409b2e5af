// A project's module graph as one HTML document: no script, nothing loaded from elsewhere.
#pragma once
#include "host/graph.h"

#include <string>

namespace foreload {

std::string graph_html(const ProjectGraph &project);

} // namespace foreload
