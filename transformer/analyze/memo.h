// Caches that cannot be told from recomputing.
//
//   const cards = new Map();
//   export async function fetchCard(id) {
//     if (!cards.has(id)) cards.set(id, request(`/cards/${id}`));
//     return cards.get(id);
//   }
//
// Who calls first fills the entry, but everybody would have filled it alike: what is stored is made of what stands in
// the key, and nothing else of the call. So the order of the calls does not show, and they may run in any.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/ArrayRef.h>

namespace foreload::analyze {

/// What a use of a variable does to it as a cache.
enum class MemoUse : uint8_t {
  Entry, ///< reads or fills an entry
  Reset, ///< empties the cache
  Other,
};

/// Whether a variable, or a property of an object, is such a cache. \p accesses are the expressions that name it, in
/// source order, without those that run once when it is made. \p outside is the scope that it belongs to: what is bound
/// there or further out is the same for every call.
bool is_memo(const Code &code, llvm::ArrayRef<SyntaxIndex> accesses, ScopeIndex outside);

/// What the access at \p expression does.
MemoUse memo_use(const Code &code, SyntaxIndex expression);

} // namespace foreload::analyze
