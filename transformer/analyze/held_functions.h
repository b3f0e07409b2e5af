// What the functions read that values of the frontmatter are, or hold: who calls one elsewhere must have all of it
// there.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/SmallVector.h>

namespace foreload::analyze {

/// By value of the frontmatter: the values that do something else when it has changed, since they are functions that
/// read it, or may hold one. \p value_of gives the value of a binding, or no_index.
std::vector<llvm::SmallVector<uint32_t, 2>> find_holders(const Code &code, size_t value_count,
                                                         llvm::function_ref<uint32_t(BindingIndex)> value_of);

} // namespace foreload::analyze
