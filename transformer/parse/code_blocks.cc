// The widest vectors that the processor has are chosen once, at run time: distributions and npm ship one binary for all.

#include "parse/code_blocks.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

using namespace foreload;

namespace {

constexpr size_t block_size = 64;
/// How far behind its block a kernel reads: `words` looks ahead by five bytes, in the widest vector.
constexpr size_t read_ahead = 32;

CodeBlock portable_block(const char *text, bool with_angles) {
  CodeBlock block{};
  for (size_t i = 0; i < block_size; ++i) {
    char c = text[i];
    uint64_t bit = uint64_t(1) << i;
    if (c == '\'' || c == '"' || c == '`' || c == '/' || (with_angles && c == '<'))
      block.events |= bit;
    if (c == '{')
      block.opens |= bit;
    if (c == '}')
      block.closes |= bit;
    if (c == '*' && text[i + 1] == '/')
      block.comment_ends |= bit;
    if (text[i + 2] == 'p' && text[i + 3] == 'o' && text[i + 5] == 't')
      block.words |= bit;
  }
  block.events |= block.words;
  return block;
}

void portable_kernel(const char *text, size_t count, bool with_angles, CodeBlock *blocks) {
  for (; count > 0; --count, text += block_size)
    *blocks++ = portable_block(text, with_angles);
}

#if defined(__x86_64__)

#define FORELOAD_AVX512 __attribute__((target("avx512f,avx512bw")))

FORELOAD_AVX512 inline uint64_t equal64(__m512i bytes, char c) {
  return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

FORELOAD_AVX512 void avx512_kernel(const char *text, size_t count, bool with_angles, CodeBlock *blocks) {
  // `'` where no angles are asked for: it is looked for anyway.
  const char angle = with_angles ? '<' : '\'';
  for (; count > 0; --count, ++blocks, text += block_size) {
    __m512i bytes = _mm512_loadu_si512(text);
    blocks->words = equal64(_mm512_loadu_si512(text + 2), 'p') & equal64(_mm512_loadu_si512(text + 3), 'o') &
                    equal64(_mm512_loadu_si512(text + 5), 't');
    blocks->events = equal64(bytes, '\'') | equal64(bytes, '"') | equal64(bytes, '`') | equal64(bytes, '/') |
                     equal64(bytes, angle) | blocks->words;
    blocks->opens = equal64(bytes, '{');
    blocks->closes = equal64(bytes, '}');
    blocks->comment_ends = equal64(bytes, '*') & equal64(_mm512_loadu_si512(text + 1), '/');
  }
}

#define FORELOAD_AVX2 __attribute__((target("avx2")))

FORELOAD_AVX2 inline __m256i equal32(__m256i bytes, char c) { return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)); }
FORELOAD_AVX2 inline __m256i load32(const char *text) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(text));
}
FORELOAD_AVX2 inline uint64_t bits32(__m256i bytes, size_t shift) {
  return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(bytes))) << shift;
}

FORELOAD_AVX2 inline CodeBlock avx2_block(const char *text, bool with_angles) {
  CodeBlock block{};
  const char angle = with_angles ? '<' : '\'';
  for (size_t i = 0; i < block_size; i += 32) {
    __m256i bytes = load32(text + i);
    __m256i words = _mm256_and_si256(
        equal32(load32(text + i + 2), 'p'),
        _mm256_and_si256(equal32(load32(text + i + 3), 'o'), equal32(load32(text + i + 5), 't')));
    __m256i quotes = _mm256_or_si256(equal32(bytes, '\''), equal32(bytes, '"'));
    __m256i others = _mm256_or_si256(_mm256_or_si256(equal32(bytes, '`'), equal32(bytes, '/')), equal32(bytes, angle));
    block.events |= bits32(_mm256_or_si256(_mm256_or_si256(quotes, others), words), i);
    block.words |= bits32(words, i);
    block.opens |= bits32(equal32(bytes, '{'), i);
    block.closes |= bits32(equal32(bytes, '}'), i);
    block.comment_ends |= bits32(_mm256_and_si256(equal32(bytes, '*'), equal32(load32(text + i + 1), '/')), i);
  }
  return block;
}

FORELOAD_AVX2 void avx2_kernel(const char *text, size_t count, bool with_angles, CodeBlock *blocks) {
  for (; count > 0; --count, text += block_size)
    *blocks++ = avx2_block(text, with_angles);
}

inline __m128i equal16(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }
inline __m128i load16(const char *text) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(text)); }
inline uint64_t bits16(__m128i bytes, size_t shift) {
  return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(bytes))) << shift;
}

inline CodeBlock sse2_block(const char *text, bool with_angles) {
  CodeBlock block{};
  const char angle = with_angles ? '<' : '\'';
  for (size_t i = 0; i < block_size; i += 16) {
    __m128i bytes = load16(text + i);
    __m128i words = _mm_and_si128(equal16(load16(text + i + 2), 'p'),
                                  _mm_and_si128(equal16(load16(text + i + 3), 'o'), equal16(load16(text + i + 5), 't')));
    __m128i quotes = _mm_or_si128(equal16(bytes, '\''), equal16(bytes, '"'));
    __m128i others = _mm_or_si128(_mm_or_si128(equal16(bytes, '`'), equal16(bytes, '/')), equal16(bytes, angle));
    block.events |= bits16(_mm_or_si128(_mm_or_si128(quotes, others), words), i);
    block.words |= bits16(words, i);
    block.opens |= bits16(equal16(bytes, '{'), i);
    block.closes |= bits16(equal16(bytes, '}'), i);
    block.comment_ends |= bits16(_mm_and_si128(equal16(bytes, '*'), equal16(load16(text + i + 1), '/')), i);
  }
  return block;
}

void sse2_kernel(const char *text, size_t count, bool with_angles, CodeBlock *blocks) {
  for (; count > 0; --count, text += block_size)
    *blocks++ = sse2_block(text, with_angles);
}

#elif defined(__aarch64__)

inline uint8x16_t equal16(uint8x16_t bytes, char c) { return vceqq_u8(bytes, vdupq_n_u8(static_cast<uint8_t>(c))); }
inline uint8x16_t load16(const char *text) { return vld1q_u8(reinterpret_cast<const uint8_t *>(text)); }
/// NEON has no movemask: each byte keeps the bit of its place, and pairs are added until eight are one byte.
inline uint64_t bits16(uint8x16_t bytes, size_t shift) {
  const uint8x16_t places = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t kept = vandq_u8(bytes, places);
  kept = vpaddq_u8(kept, kept);
  kept = vpaddq_u8(kept, kept);
  kept = vpaddq_u8(kept, kept);
  return static_cast<uint64_t>(vgetq_lane_u16(vreinterpretq_u16_u8(kept), 0)) << shift;
}

inline CodeBlock neon_block(const char *text, bool with_angles) {
  CodeBlock block{};
  const char angle = with_angles ? '<' : '\'';
  for (size_t i = 0; i < block_size; i += 16) {
    uint8x16_t bytes = load16(text + i);
    uint8x16_t words =
        vandq_u8(equal16(load16(text + i + 2), 'p'), vandq_u8(equal16(load16(text + i + 3), 'o'), equal16(load16(text + i + 5), 't')));
    uint8x16_t quotes = vorrq_u8(equal16(bytes, '\''), equal16(bytes, '"'));
    uint8x16_t others = vorrq_u8(vorrq_u8(equal16(bytes, '`'), equal16(bytes, '/')), equal16(bytes, angle));
    block.events |= bits16(vorrq_u8(vorrq_u8(quotes, others), words), i);
    block.words |= bits16(words, i);
    block.opens |= bits16(equal16(bytes, '{'), i);
    block.closes |= bits16(equal16(bytes, '}'), i);
    block.comment_ends |= bits16(vandq_u8(equal16(bytes, '*'), equal16(load16(text + i + 1), '/')), i);
  }
  return block;
}

void neon_kernel(const char *text, size_t count, bool with_angles, CodeBlock *blocks) {
  for (; count > 0; --count, text += block_size)
    *blocks++ = neon_block(text, with_angles);
}

#endif

} // namespace

llvm::ArrayRef<CodeKernel> foreload::code_kernels() {
  static const std::vector<CodeKernel> kernels = [] {
    std::vector<CodeKernel> found;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw"))
      found.push_back({"avx512", avx512_kernel});
    if (__builtin_cpu_supports("avx2"))
      found.push_back({"avx2", avx2_kernel});
    found.push_back({"sse2", sse2_kernel});
#elif defined(__aarch64__)
    found.push_back({"neon", neon_kernel});
#endif
    found.push_back({"portable", portable_kernel});
    return found;
  }();
  return kernels;
}

void foreload::classify_code(const CodeKernel &kernel, llvm::StringRef text, bool with_angles,
                             std::vector<CodeBlock> &blocks) {
  size_t count = (text.size() + block_size - 1) / block_size;
  blocks.resize(count);
  size_t whole = text.size() < read_ahead ? 0 : (text.size() - read_ahead) / block_size;
  kernel.classify(text.data(), whole, with_angles, blocks.data());
  // What is left, less than two blocks, is read from a copy that zeros follow.
  char rest[2 * block_size + read_ahead] = {};
  if (whole < count) {
    std::memcpy(rest, text.data() + whole * block_size, text.size() - whole * block_size);
    kernel.classify(rest, count - whole, with_angles, blocks.data() + whole);
  }
}

void foreload::classify_code(llvm::StringRef text, bool with_angles, std::vector<CodeBlock> &blocks) {
  static const CodeKernel kernel = code_kernels().front();
  classify_code(kernel, text, with_angles, blocks);
}
