// Whether a piece of code is evaluated whenever what encloses it is.
#pragma once
#include "analyze/context.h"

namespace foreload::analyze {

/// Must if \p node is evaluated in every run of the code's top level that completes, or of \p function, which is around
/// it; else what stands in the way.
Doubt evaluation_doubt(const Code &code, SyntaxIndex node, SyntaxIndex function = no_syntax);

} // namespace foreload::analyze
