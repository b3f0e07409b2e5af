// Lifting, as a plugin like any other.
#pragma once
#include "host/plugin.h"

namespace foreload {

/// In a build it plans for the project as a whole, which it reads in buildStart, and its generate() emits
/// manifest.json. Elsewhere it takes each component for a lift point. Counts `loaders` and `lifted`.
std::shared_ptr<Plugin> make_lift_plugin(PlanOptions plan, EmitOptions emit);

/// Says which imports lead nowhere. A build tool has a resolver of its own and is asked instead.
void report_unresolved(const ModuleGraph &graph, ModuleSource &modules, std::vector<Diagnostic> &diagnostics);

} // namespace foreload
