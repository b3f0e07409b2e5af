// `foreload graph` for tools.
#pragma once
#include "host/graph.h"

namespace foreload::cli {

/// The whole graph: docs/graph.md says what is in it.
std::string graph_json(const ProjectGraph &project);

/// In the language of Graphviz.
std::string graph_dot(const ProjectGraph &project);

} // namespace foreload::cli
