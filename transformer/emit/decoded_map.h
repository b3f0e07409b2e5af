// Source maps as data, and how one that was made from the text that another one describes leads to the text before.
//
// An own composition, because there is no library for it in C++; it gives what @jridgewell/remapping gives, which build
// tools use, and is compared with it segment by segment (tests/differential/remapping.test.mjs).
#pragma once
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace foreload {

/// A version 3 source map, decoded. Lines and columns count from 0.
struct DecodedMap {
  static constexpr uint32_t none = UINT32_MAX;

  struct Segment {
    uint32_t column;
    uint32_t source = none; ///< none: the text has no origin
    uint32_t line = 0;
    uint32_t source_column = 0;
    uint32_t name = none;
  };

  std::string file;
  std::vector<std::string> sources;                 ///< with sourceRoot put before them
  std::vector<std::optional<std::string>> contents; ///< by source; may be shorter
  std::vector<std::string> names;
  std::vector<std::vector<Segment>> lines; ///< by generated line, in the order of columns

  /// The last segment at or before a place of the generated text, or null.
  const Segment *find(uint32_t line, uint32_t column) const;
  std::string to_json() const;
};

/// Reads a map and checks it: its version, that all indices have something to point to, and that every number can be
/// read. Sectioned maps are refused.
llvm::Expected<DecodedMap> decode_map(llvm::StringRef json);

/// What \p outer leads to by way of the maps of its sources: \p map_of gives the one of source number n, null if that
/// source is an origin.
DecodedMap compose(const DecodedMap &outer, llvm::function_ref<const DecodedMap *(uint32_t source)> map_of);

/// The path of a source of the map of the file at \p path.
std::string source_path(llvm::StringRef path, llvm::StringRef source);

} // namespace foreload
