// What the characters and words of JavaScript are to a lexer that checks no grammar.
#pragma once
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/StringSwitch.h>

#include <array>
#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace foreload {

namespace js_characters {
enum : uint8_t { NameStart = 1, NameChar = 2 };
/// Beyond ASCII all count as letters; callers that care tell white space apart.
inline constexpr auto classes = [] {
  std::array<uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c >= 0x80;
    bool digit = c >= '0' && c <= '9';
    table[c] = (letter ? NameStart | NameChar : 0) | (digit ? NameChar : 0);
  }
  return table;
}();
} // namespace js_characters

inline bool is_name_start(char c) { return js_characters::classes[static_cast<uint8_t>(c)] & js_characters::NameStart; }
inline bool is_name_char(char c) { return js_characters::classes[static_cast<uint8_t>(c)] & js_characters::NameChar; }
/// The end of the ASCII characters from \p from on that a name may have.
inline uint32_t skip_name(const char *text, uint32_t from, uint32_t end) {
#if defined(__SSE2__)
  // Sixteen at a time, without a branch: most names are shorter, and how long is not to be foreseen.
  for (; from < end && end - from >= 16; from += 16) {
    __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i *>(text + from));
    auto within = [](__m128i bytes, char first, char count) {
      __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
      return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(static_cast<char>(count - 1))), offset);
    };
    __m128i letters = within(_mm_or_si128(chunk, _mm_set1_epi8(0x20)), 'a', 26);
    __m128i others = _mm_or_si128(_mm_cmpeq_epi8(chunk, _mm_set1_epi8('_')), _mm_cmpeq_epi8(chunk, _mm_set1_epi8('$')));
    __m128i named = _mm_or_si128(_mm_or_si128(letters, others), within(chunk, '0', 10));
    auto mask = static_cast<uint32_t>(_mm_movemask_epi8(named));
    if (mask != 0xFFFF)
      return from + static_cast<uint32_t>(std::countr_one(mask));
  }
#endif
  while (from < end && is_name_char(text[from]) && static_cast<unsigned char>(text[from]) < 0x80)
    ++from;
  return from;
}
/// Of ASCII.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool is_line_break(char c) { return c == '\n' || c == '\r'; }

/// What may follow a word, if it is no property's name.
enum class WordKind : uint8_t {
  Operand,        ///< a name or a literal: an operator follows
  Operator,       ///< `return`, `typeof`: an operand follows
  StatementStart, ///< `else`: a statement follows
  Condition,      ///< `if`: parentheses follow, then a statement
  Declaration,    ///< `function`, `class`
};

inline WordKind word_kind(llvm::StringRef word) {
  return llvm::StringSwitch<WordKind>(word)
      .Cases("return", "typeof", "instanceof", "in", "new", WordKind::Operator)
      .Cases("delete", "void", "throw", "case", "default", WordKind::Operator)
      .Cases("await", "yield", "extends", "const", "let", "var", WordKind::Operator)
      .Cases("else", "do", "try", "finally", WordKind::StatementStart)
      .Cases("if", "while", "for", "with", WordKind::Condition)
      .Cases("function", "class", WordKind::Declaration)
      .Default(WordKind::Operand);
}

} // namespace foreload
