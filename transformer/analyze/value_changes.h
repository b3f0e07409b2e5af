// Which values of the frontmatter change after they were made, and where.
#pragma once
#include "analyze/pure_code.h"

namespace foreload::analyze {

class ValueChanges {
public:
  /// Looks at the frontmatter.
  explicit ValueChanges(const Context &context);

  static constexpr uint32_t never = 0;
  static constexpr uint32_t anywhere = UINT32_MAX;
  /// The end of the last top-level statement that changes what \p binding of the frontmatter stands for, or never, or
  /// anywhere.
  uint32_t last_change(BindingIndex binding) const { return last_change_[binding]; }
  /// Whether the name is assigned, not what it stands for.
  bool is_rebound(BindingIndex binding) const { return rebound_[binding]; }

private:
  const Context &context_;
  std::vector<uint32_t> last_change_;
  std::vector<bool> rebound_;
};

} // namespace foreload::analyze
