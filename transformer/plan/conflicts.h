// Which loaders of a tree must keep their place for what they do beside returning data.
//
// Loaders that have nothing in common may run in any order, and so at once. Of two that share something that one of
// them changes, the order shows; it stays what it is without lifting, so both stay where they are. The same goes for a
// loader and the code of a component, which runs when the component renders.
//
// What is compared is the tree below the lift point. Nothing stands around a page. Around another component there may
// be code that changes what its loaders share with the rest of the project: only pages start such loaders.
#pragma once
#include "link/module_graph.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLFunctionalExtras.h>

#include <string>
#include <vector>

namespace foreload {

/// The code of one component that reads or changes a resource.
struct ConflictSide {
  uint32_t module;
  bool is_loader; ///< else its frontmatter or markup
  const ResourceUse *use;
};

/// A resource that somebody changes and a loader shares with other code.
struct Conflict {
  uint32_t resource; ///< into ModuleGraph::resources; of several that overlap, the widest
  /// In the order of the modules. Who changes something and reads it stands here once, with the change.
  std::vector<ConflictSide> sides;
};

class EffectConflicts {
public:
  /// Of all that \p root can render. \p graph must outlive this.
  EffectConflicts(const ModuleGraph &graph, uint32_t root, bool root_is_page);

  /// Why the loader of \p component cannot start before its place, or Must.
  /// Relies on this: loaders are started after all statements of the root that are barriers of Kind::Effect, and those
  /// that touch the request's state also after those of Kind::State.
  Doubt deferral(uint32_t component) const { return deferral(component, false); }
  /// Why the root's own loader cannot start before the root asks for it, or Must.
  Doubt own_deferral() const { return deferral(root_, true); }

  /// Why the implicit loader \p index of \p component cannot start before its place, or Must.
  Doubt await_deferral(uint32_t component, uint32_t index) const;

  /// All conflicts, in the order of the graph's resources.
  std::vector<Conflict> all() const;

private:
  struct Group {
    std::vector<ConflictSide> sides[3]; ///< by EffectKind
  };

  bool is_before_start(const ResourceUse &use, ResourceKind kind) const;
  bool is_in_order(uint32_t component, bool is_own, const ResourceUse &use, const ConflictSide &other) const;
  using InOrder = llvm::function_ref<bool(const ConflictSide &other)>;
  const ConflictSide *find_conflict(const ResourceUse &use, InOrder is_in_order) const;
  Doubt why_in_place(uint32_t component, const ResourceUse &use, Span span, InOrder is_in_order) const;
  Doubt deferral(uint32_t component, bool is_own) const;

  const ModuleGraph &graph_;
  uint32_t root_;
  bool root_is_page_;
  uint32_t effects_end_ = 0;               ///< in the root's text: the end of its last barrier of Kind::Effect
  llvm::DenseMap<uint32_t, Group> groups_; ///< by Resource::group
};

/// "reads", "adds to", "changes"
const char *effect_text(EffectKind does);

/// "'count' of state.ts", "Astro.locals.user", "the file 'data.json'". \p module_name says what a module is called.
std::string resource_text(const Resource &resource, const std::string &module_name);

} // namespace foreload
