// Which values a piece of code changes: assigns to their properties, calls methods that change them, or hands them to
// somebody who may.
#pragma once
#include "analyze/context.h"

namespace foreload::analyze {

/// Follows values from name to name: through aliases, destructuring, loops, callbacks and the parameters of the code's
/// own functions. A call whose result is used is taken to leave its arguments as they are; one whose result nobody
/// looks at is made for its effect. Each reference is looked at once, whatever number of names are asked for.
class Changes {
public:
  enum class When : uint8_t {
    Always,
    Later, ///< not while the module's top level runs, which is once and before anybody else sees its values
  };

  Changes(const Code &code, When when);

  /// Whether the value that \p binding holds, or a part of it, may change.
  bool is_changed(BindingIndex binding) const { return changed_[binding].itself || changed_[binding].parts; }

private:
  /// What an expression gives of the value that is followed.
  enum class Reach : uint8_t {
    Itself,
    Part, ///< something that can be reached from it
    Copy, ///< a new container of it or of its parts
  };
  struct Changed {
    bool itself = false;
    bool parts = false;
  };
  struct Alias {
    BindingIndex of;
    Reach reach;
  };
  class Trace;

  void propagate();

  std::vector<Changed> changed_;            ///< by binding
  std::vector<std::vector<Alias>> aliases_; ///< by binding: whose values it holds
};

} // namespace foreload::analyze
