// `foreload graph` for people.
#pragma once
#include "cli/terminal.h"
#include "host/graph.h"

namespace foreload::cli {

/// What is worth knowing of a project's modules; the last line is what it took to find out.
std::string graph_text(const ProjectGraph &project, Painter paint);

} // namespace foreload::cli
