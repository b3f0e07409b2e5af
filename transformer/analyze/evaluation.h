// Whether a piece of code is evaluated whenever what encloses it is.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/SmallVector.h>

namespace foreload::analyze {

/// Must if \p node is evaluated in every run of the code's top level that completes, or of \p function, which is around
/// it; else what stands in the way.
Doubt evaluation_doubt(const Code &code, SyntaxIndex node, SyntaxIndex function = no_syntax);

struct EvaluationCondition {
  SyntaxIndex value;
  RenderNode::Test test;
};

/// The same for the code's top level, but what a condition decides is no doubt: it is put into \p conditions, the
/// innermost first.
Doubt evaluation_doubt(const Code &code, SyntaxIndex node, llvm::SmallVectorImpl<EvaluationCondition> &conditions);

} // namespace foreload::analyze
