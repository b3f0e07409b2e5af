// Walks the JavaScript (TypeScript, JSX) of template expressions as far as its nesting goes.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace foreload {

/// Skips over an expression's code and stops where the template parser has to take over: where markup starts and
/// where the expression ends. It knows strings, template literals, comments, regular expressions, brackets, and by the
/// token before it whether a `<` or a `/` stands where an operand is due. It checks no grammar: what it skips may be
/// wrong code. Expressions nest (expression → markup → expression) on one explicit stack; the time is linear.
class JsLexer {
public:
  enum class Stop : uint8_t {
    Markup,        ///< at the `<` of an element, fragment or comment
    ExpressionEnd, ///< after the brace or the backtick that closes the innermost expression
    EndOfInput,    ///< the input is over inside the expression
  };
  struct Error {
    Span span;
    const char *message;
  };

  /// Reads \p text up to \p end.
  JsLexer(llvm::StringRef text, uint32_t end) : text_(text.data()), end_(end) {}

  /// Starts an expression whose code stands at \p position, after its brace.
  void enter_braces(uint32_t position);
  /// Starts an expression that is the template literal whose backtick stands at \p position.
  void enter_template_literal(uint32_t position);
  /// Runs to the next stop. After ExpressionEnd the expression is left; after Markup call continue_after_markup first.
  Stop next();

  /// Continues the innermost expression at \p position, where markup that stands for an operand has ended.
  void continue_after_markup(uint32_t position);
  /// If the token at position() starts one more element right after another, or a comment, moves to its `<`.
  bool advance_to_sibling();
  /// If the first token of the expression just entered is the `<` of markup, moves there.
  bool advance_to_leading_markup();

  uint32_t position() const { return position_; }
  /// The first position from \p position on that is neither white space nor in a comment.
  uint32_t skip_trivia(uint32_t position) const;
  /// The end of the identifier that starts at \p position; \p position itself if none does.
  uint32_t identifier_end(uint32_t position) const;
  /// Whether the `<` before the name at \p name starts type parameters: `<T,>(x: T) =>`. If not, and an operand is due
  /// there, it starts an element.
  bool starts_type_parameters(uint32_t name) const;

  std::vector<Error> take_errors() { return std::move(errors_); }

private:
  enum class Bracket : uint8_t {
    Braces,          // an expression in braces: the bottom of its brackets
    LiteralValue,    // an expression that is a template literal: likewise
    Block,           // `{` of statements or of a class
    Object,          // `{` of an object literal, a pattern or a function's body: an operand ends with it
    Substitution,    // `${` in a template literal
    TemplateLiteral, // between its backticks
    Paren,
    ConditionParen, // of `if (…)` and the like: a statement follows it
    Square,
  };
  /// What the token before the current position was, as far as it tells what may follow. After the first three an
  /// operand is due, so that `/` starts a regular expression and `<` markup.
  enum class Previous : uint8_t {
    Operator,
    StatementStart, // `{` is a block here
    Arrow,          // `=>`
    Dot,            // the next name is a property
    Condition,      // `if`, `while`, `for`, `with`
    Declaration,    // `function`, `class`: `<` starts type parameters
    Operand,        // a name, a literal, a closing bracket
    CloseParen,
  };

  bool operand_due() const { return previous_ <= Previous::Arrow; }
  bool at(uint32_t position, llvm::StringRef token) const;
  void error(uint32_t begin, uint32_t end, const char *message) { errors_.push_back({{begin, end}, message}); }
  /// The number of bytes of the white space at \p position, 0 if there is none.
  uint32_t space_length(uint32_t position) const;
  uint32_t line_end(uint32_t position) const;
  void read_name();
  void read_number();
  void read_string();
  void read_slash();
  bool read_template_chars();
  void read_punctuator();
  void open_brace();
  void close_paren_or_square(char bracket);
  bool close_brace();
  bool is_markup(uint32_t less_than) const;

  const char *text_;
  uint32_t end_;
  uint32_t position_ = 0;
  Previous previous_ = Previous::Operator;
  std::vector<Bracket> brackets_;
  std::vector<Error> errors_;
};

} // namespace foreload
