// The interface of plugins: Vite's hooks, natively. Lifting is a plugin (lift_plugin.h), and native_plugin.h makes one
// of a shared object. A host calls its plugins in this order: those with `enforce` pre, the host's own, those with
// normal, those with post; and in each hook those with `order` pre first and those with post last.
//
// Hooks are called from any thread, several at once. What a plugin keeps between calls it has to guard.
#pragma once
#include "emit/emit_component.h"
#include "engine/archive.h"
#include "host/hook_filter.h"
#include "link/module_graph.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/ErrorOr.h>
#include <llvm/Support/MemoryBuffer.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace foreload {

/// What a host works for; plugins can ask to be there for one of them only.
enum class HostMode : uint8_t { Serve, Build };

enum class Order : uint8_t { Pre, Normal, Post };

enum class FileEvent : uint8_t { Create, Update, Delete };

enum class Hook : uint8_t { BuildStart, ResolveId, Load, Transform, ModuleParsed, WatchChange, BuildEnd, Generate };
constexpr size_t hook_count = 8;
/// As Rollup calls it: "resolveId".
const char *hook_name(Hook hook);

/// What is said of a hook before it is called.
struct HookUse {
  Order order = Order::Normal;
  HookFilter filter; ///< of resolveId (the specifier), load, transform, moduleParsed and watchChange
};

struct PluginTraits {
  std::string name; ///< as diagnostics and statistics have it
  Order enforce = Order::Normal;
  std::optional<HostMode> mode; ///< nothing: any
  /// Its transform looks at other modules by HookContext::modules(): these are as the plugins before it leave them.
  bool reads_modules = false;
  /// It neither looks at the outputs of a build nor replaces any: they are written as soon as they are made. Else all
  /// of them are kept until generate() has seen them.
  bool leaves_outputs = false;
  std::array<std::optional<HookUse>, hook_count> hooks; ///< nothing: the plugin does not have the hook

  std::optional<HookUse> &operator[](Hook hook) { return hooks[static_cast<size_t>(hook)]; }
  const std::optional<HookUse> &operator[](Hook hook) const { return hooks[static_cast<size_t>(hook)]; }
};

/// A module's text, from load and transform.
struct ModuleText {
  std::string code;
  /// A version 3 source map as JSON. Of transform's: a source that is the module itself, or the only one, is the text
  /// that went in; other sources are files. Empty: every line and column is where it was.
  std::string map;
};

/// What hooks hand over besides what they return, in the order of the calls.
struct HookOutput {
  std::vector<std::string> dependencies;
  std::vector<UnresolvedImport> unresolved;
  std::vector<EmittedText> files;
  std::vector<Diagnostic> diagnostics;
  std::map<std::string, uint64_t> counters;

  void append(HookOutput other);
};

/// What has happened since the transforms of a build that is done again.
struct BuildChange {
  /// The files whose text is another one; of imports and of all other files nothing has changed.
  std::set<std::string> files;
  /// It may be of account for components that have nothing to do with these files, too. link() may find that.
  bool is_wide = false;
  /// To be filled by link(): the components whose transforms may come to something else. If the change is wide, all
  /// may.
  std::set<std::string> again;
};

class Plugin;
class PluginPipeline;
struct HookSession;

/// What a plugin can ask its host, in one call of a hook. Not to be kept.
class HookContext {
public:
  HookContext(PluginPipeline &pipeline, HookSession &session, size_t plugin, HookOutput &output)
      : pipeline_(pipeline), session_(session), plugin_(plugin), output_(output) {}

  const std::string &root() const; ///< the project's
  HostMode mode() const;
  /// Where the components of a build are; empty if files are transformed one by one.
  const std::string &directory() const;
  /// The components of a build, as they are analyzed; empty if files are transformed one by one, and before
  /// link().
  llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> components() const;
  /// Markdown of a build that renders components.
  llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> documents() const;
  /// Null: nothing is known, and each component is transformed. Only link() may ask.
  BuildChange *change();
  /// Whether the build will be done again, with what has changed: that is told to plugins that leave outputs alone.
  bool is_kept() const;
  /// Whether another process has done the build before: components() are not known, and link() cannot do without what
  /// restore() was given. It says that the change is wide if that is not enough.
  bool is_restored() const;
  /// What was known then of a file that was looked at; null: that is lost.
  std::shared_ptr<const ModuleFacts> facts_before(llvm::StringRef path);
  /// The plugin's own, from the buildStart of a build to its last hook. To be set in buildStart only: other hooks may
  /// run at the same time.
  std::shared_ptr<void> &state();
  /// Whether nobody waits for the answer any more.
  bool is_cancelled() const;

  /// Facts of files, and what imports mean.
  ModuleSource &modules();
  std::shared_ptr<const ModuleFacts> facts_of_text(llvm::StringRef id, llvm::StringRef code);
  /// Says that what a component renders is going to be read: other threads begin with it, if the host reads ahead.
  void read_ahead(const ModuleFacts &component);
  /// What the other plugins, and then the host, make of an import. What nobody knows is put to the build tool, and the
  /// hook is called again with its answer.
  ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer);
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> read_file(llvm::StringRef path);

  /// A file that the result depends on.
  void add_dependency(std::string path) { output_.dependencies.push_back(std::move(path)); }
  /// An import that only the build tool can decide.
  void ask(UnresolvedImport import) { output_.unresolved.push_back(std::move(import)); }
  /// A file besides the module. Its absolute path says where it would be among the sources, in a build below
  /// directory(); a build writes it to the according place of its output. In generate(), one with the path of an output
  /// takes its place.
  void emit_file(EmittedText file);
  void report(Diagnostic diagnostic) { output_.diagnostics.push_back(std::move(diagnostic)); }
  /// Adds to a number that the result has by that name.
  void count(const std::string &counter, uint64_t more) { output_.counters[counter] += more; }
  HookOutput &output() { return output_; }

private:
  PluginPipeline &pipeline_;
  HookSession &session_;
  size_t plugin_;
  HookOutput &output_;
};

class Plugin {
public:
  explicit Plugin(PluginTraits traits) : traits_(std::move(traits)) {}
  virtual ~Plugin() = default;
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  const PluginTraits &traits() const { return traits_; }

  // Only those that the traits name are called. See docs/plugins.md for when.
  virtual void build_start(HookContext &) {}
  /// No hook of build tools, so it is called of every plugin: the components of a build are read, and their transforms,
  /// which may run at the same time, come next. Here is the place for what they have in common. In a build that is done
  /// again with a change() it is called again, and so are the transforms that it asks for, and generate(): what that
  /// does not emit is as it was.
  virtual void link(HookContext &) {}
  /// For the host's own: what another process needs for a link() with a change, once generate() is done; and to take it
  /// back, before any hook but buildStart. False: it is not what save() writes.
  virtual void save(HookContext &, ArchiveWriter &) {}
  virtual bool restore(HookContext &, ArchiveReader &) { return true; }
  /// What \p specifier in \p importer means; nothing: the next plugin is asked. Resolution::NotFound is no answer.
  virtual std::optional<ResolveResult> resolve_id(HookContext &, llvm::StringRef specifier, llvm::StringRef importer);
  virtual std::optional<ModuleText> load(HookContext &, llvm::StringRef id);
  /// Nothing: the text stays as it is.
  virtual std::optional<ModuleText> transform(HookContext &, llvm::StringRef id, llvm::StringRef code);
  /// After a file was read and analyzed, and again if it changes.
  virtual void module_parsed(HookContext &, const ModuleFacts &) {}
  virtual void watch_change(HookContext &, llvm::StringRef, FileEvent) {}
  virtual void build_end(HookContext &) {}
  /// Sees what a build is about to write. The texts' paths are as in emit_file().
  virtual void generate(HookContext &, llvm::ArrayRef<EmittedText>) {}

private:
  PluginTraits traits_;
};

} // namespace foreload
