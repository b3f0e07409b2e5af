// The numbers of a source map's mappings: base 64, five bits a digit, lowest first; the lowest bit of all is the sign.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <optional>

namespace foreload {

/// write_vlq() of what is less than one digit holds.
inline constexpr int64_t small_vlq_end = 16;
inline char small_vlq(uint32_t value) { return "ACEGIKMOQSUWYace"[value]; }

/// Writes \p value at \p at and returns the end: at most 7 digits for the difference of two 32-bit numbers.
char *write_vlq(char *at, int64_t value);

/// Reads the number at \p at, moving it to its end; nothing if there is none, or one that no 32-bit field can need.
std::optional<int64_t> read_vlq(llvm::StringRef text, size_t &at);

} // namespace foreload
