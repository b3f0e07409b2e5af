#include "link/module_graph.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <map>
#include <set>

namespace foreload {

namespace {

bool is_script_path(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  for (llvm::StringRef known : {".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".tsx", ".jsx"})
    if (extension == known)
      return true;
  return false;
}

class Linker {
public:
  explicit Linker(ModuleSource &source) : source_(source) {}

  ModuleGraph link(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> roots) {
    for (const std::shared_ptr<const ModuleFacts> &root : roots)
      add_module(root);
    for (size_t i = 0; i < graph_.modules.size(); ++i)
      link_module(static_cast<uint32_t>(i));
    for (LinkedModule &module : graph_.modules)
      module.loader_is_imported = imported_loaders_.contains(module.path);
    for (size_t i = 0; i < roots.size(); ++i)
      read_.erase(roots[i]->source->path().str());
    graph_.dependencies.assign(read_.begin(), read_.end());
    for (auto &[specifier, importer] : unresolved_)
      graph_.unresolved.push_back({specifier, importer});
    sort_diagnostics(graph_.diagnostics);
    return std::move(graph_);
  }

private:
  /// What an exported name leads to.
  struct Export {
    enum class Kind : uint8_t { Unknown, Component, Namespace, Value } kind = Kind::Unknown;
    std::shared_ptr<const ModuleFacts> module; ///< the component, the namespace's module, or the value's
    std::string name;                          ///< of a Value
  };

  uint32_t add_module(const std::shared_ptr<const ModuleFacts> &facts) {
    auto index = static_cast<uint32_t>(graph_.modules.size());
    auto [at, is_new] = indexes_.try_emplace(facts->source->path(), index);
    if (is_new)
      graph_.modules.push_back(
          {facts->source->path().str(), facts, {}, source_.import_scope(facts->source->path()), {}, false});
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
    for (const ImportFact &import : facts->imports)
      if (import.imported == "loader" || (import.imported == "*" && is_component_path(import.specifier)))
        if (Export found = follow_import(*facts, import, ""); found.module && found.module->kind == ModuleKind::Astro)
          imported_loaders_.insert(found.module->source->path());
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

  Export follow_import(const ModuleFacts &facts, const ImportFact &import, llvm::StringRef member) {
    Export found = follow(facts.source->path(), import.specifier, import.imported, import.span);
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
    if (resolved.resolution == Resolution::NotFound)
      unresolved_.insert({specifier.str(), importer.str()});
    if (resolved.resolution != Resolution::Found)
      return {};
    bool is_component = is_component_path(resolved.path);
    if (!is_component && !is_script_path(resolved.path))
      return {};
    std::string error;
    std::shared_ptr<const ModuleFacts> facts = source_.facts(resolved.path, error);
    if (!facts) {
      std::string ignored;
      if (std::shared_ptr<const ModuleFacts> from = source_.facts(importer, ignored))
        graph_.diagnostics.push_back(
            diagnose(*from->source, at, 9001, Severity::Error, "'" + resolved.path + "' could not be read: " + error));
      return {};
    }
    read_.insert(resolved.path);
    if (!facts->usable && unusable_.insert(resolved.path).second)
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

  ModuleSource &source_;
  ModuleGraph graph_;
  llvm::StringMap<uint32_t> indexes_;
  llvm::StringSet<> imported_loaders_; ///< paths of components
  std::set<std::string> read_;
  llvm::StringSet<> unusable_;
  std::set<std::pair<std::string, std::string>> unresolved_;      ///< sorted, each once
  std::map<std::pair<std::string, std::string>, Export> exports_; ///< what follow_export has found
  std::set<std::pair<std::string, std::string>> steps_;           ///< the exports that are being followed
  size_t cuts_ = 0;                                               ///< how often a cycle of them was met
};

} // namespace

ModuleGraph link_modules(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> roots, ModuleSource &source) {
  return Linker(source).link(roots);
}

} // namespace foreload
