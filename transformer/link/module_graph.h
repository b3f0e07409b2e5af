// All facts → the graph of components that one or more components can render.
#pragma once
#include "analyze/module_facts.h"
#include "link/effect_links.h"
#include "link/loader_graph.h"
#include "link/resolver.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace foreload {

/// Whether files with this path are modules of JavaScript or TypeScript.
bool is_script_path(llvm::StringRef path);

/// Where the linker gets files from; the engine implements it over its caches.
class ModuleSource {
public:
  virtual ~ModuleSource() = default;
  /// The facts of the file at absolute path \p path, or null when it cannot be read (\p error says why).
  virtual std::shared_ptr<const ModuleFacts> facts(llvm::StringRef path, std::string &error) = 0;
  virtual ResolveResult resolve(llvm::StringRef specifier, llvm::StringRef importer) = 0;
  /// See Resolver::case_hint.
  virtual std::string case_hint(llvm::StringRef specifier, llvm::StringRef importer) = 0;
  /// Names what the meaning of \p path's non-relative imports depends on: the nearest package.json and tsconfig.json.
  virtual std::string import_scope(llvm::StringRef path) = 0;
  /// Whether some file of the project imports the loader of the component at \p path: for `load()`, as a rule.
  virtual bool is_loader_imported(llvm::StringRef path) = 0;
};

/// A specifier that the resolver could not decide and that may matter for the graph.
struct UnresolvedImport {
  std::string specifier;
  std::string importer; ///< absolute path
  /// What is rendered does not depend on it, only what can be computed early: whether it is a constant, or what code
  /// that is called does.
  bool is_value = false;
};

struct LinkedModule {
  std::string path;
  std::shared_ptr<const ModuleFacts> facts;
  /// By render site: the module that it renders, or no_index for what is no component that we can read.
  std::vector<uint32_t> site_targets;
  /// See ModuleSource::import_scope.
  std::string import_scope;
  /// What the loader does with its context, wherever it is written.
  ContextUse loader_context;
  /// Another file of the project imports the loader, for `load()`: there must be only one function of it.
  bool loader_is_imported = false;
  /// The component's loader in ModuleGraph::loaders, if it loads others or is loaded.
  uint32_t loader_node = no_index;
  /// By import: its value is a constant, which is the same wherever and whenever it is read. Asked only of those that
  /// the module's codes read, the others say no. JSON and other assets are constants, and so is what a script module
  /// of the project exports, if it is data that no module of those that were read changes. Functions are none.
  std::vector<bool> constant_imports = {};
  ComponentEffects effects = {};

  /// Groups of what the module hands to components that change it, sorted: see ValueFact::group.
  std::vector<uint32_t> changed_groups = {};
  bool changes_data = false;      ///< likewise, of the own loader's data
  uint32_t changed_by = no_index; ///< one of those components

  bool is_changed_below(uint32_t group) const {
    return group != no_index && std::binary_search(changed_groups.begin(), changed_groups.end(), group);
  }
  bool is_constant_import(uint32_t import) const {
    return import < constant_imports.size() && constant_imports[import];
  }
};

/// Whether rendering a module may change what loaders see of the request: Astro.locals, cookies, the request's body.
bool changes_state(const LinkedModule &module);

/// What modules mean for others that have nothing to do with them by their imports. Of several graphs it is the union
/// of theirs.
struct SharedState {
  bool changes_state = false;
  bool changes_astro = false;
  bool has_speculative_loaders = false;
  std::set<ResourceKey> changeable;                   ///< resources that may change
  std::set<std::pair<std::string, uint32_t>> changed; ///< what would be constants, by file and index, or by file
  std::set<std::string> loaded;                       ///< components whose loaders are known to `load()`
  friend bool operator==(const SharedState &, const SharedState &) = default;
};

/// Modules are numbered breadth first from the roots with sites in source order, so that numbers do not depend on
/// the order of discovery.
struct ModuleGraph {
  std::vector<LinkedModule> modules;     ///< the roots come first, in the order given
  LoaderGraph loaders;                   ///< what the loaders of the modules load, and so on
  bool has_state_changes = false;        ///< a module changes_state()
  bool changes_astro = false;            ///< a component changes what it is given of Astro.url or the like
  bool has_speculative_loaders = false;  ///< a loader asks for speculation
  std::vector<Resource> resources;       ///< what code of the modules shares and somebody may change
  std::vector<std::string> dependencies; ///< every other file that was read, barrels included; sorted
  std::vector<UnresolvedImport> unresolved;
  SharedState shared; ///< of its own modules
  /// By file, those that have imported something of it; filled if it is asked for. Who cannot reach a file through
  /// these is not touched by a change of its text, but for `shared`.
  llvm::StringMap<llvm::StringSet<>> importers;
  /// The facts of all files that were looked at; filled with `importers`.
  llvm::StringMap<std::shared_ptr<const ModuleFacts>> files;
  /// What could not be read, and what is wrong with the files that count as unknown for it.
  std::vector<Diagnostic> diagnostics;
  std::vector<Diagnostic> unusable;
};

struct LinkOptions {
  const SharedState *around = nullptr; ///< of modules that are not in the graph; null: there are none
  bool notes_importers = false;        ///< fill ModuleGraph::importers and files
};

/// Links everything that \p roots can render. Not recursive; linear in modules and edges.
ModuleGraph link_modules(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> roots, ModuleSource &source,
                         const LinkOptions &options = {});

/// What a file imports, or exports again, from elsewhere.
struct ImportedName {
  std::string specifier;
  std::string name; ///< `*`: all that there is
};

/// The paths of the components whose loaders are among the \p names that the file at \p importer imports; of a
/// component that cannot be found, the file's name.
std::vector<std::string> imported_loaders(llvm::StringRef importer, llvm::ArrayRef<ImportedName> names,
                                          ModuleSource &source);

} // namespace foreload
