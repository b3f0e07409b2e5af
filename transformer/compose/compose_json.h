// What a request came to, for programs.
#pragma once
#include "compose/composer.h"

namespace foreload {

/// A JSON object, as docs/compose.md has it. Everything but the statistics, and what a component took, is the same
/// whenever and wherever it is composed.
std::string compose_json(const ComposeResult &result, const ComposerStatistics &totals);

/// What was measured since a composer was made, as a JSON object.
std::string composer_json(const ComposerStatistics &totals);

} // namespace foreload
