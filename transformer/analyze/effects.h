// What the functions of one file do beside computing a value: which state that outlives them they read and change.
//
// A unit is a declaration of the module's top level, with all that is written inside it. Its facts speak of its own
// text and name what it may call; link/effect_links.h follows the names. That a function is named counts as a call of
// it: it may be passed to somebody who calls it. Code that runs once, when the module is evaluated, has no effects that
// matter.
//
// Functions of packages are not read: they count as functions without effects, but for those of `fs`.
#pragma once
#include "source/span.h"

#include <string>
#include <vector>

namespace foreload {

enum class ResourceKind : uint8_t {
  Binding,     ///< a variable of a module, or the object that it holds
  Global,      ///< a property of globalThis
  Environment, ///< a variable of process.env
  Locals,      ///< a property of Astro.locals
  Cookies,     ///< a cookie
  Headers,     ///< a header of the response, or its status
  Body,        ///< the request's body, which can be read once
  Files,       ///< a file
  Cache,       ///< an entry of the Cache API's `caches`
};

/// Instead of an import's number: what is meant is declared in the file itself.
constexpr uint32_t this_module = UINT32_MAX;

/// What is done with a resource.
enum class EffectKind : uint8_t {
  Reads,
  /// Adds to it without looking at what it holds: a log, a counter, an entry under a key. Whoever does the same may
  /// come first or last; only readers see in which order that happened.
  Adds,
  Changes, ///< it may read, too
};

struct EffectUse {
  /// What an import has to be for the use to be one: this file cannot tell.
  enum class If : uint8_t {
    Always,
    Variable,   ///< no function
    Object,     ///< an object literal or a collection: a method is called on a part of it
    Collection, ///< a method is called on it
  };

  ResourceKind resource;
  EffectKind does = EffectKind::Reads;
  If only_if = If::Always;
  uint32_t import = this_module; ///< of a Binding: into ModuleFacts::imports
  std::string name; ///< of a Binding: the variable, or the member of the import in case it is a namespace; else a
                    ///< property, a path or a URL; empty: any
  Span at;
  uint32_t earliest = 0; ///< what stands before this offset comes before it; 0 if it is in a function
};

/// A name that may be called.
struct EffectCall {
  uint32_t import = this_module; ///< into ModuleFacts::imports
  std::string name;              ///< a unit, or the member of the import in case it is a namespace; empty: all of it
  Span at;
  uint32_t earliest = 0; ///< as in EffectUse
};

struct EffectUnit {
  enum class Holds : uint8_t {
    Function,   ///< or a class, or a value that cannot change
    Value,      ///< anything else
    Object,     ///< an object literal
    Collection, ///< an array, or a Map, a Set, …
  };

  std::string name; ///< the variable; "default" for `export default …` without a name
  Holds holds = Holds::Function;
  bool is_open = false;     ///< an empty collection that is exported: made for other modules to fill
  bool keeps_state = false; ///< the functions or objects that it returns or constructs change variables of their own
  std::vector<EffectUse>
      uses; ///< of a declaration: sorted, one of each kind for each resource; of a render: in source order
  std::vector<EffectUse> request; ///< what it does to the request, if it is a loader: through its first parameter
  std::vector<EffectCall> calls;
  std::vector<EffectCall> makers; ///< what its value is made by: `const store = makeStore()`, `new Store()`
};

struct EffectFacts {
  std::vector<EffectUnit> units; ///< sorted by name
  EffectUnit render;             ///< of a component: the frontmatter without its exports, and the markup's expressions

  /// The unit called \p name, or null.
  const EffectUnit *find(const std::string &name) const;
};

} // namespace foreload
