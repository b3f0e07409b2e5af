// What the host's jobs share. Not part of its interface.
#pragma once
#include "emit/decoded_map.h"
#include "engine/disk_cache.h"
#include "engine/module_prefetch.h"
#include "engine/observed_files.h"
#include "host/host.h"
#include "host/plugin_pipeline.h"

#include <unordered_map>

namespace foreload {

/// \p path relative to \p root if it is below it.
std::string display_path(llvm::StringRef root, llvm::StringRef path);

struct Host::State final : ModuleHooks {
  State(HostOptions host_options, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> fs);
  ~State() override;

  PlanOptions plan_options() const {
    return {options.root, options.lift, options.strategy, options.auto_lift, options.dedupe, options.speculative};
  }
  AnalyzeOptions analyze_options() const;
  ResolverOptions resolver_options() const;
  EmitOptions emit_options() const { return {options.root, options.runtime_module}; }
  std::string display_path(llvm::StringRef path) const { return foreload::display_path(options.root, path); }

  /// What plugins did to a module before it was analyzed, for those that lift from it.
  struct Preparation {
    bool changed = false;
    std::optional<DecodedMap> map; ///< from what was analyzed to what was loaded; nothing: places stay
    HookOutput output;
  };

  /// The session of files that come one by one, which this may start.
  std::shared_ptr<HookSession> open_session(HookOutput &output);
  /// What hooks that the store calls belong to: a build while one runs, else the open session.
  std::shared_ptr<HookSession> reading_session(HookOutput &output);
  void begin_build(std::shared_ptr<HookSession> session);
  void end_build(const std::shared_ptr<HookSession> &session);

  /// Runs the transform hooks. Files that they emit have maps to what is on disk.
  PipelineText transform(HookSession &session, HookOutput &output, llvm::StringRef id, llvm::StringRef code);
  /// The same for a component of a build, which is prepared already.
  PipelineText transform(HookSession &session, HookOutput &output, const ModuleFacts &component);
  /// Adds what was said when the modules that a result depends on were prepared, and in hooks that belong to no result.
  void add_preparations(HookOutput &output);
  /// The modules whose preparation used one of \p paths.
  std::vector<std::string> prepared_from(llvm::ArrayRef<std::string> paths);
  void forget_preparations(llvm::ArrayRef<std::string> paths);
  void forget_preparations();

  // ModuleHooks
  ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer) override;
  std::optional<std::string> load(llvm::StringRef path) override;
  std::optional<std::string> prepare(llvm::StringRef path, llvm::StringRef text) override;
  void parsed(const ModuleFacts &facts) override;

  HostOptions options;
  std::unique_ptr<DiskCache> fact_cache;                        ///< null: there is no cache
  llvm::IntrusiveRefCntPtr<ObservedFileSystem> observed_files; ///< null: nobody wants to know what is looked at
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system;
  Timeline timeline;
  ModuleStore modules;
  PluginPipeline pipeline;
  std::unique_ptr<ModulePrefetch> prefetch; ///< null: nothing is read ahead

private:
  std::vector<std::shared_ptr<Plugin>> all_plugins() const;
  /// Leads the maps of the files from number \p first on, which were emitted for a module, through those of the
  /// modules' preparations; \p own is the module's own.
  void map_files(HookOutput &output, size_t first, llvm::StringRef id, const DecodedMap *own);
  static void note_map(Preparation &preparation, llvm::StringRef json);
  /// Null: nothing was done.
  std::shared_ptr<const Preparation> preparation_of(llvm::StringRef path);

  /// Held while the open session's buildStart runs, which may come back here: no hook comes before it.
  std::recursive_mutex session_mutex_;
  std::shared_ptr<HookSession> open_session_;
  std::vector<std::shared_ptr<HookSession>> builds_;
  std::mutex mutex_;                                          ///< guards what follows
  std::unordered_map<std::string, std::shared_ptr<const Preparation>> loads_;        ///< by path; what load() did alone
  std::unordered_map<std::string, std::shared_ptr<const Preparation>> preparations_; ///< by path
  HookOutput stray_;                                          ///< of hooks that are called for no result in particular
};

} // namespace foreload
