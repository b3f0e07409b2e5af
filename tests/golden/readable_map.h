// Source maps for people to review.
#pragma once
#include <string>

namespace golden {

/// One line for each stretch of \p code that \p map says is copied from one place: where it is in the code, where it is
/// from (lines and columns from 1), and its text. What is mapped to nowhere is listed as `generated`. Lines that are
/// generated as a whole are left out, and so are those that stand where they stood in the file that the map is of.
std::string readable_map(const std::string &code, const std::string &map);

} // namespace golden
