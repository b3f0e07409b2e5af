// Finds the first of a few bytes, sixteen at a time: what ends strings, comments and literals is mostly close by.
#pragma once
#include <bit>

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace foreload {

/// The position of the first of \p bytes in [from, end) of \p text, or \p end.
template <char... bytes> inline uint32_t find_byte(const char *text, uint32_t from, uint32_t end) {
#if defined(__SSE2__)
  for (; from < end && end - from >= 16; from += 16) {
    __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i *>(text + from));
    __m128i found = _mm_setzero_si128();
    ((found = _mm_or_si128(found, _mm_cmpeq_epi8(chunk, _mm_set1_epi8(bytes)))), ...);
    if (auto mask = static_cast<uint32_t>(_mm_movemask_epi8(found)))
      return from + static_cast<uint32_t>(std::countr_zero(mask));
  }
#elif defined(__aarch64__)
  for (; from < end && end - from >= 16; from += 16) {
    uint8x16_t chunk = vld1q_u8(reinterpret_cast<const uint8_t *>(text + from));
    uint8x16_t found = vdupq_n_u8(0);
    ((found = vorrq_u8(found, vceqq_u8(chunk, vdupq_n_u8(static_cast<uint8_t>(bytes))))), ...);
    // Four bits of each byte.
    uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
    if (mask)
      return from + static_cast<uint32_t>(std::countr_zero(mask) / 4);
  }
#endif
  for (; from < end; ++from)
    if (((text[from] == bytes) || ...))
      return from;
  return end;
}

} // namespace foreload
