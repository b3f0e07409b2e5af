// What components change in the objects that they are given, and who else has those: `Astro.props.posts.sort()` sorts
// the list of whoever passed it, and that of all others whom that one passes it to.
#pragma once
#include "link/module_graph.h"

namespace foreload {

/// Fills LinkedModule::changed_groups and ModuleGraph::changes_astro. Linear in render sites and what they pass.
void find_changed_props(ModuleGraph &graph);

} // namespace foreload
