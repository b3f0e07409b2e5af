#include "parse/js_lexer.h"

#include "parse/js_characters.h"

#include <llvm/ADT/StringExtras.h>

#include <cassert>
#include <cstring>

using namespace foreload;

bool JsLexer::at(uint32_t position, llvm::StringRef token) const {
  return position <= end_ && end_ - position >= token.size() &&
         std::memcmp(text_ + position, token.data(), token.size()) == 0;
}

uint32_t JsLexer::space_length(uint32_t position) const {
  char c = text_[position];
  if (is_space(c))
    return 1;
  if (static_cast<unsigned char>(c) < 0x80)
    return 0;
  if (at(position, "\u00A0"))
    return 2;
  // U+FEFF, the line and paragraph separators, and the spaces of other widths.
  if (at(position, "\uFEFF") || at(position, "\u3000") || at(position, "\u1680") || at(position, "\u202F") ||
      at(position, "\u205F") || at(position, "\u2028") || at(position, "\u2029"))
    return 3;
  if (at(position, "\xE2\x80") && end_ - position >= 3 && static_cast<unsigned char>(text_[position + 2]) <= 0x8A)
    return 3;
  return 0;
}

uint32_t JsLexer::line_end(uint32_t position) const {
  for (; position < end_; ++position) {
    char c = text_[position];
    if (is_line_break(c) || (c == '\xE2' && (at(position, "\u2028") || at(position, "\u2029"))))
      break;
  }
  return position;
}

uint32_t JsLexer::skip_trivia(uint32_t position) const {
  while (position < end_) {
    if (uint32_t length = space_length(position)) {
      position += length;
    } else if (at(position, "//")) {
      position = line_end(position);
    } else if (at(position, "/*")) {
      size_t close = llvm::StringRef(text_, end_).find("*/", position + 2);
      position = close == llvm::StringRef::npos ? end_ : static_cast<uint32_t>(close) + 2;
    } else {
      break;
    }
  }
  return position;
}

uint32_t JsLexer::identifier_end(uint32_t position) const {
  if (position >= end_ || !is_name_start(text_[position]))
    return position;
  while (position < end_ && is_name_char(text_[position]) &&
         (static_cast<unsigned char>(text_[position]) < 0x80 || !space_length(position)))
    ++position;
  return position;
}

void JsLexer::enter_braces(uint32_t position) {
  brackets_.push_back(Bracket::Braces);
  position_ = position;
  previous_ = Previous::Operator;
}

void JsLexer::enter_template_literal(uint32_t position) {
  assert(at(position, "`"));
  brackets_.push_back(Bracket::LiteralValue);
  brackets_.push_back(Bracket::TemplateLiteral);
  position_ = position + 1;
}

void JsLexer::continue_after_markup(uint32_t position) {
  position_ = position;
  previous_ = Previous::Operand;
}

bool JsLexer::advance_to_sibling() {
  uint32_t token = skip_trivia(position_);
  if (!at(token, "<"))
    return false;
  uint32_t name = skip_trivia(token + 1);
  if (!at(token, "<!--") && !at(name, ">") && identifier_end(name) == name)
    return false;
  position_ = token;
  return true;
}

bool JsLexer::advance_to_leading_markup() {
  uint32_t token = skip_trivia(position_);
  if (!at(token, "<") || !is_markup(token))
    return false;
  position_ = token;
  return true;
}

/// Given that an operand is due at \p less_than: an element, a fragment or a comment, not type parameters?
bool JsLexer::is_markup(uint32_t less_than) const {
  if (at(less_than, "<!--"))
    return true;
  uint32_t name = skip_trivia(less_than + 1);
  return at(name, ">") || (identifier_end(name) != name && !starts_type_parameters(name));
}

/// `<T,>(x: T) =>`, `<T extends U>(x: T) =>`, `<T = U>(x: T) =>`, `<const T,>(x: T) =>`: TypeScript's own rule for
/// files with JSX. \p name is the position of the first name.
bool JsLexer::starts_type_parameters(uint32_t name) const {
  uint32_t name_end = identifier_end(name);
  if (llvm::StringRef(text_ + name, name_end - name) == "const") {
    name = skip_trivia(name_end);
    name_end = identifier_end(name);
  }
  uint32_t third = skip_trivia(name_end);
  if (at(third, ",") || at(third, "="))
    return true;
  uint32_t third_end = identifier_end(third);
  if (llvm::StringRef(text_ + third, third_end - third) != "extends")
    return false;
  uint32_t fourth = skip_trivia(third_end); // else an attribute that is called `extends`
  return !at(fourth, "=") && !at(fourth, ">") && !at(fourth, "/");
}

JsLexer::Stop JsLexer::next() {
  assert(!brackets_.empty());
  while (true) {
    if (brackets_.back() == Bracket::TemplateLiteral && read_template_chars()) {
      brackets_.pop_back();
      return Stop::ExpressionEnd;
    }
    if (position_ >= end_)
      return Stop::EndOfInput;
    char c = text_[position_];
    if (uint32_t length = space_length(position_)) {
      position_ += length;
    } else if (is_name_start(c)) {
      read_name();
    } else if (llvm::isDigit(c) ||
               (c == '.' && operand_due() && position_ + 1 < end_ && llvm::isDigit(text_[position_ + 1]))) {
      read_number();
    } else if (c == '"' || c == '\'') {
      read_string();
    } else if (c == '`') {
      brackets_.push_back(Bracket::TemplateLiteral);
      ++position_;
    } else if (c == '/') {
      read_slash();
    } else if (c == '{') {
      open_brace();
    } else if (c == '}') {
      if (close_brace())
        return Stop::ExpressionEnd;
    } else if (c == ')' || c == ']') {
      close_paren_or_square(c);
    } else if (c == '<' && operand_due() && is_markup(position_)) {
      return Stop::Markup;
    } else {
      read_punctuator();
    }
  }
}

void JsLexer::read_name() {
  uint32_t begin = position_;
  position_ = identifier_end(position_);
  if (previous_ == Previous::Dot) {
    previous_ = Previous::Operand;
    return;
  }
  llvm::StringRef name(text_ + begin, position_ - begin);
  if (name == "await" && previous_ == Previous::Condition)
    return; // `for await (`
  switch (word_kind(name)) {
  case WordKind::Operand:
    previous_ = Previous::Operand;
    break;
  case WordKind::Operator:
    previous_ = Previous::Operator;
    break;
  case WordKind::StatementStart:
    previous_ = Previous::StatementStart;
    break;
  case WordKind::Condition:
    previous_ = Previous::Condition;
    break;
  case WordKind::Declaration:
    previous_ = Previous::Declaration;
    break;
  }
}

void JsLexer::read_number() {
  bool decimal = !at(position_, "0x") && !at(position_, "0X");
  while (position_ < end_) {
    char c = text_[position_];
    bool exponent_sign = (c == '+' || c == '-') && decimal && llvm::toLower(text_[position_ - 1]) == 'e';
    if (!llvm::isAlnum(c) && c != '_' && c != '.' && !exponent_sign)
      break;
    ++position_;
  }
  previous_ = Previous::Operand;
}

void JsLexer::read_string() {
  uint32_t begin = position_;
  char quote = text_[position_++];
  previous_ = Previous::Operand;
  while (position_ < end_ && !is_line_break(text_[position_])) {
    char c = text_[position_++];
    if (c == quote)
      return;
    if (c == '\\' && position_ < end_)
      position_ += at(position_, "\r\n") ? 2 : 1;
  }
  error(begin, position_, "unterminated string");
}

/// A comment, a regular expression or a division.
void JsLexer::read_slash() {
  uint32_t begin = position_;
  if (at(begin, "//") || at(begin, "/*")) {
    position_ = skip_trivia(begin);
    return;
  }
  ++position_;
  if (!operand_due()) {
    previous_ = Previous::Operator;
    return;
  }
  previous_ = Previous::Operand;
  bool in_class = false;
  while (position_ < end_ && !is_line_break(text_[position_])) {
    char c = text_[position_++];
    if (c == '\\' && position_ < end_ && !is_line_break(text_[position_]))
      ++position_;
    else if (c == '[')
      in_class = true;
    else if (c == ']')
      in_class = false;
    else if (c == '/' && !in_class) {
      position_ = identifier_end(position_); // flags
      return;
    }
  }
  // Not read once more as a division: on a line of many slashes that would take quadratic time.
  error(begin, position_, "unterminated regular expression");
}

/// Reads to the end of the innermost template literal or to its next substitution. True if it was the whole expression.
bool JsLexer::read_template_chars() {
  while (position_ < end_) {
    char c = text_[position_++];
    if (c == '`') {
      brackets_.pop_back();
      previous_ = Previous::Operand;
      return !brackets_.empty() && brackets_.back() == Bracket::LiteralValue;
    }
    if (c == '\\' && position_ < end_) {
      ++position_;
    } else if (c == '$' && at(position_, "{")) {
      ++position_;
      brackets_.push_back(Bracket::Substitution);
      previous_ = Previous::Operator;
      return false;
    }
  }
  return false;
}

void JsLexer::open_brace() {
  bool block = previous_ == Previous::StatementStart || previous_ == Previous::CloseParen ||
               previous_ == Previous::Operand || previous_ == Previous::Declaration;
  brackets_.push_back(block ? Bracket::Block : Bracket::Object);
  previous_ = block || previous_ == Previous::Arrow ? Previous::StatementStart : Previous::Operator;
  ++position_;
}

void JsLexer::close_paren_or_square(char bracket) {
  Bracket top = brackets_.back();
  bool matches = bracket == ']' ? top == Bracket::Square : top == Bracket::Paren || top == Bracket::ConditionParen;
  if (matches)
    brackets_.pop_back();
  else
    error(position_, position_ + 1, bracket == ']' ? "unmatched ']'" : "unmatched ')'");
  ++position_;
  if (bracket == ']')
    previous_ = Previous::Operand;
  else
    previous_ = matches && top == Bracket::ConditionParen ? Previous::StatementStart : Previous::CloseParen;
}

/// True if the brace ends the expression.
bool JsLexer::close_brace() {
  if (brackets_.back() >= Bracket::Paren) {
    error(position_, position_ + 1, "unmatched '}'");
    while (brackets_.back() >= Bracket::Paren)
      brackets_.pop_back();
  }
  Bracket closed = brackets_.back();
  brackets_.pop_back();
  ++position_;
  previous_ = closed == Bracket::Block ? Previous::StatementStart : Previous::Operand;
  return closed == Bracket::Braces;
}

void JsLexer::read_punctuator() {
  char c = text_[position_];
  char next = position_ + 1 < end_ ? text_[position_ + 1] : '\0';
  switch (c) {
  case '(':
    brackets_.push_back(previous_ == Previous::Condition ? Bracket::ConditionParen : Bracket::Paren);
    break;
  case '[':
    brackets_.push_back(Bracket::Square);
    break;
  case '#': // a private name
    ++position_;
    return;
  case '*':
    if (previous_ == Previous::Declaration) { // `function*`
      ++position_;
      return;
    }
    break;
  case '+':
  case '-':
    if (next == c) { // before or after its operand: what is due stays due
      position_ += 2;
      return;
    }
    break;
  case '!':
    if (next != '=') { // TypeScript's `x!` or a negation: likewise
      ++position_;
      return;
    }
    break;
  case '<':
    if (operand_due() && !starts_type_parameters(skip_trivia(position_ + 1)))
      error(position_, position_ + 1, "unexpected '<'");
    // `<<`, `<<=`, `<=`: their second character starts no markup.
    if (next == '<')
      ++position_;
    if (at(position_ + 1, "="))
      ++position_;
    break;
  case '=':
    if (next == '>') {
      position_ += 2;
      previous_ = Previous::Arrow;
      return;
    }
    break;
  case '?':
    if (next == '.' && !(position_ + 2 < end_ && llvm::isDigit(text_[position_ + 2]))) {
      position_ += 2;
      previous_ = Previous::Dot;
      return;
    }
    break;
  case '.':
    if (at(position_, "...")) {
      position_ += 3;
      previous_ = Previous::Operator;
    } else {
      ++position_;
      previous_ = Previous::Dot;
    }
    return;
  case ';':
    ++position_;
    previous_ = Previous::StatementStart;
    return;
  default:
    break;
  }
  ++position_;
  previous_ = Previous::Operator;
}
