// What the loads of a schedule are called.
#pragma once
#include "plan/schedule.h"

#include <string>

namespace foreload {

/// The component whose loader \p load is of; null: it is of a function that is no component's.
const ModuleFacts *component_of(const ModuleGraph &graph, const ScheduledLoad &load);

/// The file that it is written in, or whose component it is of.
llvm::StringRef path_of(const ModuleGraph &graph, const ScheduledLoad &load);

/// The function's own name, as far as it has one.
std::string name_of(const ModuleGraph &graph, const ScheduledLoad &load);

/// The name that it goes by at run time: the component's key, `KEY#2` for a component's second await, `KEY#name` for a
/// function that is no component's.
std::string key_of(const ModuleGraph &graph, const ScheduledLoad &load, llvm::StringRef root);

} // namespace foreload
