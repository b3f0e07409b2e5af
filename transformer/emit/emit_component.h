// Decisions → text: a lift point's transformed file and its companion module.
#pragma once
#include "plan/lift_plan.h"

#include <string>

namespace foreload {

struct EmitOptions {
  std::string root;                                ///< keys are relative to it
  std::string runtime_module = "foreload/runtime"; ///< what companions import registerLoader from
  std::string auto_module = "foreload/auto";       ///< what awaits that are loaders are registered with
};

/// A generated file: text and a version 3 source map as JSON.
struct EmittedText {
  std::string path; ///< absolute
  std::string code;
  std::string map;
};

struct EmittedComponent {
  bool changed = false; ///< false: the file passes through, code is empty
  EmittedText code;
  bool has_companion = false;
  EmittedText companion;
};

/// Emits one lift point in one sweep over its untouched text. What is put in never adds a line.
EmittedComponent emit_component(const ModuleGraph &graph, const LiftPlan &plan, const EmitOptions &options);

/// Where the companion of the component at \p path is: beside it, `Card.astro.foreload.ts`.
std::string companion_path(llvm::StringRef path);

} // namespace foreload
