// What `foreload check` found, drawn for people.
#pragma once
#include "cli/terminal.h"

#include <nlohmann/json_fwd.hpp>

namespace foreload::cli {

/// Draws the waterfalls of a project, the deepest first: each await at the turn in which it runs, behind the turns that
/// it waits for nothing.
std::string check_text(const nlohmann::ordered_json &check, Painter paint);

/// What keeps a step of a chain from starting with the page; \p step is an element of the chain.
std::string step_reason(const nlohmann::ordered_json &step);

/// "3 awaits in a row, 1 would do".
std::string depth_text(const nlohmann::ordered_json &page);

/// "src/a.astro:3:5".
std::string place_text(const nlohmann::ordered_json &step);

/// Pages that wait for the very same chain, as a layout has it: lists of indices into the pages, in their order.
std::vector<std::vector<size_t>> pages_by_chain(const nlohmann::ordered_json &pages);

} // namespace foreload::cli
