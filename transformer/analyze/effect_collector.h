// Fills ModuleFacts::effects.
#pragma once
#include "analyze/context.h"
#include "parse/template.h"

namespace foreload::analyze {

class RequestState;

/// The units of a module: of a script all top-level declarations, of a component those that are exported.
/// Of a component also what its frontmatter does when it renders; \p state is the frontmatter's.
void collect_effects(Context &context, const RequestState *state);

/// Adds what the expressions of the markup do.
void collect_markup_effects(Context &context, const TemplateTree &markup, const RequestState &state);

} // namespace foreload::analyze
