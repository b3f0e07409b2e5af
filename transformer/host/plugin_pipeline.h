// Runs the hooks of a host's plugins: in their order, behind their filters, with their maps composed and their time
// measured.
#pragma once
#include "engine/module_store.h"
#include "host/plugin.h"
#include "host/timeline.h"

#include <atomic>
#include <functional>

namespace foreload {

/// The text of a module when hooks have seen to it.
struct PipelineText {
  std::string code; ///< empty if not changed
  std::string map;  ///< to the text that went in, or to the files that the plugins name; may be empty if changed
  bool changed = false;
  std::string prepared_map; ///< of what prepare() gives, if a plugin reads modules
};

/// The calls of one plugin's hook.
struct HookTiming {
  uint64_t calls = 0;
  uint64_t filtered = 0; ///< times that the filter spared a call
  uint64_t nanoseconds = 0;
  uint64_t longest = 0; ///< nanoseconds
};

struct PluginTiming {
  std::string plugin;
  std::array<HookTiming, hook_count> hooks;
};

/// What lasts from buildStart to the last hook of a build or, for files that are transformed one by one, as long as the
/// host.
struct HookSession {
  std::string directory; ///< of a build
  std::vector<std::shared_ptr<const ModuleFacts>> components;
  std::vector<std::shared_ptr<const ModuleFacts>> documents;
  std::vector<std::shared_ptr<void>> states; ///< by plugin
  bool is_kept = false;                      ///< see HookContext
  BuildChange *change = nullptr;
  /// See HookContext; null: it is not restored.
  std::function<std::shared_ptr<const ModuleFacts>(llvm::StringRef path)> facts_before;
};

/// Safe for concurrent use by multiple threads once it is made. The store and the timeline have to outlive it.
class PluginPipeline {
public:
  /// \p plugins in the order in which they are to be called, but for what `enforce` and `order` say. Those that are for
  /// another mode are left out.
  PluginPipeline(std::vector<std::shared_ptr<Plugin>> plugins, HostMode mode, std::string root, ModuleStore &modules,
                 llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, Timeline &timeline);

  /// Whether a plugin has the hook.
  bool has(Hook hook) const { return !stages_[static_cast<size_t>(hook)].empty(); }
  /// Whether outputs are what transforms make of their modules, whatever comes later: see PluginTraits::leaves_outputs.
  bool leaves_outputs() const;
  /// Whether a plugin wants a hook to be called for a module.
  bool is_wanted(Hook hook, llvm::StringRef id, llvm::StringRef code) const;

  HookSession make_session() const;
  void build_start(HookSession &session, HookOutput &output);
  void link(HookSession &session, HookOutput &output);
  void save(HookSession &session, ArchiveWriter &archive);
  bool restore(HookSession &session, ArchiveReader &archive);
  /// The first plugin's answer, or Resolution::NotFound. \p asking is the plugin that asks, which is passed over.
  ResolveResult resolve_id(HookSession &session, HookOutput &output, llvm::StringRef specifier,
                           llvm::StringRef importer, size_t asking = SIZE_MAX);
  std::optional<ModuleText> load(HookSession &session, HookOutput &output, llvm::StringRef id);
  PipelineText transform(HookSession &session, HookOutput &output, llvm::StringRef id, llvm::StringRef code);
  /// What transform() makes of a module up to the first plugin that reads_modules.
  PipelineText prepare(HookSession &session, HookOutput &output, llvm::StringRef id, llvm::StringRef code);
  /// The rest of transform(), for what prepare() gave.
  PipelineText transform_prepared(HookSession &session, HookOutput &output, llvm::StringRef id, llvm::StringRef code);
  /// Whether prepare() may do anything.
  bool has_preparation() const { return preparation_size_ > 0; }
  void module_parsed(HookSession &session, HookOutput &output, const ModuleFacts &facts);
  void watch_change(HookSession &session, HookOutput &output, llvm::StringRef path, FileEvent event);
  void build_end(HookSession &session, HookOutput &output);
  void generate(HookSession &session, HookOutput &output, llvm::ArrayRef<EmittedText> outputs);

  std::vector<PluginTiming> timings() const;

  const std::string &plugin_name(size_t plugin) const { return plugins_[plugin]->traits().name; }
  const std::string &root() const { return root_; }
  HostMode mode() const { return mode_; }
  ModuleStore &modules() { return modules_; }
  llvm::vfs::FileSystem &file_system() { return *file_system_; }
  void cancel() { is_cancelled_ = true; }
  bool is_cancelled() const { return is_cancelled_; }

private:
  struct Meter {
    std::atomic<uint64_t> calls{0}, filtered{0}, nanoseconds{0}, longest{0};
  };
  using Clock = Timeline::Clock;

  /// Calls \p call with each of \p stage's plugins whose filter lets the module through, until it says that it has
  /// enough. \p code is read anew before each, as plugins change it.
  void run(Hook hook, llvm::ArrayRef<size_t> stage, HookSession &session, HookOutput &output, llvm::StringRef id,
           const llvm::StringRef *code, llvm::function_ref<bool(Plugin &, HookContext &)> call,
           size_t asking = SIZE_MAX);
  PipelineText transform_by(llvm::ArrayRef<size_t> stage, HookSession &session, HookOutput &output, llvm::StringRef id,
                            llvm::StringRef code);
  llvm::ArrayRef<size_t> stage(Hook hook) const { return stages_[static_cast<size_t>(hook)]; }
  Meter &meter(size_t plugin, Hook hook) { return meters_[plugin * hook_count + static_cast<size_t>(hook)]; }
  bool accepts(const HookUse &use, llvm::StringRef id, const llvm::StringRef *code) const;

  std::vector<std::shared_ptr<Plugin>> plugins_;
  std::array<std::vector<size_t>, hook_count> stages_; ///< the plugins of each hook, in the order of their calls
  size_t preparation_size_ = 0;                        ///< those of transform that come before one that reads modules
  HostMode mode_;
  std::string root_;
  ModuleStore &modules_;
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system_;
  std::atomic<bool> is_cancelled_{false};
  std::unique_ptr<Meter[]> meters_;
  Timeline &timeline_;
};

} // namespace foreload
