// What the characters and words of JavaScript are to a lexer that checks no grammar.
#pragma once
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/StringSwitch.h>

#include <array>
#include <cstdint>

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
