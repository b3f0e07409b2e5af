#include "link/module_graph.h"

#include "link/changed_props.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <map>
#include <set>

namespace foreload {

bool is_script_path(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  for (llvm::StringRef known : {".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".tsx", ".jsx"})
    if (extension == known)
      return true;
  return false;
}

namespace {

/// Whether \p name of a file that is no code is data: the content of JSON, the address of an asset, the class names of
/// a style sheet, what a Markdown file says about itself.
bool is_data(llvm::StringRef path, llvm::StringRef name) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".json")
    return true;
  if (is_markdown_path(path))
    return name == "frontmatter" || name == "file" || name == "url";
  for (llvm::StringRef style : {".css", ".scss", ".sass", ".less", ".styl", ".stylus", ".pcss", ".postcss"})
    if (extension == style)
      return llvm::sys::path::extension(llvm::sys::path::stem(path)) == ".module";
  if (name != "default" || extension == ".svg") // which Astro makes a component of
    return false;
  // Vite's KNOWN_ASSET_TYPES
  for (llvm::StringRef asset :
       {".apng", ".bmp", ".png", ".jpg",  ".jpeg",  ".jfif", ".pjpeg", ".pjp", ".gif",  ".ico",         ".webp",
        ".avif", ".cur", ".jxl", ".mp4",  ".webm",  ".ogg",  ".mp3",   ".wav", ".flac", ".aac",         ".opus",
        ".mov",  ".m4a", ".vtt", ".woff", ".woff2", ".eot",  ".ttf",   ".otf", ".pdf",  ".webmanifest", ".txt"})
    if (extension == asset)
      return true;
  return false;
}

/// `./notes.txt?raw`: text, whatever the file is.
bool is_text_query(llvm::StringRef query) {
  return query == "raw" || query == "url" || query == "inline" || query == "no-inline" || query == "url&inline" ||
         query == "url&no-inline";
}

class Linker {
public:
  Linker(ModuleSource &source, const LinkOptions &options)
      : source_(source), around_(options.around ? *options.around : nothing_),
        notes_importers_(options.notes_importers) {}

  ModuleGraph link(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> roots) {
    for (const std::shared_ptr<const ModuleFacts> &root : roots) {
      files_[root->source->path()] = root;
      add_module(root);
    }
    for (size_t i = 0; i < graph_.modules.size(); ++i)
      link_module(static_cast<uint32_t>(i));
    link_loaders();
    for (LinkedModule &module : graph_.modules) {
      module.loader_is_imported = imported_loaders_.contains(module.path) || around_.loaded.contains(module.path) ||
                                  (module.facts->loader && source_.is_loader_imported(module.path));
      graph_.has_state_changes |= changes_state(module);
      graph_.has_speculative_loaders |= module.facts->loader && module.facts->loader->speculative;
    }
    find_changed_props(graph_);
    note_shared();
    graph_.has_state_changes |= graph_.changes_astro;
    for_values_ = true;
    link_all_effects();
    find_constant_imports();
    for (size_t i = 0; i < roots.size(); ++i)
      read_.erase(roots[i]->source->path().str());
    graph_.dependencies.assign(read_.begin(), read_.end());
    for (auto &[import, is_value] : unresolved_)
      graph_.unresolved.push_back({import.first, import.second, is_value});
    graph_.shared.changed = std::move(changed_);
    if (notes_importers_)
      graph_.files = std::move(files_);
    sort_diagnostics(graph_.diagnostics);
    return std::move(graph_);
  }

  std::vector<std::string> imported_loaders(llvm::StringRef importer, llvm::ArrayRef<ImportedName> names) {
    std::vector<std::string> found;
    for (const auto &[specifier, name] : names) {
      if (name != "loader" && (name != "*" || !is_component_path(specifier)))
        continue;
      Export target = follow(importer, specifier, name, {});
      if (target.module && target.module->kind == ModuleKind::Astro)
        found.push_back(target.module->source->path().str());
      else if (!target.module && is_component_path(specifier))
        found.push_back(llvm::StringRef(specifier).rsplit('/').second.str());
    }
    return found;
  }

private:
  /// What an exported name leads to.
  struct Export {
    enum class Kind : uint8_t { Unknown, Component, Namespace, Value, Data } kind = Kind::Unknown;
    std::shared_ptr<const ModuleFacts> module; ///< the component, the namespace's module, or the value's
    std::string name;                          ///< of a Value; of Data: the file's path
  };

  /// Tells apart what the graph has of itself from what there is around it.
  void note_shared() {
    SharedState &own = graph_.shared;
    own.changes_state = graph_.has_state_changes;
    own.changes_astro = graph_.changes_astro;
    own.has_speculative_loaders = graph_.has_speculative_loaders;
    for (const auto &component : imported_loaders_)
      own.loaded.insert(component.first().str());
    graph_.has_state_changes |= around_.changes_state;
    graph_.changes_astro |= around_.changes_astro;
    graph_.has_speculative_loaders |= around_.has_speculative_loaders;
  }

  uint32_t add_module(const std::shared_ptr<const ModuleFacts> &facts) {
    auto index = static_cast<uint32_t>(graph_.modules.size());
    auto [at, is_new] = indexes_.try_emplace(facts->source->path(), index);
    if (is_new)
      graph_.modules.push_back({facts->source->path().str(),
                                facts,
                                {},
                                source_.import_scope(facts->source->path()),
                                {},
                                false,
                                no_index,
                                {}});
    return at->second;
  }

  void link_module(uint32_t index) {
    std::shared_ptr<const ModuleFacts> facts = graph_.modules[index].facts;
    std::vector<uint32_t> targets;
    for (const RenderSite &site : facts->sites) {
      uint32_t target = no_index;
      if (site.is_self)
        target = index;
      else if (site.import != no_index)
        if (Export found = follow_import(*facts, facts->imports[site.import], site.member);
            found.kind == Export::Kind::Component)
          target = add_module(found.module);
      targets.push_back(target);
    }
    graph_.modules[index].site_targets = std::move(targets);
    if (facts->loader) {
      graph_.modules[index].loader_context = loader_context(*facts);
      if (facts->loader->own_piece != no_index)
        for (const LoaderNameUse &use : facts->loader->uses)
          if (use.is_import)
            note_loaded(*facts, facts->imports[use.index], graph_.modules[index].loader_context);
    }
  }

  /// What a loader can `load` is what it imports, under whatever name.
  void note_loaded(const ModuleFacts &facts, const ImportFact &import, const ContextUse &context) {
    if (!context.loads && !context.whole)
      return;
    Export found = follow_import(facts, import, "");
    bool is_loader =
        found.kind == Export::Kind::Namespace || (found.kind == Export::Kind::Value && found.name == "loader");
    if (is_loader && found.module->kind == ModuleKind::Astro)
      imported_loaders_.insert(found.module->source->path());
  }

  /// A loader that another module exports is analyzed there.
  ContextUse loader_context(const ModuleFacts &facts) {
    const LoaderFacts &loader = *facts.loader;
    Export found;
    if (loader.re_export != no_index) {
      const ExportFact &fact = facts.exports[loader.re_export];
      found = follow(facts.source->path(), fact.specifier, fact.local, fact.span);
    } else if (loader.import != no_index) {
      found = follow_import(facts, facts.imports[loader.import], "");
    } else {
      return loader.context;
    }
    if (found.kind == Export::Kind::Value)
      for (const ExportedFunction &function : found.module->functions)
        if (function.name == found.name) {
          for (const ImportFact &import : found.module->imports)
            note_loaded(*found.module, import, function.context);
          return function.context;
        }
    return {.whole = true, .at = loader.span};
  }

  /// A file is asked for once: its source looks each time whether it is as it was.
  std::shared_ptr<const ModuleFacts> facts_of(llvm::StringRef path, std::string &error) {
    if (auto known = files_.find(path); known != files_.end())
      return known->second;
    std::shared_ptr<const ModuleFacts> facts = source_.facts(path, error);
    if (facts)
      files_[path] = facts;
    return facts;
  }

  Export follow_import(const ModuleFacts &facts, const ImportFact &import, llvm::StringRef member) {
    return follow_member(follow(facts.source->path(), import.specifier, import.imported, import.span), member);
  }

  Export follow_member(Export found, llvm::StringRef member) {
    while (!member.empty()) { // `<ui.forms.Field>`
      auto [name, rest] = member.split('.');
      found = found.kind == Export::Kind::Namespace ? follow_export(found.module, name) : Export{};
      member = rest;
    }
    return found;
  }

  /// What \p name of the module \p specifier is. \p at is the specifier in the importer, for messages.
  Export follow(llvm::StringRef importer, llvm::StringRef specifier, llvm::StringRef name, Span at) {
    ResolveResult resolved = source_.resolve(specifier, importer);
    if (resolved.resolution == Resolution::NotFound && is_markdown_path(importer)) // `layout: Base.astro`
      if (ResolveResult beside = source_.resolve(("./" + specifier).str(), importer);
          beside.resolution == Resolution::Found)
        resolved = beside;
    if (resolved.resolution == Resolution::NotFound)
      unresolved_.try_emplace({specifier.str(), importer.str()}, for_values_);
    if (resolved.resolution != Resolution::Found)
      return {};
    if (notes_importers_)
      graph_.importers[resolved.path].insert(importer);
    if (llvm::StringRef query = specifier.split('?').second; !query.empty())
      return is_text_query(query) ? Export{Export::Kind::Data, nullptr, resolved.path} : Export{};
    bool is_component = is_component_path(resolved.path);
    if (!is_component && !is_script_path(resolved.path))
      return is_data(resolved.path, name) ? Export{Export::Kind::Data, nullptr, resolved.path} : Export{};
    if (!reads_packages_ && resolved.path.find("/node_modules/") != std::string::npos)
      return {};
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = facts_of(resolved.path, error);
    if (!facts) {
      if (for_values_)
        return {};
      std::string ignored;
      if (std::shared_ptr<const ModuleFacts> from = source_.facts(importer, ignored))
        graph_.diagnostics.push_back(
            diagnose(*from->source, at, 9001, Severity::Error, "'" + resolved.path + "' could not be read: " + error));
      return {};
    }
    if (read_.insert(resolved.path).second)
      read_facts_.push_back(facts);
    if (!facts->usable && !for_values_ && unusable_.insert(resolved.path).second)
      graph_.unusable.insert(graph_.unusable.end(), facts->diagnostics.begin(), facts->diagnostics.end());
    if (!facts->usable)
      return {};
    if (is_component && name == "default")
      return {Export::Kind::Component, facts, {}};
    if (name == "*")
      return {Export::Kind::Namespace, facts, {}};
    return follow_export(facts, name);
  }

  /// Barrels: `export { default as Card } from './Card.astro'`, `import Card …; export { Card }`, `export * from`,
  /// `export * as ui from`. Modules may re-export each other in a cycle.
  Export follow_export(const std::shared_ptr<const ModuleFacts> &module, llvm::StringRef name) {
    std::pair<std::string, std::string> step{module->source->path().str(), name.str()};
    if (auto known = exports_.find(step); known != exports_.end())
      return known->second;
    // Barrels are followed on the call stack: not too far.
    constexpr size_t depth_limit = 256;
    if (steps_.size() >= depth_limit || !steps_.insert(step).second) {
      ++cuts_;
      return {};
    }
    size_t cuts_before = cuts_;
    Export found = follow_export_once(module, name);
    steps_.erase(step);
    // What was found while a cycle was cut is the whole truth for the module where the search began only.
    if (cuts_ == cuts_before || steps_.empty())
      exports_.emplace(std::move(step), found);
    return found;
  }

  Export follow_export_once(const std::shared_ptr<const ModuleFacts> &module, llvm::StringRef name) {
    if (module->kind == ModuleKind::Astro && name == "default")
      return {Export::Kind::Component, module, {}};
    llvm::StringRef path = module->source->path();
    for (const ExportFact &fact : module->exports) {
      if (fact.exported != name)
        continue;
      if (!fact.specifier.empty())
        return follow(path, fact.specifier, fact.local, fact.span);
      for (const ImportFact &import : module->imports)
        if (!import.local.empty() && import.local == fact.local)
          return follow(path, import.specifier, import.imported, import.span);
      return {Export::Kind::Value, module, name.str()};
    }
    if (name != "default")
      for (const ExportFact &fact : module->exports)
        if (fact.exported == "*")
          if (Export found = follow(path, fact.specifier, name, fact.span); found.kind != Export::Kind::Unknown)
            return found;
    return {};
  }

  // --- Loaders that load loaders

  /// A function of a module's top level; no module: not known.
  struct FunctionName {
    std::shared_ptr<const ModuleFacts> module;
    std::string local;
  };

  void link_loaders() {
    auto loads_something = [](const LinkedModule &module) {
      return module.loader_context.loads || module.loader_context.whole;
    };
    if (std::none_of(graph_.modules.begin(), graph_.modules.end(), loads_something))
      return;
    std::vector<FunctionName> own(graph_.modules.size());
    for (size_t i = 0; i < graph_.modules.size(); ++i) {
      own[i] = loader_function(graph_.modules[i].facts);
      if (own[i].module && !loads_of(own[i]).empty())
        add_loader(own[i]);
    }
    LoaderGraph &loaders = graph_.loaders;
    for (size_t i = 0; i < loaders.nodes.size(); ++i) {
      LoaderNode node = loaders.nodes[i];
      for (const LoadFact &load : loads_of({node.facts, node.local}))
        if (FunctionName target = load_target(node.facts, load); target.module) {
          uint32_t index = add_loader(target);
          loaders.edges[i].push_back({index, load.span, load.is_certain});
          if (target.module->kind == ModuleKind::Astro)
            imported_loaders_.insert(target.module->source->path());
        }
    }
    for (size_t i = 0; i < graph_.modules.size(); ++i)
      if (auto at = own[i].module ? loader_nodes_.find(key_of(own[i])) : loader_nodes_.end(); at != loader_nodes_.end())
        graph_.modules[i].loader_node = at->second;
    order_loaders(loaders);
    for (const LoaderCycle &cycle : loaders.cycles)
      graph_.diagnostics.push_back(describe_cycle(loaders, cycle));
  }

  static std::pair<std::string, std::string> key_of(const FunctionName &function) {
    return {function.module->source->path().str(), function.local};
  }

  uint32_t add_loader(const FunctionName &function) {
    auto [at, is_new] = loader_nodes_.try_emplace(key_of(function), static_cast<uint32_t>(graph_.loaders.nodes.size()));
    if (is_new) {
      graph_.loaders.nodes.push_back({function.module, function.local});
      graph_.loaders.edges.emplace_back();
    }
    return at->second;
  }

  static llvm::ArrayRef<LoadFact> loads_of(const FunctionName &function) {
    for (const LoadingFunction &known : function.module->loading)
      if (known.local == function.local)
        return known.loads;
    return {};
  }

  /// The function that is the loader of a component, wherever it is written. Components may borrow each other's in a
  /// circle; \p depth is how many have.
  FunctionName loader_function(const std::shared_ptr<const ModuleFacts> &facts, unsigned depth = 0) {
    constexpr unsigned depth_limit = 256;
    if (!facts->loader || depth > depth_limit)
      return {};
    const LoaderFacts &loader = *facts->loader;
    if (loader.re_export == no_index && loader.import == no_index)
      return {facts, loader.local};
    Export found = loader.re_export == no_index ? follow_import(*facts, facts->imports[loader.import], "")
                                                : follow_export(facts, facts->exports[loader.re_export].exported);
    return function_of(found, depth);
  }

  FunctionName load_target(const std::shared_ptr<const ModuleFacts> &facts, const LoadFact &load) {
    if (load.import != no_index)
      return function_of(follow_import(*facts, facts->imports[load.import], load.member));
    if (facts->loader && facts->loader->local == load.local)
      return loader_function(facts);
    return load.local.empty() ? FunctionName{} : FunctionName{facts, load.local};
  }

  FunctionName function_of(const Export &found, unsigned depth = 0) {
    if (found.kind != Export::Kind::Value)
      return {};
    for (const ExportFact &fact : found.module->exports)
      if (fact.exported == found.name && fact.specifier.empty()) {
        bool is_components = found.module->loader && found.module->loader->local == fact.local;
        bool is_elsewhere = is_components && found.module->loader->import != no_index; // `export const loader = load`
        return is_elsewhere ? loader_function(found.module, depth + 1) : FunctionName{found.module, fact.local};
      }
    return {};
  }

  // --- Effects

  void link_all_effects() {
    std::vector<std::shared_ptr<const ModuleFacts>> components;
    for (const LinkedModule &module : graph_.modules)
      components.push_back(module.facts);
    auto is_linked = [&](uint32_t component, uint32_t site) {
      return graph_.modules[component].site_targets[site] != no_index;
    };
    auto follow_target = [&](const ModuleFacts &importer, llvm::StringRef specifier, llvm::StringRef name, Span at,
                             llvm::StringRef member) -> ExportTarget {
      Export found = follow_member(follow(importer.source->path(), specifier, name, at), member);
      bool is_value = found.kind == Export::Kind::Value;
      if (!is_value && found.kind != Export::Kind::Namespace)
        return {};
      return {is_value ? ExportTarget::Kind::Value : ExportTarget::Kind::Namespace, found.module, found.name};
    };
    // What is found now is not all that there is.
    std::map<std::pair<std::string, std::string>, Export> exports = exports_;
    reads_packages_ = false;
    LinkedEffects effects = link_effects(components, is_linked, follow_target, &around_.changeable);
    reads_packages_ = true;
    exports_ = std::move(exports);
    graph_.resources = std::move(effects.resources);
    graph_.shared.changeable = std::move(effects.changeable);
    for (size_t i = 0; i < components.size(); ++i)
      graph_.modules[i].effects = std::move(effects.components[i]);
  }

  // --- Constants

  using ConstantKey = std::pair<std::string, uint32_t>; ///< a file's path, and an index into its module's constants

  /// Asks for every import that code reads which may be evaluated in another place.
  void find_constant_imports() {
    std::vector<std::pair<uint32_t, uint32_t>> asked; // module, import
    for (uint32_t i = 0; i < graph_.modules.size(); ++i) {
      const ModuleFacts &facts = *graph_.modules[i].facts;
      graph_.modules[i].constant_imports.assign(facts.imports.size(), false);
      std::set<uint32_t> read;
      for (const PureCode &code : facts.codes)
        for (const CodeUse &use : code.uses)
          if (use.of == CodeUse::Of::Import && !use.called)
            read.insert(use.index);
      for (uint32_t import : read)
        asked.push_back({i, import});
    }
    for (const LinkedModule &module : graph_.modules) {
      note_changes(*module.facts);
      for (const ImportFact &import : module.facts->imports)
        if (module.is_changed_below(import.group))
          note_change(*module.facts, import);
    }
    // Answers hold if no module that was read for them changes what others export.
    size_t changes_before;
    do {
      note_changes_of_read();
      changes_before = changed_.size();
      constants_.clear();
      for (auto [module, import] : asked)
        graph_.modules[module].constant_imports[import] = is_constant(
            follow_import(*graph_.modules[module].facts, graph_.modules[module].facts->imports[import], ""));
      note_changes_of_read();
    } while (changed_.size() != changes_before);
  }

  void note_changes_of_read() {
    for (; changes_noted_ < read_facts_.size(); ++changes_noted_)
      note_changes(*std::shared_ptr<const ModuleFacts>(read_facts_[changes_noted_]));
  }

  void note_changes(const ModuleFacts &facts) {
    for (const ImportFact &import : facts.imports)
      if (import.is_changed)
        note_change(facts, import);
  }

  void note_change(const ModuleFacts &facts, const ImportFact &import) {
    for (const Export &found : members_of(follow_import(facts, import, "")))
      if (found.kind == Export::Kind::Data || found.kind == Export::Kind::Value)
        changed_.insert(key_of(found));
  }

  static ConstantKey key_of(const Export &found) {
    return found.kind == Export::Kind::Value ? ConstantKey{found.module->source->path().str(), constant_of(found)}
                                             : ConstantKey{found.name, no_index};
  }

  bool is_changed(const ConstantKey &key) const { return changed_.contains(key) || around_.changed.contains(key); }

  /// The values behind an export: of a namespace, all that its module exports.
  std::vector<Export> members_of(Export whole) {
    if (whole.kind != Export::Kind::Namespace)
      return {std::move(whole)};
    std::vector<Export> members;
    std::vector<Export> namespaces{std::move(whole)};
    llvm::StringSet<> seen;
    while (!namespaces.empty()) {
      std::shared_ptr<const ModuleFacts> module = std::move(namespaces.back().module);
      namespaces.pop_back();
      if (!seen.insert(module->source->path()).second)
        continue;
      for (const ExportFact &fact : module->exports) {
        Export found = fact.exported == "*" ? follow(module->source->path(), fact.specifier, "*", fact.span)
                                            : follow_export(module, fact.exported);
        (found.kind == Export::Kind::Namespace ? namespaces : members).push_back(std::move(found));
      }
    }
    return members;
  }

  /// Whether a value is constant, and everything that it is made of.
  bool is_constant(const Export &value) {
    std::set<ConstantKey> reached;
    std::vector<std::pair<std::shared_ptr<const ModuleFacts>, uint32_t>> queue;
    auto reach = [&](const std::shared_ptr<const ModuleFacts> &module, uint32_t constant) {
      ConstantKey key{module->source->path().str(), constant};
      if (constant == no_index || is_changed(key))
        return false;
      if (!constants_.contains(key) && reached.insert(std::move(key)).second)
        queue.push_back({module, constant});
      return true;
    };
    auto reach_export = [&](const Export &whole) {
      std::vector<Export> members = members_of(whole);
      return std::all_of(members.begin(), members.end(), [&](const Export &found) {
        return found.kind == Export::Kind::Data    ? !is_changed(key_of(found))
               : found.kind == Export::Kind::Value ? reach(found.module, constant_of(found))
                                                   : false;
      });
    };
    if (!reach_export(value))
      return false;
    for (size_t i = 0; i < queue.size(); ++i) {
      auto [module, index] = queue[i];
      for (uint32_t other : module->constants[index].constants)
        if (!reach(module, other))
          return false;
      for (uint32_t import : module->constants[index].imports)
        if (!reach_export(follow_import(*module, module->imports[import], "")))
          return false;
    }
    constants_.merge(reached);
    return true;
  }

  /// Packages keep their insides to themselves.
  static uint32_t constant_of(const Export &value) {
    if (value.module->source->path().find("/node_modules/") != llvm::StringRef::npos)
      return no_index;
    for (const ExportFact &fact : value.module->exports)
      if (fact.exported == value.name && fact.specifier.empty())
        return fact.constant;
    return no_index;
  }

  ModuleSource &source_;
  const SharedState nothing_ = {};
  const SharedState &around_;
  const bool notes_importers_;
  ModuleGraph graph_;
  llvm::StringMap<std::shared_ptr<const ModuleFacts>> files_; ///< by path; those that could be read
  llvm::StringMap<uint32_t> indexes_;
  llvm::StringSet<> imported_loaders_; ///< paths of components
  std::set<std::string> read_;
  std::vector<std::shared_ptr<const ModuleFacts>> read_facts_; ///< of read_, in the order in which they were read
  llvm::StringSet<> unusable_;
  std::map<std::pair<std::string, std::string>, bool> unresolved_; ///< whether only values depend on it
  std::map<std::pair<std::string, std::string>, Export> exports_;  ///< what follow_export has found
  std::set<std::pair<std::string, std::string>> steps_;            ///< the exports that are being followed
  size_t cuts_ = 0;                                                ///< how often a cycle of them was met

  std::map<std::pair<std::string, std::string>, uint32_t> loader_nodes_; ///< by path and name
  bool for_values_ = false; ///< what is not found is no constant: nothing to report
  bool reads_packages_ = true;
  std::set<ConstantKey> changed_;   ///< those that a module that was read changes
  size_t changes_noted_ = 0;        ///< how many of read_facts_ changed_ knows
  std::set<ConstantKey> constants_; ///< what is_constant has found
};

} // namespace

bool changes_state(const LinkedModule &module) {
  const ModuleFacts &facts = *module.facts;
  return facts.changes_state_in_markup || (facts.loader && module.loader_context.writes_state) ||
         std::any_of(facts.barriers.begin(), facts.barriers.end(),
                     [](const Barrier &barrier) { return barrier.kind == Barrier::Kind::State; });
}

ModuleGraph link_modules(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> roots, ModuleSource &source,
                         const LinkOptions &options) {
  return Linker(source, options).link(roots);
}

std::vector<std::string> imported_loaders(llvm::StringRef importer, llvm::ArrayRef<ImportedName> names,
                                          ModuleSource &source) {
  return Linker(source, {}).imported_loaders(importer, names);
}

} // namespace foreload
