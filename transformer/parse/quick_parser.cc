// A recursive-descent parser with operator precedences. What it does must be what tree-sitter's grammar does, node by
// node, and not what the language's specification says: `a + b as T` is `(a + b) as T` to both. Tests compare the two on
// all sources that we could find, and a fuzzer does on what it makes up. So the rule for every line of it is: when in
// doubt, give up.
//
// Nodes are pushed when they end, so that a left operand becomes a child of what follows it without being moved; one
// linear pass puts parents before their children at last.
//
// Comments are nodes, too. They go where tree-sitter puts them: into the innermost node that has a token before and
// one after them. A semicolon that is not written counts as a token there, and is where automatic_semicolon() says.

#include "parse/quick_parser.h"

#include "parse/js_characters.h"
#include "source/find_byte.h"
#include "source/source_file.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

using namespace foreload;

namespace {

using Kind = SyntaxKind;
using Field = SyntaxField;

constexpr unsigned depth_limit = 400;

/// Up to four characters as one number, for switches.
constexpr uint32_t code_of(std::string_view text) {
  uint32_t code = 0;
  for (char c : text)
    code = code << 8 | static_cast<unsigned char>(c);
  return code;
}


class QuickParser {
public:
  QuickParser(llvm::StringRef text, uint32_t base) : text_(text), size_(static_cast<uint32_t>(text.size())), base_(base) {
    ended_.clear();
    comments_.clear();
  }

  bool run(std::vector<SyntaxNode> &nodes);

private:
  enum class Type : uint8_t { End, Name, Number, String, Template, PrivateName, Punctuator };
  struct Token {
    Type type = Type::End;
    uint32_t code = 0; // of a punctuator
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  /// A node whose end is known. Its subtree is [first, own index] of ended_.
  struct Ended {
    Kind kind;
    Field field;
    uint32_t first;
    Span span;
  };
  /// Where a node begins.
  struct Start {
    uint32_t first;
    uint32_t begin;
  };
  /// A state to come back to.
  struct State {
    Token token;
    uint32_t previous_end;
    size_t ended, comments, placed;
  };

  // --- Tokens ---
  void give_up() {
    failed_ = true;
    token_ = {Type::End, 0, size_, size_};
  }
  char char_at(uint32_t position) const { return position < size_ ? text_[position] : '\0'; }
  llvm::StringRef text_of(const Token &token) const { return text_.slice(token.begin, token.end); }
  void read_token(uint32_t position);
  void read_number(uint32_t position);
  void read_punctuator(uint32_t position);
  uint32_t name_end(uint32_t position) const;
  Token peek();
  /// Of a word that the grammar takes for a name where a line ends behind it: then only it knows what follows.
  void word_on_line() {
    token();
    if (newline_before())
      give_up();
  }
  State state() const { return {token_, previous_end_, ended_.size(), comments_.size(), placed_}; }
  void restore(const State &state);

  bool at(uint32_t code) const { return token_.type == Type::Punctuator && token_.code == code; }
  bool at_name() const { return token_.type == Type::Name; }
  bool at_word(std::string_view word) const { return is_word(token_, word); }
  bool is_word(const Token &token, std::string_view word) const {
    return token.type == Type::Name && token.end - token.begin == word.size() &&
           std::memcmp(text_.data() + token.begin, word.data(), word.size()) == 0;
  }
  bool is_punctuator(const Token &token, uint32_t code) const {
    return token.type == Type::Punctuator && token.code == code;
  }
  bool newline_before() const { return has_newline(previous_end_, token_.begin); }
  bool has_newline(uint32_t begin, uint32_t end) const {
    return text_.slice(begin, end).find('\n') != llvm::StringRef::npos;
  }

  // --- Nodes ---
  void place_comments(uint32_t before);
  Start start() {
    place_comments(token_.begin);
    return {static_cast<uint32_t>(ended_.size()), token_.begin};
  }
  /// The start of the node that has just ended, to put another one around it.
  Start start_of_last() const { return {ended_.back().first, ended_.back().span.begin}; }
  void push(Kind kind, Field field, uint32_t begin, uint32_t end) {
    ended_.push_back({kind, field, static_cast<uint32_t>(ended_.size()), {begin, end}});
  }
  void end(Start start, Kind kind, Field field = Field::None) {
    ended_.push_back({kind, field, start.first, {start.begin, previous_end_}});
  }
  void leaf(Kind kind, Field field = Field::None) {
    place_comments(token_.begin);
    push(kind, field, token_.begin, token_.end);
    previous_end_ = token_.end;
    read_token(token_.end);
  }
  void token(Field field = Field::None) { leaf(Kind::Token, field); }
  void expect(uint32_t code, Field field = Field::None) { at(code) ? token(field) : give_up(); }
  void expect_word(std::string_view word, Field field = Field::None) { at_word(word) ? token(field) : give_up(); }
  void set_field(Field field) {
    if (!ended_.empty())
      ended_.back().field = field;
  }
  Kind last_kind() const { return ended_.empty() ? Kind::Other : ended_.back().kind; }
  bool semicolon_is_inserted(uint32_t position, bool in_expression, bool before_body) const;
  bool automatic_semicolon(bool in_expression, bool before_body = false);
  void semicolon(bool in_expression);

  // --- Statements ---
  void statement(Field field = Field::None);
  void block(Field field);
  void import_statement(Field field);
  void named_list(Kind list, Kind specifier);
  void export_statement(Field field);
  void declaration(Start from, Kind kind, Field field);
  void function_declaration(Field field, bool is_export_default);
  void interface_declaration(Field field);
  void type_alias(Field field);
  void class_like(Kind kind, Field field);
  void class_heritage();
  void class_member();
  void if_statement(Field field);
  void for_statement(Field field);
  void switch_statement(Field field);
  void try_statement(Field field);
  void expression_statement(Field field);
  void empty_statement(Field field) {
    Start from = start();
    token();
    end(from, Kind::EmptyStatement, field);
  }

  // --- Expressions ---
  void expressions(Field field = Field::None);
  void expression(Field field = Field::None);
  void binary(unsigned least, Field field);
  void unary(Field field);
  void postfix(Field field);
  void primary(Field field);
  void name_or_arrow(Field field);
  void parenthesized(Field field);
  void arguments(Field field = Field::Arguments);
  void array(Field field);
  void object(Field field);
  void property_name(Field field);
  void method_rest(Start from, Field field);
  void function_expression(Field field);
  void arrow_body(Start from, Field field);
  void string(Field field);
  void template_string(Field field);
  void escape(uint32_t position, uint32_t &end);
  void regex(Field field);
  uint32_t closing_parenthesis(uint32_t position);
  bool is_arrow_ahead();
  bool are_type_parameters_ahead();
  bool may_close_angle(uint32_t position) const;
  bool try_type_arguments();

  // --- Patterns ---
  void pattern(Field field);
  void default_value(Start from, Kind kind, Field field = Field::None);
  void object_pattern(Field field);
  void array_pattern(Field field);
  void binding_name(Kind kind, Field field);
  void parameters();
  void call_signature();
  bool is_assignable(const Ended &node) const;

  // --- Types ---
  void type_annotation();
  void type(Field field = Field::None);
  void union_type(Field field, uint32_t bar);
  void primary_type(Field field);
  void object_type(Field field);
  void type_member();
  void type_arguments();
  void type_parameters();
  void function_type(Field field);
  void type_query(Field field);
  void import_type(Field field);
  void close_angle();
  bool is_function_type_ahead();

  bool reserved(const Token &token) const;
  void put_in_order(std::vector<SyntaxNode> &nodes) const;

  struct Deeper {
    explicit Deeper(QuickParser &owner) : parser(owner) {
      if (++parser.depth_ > depth_limit)
        parser.give_up();
    }
    ~Deeper() { --parser.depth_; }
    QuickParser &parser;
  };

  llvm::StringRef text_;
  uint32_t size_;
  uint32_t base_;
  Token token_;
  uint32_t previous_end_ = 0;
  size_t placed_ = 0; // comments before this one are nodes
  unsigned depth_ = 0;
  uint64_t looked_ahead_ = 0;
  bool failed_ = false;
  // Kept from one text to the next.
  static thread_local std::vector<Ended> ended_;
  static thread_local std::vector<Span> comments_;
};

thread_local std::vector<QuickParser::Ended> QuickParser::ended_;
thread_local std::vector<Span> QuickParser::comments_;

// --- Tokens ---

void QuickParser::read_token(uint32_t position) {
  if (failed_)
    return;
  const char *text = text_.data();
  for (;;) {
    while (position < size_ && is_space(text[position]))
      ++position;
    if (position >= size_) {
      token_ = {Type::End, 0, size_, size_};
      return;
    }
    if (text[position] != '/')
      break;
    uint32_t end = position + 2;
    if (char_at(position + 1) == '/') {
      end = find_byte<'\n', '\r', '\xE2'>(text, end, size_);
      if (char_at(end) == '\xE2')
        end = find_byte<'\n', '\r'>(text, end, size_);
      // A line separator would end it; the bytes of one are not looked for.
      if (text_.slice(position, end).find("\xE2\x80\xA8") != llvm::StringRef::npos ||
          text_.slice(position, end).find("\xE2\x80\xA9") != llvm::StringRef::npos)
        return give_up();
    } else if (char_at(position + 1) == '*') {
      size_t close = text_.find("*/", end);
      if (close == llvm::StringRef::npos)
        return give_up();
      end = static_cast<uint32_t>(close) + 2;
    } else {
      break;
    }
    comments_.push_back({position, end});
    position = end;
  }
  char c = text[position];
  if (is_name_start(c)) {
    uint32_t end = name_end(position);
    if (end == position)
      return give_up();
    token_ = {Type::Name, 0, position, end};
  } else if (llvm::isDigit(c) || (c == '.' && llvm::isDigit(char_at(position + 1)))) {
    read_number(position);
  } else if (c == '"' || c == '\'') {
    token_ = {Type::String, 0, position, position + 1};
  } else if (c == '`') {
    token_ = {Type::Template, 0, position, position + 1};
  } else if (c == '#') {
    uint32_t end = is_name_start(char_at(position + 1)) ? name_end(position + 1) : 0;
    if (end < position + 2)
      return give_up();
    token_ = {Type::PrivateName, 0, position, end};
  } else {
    read_punctuator(position);
  }
}

/// The end of the name at \p position, or \p position where it may have white space in it, or escapes.
uint32_t QuickParser::name_end(uint32_t position) const {
  uint32_t end = position;
  while (end < size_ && is_name_char(text_[end])) {
    auto c = static_cast<unsigned char>(text_[end]);
    if (c == 0xC2 || (c >= 0xE1 && c <= 0xE3) || c == 0xEF)
      return position; // how white space beyond ASCII begins
    ++end;
  }
  return char_at(end) == '\\' ? position : end;
}

void QuickParser::read_number(uint32_t position) {
  uint32_t end = position;
  auto digits = [&] {
    while (llvm::isDigit(char_at(end)))
      ++end;
  };
  char second = char_at(position + 1);
  if (text_[position] == '0' && (second == 'x' || second == 'X')) {
    end += 2;
    while (llvm::isHexDigit(char_at(end)))
      ++end;
    if (end == position + 2)
      return give_up();
  } else {
    if (text_[position] == '0' && llvm::isDigit(second))
      return give_up();
    digits();
    if (char_at(end) == '_') { // 1_000
      while (char_at(end) == '_' && llvm::isDigit(char_at(end + 1))) {
        ++end;
        digits();
      }
    }
    if (char_at(end) == '.') {
      ++end;
      digits();
    }
    if (char_at(end) == 'e' || char_at(end) == 'E') {
      ++end;
      if (char_at(end) == '+' || char_at(end) == '-')
        ++end;
      if (!llvm::isDigit(char_at(end)))
        return give_up();
      digits();
    }
  }
  if (is_name_char(char_at(end)) || char_at(end) == '.' || char_at(end) == '\\')
    return give_up(); // 1n, 1_0.5_0, 1..toString()
  token_ = {Type::Number, 0, position, end};
}

void QuickParser::read_punctuator(uint32_t position) {
  static constexpr std::string_view four[] = {">>>="};
  static constexpr std::string_view three[] = {"...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "\?\?="};
  static constexpr std::string_view two[] = {"=>", "==", "!=", "<=", ">=", "&&", "||", "\?\?", "?.", "++", "--", "+=", "-=",
                                             "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**"};
  static constexpr std::string_view one = "{}()[];,<>+-*/%&|^!~?:=.@";
  std::string_view rest(text_.data() + position, size_ - position);
  auto take = [&](std::string_view found) {
    auto length = static_cast<uint32_t>(found.size());
    token_ = {Type::Punctuator, code_of(found), position, position + length};
  };
  if (one.find(rest[0]) == std::string_view::npos)
    return give_up();
  // Most are followed by a name or white space.
  char next = char_at(position + 1);
  if (is_name_char(next) || is_space(next))
    return take(rest.substr(0, 1));
  for (std::string_view found : four)
    if (rest.substr(0, 4) == found)
      return take(found);
  for (std::string_view found : three)
    if (rest.substr(0, 3) == found)
      return take(found);
  for (std::string_view found : two)
    if (rest.substr(0, 2) == found && !(found == "?." && llvm::isDigit(char_at(position + 2))))
      return take(found);
  take(rest.substr(0, 1));
}

/// The token after the current one.
QuickParser::Token QuickParser::peek() {
  State before = state();
  read_token(token_.end);
  Token next = token_;
  if (failed_)
    return next;
  restore(before);
  return next;
}

void QuickParser::restore(const State &state) {
  token_ = state.token;
  previous_end_ = state.previous_end;
  ended_.resize(state.ended);
  comments_.resize(state.comments);
  placed_ = state.placed;
}

// --- Nodes ---

/// Makes nodes of the comments that end before \p before and are none yet.
void QuickParser::place_comments(uint32_t before) {
  for (; placed_ < comments_.size() && comments_[placed_].end <= before; ++placed_)
    push(Kind::Comment, Field::None, comments_[placed_].begin, comments_[placed_].end);
}

/// What tree-sitter-javascript's scanner does at \p position. \p in_expression: a binary operator may follow.
bool QuickParser::semicolon_is_inserted(uint32_t position, bool in_expression, bool before_body) const {
  const char *text = text_.data();
  for (;; ++position) {
    if (position >= size_)
      return true;
    char c = text[position];
    if (c == '}') {
      do
        ++position;
      while (position < size_ && is_space(text[position]));
      return char_at(position) == ':' ? in_expression : true;
    }
    if (!is_space(c))
      return false;
    if (c == '\n')
      break;
  }
  for (;;) {
    while (position < size_ && is_space(text[position]))
      ++position;
    if (char_at(position) != '/')
      break;
    if (char_at(position + 1) == '/') {
      position = find_byte<'\n'>(text, position, size_);
    } else if (char_at(position + 1) == '*') {
      size_t close = text_.find("*/", position + 2);
      position = close == llvm::StringRef::npos ? size_ : static_cast<uint32_t>(close) + 2;
    } else {
      return false;
    }
  }
  char next = char_at(position + 1);
  switch (char_at(position)) {
  case '`':
  case ',':
  case '.':
  case ';':
  case '*':
  case '%':
  case '>':
  case '<':
  case '=':
  case '?':
  case '^':
  case '|':
  case '&':
  case '/':
  case ':':
    return false;
  case '{':
    return !before_body;
  case '(':
  case '[':
    return !in_expression;
  case '+':
    return next == '+';
  case '-':
    return next == '-';
  case '!':
    return next != '=';
  case 'i':
    return !(next == 'n' && (!llvm::isAlpha(char_at(position + 2)) ||
                             (text_.substr(position, 10) == "instanceof" && !llvm::isAlpha(char_at(position + 10)))));
  default:
    return true;
  }
}

/// Takes a semicolon that is not written, if one is due, with the comments before it.
bool QuickParser::automatic_semicolon(bool in_expression, bool before_body) {
  uint32_t position = placed_ > 0 ? std::max(previous_end_, comments_[placed_ - 1].end) : previous_end_;
  for (size_t next = placed_;; ++next) {
    if (semicolon_is_inserted(position, in_expression, before_body)) {
      place_comments(position);
      return !failed_;
    }
    if (next >= comments_.size())
      return false;
    position = comments_[next].end;
  }
}

void QuickParser::semicolon(bool in_expression) {
  if (at(code_of(";")))
    token();
  else if (!automatic_semicolon(in_expression))
    give_up();
}

// --- Statements ---

bool QuickParser::run(std::vector<SyntaxNode> &nodes) {
  if (size_ > 0 && (text_[0] == '#' || text_[0] == '\xEF'))
    return false;
  if (find_invalid_utf8(text_) != llvm::StringRef::npos)
    return false;
  read_token(0);
  while (token_.type != Type::End)
    statement();
  place_comments(size_);
  if (failed_)
    return false;
  uint32_t begin = size_;
  for (const Ended &node : ended_)
    begin = std::min(begin, node.span.begin);
  ended_.push_back({Kind::Program, Field::None, 0, {begin, size_}});
  put_in_order(nodes);
  return true;
}

/// Parents before children. A node is behind all that have ended before its subtree, and behind those around it.
void QuickParser::put_in_order(std::vector<SyntaxNode> &nodes) const {
  struct Open {
    uint32_t first;
    SyntaxIndex index;
  };
  nodes.resize(ended_.size());
  std::vector<Open> around;
  for (auto i = static_cast<uint32_t>(ended_.size()); i-- > 0;) {
    const Ended &node = ended_[i];
    while (!around.empty() && i < around.back().first)
      around.pop_back();
    auto index = node.first + static_cast<uint32_t>(around.size());
    nodes[index] = {node.kind, node.field, around.empty() ? no_syntax : around.back().index, index + (i - node.first) + 1,
                    {node.span.begin + base_, node.span.end + base_}};
    if (node.first != i)
      around.push_back({node.first, index});
  }
}

/// Words that cannot be the name of a variable, or that begin something that is not known here.
bool QuickParser::reserved(const Token &token) const {
  static constexpr std::string_view words[] = {
      "await",  "break",   "case",       "catch",  "class",  "const",  "continue", "debugger", "default",
      "delete", "do",      "else",       "enum",   "export", "extends", "false",   "finally",  "for",
      "function", "if",    "import",     "in",     "instanceof", "let", "new",     "null",     "return",
      "static", "super",   "switch",     "this",   "throw",  "true",   "try",      "typeof",   "undefined",
      "using",  "var",     "void",       "while",  "with",   "yield"};
  for (std::string_view word : words)
    if (is_word(token, word))
      return true;
  return false;
}

void QuickParser::statement(Field field) {
  Deeper deeper(*this);
  if (token_.type == Type::Punctuator) {
    if (at(code_of("{")))
      return block(field);
    if (at(code_of(";")))
      return empty_statement(field);
    return expression_statement(field);
  }
  if (!at_name())
    return expression_statement(field);
  switch (text_[token_.begin]) {
  case 'a':
    if (at_word("async") && is_word(peek(), "function"))
      return function_declaration(field, false);
    if (at_word("abstract"))
      return give_up();
    break;
  case 'b':
  case 'c':
    if (at_word("const")) {
      Start from = start();
      token(Field::Kind);
      return declaration(from, Kind::LexicalDeclaration, field);
    }
    if (at_word("break") || at_word("continue")) {
      Kind kind = at_word("break") ? Kind::BreakStatement : Kind::ContinueStatement;
      Start from = start();
      token();
      if (!automatic_semicolon(false)) {
        if (at_name())
          return give_up(); // labels
        expect(code_of(";"));
      }
      return end(from, kind, field);
    }
    if (at_word("class"))
      return class_like(Kind::ClassDeclaration, field);
    break;
  case 'd':
    if (at_word("do")) {
      Start from = start();
      token();
      statement(Field::Body);
      expect_word("while");
      parenthesized(Field::Condition);
      if (at(code_of(";")))
        token();
      else if (!automatic_semicolon(false))
        give_up();
      return end(from, Kind::DoStatement, field);
    }
    if (at_word("declare") || at_word("debugger"))
      return give_up();
    break;
  case 'e':
    if (at_word("export"))
      return export_statement(field);
    if (at_word("enum"))
      return give_up();
    break;
  case 'f':
    if (at_word("function"))
      return function_declaration(field, false);
    if (at_word("for"))
      return for_statement(field);
    break;
  case 'i':
    if (at_word("import")) {
      Token next = peek();
      if (is_punctuator(next, code_of("(")) || is_punctuator(next, code_of(".")))
        break;
      return import_statement(field);
    }
    if (at_word("if"))
      return if_statement(field);
    if (at_word("interface")) {
      if (peek().type != Type::Name)
        return give_up();
      return interface_declaration(field);
    }
    break;
  case 'l':
    if (at_word("let")) {
      Start from = start();
      token(Field::Kind);
      if (newline_before())
        return give_up();
      return declaration(from, Kind::LexicalDeclaration, field);
    }
    break;
  case 'm':
  case 'n':
    if ((at_word("module") || at_word("namespace")) && !is_punctuator(peek(), code_of(".")))
      return give_up();
    break;
  case 'r':
    if (at_word("return")) {
      Start from = start();
      token();
      if (!automatic_semicolon(false)) {
        if (!at(code_of(";")))
          expressions();
        semicolon(true);
      }
      return end(from, Kind::ReturnStatement, field);
    }
    break;
  case 's':
    if (at_word("switch"))
      return switch_statement(field);
    break;
  case 't':
    if (at_word("throw")) {
      Start from = start();
      token();
      expressions();
      semicolon(true);
      return end(from, Kind::ThrowStatement, field);
    }
    if (at_word("try"))
      return try_statement(field);
    if (at_word("type")) {
      Token next = peek();
      if (next.type == Type::Name && !reserved(next) && !has_newline(token_.end, next.begin) && !is_word(next, "satisfies") &&
          !is_word(next, "as"))
        return type_alias(field);
    }
    break;
  case 'v':
    if (at_word("var")) {
      Start from = start();
      token();
      return declaration(from, Kind::VariableDeclaration, field);
    }
    break;
  case 'w':
    if (at_word("while")) {
      Start from = start();
      token();
      parenthesized(Field::Condition);
      statement(Field::Body);
      return end(from, Kind::WhileStatement, field);
    }
    if (at_word("with"))
      return give_up();
    break;
  default:
    break;
  }
  expression_statement(field);
}

void QuickParser::expression_statement(Field field) {
  if (at(code_of("@")))
    return give_up();
  Start from = start();
  expressions();
  if (at(code_of(":")))
    return give_up(); // a label
  semicolon(true);
  end(from, Kind::ExpressionStatement, field);
}

void QuickParser::block(Field field) {
  Start from = start();
  expect(code_of("{"));
  while (token_.type != Type::End && !at(code_of("}")))
    statement();
  expect(code_of("}"));
  automatic_semicolon(false);
  end(from, Kind::StatementBlock, field);
}

void QuickParser::import_statement(Field field) {
  Start from = start();
  token();
  if (token_.type == Type::String) {
    string(Field::Source);
  } else {
    if (at_word("type") || at_word("typeof")) {
      Token next = peek();
      if (at_word("typeof") || is_word(next, "from") || is_punctuator(next, code_of(",")) || is_punctuator(next, code_of("=")))
        return give_up();
      token();
    }
    Start clause = start();
    if (at_name()) {
      if (reserved(token_))
        return give_up();
      leaf(Kind::Identifier);
      if (at(code_of("=")))
        return give_up();
      if (at(code_of(","))) {
        token();
        if (!at(code_of("{")) && !at(code_of("*")))
          return give_up();
      }
    }
    if (at(code_of("*"))) {
      Start names = start();
      token();
      expect_word("as");
      binding_name(Kind::Identifier, Field::None);
      end(names, Kind::NamespaceImport);
    } else if (at(code_of("{"))) {
      named_list(Kind::NamedImports, Kind::ImportSpecifier);
    }
    end(clause, Kind::ImportClause);
    expect_word("from");
    if (token_.type != Type::String)
      return give_up();
    string(Field::Source);
  }
  if (at_word("with") || at_word("assert")) {
    if (newline_before())
      return give_up();
    Start attribute = start();
    token();
    if (!at(code_of("{")))
      return give_up();
    object(Field::None);
    end(attribute, Kind::ImportAttribute);
  }
  semicolon(false);
  end(from, Kind::ImportStatement, field);
}

/// `{ a, b as c, type d }`
void QuickParser::named_list(Kind list, Kind specifier) {
  Start from = start();
  expect(code_of("{"));
  while (at_name()) {
    Start one = start();
    if (at_word("type") || at_word("typeof")) {
      Token next = peek();
      if (next.type != Type::Name || is_word(next, "as"))
        return give_up();
      token();
    }
    bool is_plain = !reserved(token_);
    if (!is_plain && !at_word("default"))
      return give_up();
    leaf(Kind::Identifier, Field::Name);
    if (at_word("as")) {
      token();
      if (!at_name() || (reserved(token_) && !(at_word("default") && specifier == Kind::ExportSpecifier)) || at_word("as"))
        return give_up();
      leaf(Kind::Identifier, Field::Alias);
    } else if (!is_plain && specifier == Kind::ImportSpecifier) {
      return give_up();
    }
    end(one, specifier);
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of("}"));
  end(from, list);
}

void QuickParser::export_statement(Field field) {
  Start from = start();
  word_on_line();
  if (at(code_of("{")) || (at_word("type") && is_punctuator(peek(), code_of("{")))) {
    if (at_word("type"))
      token();
    named_list(Kind::ExportClause, Kind::ExportSpecifier);
    if (at_word("from")) { // on a later line, too: there the grammar sees a semicolon before it
      token();
      if (token_.type != Type::String)
        return give_up();
      string(Field::Source);
    }
    semicolon(false);
  } else if (at(code_of("*"))) {
    Start names = start();
    token();
    if (at_word("as")) {
      token();
      binding_name(Kind::Identifier, Field::None);
      end(names, Kind::NamespaceExport);
    }
    expect_word("from");
    if (token_.type != Type::String)
      return give_up();
    string(Field::Source);
    semicolon(false);
  } else if (at_word("default")) {
    token();
    if (at_word("function") || (at_word("async") && is_word(peek(), "function"))) {
      function_declaration(Field::Declaration, true);
    } else if (at_word("class") && peek().type == Type::Name && !is_word(peek(), "extends") && !is_word(peek(), "implements")) {
      class_like(Kind::ClassDeclaration, Field::Declaration);
    } else if (at_word("class") || at_word("abstract") || at_word("interface") || at_word("enum") || at_word("type") ||
               at(code_of("@")) || at_word("from") || at_word("namespace") || at_word("module") || at_word("declare") ||
               at_word("const") || at_word("let") || at_word("var")) {
      return give_up();
    } else {
      expression(Field::Value);
      semicolon(true);
    }
  } else if (at_word("const") || at_word("let") || at_word("var") || at_word("function") || at_word("class") ||
             at_word("interface") || at_word("type") || (at_word("async") && is_word(peek(), "function"))) {
    statement(Field::Declaration);
    Kind kind = last_kind();
    if (kind == Kind::ExpressionStatement)
      return give_up();
  } else {
    return give_up();
  }
  end(from, Kind::ExportStatement, field);
}

/// `a = 1, { b }: T = c;` behind its keyword.
void QuickParser::declaration(Start from, Kind kind, Field field) {
  if (at_word("enum"))
    return give_up();
  bool in_expression = false;
  for (;;) {
    Start one = start();
    pattern(Field::Name);
    in_expression = false;
    if (at(code_of("!")))
      return give_up();
    if (at(code_of(":")))
      type_annotation();
    if (at(code_of("="))) {
      token();
      expression(Field::Value);
      in_expression = true;
    }
    end(one, Kind::VariableDeclarator);
    if (!at(code_of(",")))
      break;
    token();
  }
  semicolon(in_expression);
  end(from, kind, field);
}

void QuickParser::function_declaration(Field field, bool is_export_default) {
  Start from = start();
  if (at_word("async"))
    token();
  if (newline_before() && ended_.size() > from.first)
    return give_up();
  token();
  bool is_generator = at(code_of("*"));
  if (is_generator)
    token();
  if (!at_name() && is_export_default)
    return give_up();
  binding_name(Kind::Identifier, Field::Name);
  call_signature();
  if (!at(code_of("{")))
    return give_up(); // an overload
  block(Field::Body);
  end(from, is_generator ? Kind::GeneratorFunctionDeclaration : Kind::FunctionDeclaration, field);
}

void QuickParser::interface_declaration(Field field) {
  Start from = start();
  token();
  binding_name(Kind::TypeName, Field::Name);
  if (at(code_of("<")))
    type_parameters();
  if (at_word("extends")) {
    Start clause = start();
    for (token();; token()) {
      Kind before = last_kind();
      size_t count = ended_.size();
      primary_type(Field::None);
      if (before == Kind::Other && count == ended_.size())
        return give_up();
      // A name, maybe with a namespace or arguments.
      if (last_kind() != Kind::TypeName && last_kind() != Kind::Other)
        return give_up();
      if (!at(code_of(",")))
        break;
    }
    end(clause, Kind::Other);
  }
  if (!at(code_of("{")))
    return give_up();
  object_type(Field::Body);
  end(from, Kind::InterfaceDeclaration, field);
}

void QuickParser::type_alias(Field field) {
  Start from = start();
  token();
  binding_name(Kind::TypeName, Field::Name);
  if (at(code_of("<")))
    type_parameters();
  expect(code_of("="));
  type(Field::Value);
  semicolon(false);
  end(from, Kind::TypeAliasDeclaration, field);
}

/// A declaration or an expression.
void QuickParser::class_like(Kind kind, Field field) {
  Deeper deeper(*this);
  Start from = start();
  token();
  if (kind == Kind::ClassDeclaration || (at_name() && !at_word("extends") && !at_word("implements")))
    binding_name(Kind::TypeName, Field::Name);
  if (at(code_of("<")))
    type_parameters();
  if (at_name())
    class_heritage();
  Start body = start();
  expect(code_of("{"));
  while (token_.type != Type::End && !at(code_of("}"))) {
    if (at(code_of(";")))
      token();
    else
      class_member();
  }
  expect(code_of("}"));
  end(body, Kind::ClassBody, Field::Body);
  if (kind == Kind::ClassDeclaration)
    automatic_semicolon(false);
  end(from, kind, field);
}

void QuickParser::class_heritage() {
  Start from = start();
  if (at_word("extends")) {
    Start clause = start();
    token();
    postfix(Field::Value);
    if (at(code_of("<")))
      type_arguments();
    if (at(code_of(",")))
      return give_up();
    end(clause, Kind::ExtendsClause);
  }
  if (at_word("implements")) {
    Start clause = start();
    for (token();; token()) {
      type();
      if (!at(code_of(",")))
        break;
    }
    end(clause, Kind::ImplementsClause);
  }
  end(from, Kind::ClassHeritage);
}

/// A method, or a field with its semicolon.
void QuickParser::class_member() {
  Start from = start();
  bool is_field = true; // as far as its modifiers tell
  while (at_name()) {
    Token next = peek();
    bool is_name = next.type == Type::Punctuator && next.code != code_of("[") && next.code != code_of("*");
    if (is_name && !is_punctuator(next, code_of("{")))
      break;
    bool accessibility = at_word("public") || at_word("private") || at_word("protected");
    bool known = accessibility || at_word("static") || at_word("readonly") || at_word("async") || at_word("get") || at_word("set");
    if (!known && !has_newline(token_.end, next.begin))
      return give_up();
    if (!known || next.type == Type::End)
      break; // a field without anything more
    if (has_newline(token_.end, next.begin) || is_punctuator(next, code_of("{")))
      return give_up();
    is_field &= accessibility || at_word("static") || at_word("readonly");
    Start modifier = start();
    token();
    if (accessibility)
      end(modifier, Kind::Other);
  }
  if (at(code_of("*"))) {
    is_field = false;
    token();
  }
  if (token_.type == Type::PrivateName)
    leaf(Kind::Other, Field::Name);
  else
    property_name(Field::Name);
  if (at(code_of("(")) || at(code_of("<")))
    return method_rest(from, Field::None);
  if (!is_field)
    return give_up();
  if (at(code_of("?")) || at(code_of("!")))
    token();
  if (at(code_of(":")))
    type_annotation();
  bool has_value = at(code_of("="));
  if (has_value) {
    token();
    expression(Field::Value);
  }
  end(from, Kind::FieldDefinition);
  semicolon(has_value);
}

void QuickParser::if_statement(Field field) {
  Start from = start();
  token();
  parenthesized(Field::Condition);
  statement(Field::Consequence);
  if (at_word("else")) {
    Start clause = start();
    token();
    statement();
    end(clause, Kind::ElseClause, Field::Alternative);
  }
  end(from, Kind::IfStatement, field);
}

void QuickParser::for_statement(Field field) {
  Start from = start();
  token();
  bool is_await = at_word("await");
  if (is_await)
    token();
  expect(code_of("("));
  bool declares = at_word("const") || at_word("let") || at_word("var");
  if (declares) {
    Start declared = start();
    bool is_var = at_word("var");
    token(is_var ? Field::None : Field::Kind);
    State before = state();
    pattern(Field::Left);
    if (!failed_ && (at_word("of") || at_word("in"))) {
      // The keyword is a child of the statement.
      if (is_var)
        ended_[declared.first].field = Field::Kind;
      token(Field::Operator);
      expressions(Field::Right);
      expect(code_of(")"));
      statement(Field::Body);
      return end(from, Kind::ForInStatement, field);
    }
    if (failed_ || is_await)
      return give_up();
    restore(before);
    declaration(declared, is_var ? Kind::VariableDeclaration : Kind::LexicalDeclaration, Field::Initializer);
    if (ended_.back().span.end == 0 || char_at(previous_end_ - 1) != ';')
      return give_up();
  } else if (at(code_of(";"))) {
    empty_statement(Field::Initializer);
  } else {
    return give_up();
  }
  if (is_await)
    return give_up();
  if (at(code_of(";"))) {
    empty_statement(Field::Condition);
  } else {
    expressions(Field::Condition);
    expect(code_of(";"), Field::Condition);
  }
  if (!at(code_of(")")))
    expressions(Field::Increment);
  expect(code_of(")"));
  statement(Field::Body);
  end(from, Kind::ForStatement, field);
}

void QuickParser::switch_statement(Field field) {
  Start from = start();
  token();
  parenthesized(Field::Value);
  Start body = start();
  expect(code_of("{"));
  while (at_word("case") || at_word("default")) {
    Start one = start();
    bool is_default = at_word("default");
    token();
    if (!is_default)
      expressions(Field::Value);
    expect(code_of(":"));
    while (token_.type != Type::End && !at(code_of("}")) && !at_word("case") && !at_word("default"))
      statement(Field::Body);
    end(one, is_default ? Kind::SwitchDefault : Kind::SwitchCase);
  }
  expect(code_of("}"));
  end(body, Kind::SwitchBody, Field::Body);
  end(from, Kind::SwitchStatement, field);
}

void QuickParser::try_statement(Field field) {
  Start from = start();
  token();
  if (!at(code_of("{")))
    return give_up();
  block(Field::Body);
  bool handled = false;
  if (at_word("catch")) {
    handled = true;
    Start clause = start();
    token();
    if (at(code_of("("))) {
      token();
      pattern(Field::Parameter);
      if (at(code_of(":")))
        type_annotation();
      expect(code_of(")"));
    }
    if (!at(code_of("{")))
      return give_up();
    block(Field::Body);
    end(clause, Kind::CatchClause);
  }
  if (at_word("finally")) {
    handled = true;
    Start clause = start();
    token();
    if (!at(code_of("{")))
      return give_up();
    block(Field::Body);
    end(clause, Kind::FinallyClause);
  }
  if (!handled)
    return give_up();
  end(from, Kind::TryStatement, field);
}

// --- Expressions ---

/// One expression, or several with commas.
void QuickParser::expressions(Field field) {
  Start from = start();
  expression();
  if (!at(code_of(","))) {
    set_field(field);
    return;
  }
  while (at(code_of(","))) {
    token();
    expression();
  }
  end(from, Kind::SequenceExpression, field);
}

bool QuickParser::is_assignable(const Ended &node) const {
  return node.kind == Kind::Identifier || node.kind == Kind::MemberExpression || node.kind == Kind::SubscriptExpression;
}

/// An expression without commas: assignments and what binds tighter.
void QuickParser::expression(Field field) {
  Deeper deeper(*this);
  Start from = start();
  binary(0, Field::None);
  if (failed_)
    return;
  if (at(code_of("?"))) {
    set_field(Field::Condition);
    token();
    expression(Field::Consequence);
    expect(code_of(":"));
    expression(Field::Alternative);
    end(from, Kind::TernaryExpression, field);
    return;
  }
  if (token_.type == Type::Punctuator) {
    switch (token_.code) {
    case code_of("="):
      if (!is_assignable(ended_.back()))
        return give_up(); // patterns
      set_field(Field::Left);
      token();
      expression(Field::Right);
      end(from, Kind::AssignmentExpression, field);
      return;
    case code_of("+="):
    case code_of("-="):
    case code_of("*="):
    case code_of("/="):
    case code_of("%="):
    case code_of("&="):
    case code_of("|="):
    case code_of("^="):
    case code_of("<<="):
    case code_of(">>="):
    case code_of(">>>="):
    case code_of("**="):
    case code_of("&&="):
    case code_of("||="):
    case code_of("\?\?="):
      if (!is_assignable(ended_.back()))
        return give_up();
      set_field(Field::Left);
      token(Field::Operator);
      expression(Field::Right);
      end(from, Kind::AugmentedAssignment, field);
      return;
    default:
      break;
    }
  }
  set_field(field);
}

/// How tight a binary operator binds; 0: it is none.
static unsigned precedence(uint32_t code) {
  switch (code) {
  case code_of("\?\?"):
    return 1;
  case code_of("||"):
    return 2;
  case code_of("&&"):
    return 3;
  case code_of("|"):
    return 4;
  case code_of("^"):
    return 5;
  case code_of("&"):
    return 6;
  case code_of("=="):
  case code_of("==="):
  case code_of("!="):
  case code_of("!=="):
    return 7;
  case code_of("<"):
  case code_of("<="):
  case code_of(">"):
  case code_of(">="):
    return 8;
  case code_of("<<"):
  case code_of(">>"):
  case code_of(">>>"):
    return 9;
  case code_of("+"):
  case code_of("-"):
    return 10;
  case code_of("*"):
  case code_of("/"):
  case code_of("%"):
    return 11;
  default:
    return 0;
  }
}

/// Operators that bind tighter than \p least. `as` binds looser than all of them: it takes the whole left side.
void QuickParser::binary(unsigned least, Field field) {
  Start from = start();
  unary(Field::None);
  while (!failed_) {
    if (at_name()) {
      bool is_as = at_word("as");
      if (is_as || at_word("satisfies")) {
        if (least > 0 || newline_before())
          break;
        token();
        if (is_as && at_word("const"))
          token();
        else
          type();
        end(from, is_as ? Kind::AsExpression : Kind::SatisfiesExpression);
        continue;
      }
      if (at_word("in") || at_word("instanceof")) {
        if (least >= 8)
          break;
        set_field(Field::Left);
        token(Field::Operator);
        binary(8, Field::Right);
        end(from, Kind::BinaryExpression);
        continue;
      }
      break;
    }
    unsigned found = token_.type == Type::Punctuator ? precedence(token_.code) : 0;
    if (at(code_of("**")))
      return give_up();
    if (found == 0 || found <= least)
      break;
    set_field(Field::Left);
    token(Field::Operator);
    binary(found, Field::Right);
    end(from, Kind::BinaryExpression);
  }
  set_field(field);
}

void QuickParser::unary(Field field) {
  Deeper deeper(*this);
  Start from = start();
  bool prefix = at(code_of("!")) || at(code_of("-")) || at(code_of("+")) || at(code_of("~")) || at_word("typeof") ||
                at_word("void") || at_word("delete");
  if (prefix) {
    token(Field::Operator);
    unary(Field::Argument);
    end(from, Kind::UnaryExpression, field);
    return;
  }
  if (at_word("await")) {
    token();
    unary(Field::None);
    // `await x as T` is `await (x as T)`.
    while (!failed_ && (at_word("as") || at_word("satisfies"))) {
      bool is_as = at_word("as");
      Start operand = start_of_last();
      token();
      if (is_as && at_word("const"))
        token();
      else
        type();
      end(operand, is_as ? Kind::AsExpression : Kind::SatisfiesExpression);
    }
    end(from, Kind::AwaitExpression, field);
    return;
  }
  if (at(code_of("++")) || at(code_of("--"))) {
    token(Field::Operator);
    unary(Field::Argument);
    end(from, Kind::UpdateExpression, field);
    return;
  }
  postfix(Field::None);
  if (!failed_ && (at(code_of("++")) || at(code_of("--"))) && !newline_before()) {
    if (!is_assignable(ended_.back()))
      return give_up();
    set_field(Field::Argument);
    token(Field::Operator);
    end(from, Kind::UpdateExpression);
  }
  set_field(field);
}

/// An operand with its calls and members.
void QuickParser::postfix(Field field) {
  Start from = start();
  bool is_new = at_word("new");
  if (is_new) {
    if (is_punctuator(peek(), code_of(".")))
      return give_up(); // new.target
    word_on_line();
    if (at_word("new") || at_word("import"))
      return give_up();
    Start callee = start();
    primary(Field::None);
    while (!failed_ && at(code_of("."))) {
      set_field(Field::Object);
      token();
      if (!at_name())
        return give_up();
      leaf(Kind::PropertyName, Field::Property);
      end(callee, Kind::MemberExpression);
    }
    if (at(code_of("[")) || at(code_of("?.")) || at(code_of("!")) || token_.type == Type::Template)
      return give_up();
    set_field(Field::Constructor);
    if (at(code_of("<")) && !try_type_arguments())
      return give_up();
    if (at(code_of("(")))
      arguments();
    else if (last_kind() == Kind::TypeArguments)
      return give_up();
    end(from, Kind::NewExpression);
  } else {
    primary(Field::None);
    // The body of an arrow function takes all that follows, so nothing can follow it.
    if (!failed_ && last_kind() == Kind::ArrowFunction)
      return set_field(field);
  }
  while (!failed_) {
    if (token_.type == Type::Template) {
      set_field(Field::Function);
      template_string(Field::Arguments);
      end(from, Kind::CallExpression);
      continue;
    }
    if (token_.type != Type::Punctuator)
      break;
    if (at(code_of(".")) || at(code_of("?."))) {
      bool optional = at(code_of("?."));
      Token next = peek();
      if (optional && (is_punctuator(next, code_of("(")) || is_punctuator(next, code_of("<")))) {
        if (is_punctuator(next, code_of("<")))
          return give_up();
        set_field(Field::Function);
        token();
        arguments();
        end(from, Kind::CallExpression);
        continue;
      }
      set_field(Field::Object);
      if (optional) {
        Start chain = start();
        token();
        end(chain, Kind::OptionalChain);
      } else {
        token();
      }
      if (optional && at(code_of("["))) {
        token();
        expressions(Field::Index);
        expect(code_of("]"));
        end(from, Kind::SubscriptExpression);
        continue;
      }
      if (!at_name() && token_.type != Type::PrivateName)
        return give_up();
      leaf(at_name() ? Kind::PropertyName : Kind::Other, Field::Property);
      end(from, Kind::MemberExpression);
    } else if (at(code_of("["))) {
      set_field(Field::Object);
      token();
      expressions(Field::Index);
      expect(code_of("]"));
      end(from, Kind::SubscriptExpression);
    } else if (at(code_of("("))) {
      set_field(Field::Function);
      arguments();
      end(from, Kind::CallExpression);
    } else if (at(code_of("!")) && !newline_before()) {
      token();
      end(from, Kind::NonNullExpression);
    } else if (at(code_of("<"))) {
      Field before = ended_.back().field;
      set_field(Field::Function);
      size_t function = ended_.size() - 1;
      if (!try_type_arguments()) {
        ended_[function].field = before;
        break;
      }
      if (failed_ || !at(code_of("(")))
        return give_up(); // an instantiation, or something else
      arguments();
      end(from, Kind::CallExpression);
    } else {
      break;
    }
  }
  set_field(field);
}

/// Whether a `>` that may end type arguments comes after \p position in the same statement, or the statement is long.
bool QuickParser::may_close_angle(uint32_t position) const {
  constexpr uint32_t far = 1000;
  for (uint32_t at = position; at < size_ && text_[at] != ';'; ++at)
    if ((text_[at] == '>' && text_[at - 1] != '=') || at - position == far)
      return true;
  return false;
}

/// Reads `<A, B>` if that is what stands here, and a call follows, or finds that the `<` compares. Where the grammar might
/// see it otherwise, as in `a<b>[c]`, this gives up.
bool QuickParser::try_type_arguments() {
  bool is_spaced = is_space(char_at(token_.end)); // nobody writes type arguments so, but for calls they are known
  State before = state();
  type_arguments();
  if (!failed_ && at(code_of("(")))
    return true;
  bool is_clear = is_spaced || (failed_ ? !may_close_angle(before.token.end) : at(code_of("{")) || at_word("implements"));
  if (!is_clear) {
    give_up();
    return false;
  }
  failed_ = false;
  restore(before);
  return false;
}

void QuickParser::primary(Field field) {
  switch (token_.type) {
  case Type::Number:
    return leaf(Kind::Number, field);
  case Type::String:
    return string(field);
  case Type::Template:
    return template_string(field);
  case Type::Name:
    return name_or_arrow(field);
  case Type::Punctuator:
    switch (token_.code) {
    case code_of("("):
      if (is_arrow_ahead()) {
        Start from = start();
        call_signature();
        return arrow_body(from, field);
      }
      return parenthesized(field);
    case code_of("<"):
      if (are_type_parameters_ahead()) {
        Start from = start();
        call_signature();
        return arrow_body(from, field);
      }
      return give_up(); // an element
    case code_of("["):
      return array(field);
    case code_of("{"):
      return object(field);
    case code_of("/"):
    case code_of("/="):
      return regex(field);
    default:
      return give_up();
    }
  default:
    return give_up();
  }
}

void QuickParser::name_or_arrow(Field field) {
  switch (text_[token_.begin]) {
  case 'a':
    if (at_word("async")) {
      Token next = peek();
      if (is_word(next, "function"))
        return function_expression(field);
      Start from = start();
      if (has_newline(token_.end, next.begin))
        return give_up();
      if (is_punctuator(next, code_of("("))) {
        token();
        if (!is_arrow_ahead())
          return give_up();
        call_signature();
        return arrow_body(from, field);
      }
      if (is_punctuator(next, code_of("<"))) {
        token();
        if (!are_type_parameters_ahead())
          return give_up();
        call_signature();
        return arrow_body(from, field);
      }
      if (next.type == Type::Name && !reserved(next)) {
        token();
        leaf(Kind::Identifier, Field::Parameter);
        return arrow_body(from, field);
      }
      return give_up();
    }
    break;
  case 'c':
    if (at_word("class"))
      return class_like(Kind::Class, field);
    break;
  case 'f':
    if (at_word("function"))
      return function_expression(field);
    if (at_word("false"))
      return leaf(Kind::False, field);
    break;
  case 'i':
    if (at_word("import")) {
      Start from = start();
      if (is_punctuator(peek(), code_of("."))) {
        token();
        token();
        expect_word("meta");
        return end(from, Kind::MetaProperty, field);
      }
      token();
      end(from, Kind::Import);
      if (!at(code_of("(")))
        return give_up();
      return set_field(field);
    }
    break;
  case 'n':
    if (at_word("null"))
      return leaf(Kind::Null, field);
    if (at_word("namespace"))
      return give_up();
    break;
  case 's':
    if (at_word("super"))
      return leaf(Kind::Super, field);
    break;
  case 't':
    if (at_word("this"))
      return leaf(Kind::This, field);
    if (at_word("true"))
      return leaf(Kind::True, field);
    break;
  case 'u':
    if (at_word("undefined"))
      return leaf(Kind::Undefined, field);
    break;
  default:
    break;
  }
  if (reserved(token_))
    return give_up();
  Start from = start();
  leaf(Kind::Identifier, field);
  if (at(code_of("=>"))) {
    set_field(Field::Parameter);
    arrow_body(from, field);
  }
}

void QuickParser::arrow_body(Start from, Field field) {
  expect(code_of("=>"));
  if (at(code_of("{")))
    block(Field::Body);
  else
    expression(Field::Body);
  end(from, Kind::ArrowFunction, field);
}

/// The position after what closes the bracket before \p position. Skips brackets, literals and comments.
uint32_t QuickParser::closing_parenthesis(uint32_t position) {
  llvm::SmallString<64> open("("); // a backtick for a template literal
  for (; position < size_; ++position) {
    char c = text_[position];
    if (open.back() == '`') {
      if (c == '\\') {
        ++position;
      } else if (c == '`') {
        open.pop_back();
      } else if (c == '$' && char_at(position + 1) == '{') {
        open.push_back('{');
        ++position;
      }
      continue;
    }
    switch (c) {
    case '(':
    case '[':
    case '{':
    case '`':
      open.push_back(c);
      break;
    case ')':
    case ']':
    case '}':
      open.pop_back();
      if (open.empty())
        return position + 1;
      break;
    case '"':
    case '\'':
      for (++position; position < size_ && text_[position] != c; ++position)
        if (text_[position] == '\\')
          ++position;
      break;
    case '/':
      if (char_at(position + 1) == '/') {
        position = find_byte<'\n'>(text_.data(), position, size_);
      } else if (char_at(position + 1) == '*') {
        size_t close = text_.find("*/", position + 2);
        position = close == llvm::StringRef::npos ? size_ : static_cast<uint32_t>(close) + 1;
      } else {
        // A division, or a regular expression with who knows what inside.
        uint32_t line_end = find_byte<'\n'>(text_.data(), position, size_);
        if (text_.slice(position + 1, line_end).find('/') != llvm::StringRef::npos)
          give_up();
      }
      break;
    default:
      break;
    }
  }
  return size_;
}

/// Whether the parenthesis at hand holds the parameters of an arrow function. What is in it is only skipped.
bool QuickParser::is_arrow_ahead() {
  // Not so often as to take quadratic time.
  if (looked_ahead_ > 16 * uint64_t(size_) + 4096) {
    give_up();
    return false;
  }
  Token next = peek();
  if (failed_)
    return false;
  if (is_punctuator(next, code_of(")")) || is_punctuator(next, code_of("...")))
    return true;
  uint32_t i = next.begin;
  if (next.type == Type::Name) {
    // `(a.b)`, `(a + b)`: only these may follow a parameter's name.
    uint32_t after = next.end;
    while (after < size_ && is_space(text_[after]))
      ++after;
    char c = char_at(after);
    if (c != ')' && c != ',' && c != ':' && c != '?' && c != '=' && c != '/')
      return false;
    if (c == '=' && char_at(after + 1) == '=')
      return false;
  } else if (!is_punctuator(next, code_of("{")) && !is_punctuator(next, code_of("["))) {
    return false;
  }
  uint32_t begin = i;
  i = closing_parenthesis(i);
  if (failed_)
    return false;
  looked_ahead_ += i - begin;
  while (i < size_ && is_space(text_[i]))
    ++i;
  if (char_at(i) == '=' && char_at(i + 1) == '>')
    return true;
  if (char_at(i) != ':')
    return false;
  // A return type, or the end of a conditional's middle: `a ? (b) : c`.
  State before = state();
  call_signature();
  bool is_arrow = !failed_ && at(code_of("=>"));
  failed_ = false;
  restore(before);
  return is_arrow;
}

/// Whether the `<` at hand, where an operand is due, starts type parameters and no element.
bool QuickParser::are_type_parameters_ahead() {
  Token name = peek();
  if (name.type != Type::Name)
    return false;
  uint32_t after = name.end;
  while (after < size_ && is_space(text_[after]))
    ++after;
  return char_at(after) == ',' || text_.substr(after, 8) == "extends ";
}

void QuickParser::parenthesized(Field field) {
  Start from = start();
  expect(code_of("("));
  expressions();
  if (at(code_of(":")))
    return give_up();
  expect(code_of(")"));
  end(from, Kind::ParenthesizedExpression, field);
}

void QuickParser::arguments(Field field) {
  Start from = start();
  expect(code_of("("));
  while (token_.type != Type::End && !at(code_of(")"))) {
    if (at(code_of("..."))) {
      Start spread = start();
      token();
      expression();
      end(spread, Kind::SpreadElement);
    } else {
      expression();
    }
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of(")"));
  end(from, Kind::Arguments, field);
}

void QuickParser::array(Field field) {
  Start from = start();
  expect(code_of("["));
  while (token_.type != Type::End && !at(code_of("]"))) {
    if (at(code_of("..."))) {
      Start spread = start();
      token();
      expression();
      end(spread, Kind::SpreadElement);
    } else if (!at(code_of(","))) {
      expression();
    }
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of("]"));
  end(from, Kind::Array, field);
}

void QuickParser::object(Field field) {
  Deeper deeper(*this);
  Start from = start();
  expect(code_of("{"));
  while (token_.type != Type::End && !at(code_of("}"))) {
    Start one = start();
    if (at(code_of("..."))) {
      token();
      expression();
      end(one, Kind::SpreadElement);
    } else if (at(code_of("*"))) {
      token();
      property_name(Field::Name);
      method_rest(one, Field::None);
    } else if (at_name()) {
      Token next = peek();
      bool is_name = next.type == Type::Punctuator &&
                     (next.code == code_of(",") || next.code == code_of("}") || next.code == code_of(":") ||
                      next.code == code_of("(") || next.code == code_of("<") || next.code == code_of("="));
      if (!is_name) {
        if (!at_word("get") && !at_word("set") && !at_word("async"))
          return give_up();
        token();
        if (at(code_of("*")))
          token();
        property_name(Field::Name);
        method_rest(one, Field::None);
      } else if (next.code == code_of(":")) {
        leaf(Kind::PropertyName, Field::Key);
        token();
        expression(Field::Value);
        end(one, Kind::Pair);
      } else if (next.code == code_of("(") || next.code == code_of("<")) {
        leaf(Kind::PropertyName, Field::Name);
        method_rest(one, Field::None);
      } else {
        if (next.code == code_of("=") || reserved(token_))
          return give_up(); // a pattern, or wrong
        leaf(Kind::ShorthandProperty);
      }
    } else {
      property_name(Field::Key);
      if (at(code_of(":"))) {
        token();
        expression(Field::Value);
        end(one, Kind::Pair);
      } else {
        set_field(Field::Name);
        method_rest(one, Field::None);
      }
    }
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of("}"));
  end(from, Kind::Object, field);
}

void QuickParser::property_name(Field field) {
  if (at_name()) {
    leaf(Kind::PropertyName, field);
  } else if (token_.type == Type::String) {
    string(field);
  } else if (token_.type == Type::Number) {
    leaf(Kind::Number, field);
  } else if (at(code_of("["))) {
    Start from = start();
    token();
    expression();
    expect(code_of("]"));
    end(from, Kind::ComputedPropertyName, field);
  } else {
    give_up();
  }
}

/// The parameters and the body of a method whose name has been read.
void QuickParser::method_rest(Start from, Field field) {
  if (!at(code_of("(")) && !at(code_of("<")))
    return give_up();
  call_signature();
  if (!at(code_of("{")))
    return give_up();
  block(Field::Body);
  end(from, Kind::MethodDefinition, field);
}

void QuickParser::function_expression(Field field) {
  Start from = start();
  if (at_word("async"))
    token();
  token();
  bool is_generator = at(code_of("*"));
  if (is_generator)
    token();
  if (at_name())
    binding_name(Kind::Identifier, Field::Name);
  call_signature();
  if (!at(code_of("{")))
    return give_up();
  block(Field::Body);
  end(from, is_generator ? Kind::GeneratorFunction : Kind::FunctionExpression, field);
}

/// The end of the escape sequence at \p position.
void QuickParser::escape(uint32_t position, uint32_t &end) {
  char c = char_at(position + 1);
  if (c == 'u' && char_at(position + 2) != '{') {
    end = position + 6;
    for (uint32_t i = position + 2; i < end; ++i)
      if (!llvm::isHexDigit(char_at(i)))
        return give_up();
    return;
  }
  if (c == 'x') {
    end = position + 4;
    if (!llvm::isHexDigit(char_at(position + 2)) || !llvm::isHexDigit(char_at(position + 3)))
      return give_up();
    return;
  }
  if (c == 'u' || (c >= '0' && c <= '7') || c == '\r' || c == '?' || c == '\0' || static_cast<unsigned char>(c) >= 0x80)
    return give_up();
  end = position + 2;
}

void QuickParser::string(Field field) {
  Start from = start();
  char quote = text_[token_.begin];
  uint32_t i = token_.begin + 1;
  push(Kind::Token, Field::None, token_.begin, i);
  for (;;) {
    uint32_t stop = quote == '"' ? find_byte<'"', '\\', '\n', '\r'>(text_.data(), i, size_)
                                 : find_byte<'\'', '\\', '\n', '\r'>(text_.data(), i, size_);
    if (stop > i)
      push(Kind::StringFragment, Field::None, i, stop);
    i = stop;
    if (i >= size_ || is_line_break(text_[i]))
      return give_up();
    if (text_[i] == quote)
      break;
    uint32_t escape_end = i;
    escape(i, escape_end);
    if (failed_)
      return;
    push(Kind::Other, Field::None, i, escape_end);
    i = escape_end;
  }
  push(Kind::Token, Field::None, i, i + 1);
  previous_end_ = i + 1;
  end(from, Kind::String, field);
  read_token(i + 1);
}

void QuickParser::template_string(Field field) {
  Deeper deeper(*this);
  Start from = start();
  uint32_t i = token_.begin + 1;
  push(Kind::Token, Field::None, token_.begin, i);
  for (;;) {
    uint32_t stop = i;
    while ((stop = find_byte<'`', '\\', '$', '\0'>(text_.data(), stop, size_)) < size_ && text_[stop] == '$' &&
           char_at(stop + 1) != '{')
      ++stop;
    if (stop > i)
      push(Kind::StringFragment, Field::None, i, stop);
    i = stop;
    if (i >= size_ || text_[i] == '\0')
      return give_up();
    if (text_[i] == '`')
      break;
    if (text_[i] == '\\') {
      uint32_t escape_end = i;
      escape(i, escape_end);
      if (failed_)
        return;
      push(Kind::Other, Field::None, i, escape_end);
      i = escape_end;
      continue;
    }
    Start substitution{static_cast<uint32_t>(ended_.size()), i};
    push(Kind::Token, Field::None, i, i + 2);
    previous_end_ = i + 2;
    read_token(i + 2);
    expressions();
    if (!at(code_of("}")))
      return give_up();
    // What follows the brace is text, not a token.
    place_comments(token_.begin);
    push(Kind::Token, Field::None, token_.begin, token_.end);
    previous_end_ = token_.end;
    end(substitution, Kind::TemplateSubstitution);
    i = token_.end;
  }
  push(Kind::Token, Field::None, i, i + 1);
  previous_end_ = i + 1;
  end(from, Kind::TemplateString, field);
  read_token(i + 1);
}

void QuickParser::regex(Field field) {
  Start from = start();
  uint32_t slash = token_.begin, i = slash + 1;
  bool in_class = false;
  for (; i < size_; ++i) {
    char c = text_[i];
    if (is_line_break(c))
      return give_up();
    if (c == '\\')
      ++i;
    else if (c == '[' && in_class)
      continue;
    else if (c == '[' || c == ']')
      in_class = c == '[';
    else if (c == '/' && !in_class)
      break;
  }
  if (i >= size_)
    return give_up();
  push(Kind::Token, Field::None, slash, slash + 1);
  push(Kind::Other, Field::Pattern, slash + 1, i);
  push(Kind::Token, Field::None, i, i + 1);
  uint32_t flags = ++i;
  while (i < size_ && text_[i] >= 'a' && text_[i] <= 'z')
    ++i;
  if (i > flags)
    push(Kind::Other, Field::None, flags, i);
  if (is_name_char(char_at(i)))
    return give_up();
  previous_end_ = i;
  end(from, Kind::Regex, field);
  read_token(i);
}

// --- Patterns ---

void QuickParser::binding_name(Kind kind, Field field) {
  if (!at_name() || reserved(token_))
    return give_up();
  leaf(kind, field);
}

void QuickParser::pattern(Field field) {
  Deeper deeper(*this);
  if (at(code_of("{")))
    object_pattern(field);
  else if (at(code_of("[")))
    array_pattern(field);
  else
    binding_name(Kind::Identifier, field);
}

/// `= 1` behind what starts at \p from, if it is there: the two become one node.
void QuickParser::default_value(Start from, Kind kind, Field field) {
  if (!at(code_of("=")))
    return;
  set_field(Field::Left);
  token();
  expression(Field::Right);
  end(from, kind, field);
}

void QuickParser::object_pattern(Field field) {
  Start from = start();
  expect(code_of("{"));
  while (token_.type != Type::End && !at(code_of("}"))) {
    Start one = start();
    if (at(code_of("..."))) {
      token();
      pattern(Field::None);
      end(one, Kind::RestPattern);
    } else {
      Token next = peek();
      if (is_punctuator(next, code_of(":")) || !at_name()) {
        property_name(Field::Key);
        expect(code_of(":"));
        Start value = start();
        pattern(Field::Value);
        default_value(value, Kind::AssignmentPattern, Field::Value);
        end(one, Kind::PairPattern);
      } else {
        binding_name(Kind::ShorthandPropertyPattern, Field::None);
        default_value(one, Kind::ObjectAssignmentPattern);
      }
    }
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of("}"));
  end(from, Kind::ObjectPattern, field);
}

void QuickParser::array_pattern(Field field) {
  Start from = start();
  expect(code_of("["));
  while (token_.type != Type::End && !at(code_of("]"))) {
    if (!at(code_of(","))) {
      Start one = start();
      if (at(code_of("..."))) {
        token();
        pattern(Field::None);
        end(one, Kind::RestPattern);
      } else {
        pattern(Field::None);
        default_value(one, Kind::AssignmentPattern);
      }
    }
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of("]"));
  end(from, Kind::ArrayPattern, field);
}

/// `(a, { b }: T = {}, ...c)`
void QuickParser::parameters() {
  Start from = start();
  expect(code_of("("));
  while (token_.type != Type::End && !at(code_of(")"))) {
    Start one = start();
    if (at(code_of("..."))) {
      Start rest = start();
      token();
      pattern(Field::None);
      end(rest, Kind::RestPattern, Field::Pattern);
    } else if (at_word("this")) {
      leaf(Kind::This, Field::Pattern);
    } else {
      if (at_word("public") || at_word("private") || at_word("protected") || at_word("readonly") || at_word("override"))
        return give_up();
      pattern(Field::Pattern);
    }
    bool optional = at(code_of("?"));
    if (optional)
      token();
    if (at(code_of(":")))
      type_annotation();
    if (at(code_of("="))) {
      token();
      expression(Field::Value);
    }
    end(one, optional ? Kind::OptionalParameter : Kind::RequiredParameter);
    if (!at(code_of(",")))
      break;
    token();
  }
  expect(code_of(")"));
  end(from, Kind::FormalParameters, Field::Parameters);
}

/// `<T>(a: T): b`
void QuickParser::call_signature() {
  Deeper deeper(*this);
  if (at(code_of("<")))
    type_parameters();
  parameters();
  if (!at(code_of(":")))
    return;
  Token name = peek();
  if (name.type != Type::Name || reserved(name)) // of a predicate
    return type_annotation();
  State before = state();
  Start from = start();
  token();
  Start predicate = start();
  leaf(Kind::Identifier, Field::Name);
  if (!at_word("is") || newline_before()) {
    restore(before);
    return type_annotation();
  }
  token();
  type();
  end(predicate, Kind::Other);
  end(from, Kind::TypePredicateAnnotation);
}

// --- Types ---

void QuickParser::type_annotation() {
  Start from = start();
  expect(code_of(":"));
  if (at_word("asserts"))
    return give_up();
  type();
  if (at_word("is"))
    return give_up();
  end(from, Kind::TypeAnnotation);
}

void QuickParser::type(Field field) {
  Deeper deeper(*this);
  if (at_word("new") || at_word("abstract") || at_word("infer") || at_word("asserts") || at_word("unique"))
    return give_up();
  if (at_word("import")) {
    import_type(field);
    if (token_.type == Type::Punctuator && (at(code_of("<")) || at(code_of("[")) || at(code_of("|")) || at(code_of("&"))))
      give_up();
    return;
  }
  if (at(code_of("<")) || (at(code_of("(")) && is_function_type_ahead()))
    return function_type(field);
  if (at_word("readonly")) {
    Start from = start();
    token();
    type();
    end(from, Kind::Other, field);
    return;
  }
  Start from = start();
  union_type(Field::None, code_of("|"));
  if (failed_)
    return;
  if (at_word("extends")) {
    if (newline_before())
      return give_up();
    set_field(Field::Left);
    token();
    union_type(Field::Right, code_of("|"));
    if (!at(code_of("?")))
      return give_up();
    token();
    type(Field::Consequence);
    expect(code_of(":"));
    type(Field::Alternative);
    end(from, Kind::Other);
  }
  set_field(field);
}

/// Unions of \p bar `|`, and of intersections with `&`.
void QuickParser::union_type(Field field, uint32_t bar) {
  Deeper deeper(*this);
  Start from = start();
  auto operand = [&] {
    if (at(code_of("(")) && is_function_type_ahead())
      return give_up();
    if (at(code_of("<")) || at_word("new") || at_word("readonly") || at_word("infer"))
      return give_up();
    bar == code_of("|") ? union_type(Field::None, code_of("&")) : primary_type(Field::None);
  };
  if (at(bar)) { // a leading one has no left side
    token();
    operand();
    end(from, Kind::Other);
  } else {
    operand();
  }
  while (!failed_ && at(bar)) {
    token();
    operand();
    end(from, Kind::Other);
  }
  set_field(field);
}

/// Whether the parenthesis at hand holds the parameters of a function type.
bool QuickParser::is_function_type_ahead() {
  Token next = peek();
  if (failed_)
    return false;
  if (is_punctuator(next, code_of(")")) || is_punctuator(next, code_of("...")))
    return true;
  if (is_punctuator(next, code_of("{")) || is_punctuator(next, code_of("["))) {
    // A pattern or a type.
    State before = state();
    parameters();
    bool is_function = !failed_ && at(code_of("=>"));
    failed_ = false;
    restore(before);
    return is_function;
  }
  if (next.type != Type::Name)
    return false;
  uint32_t after = next.end;
  while (after < size_ && is_space(text_[after]))
    ++after;
  char c = char_at(after);
  if (c == ':' || c == ',' || c == '?' || c == '=')
    return true;
  if (c != ')')
    return false;
  for (++after; after < size_ && is_space(text_[after]);)
    ++after;
  return char_at(after) == '=' && char_at(after + 1) == '>';
}

void QuickParser::function_type(Field field) {
  Start from = start();
  if (at(code_of("<")))
    type_parameters();
  parameters();
  expect(code_of("=>"));
  if (at_word("asserts"))
    return give_up();
  type();
  if (at_word("is"))
    return give_up();
  end(from, Kind::Other, field);
}

void QuickParser::primary_type(Field field) {
  Deeper deeper(*this);
  Start from = start();
  switch (token_.type) {
  case Type::String:
    string(Field::None);
    end(from, Kind::Other); // a literal type
    break;
  case Type::Number:
    leaf(Kind::Number);
    end(from, Kind::Other);
    break;
  case Type::Name: {
    static constexpr std::string_view predefined[] = {"any",    "number", "boolean", "string", "symbol",
                                                      "void", "unknown", "never",  "object"};
    bool is_predefined = false;
    for (std::string_view word : predefined)
      is_predefined |= at_word(word);
    if (is_predefined) {
      token();
      end(from, Kind::Other);
    } else if (at_word("true") || at_word("false") || at_word("null") || at_word("undefined")) {
      leaf(at_word("true")    ? Kind::True
           : at_word("false") ? Kind::False
           : at_word("null")  ? Kind::Null
                              : Kind::Undefined);
      end(from, Kind::Other);
    } else if (at_word("typeof")) {
      type_query(Field::None);
    } else if (at_word("keyof")) {
      token();
      primary_type(Field::None);
      end(from, Kind::Other);
      if (at(code_of("|")) || at(code_of("&")))
        return give_up();
    } else if (reserved(token_) || at_word("readonly") || at_word("infer") || at_word("unique") || at_word("asserts")) {
      return give_up();
    } else if (is_punctuator(peek(), code_of("."))) {
      leaf(Kind::Identifier);
      token();
      if (!at_name())
        return give_up();
      leaf(Kind::TypeName, Field::Name);
      end(from, Kind::Other);
      if (at(code_of(".")))
        return give_up();
    } else {
      leaf(Kind::TypeName);
    }
    if (at(code_of("<")) && !is_predefined && (last_kind() == Kind::TypeName || ended_.back().first != ended_.size() - 1)) {
      bool is_named = last_kind() == Kind::TypeName || ended_[ended_.size() - 2].kind == Kind::TypeName;
      if (!is_named || last_kind() == Kind::TypeQuery)
        return give_up();
      set_field(Field::Name);
      type_arguments();
      end(from, Kind::Other);
    }
    break;
  }
  case Type::Punctuator:
    if (at(code_of("{"))) {
      object_type(Field::None);
    } else if (at(code_of("("))) {
      token();
      type();
      expect(code_of(")"));
      end(from, Kind::Other);
    } else if (at(code_of("["))) {
      token();
      while (token_.type != Type::End && !at(code_of("]"))) {
        if (at(code_of("...")) || (at_name() && is_punctuator(peek(), code_of(":"))))
          return give_up(); // named and rest elements
        type();
        if (at(code_of("?")))
          return give_up();
        if (!at(code_of(",")))
          break;
        token();
      }
      expect(code_of("]"));
      end(from, Kind::Other);
    } else {
      return give_up();
    }
    break;
  default:
    return give_up();
  }
  while (!failed_ && at(code_of("[")) && !newline_before()) {
    if (last_kind() == Kind::TypeQuery)
      return give_up();
    token();
    if (at(code_of("]"))) {
      token();
    } else {
      type();
      expect(code_of("]"));
    }
    end(from, Kind::Other);
  }
  set_field(field);
}

/// `typeof a.b`
void QuickParser::type_query(Field field) {
  Start from = start();
  token();
  Start name = start();
  binding_name(Kind::Identifier, Field::None);
  while (!failed_ && at(code_of("."))) {
    set_field(Field::Object);
    token();
    if (!at_name())
      return give_up();
    leaf(Kind::PropertyName, Field::Property);
    end(name, Kind::MemberExpression);
  }
  if (at(code_of("<")) || at(code_of("(")) || at(code_of("?.")))
    return give_up();
  end(from, Kind::TypeQuery, field);
}

/// `import('a').B`
void QuickParser::import_type(Field field) {
  Start from = start();
  token();
  end(from, Kind::Import, Field::Function);
  if (!at(code_of("(")))
    return give_up();
  arguments();
  end(from, Kind::CallExpression);
  while (!failed_ && at(code_of("."))) {
    set_field(Field::Object);
    token();
    if (!at_name())
      return give_up();
    leaf(Kind::PropertyName, Field::Property);
    end(from, Kind::MemberExpression);
  }
  set_field(field);
}

/// Takes the `>` at hand, even if others follow it immediately.
void QuickParser::close_angle() {
  if (token_.type != Type::Punctuator || text_[token_.begin] != '>')
    return give_up();
  if (token_.end - token_.begin > 1)
    token_ = {Type::Punctuator, code_of(">"), token_.begin, token_.begin + 1};
  token();
}

void QuickParser::type_arguments() {
  Start from = start();
  expect(code_of("<"));
  for (;;) {
    type();
    if (!at(code_of(",")))
      break;
    token();
  }
  close_angle();
  end(from, Kind::TypeArguments);
}

void QuickParser::type_parameters() {
  Start from = start();
  expect(code_of("<"));
  while (at_name()) {
    Start one = start();
    if (at_word("const") || at_word("in") || at_word("out"))
      return give_up();
    binding_name(Kind::TypeName, Field::Name);
    if (at_word("extends")) {
      Start constraint = start();
      token();
      type();
      end(constraint, Kind::Other);
    }
    if (at(code_of("="))) {
      Start value = start();
      token();
      type();
      end(value, Kind::Other, Field::Value);
    }
    end(one, Kind::Other);
    if (!at(code_of(",")))
      break;
    token();
  }
  close_angle();
  end(from, Kind::TypeParameters);
}

void QuickParser::object_type(Field field) {
  Deeper deeper(*this);
  Start from = start();
  expect(code_of("{"));
  while (token_.type != Type::End && !at(code_of("}"))) {
    type_member();
    if (at(code_of(",")) || at(code_of(";")))
      token();
    else if (!automatic_semicolon(false))
      break;
  }
  expect(code_of("}"));
  end(from, Kind::Other, field);
}

void QuickParser::type_member() {
  Start from = start();
  if (at(code_of("["))) {
    State before = state();
    token();
    if (is_punctuator(peek(), code_of(":"))) { // `[key: string]: T`
      binding_name(Kind::Identifier, Field::Name);
      token();
      type();
      expect(code_of("]"));
      type_annotation();
      end(from, Kind::IndexSignature);
      return;
    }
    if (is_word(peek(), "in"))
      return give_up(); // a mapped type
    restore(before);
  }
  if (at_name()) {
    Token next = peek();
    bool is_name = next.type == Type::Punctuator;
    if (!is_name && !at_word("readonly"))
      return give_up();
    if (at_word("new") || at_word("export"))
      return give_up();
    if (!is_name) {
      word_on_line();
      if (!at_name() && token_.type != Type::String)
        return give_up();
    }
  }
  property_name(Field::Name);
  if (at(code_of("?")))
    token();
  if (at(code_of("(")) || at(code_of("<"))) {
    call_signature();
    end(from, Kind::MethodSignature);
    return;
  }
  if (at(code_of(":")))
    type_annotation();
  end(from, Kind::Other);
}

} // namespace

bool foreload::quick_parse(llvm::StringRef text, uint32_t base, std::vector<SyntaxNode> &nodes) {
  return QuickParser(text, base).run(nodes);
}
