// Which values a piece of code changes after they were made, and where: assigns to their properties, calls methods that
// change them, or hands them to somebody who may.
#pragma once
#include "analyze/context.h"

namespace foreload::analyze {

/// Follows values from name to name: through aliases, destructuring, loops, callbacks and the parameters of the code's
/// own functions. A call whose result is used is taken to leave its arguments as they are; one whose result nobody
/// looks at is made for its effect. Each reference is looked at once, whatever number of names are asked for.
class ValueChanges {
public:
  explicit ValueChanges(const Code &code);

  static constexpr uint32_t never = 0;
  static constexpr uint32_t anywhere = UINT32_MAX;
  /// The end of the last top-level statement that changes what \p binding stands for or assigns it, or never, or
  /// anywhere: a function does.
  uint32_t last_change(BindingIndex binding) const;
  /// Whether the name is assigned, not what it stands for.
  bool is_rebound(BindingIndex binding) const { return rebound_[binding] != never; }

private:
  /// What an expression gives of the value that is followed.
  enum class Reach : uint8_t {
    Itself,
    Part, ///< something that can be reached from it
    Copy, ///< a new container of it or of its parts
  };
  /// Where the last change is, as last_change() says it.
  struct Changed {
    uint32_t itself = never;
    uint32_t parts = never;
    bool operator==(const Changed &) const = default;
  };
  struct Alias {
    BindingIndex of;
    Reach reach;
  };
  class Trace;

  void propagate();

  std::vector<Changed> changed_;            ///< by binding
  std::vector<uint32_t> rebound_;           ///< by binding: where it is last assigned
  std::vector<std::vector<Alias>> aliases_; ///< by binding: whose values it holds
};

} // namespace foreload::analyze
