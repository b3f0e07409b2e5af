// The companion module of a lift point: the loaders that it starts, and what they need.
#pragma once
#include "emit/emit_component.h"

namespace foreload {

/// What a call of an entry passes, besides its inputs.
struct EntryParameters {
  bool own = false;   ///< the lift point's own loader
  bool astro = false; ///< `Astro`
};
EntryParameters entry_parameters(const ModuleGraph &graph, const LiftPlan &plan, const LiftEntry &entry);

/// What stands behind the name of the entry number \p index: nothing, `_2`, `_3`.
std::string entry_suffix(size_t index);

/// The name of the run of an await that is a loader, as a literal.
std::string await_key(const LinkedModule &module, uint32_t implicit_loader, bool is_shared, const EmitOptions &options);
/// Whether an await shares its run with those that call the same with equal arguments.
bool is_shared_await(const ModuleFacts &facts, uint32_t implicit_loader, const LiftPlan &plan);

/// The part of \p props, an expression, that a loader reads, as an expression.
std::string loader_props(const ContextUse &loader, llvm::StringRef props);

/// Emits the companion, which exports `lift(own?, Astro?, …inputs)` for each entry of the plan. Bodies are copied from
/// their own files and mapped to them; imports are re-pointed from the companion's place; names that would collide are
/// renamed, all others are kept.
EmittedText emit_companion(const ModuleGraph &graph, const LiftPlan &plan, const EmitOptions &options);

} // namespace foreload
