// Byte ranges into one file.
#pragma once
#include <cstdint>

namespace foreload {

/// A half-open byte range [begin, end) of one source file. Files are limited to 4 GiB by these offsets.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  constexpr uint32_t size() const { return end - begin; }
  constexpr bool empty() const { return begin == end; }
  /// Its first byte, for messages.
  constexpr Span first() const { return {begin, empty() ? begin : begin + 1}; }
  constexpr bool contains(uint32_t offset) const { return begin <= offset && offset < end; }
  constexpr bool contains(Span other) const { return begin <= other.begin && other.end <= end; }
  friend constexpr bool operator==(Span, Span) = default;
};

} // namespace foreload
