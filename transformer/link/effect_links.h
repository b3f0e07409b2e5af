// What the code of a component does, with all that it calls: the effects of single declarations, followed through the
// imports of the project's own modules. Packages are not read.
#pragma once
#include "analyze/module_facts.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>

#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace foreload {

/// Something outside of functions that code reads or changes.
struct Resource {
  ResourceKind kind;
  std::string module;      ///< of a Binding: the absolute path of the module that declares it, or a package's specifier
  std::string name;        ///< as in EffectUse: empty for all of its kind
  uint32_t group = 0;      ///< the first of the resources that it may be the same as
  bool may_change = false; ///< somebody changes it, or somebody whom the graph does not show may
};

/// A resource by what it is: its kind, module and name.
using ResourceKey = std::tuple<ResourceKind, std::string, std::string>;

/// Whether the two can be the same thing.
bool overlap(const Resource &a, const Resource &b);

/// What a component's code does with one resource.
struct ResourceUse {
  uint32_t resource; ///< into ModuleGraph::resources
  EffectKind does;
  /// One place where it is read or changed, which may be in another file.
  std::shared_ptr<const SourceFile> source;
  Span at;
  /// Of a render: where in the component's own text it happens, or is called. 0: it may be called from anywhere.
  uint32_t first = 0;
  uint32_t last = 0;
};

/// Whether it can be told in which order two effects on the same resource happened.
bool order_shows(EffectKind a, EffectKind b);

/// Sorted by resource; of each kind of effect on it there is one, changes first.
struct ComponentEffects {
  std::vector<ResourceUse> loader;
  std::vector<ResourceUse> render; ///< the frontmatter and the expressions of the markup
  std::vector<std::vector<ResourceUse>> awaits; ///< of that, what each implicit loader does
};

/// What an exported name leads to.
struct ExportTarget {
  enum class Kind : uint8_t { Unknown, Namespace, Value } kind = Kind::Unknown;
  std::shared_ptr<const ModuleFacts> module; ///< the namespace's, or the value's
  std::string name;                          ///< of a Value
};

/// Follows \p name of what \p specifier means in \p importer, and \p member of it if it is a namespace.
using FollowImport = llvm::function_ref<ExportTarget(const ModuleFacts &importer, llvm::StringRef specifier,
                                                     llvm::StringRef name, Span at, llvm::StringRef member)>;

struct LinkedEffects {
  std::vector<Resource> resources;
  std::vector<ComponentEffects> components; ///< by component
  std::set<ResourceKey> changeable;         ///< what the code of these components makes changeable, for whomever
};

/// Links the effects of \p components. \p is_linked says whether a render site renders one of them; \p around, if it is
/// not null, what others make changeable. Not recursive; linear in declarations and calls, times the resources that
/// anybody changes.
LinkedEffects link_effects(llvm::ArrayRef<std::shared_ptr<const ModuleFacts>> components,
                           llvm::function_ref<bool(uint32_t component, uint32_t site)> is_linked, FollowImport follow,
                           const std::set<ResourceKey> *around);

} // namespace foreload
