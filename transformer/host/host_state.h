// What the host's jobs share. Not part of its interface.
#pragma once
#include "engine/module_store.h"
#include "host/host.h"

namespace foreload {

struct Host::State {
  State(HostOptions host_options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> fs);

  PlanOptions plan_options() const {
    return {options.root, options.lift, options.strategy, options.auto_lift, options.dedupe, options.speculative};
  }
  AnalyzeOptions analyze_options() const;
  ResolverOptions resolver_options() const;
  EmitOptions emit_options() const { return {options.root, options.runtime_module}; }
  /// \p path relative to the root if it is below it.
  std::string display_path(llvm::StringRef path) const;
  /// Says what could not be found. A build tool has a resolver of its own and is asked instead.
  void report_unresolved(const ModuleGraph &graph, std::vector<Diagnostic> &diagnostics);

  HostOptions options;
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system;
  ModuleStore modules;
};

} // namespace foreload
