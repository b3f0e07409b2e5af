// The companion module of a lift point: the loaders that it starts, and what they need.
#pragma once
#include "emit/emit_component.h"

namespace foreload {

/// Emits the companion, which exports `lift(own?)`. Bodies are copied from their own files and mapped to them; imports
/// are re-pointed from the companion's place; names that would collide are renamed, all others are kept.
EmittedText emit_companion(const ModuleGraph &graph, const LiftPlan &plan, const EmitOptions &options);

} // namespace foreload
