// What `foreload explain` knows as JSON, drawn as a tree for people.
#pragma once
#include "cli/terminal.h"

#include <nlohmann/json_fwd.hpp>

namespace foreload::cli {

/// Draws the tree of one explained file, with \p with_conflicts also the table of what several share and change. Fields
/// that are missing are left out of the drawing, whatever they are.
std::string explanation_text(const nlohmann::ordered_json &explanation, bool with_conflicts, Painter paint);

} // namespace foreload::cli
