// Two passes. The first finds, with vector instructions, all places where something may begin that matters: quotes,
// slashes, braces, `import` and `export`. The second goes from one to the next. It keeps no tokens, so where a slash or a
// `<` depends on what stands before it, it looks back; comments and literals that it has passed are remembered for that.
//
// Whatever comes after the last `import` or `export` cannot matter: most modules end early. Who wants to know the imports
// only does not care for the `export` of a declaration either, and of most modules reads just the head.

#include "parse/module_scan.h"

#include "parse/astro_regions.h"
#include "parse/code_blocks.h"
#include "parse/expression_code.h"
#include "parse/js_characters.h"
#include "parse/js_lexer.h"
#include "parse/syntax_tree.h"
#include "parse/template.h"
#include "source/find_byte.h"

#include <llvm/ADT/StringExtras.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

using namespace foreload;

namespace {

using Import = ModuleScan::Import;
using Export = ModuleScan::Export;
using Name = ModuleScan::Name;

/// Nested template literals, elements and expressions are read by recursion; nobody writes as many.
constexpr unsigned depth_limit = 100;

/// A comment or a literal that the scanner has passed, an element among the latter.
struct Passed {
  Span span;
  bool comment;
};
constexpr size_t passed_count = 256;

/// What a scanner needs memory for, kept by each thread.
struct Memory {
  std::vector<CodeBlock> blocks;
  std::array<Passed, passed_count> passed; ///< a ring of the last ones
};

/// Reads a call of `import.meta.glob`. Vite takes literals only, so that no parser is needed.
class GlobReader {
public:
  GlobReader(llvm::StringRef text, const JsLexer &lexer, ModuleScan &scan) : text_(text), lexer_(lexer), scan_(scan) {}

  /// Reads what comes after the `import.meta` from \p begin to \p end, if it is a call of glob.
  void read(uint32_t begin, uint32_t end) {
    glob_.begin = begin;
    glob_.patterns_begin = static_cast<uint32_t>(scan_.glob_patterns.size());
    position_ = end;
    if (take('.') && take_word() == "glob" && skip_type_arguments() && take('(') && read_patterns() && read_options()) {
      glob_.patterns_end = static_cast<uint32_t>(scan_.glob_patterns.size());
      scan_.globs.push_back(glob_);
    } else {
      scan_.glob_patterns.resize(glob_.patterns_begin);
    }
  }

private:
  char next() {
    position_ = lexer_.skip_trivia(position_);
    return position_ < text_.size() ? text_[position_] : '\0';
  }
  bool take(char c) {
    bool found = next() == c;
    position_ += found;
    return found;
  }
  llvm::StringRef take_word() {
    uint32_t begin = (next(), position_);
    position_ = lexer_.identifier_end(begin);
    return text_.slice(begin, position_);
  }

  /// `<{ default: string }>`; what is longer than anybody writes is no call.
  bool skip_type_arguments() {
    if (next() != '<')
      return true;
    unsigned open = 0;
    for (uint32_t limit = position_ + 4096; position_ < std::min<size_t>(limit, text_.size()); ++position_) {
      char c = text_[position_];
      if (c == '<')
        ++open;
      else if (c == '>' && text_[position_ - 1] != '=' && --open == 0)
        return ++position_, true;
    }
    return false;
  }

  /// The inside of a string, or of a template literal that is one. Nothing: it is no literal.
  std::optional<Span> take_string() {
    char quote = next();
    if (quote != '\'' && quote != '"' && quote != '`')
      return std::nullopt;
    uint32_t begin = position_ + 1;
    for (uint32_t at = begin; at < text_.size(); ++at) {
      char c = text_[at];
      if (c == quote) {
        position_ = at + 1;
        return Span{begin, at};
      }
      if (c == '\\')
        ++at;
      else if (quote == '`' ? c == '$' && text_.substr(at + 1, 1) == "{" : is_line_break(c))
        break;
    }
    return std::nullopt;
  }

  bool read_patterns() {
    bool is_list = take('[');
    do {
      if (is_list && next() == ']')
        break;
      std::optional<Span> pattern = take_string();
      if (!pattern || pattern->empty())
        return false;
      scan_.glob_patterns.push_back(*pattern);
    } while (is_list && take(','));
    return !is_list || take(']');
  }

  bool read_options() {
    if (take(',') && take('{')) {
      while (!take('}')) {
        if (!read_option() || (!take(',') && next() != '}'))
          return false;
      }
      take(',');
    }
    return take(')');
  }

  bool read_option() {
    llvm::StringRef name = take_key();
    if (name.empty() || !take(':'))
      return false;
    if (take('{')) { // `query: { raw: true }`
      while (!take('}')) {
        glob_.is_resource |= is_resource(take_key());
        if (!take(':') || (!take_string() && take_scalar().empty()) || (!take(',') && next() != '}'))
          return false;
      }
      return true;
    }
    if (std::optional<Span> string = take_string()) {
      llvm::StringRef value = text_.slice(string->begin, string->end);
      if (name == "base")
        glob_.base = *string;
      else if (name == "query" || name == "as")
        glob_.is_resource |= is_resource(value.ltrim('?'));
      return true;
    }
    llvm::StringRef value = take_scalar();
    if (name == "eager")
      glob_.eager = value == "true";
    else if (name == "exhaustive")
      glob_.exhaustive = value == "true";
    return !value.empty();
  }

  llvm::StringRef take_key() {
    if (std::optional<Span> string = take_string())
      return text_.slice(string->begin, string->end);
    return take_word();
  }
  /// `true`, `false` or a number.
  llvm::StringRef take_scalar() {
    uint32_t begin = (next(), position_);
    while (position_ < text_.size() && (llvm::isAlnum(text_[position_]) || text_[position_] == '.'))
      ++position_;
    return text_.slice(begin, position_);
  }
  static bool is_resource(llvm::StringRef query) { return query == "raw" || query == "url"; }

  llvm::StringRef text_;
  const JsLexer &lexer_;
  ModuleScan &scan_;
  ModuleScan::Glob glob_;
  uint32_t position_ = 0;
};

/// The end of the template literal at \p backtick; nothing if it has substitutions or does not end.
std::optional<uint32_t> plain_template_end(llvm::StringRef text, uint32_t backtick) {
  auto size = static_cast<uint32_t>(text.size());
  for (uint32_t at = backtick + 1; (at = find_byte<'`', '\\', '$'>(text.data(), std::min(at, size), size)) < size;) {
    if (text[at] == '`')
      return at + 1;
    if (text[at] == '$' && text.substr(at + 1, 1) == "{")
      return std::nullopt;
    at += text[at] == '\\' ? 2 : 1;
  }
  return std::nullopt;
}

/// Scans the code of one module, or of one frontmatter.
class CodeScanner {
public:
  CodeScanner(llvm::StringRef text, ModuleLanguage language, ScanFor what, ModuleScan &scan, Memory &memory)
      : text_(text), size_(static_cast<uint32_t>(text.size())), language_(language), what_(what), scan_(scan),
        lexer_(text, size_), blocks_(memory.blocks), passed_(memory.passed) {}

  void run();

private:
  /// What stands before a place, comments and white space aside.
  enum class Before : uint8_t { Operand, OperandDue, Unclear };

  bool typed() const { return language_ != ModuleLanguage::JavaScript; }
  bool has_jsx() const { return language_ != ModuleLanguage::TypeScript && language_ != ModuleLanguage::Declarations; }
  bool at(uint32_t position, std::string_view token) const {
    return position <= size_ && size_ - position >= token.size() &&
           std::memcmp(text_.data() + position, token.data(), token.size()) == 0;
  }
  char char_at(uint32_t position) const { return position < size_ ? text_[position] : '\0'; }
  llvm::StringRef slice(uint32_t begin, uint32_t end) const { return text_.slice(begin, end); }
  uint32_t trivia(uint32_t position) const {
    while (position < size_ && is_space(text_[position]))
      ++position;
    char c = char_at(position);
    bool none = c > ' ' && c != '/';
    return none ? position : lexer_.skip_trivia(position);
  }
  uint32_t identifier_end(uint32_t position) const {
    if (position >= size_ || !is_name_start(text_[position]))
      return position;
    uint32_t end = skip_name(text_.data(), position, size_);
    return static_cast<unsigned char>(char_at(end)) < 0x80 ? end : lexer_.identifier_end(position);
  }
  uint32_t doubt() {
    scan_.doubtful = true;
    return size_;
  }

  /// Does \p work where the code matters up to its end, though no import or export may come in it.
  template <class Work> uint32_t to_the_end(Work work) {
    uint32_t limit = std::exchange(limit_, size_);
    uint32_t end = work();
    limit_ = limit;
    return end;
  }
  /// The input is over: that is wrong code, or what is left does not matter.
  uint32_t over() { return limit_ < size_ ? size_ : doubt(); }

  uint32_t end_of_words() const;
  /// What is known of the list of names that was looked at last.
  struct NameList {
    uint32_t begin;
    bool may_import;
  };
  bool may_import(uint32_t word, NameList &next_list) const;
  uint32_t skip_code(uint32_t position, bool top_level);
  uint32_t skip_event(uint32_t position, bool top_level);
  uint32_t skip_string(uint32_t position);
  uint32_t skip_template(uint32_t position);
  uint32_t skip_slash(uint32_t position);
  uint32_t skip_comment(uint32_t position);
  uint32_t skip_angle(uint32_t position);
  uint32_t skip_element(uint32_t position);
  uint32_t regex_end(uint32_t slash) const;

  void remember(uint32_t begin, uint32_t end, bool comment);
  const Passed *passed_before(uint32_t position, size_t &next) const;
  uint32_t before_trivia(uint32_t position) const;
  uint32_t word_begin(uint32_t end) const;
  bool is_property(uint32_t word) const;
  std::optional<uint32_t> opening_paren(uint32_t close);
  Before before(uint32_t position);

  uint32_t read_word(uint32_t position, bool top_level);
  uint32_t read_import(uint32_t begin, bool top_level);
  uint32_t read_import_call(uint32_t begin, uint32_t paren);
  std::optional<bool> is_in_type(uint32_t begin, uint32_t end);
  uint32_t read_import_statement(uint32_t begin, uint32_t position, bool exported);
  uint32_t read_named(uint32_t brace, bool exported, bool type_only);
  uint32_t read_source(uint32_t position, Import &import);
  uint32_t statement_end(uint32_t position);
  uint32_t read_export(uint32_t begin);
  uint32_t read_export_declaration(uint32_t begin, uint32_t position, bool type_only);
  uint32_t read_declared_name(uint32_t position, bool type_only);
  uint32_t read_export_default(uint32_t word);
  uint32_t read_declarators(uint32_t position, bool type_only);
  uint32_t read_pattern(uint32_t open, bool type_only);
  uint32_t skip_value(uint32_t position, bool annotation, bool &comma);
  uint32_t skip_parens(uint32_t open);
  void add_export(Export found);

  llvm::StringRef text_;
  uint32_t size_;
  ModuleLanguage language_;
  ScanFor what_;
  ModuleScan &scan_;
  JsLexer lexer_; // for its trivia and its names
  std::vector<CodeBlock> &blocks_;
  uint32_t begin_ = 0; // after the byte order mark
  uint32_t limit_ = 0; // after the last `import` or `export`
  unsigned depth_ = 0;
  uint64_t looked_back_ = 0; // bytes, by opening_paren()

  std::array<Passed, passed_count> &passed_;
  size_t passed_total_ = 0;
};

void CodeScanner::run() {
  classify_code(text_, has_jsx(), blocks_);
  limit_ = end_of_words();
  uint32_t position = begin_ = at(0, "\xEF\xBB\xBF") ? 3 : 0;
  if (at(position, "#!")) {
    uint32_t end = static_cast<uint32_t>(std::min<size_t>(text_.find_first_of("\r\n", position), size_));
    remember(position, end, true);
    position = end;
  }
  skip_code(position, true);
}

/// The position after the start of the last word that may matter; 0 if there is none.
uint32_t CodeScanner::end_of_words() const {
  NameList next_list{size_, true};
  for (size_t i = blocks_.size(); i-- > 0;)
    for (uint64_t words = blocks_[i].words; words;) {
      int bit = 63 - std::countl_zero(words);
      uint32_t word = static_cast<uint32_t>(i * 64) + static_cast<uint32_t>(bit);
      if (what_ == ScanFor::Everything || may_import(word, next_list))
        return word + 1;
      words ^= uint64_t(1) << bit;
    }
  return 0;
}

/// Whether what stands at \p word may import something: it is no `export` of a declaration, and none of a list of names
/// without a `from`. Asked from the end backwards: a list that is not closed before \p next_list begins ends as that one
/// does, so that none is gone through twice.
bool CodeScanner::may_import(uint32_t word, NameList &next_list) const {
  if (!at(word, "export"))
    return true;
  auto after_space = [&](uint32_t position) {
    while (position < size_ && is_space(text_[position]))
      ++position;
    return position;
  };
  uint32_t next = after_space(word + 6);
  char c = char_at(next);
  if (c == '{') {
    uint32_t begin = std::exchange(next_list.begin, next);
    uint32_t close = find_byte<'}', '"', '\'', '/'>(text_.data(), next, begin);
    if (close == begin)
      return next_list.may_import;
    uint32_t behind = after_space(close + 1);
    c = char_at(behind);
    next_list.may_import = text_[close] != '}' || at(behind, "from") || c == '/' || static_cast<unsigned char>(c) >= 0x80;
    return next_list.may_import;
  }
  bool is_plain = is_name_start(c) && static_cast<unsigned char>(c) < 0x80;
  return !is_plain || at(next, "type") || at(next, "import");
}

/// Baseline x86-64 has no instruction for it, and the compiler would call a function.
uint32_t count_bits(uint64_t bits) {
  bits -= bits >> 1 & 0x5555555555555555;
  bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
  bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return static_cast<uint32_t>(bits * 0x0101010101010101 >> 56);
}

/// Where the first of \p closes is that closes more than \p open braces and \p opens before it. Updates \p open if there
/// is none.
std::optional<uint32_t> unmatched_close(uint64_t opens, uint64_t closes, uint32_t &open) {
  for (uint64_t braces = opens | closes; braces; braces &= braces - 1) {
    if (opens & braces & -braces)
      ++open;
    else if (open-- == 0)
      return static_cast<uint32_t>(std::countr_zero(braces));
  }
  return std::nullopt;
}

/// Skips code up to the brace that closes what was open at \p position, and returns the position after that; of the top
/// level, up to where nothing matters any more.
uint32_t CodeScanner::skip_code(uint32_t position, bool top_level) {
  if (depth_ >= depth_limit)
    return doubt();
  ++depth_;
  uint32_t open = 0; // braces
  while (position < limit_) {
    const CodeBlock &block = blocks_[position / 64];
    uint32_t base = position & ~63u;
    uint64_t from = ~uint64_t(0) << (position & 63);
    uint64_t events = block.events & from;
    uint64_t before_event = events ? (events & -events) - 1 : ~uint64_t(0);
    uint64_t opens = block.opens & from & before_event, closes = block.closes & from & before_event;
    if (opens | closes) {
      if (uint32_t closed = count_bits(closes); closed <= open) {
        open += count_bits(opens) - closed;
      } else if (std::optional<uint32_t> close = unmatched_close(opens, closes, open)) {
        --depth_;
        return top_level ? doubt() : base + *close + 1;
      }
    }
    position = events ? skip_event(base + static_cast<uint32_t>(std::countr_zero(events)), top_level && open == 0)
                      : base + 64;
  }
  --depth_;
  return size_;
}

/// Reads what begins at an event's position, and returns where it ends.
uint32_t CodeScanner::skip_event(uint32_t position, bool top_level) {
  switch (text_[position]) {
  case '\'':
  case '"':
    return skip_string(position);
  case '`':
    return skip_template(position);
  case '/':
    return skip_slash(position);
  case '<':
    return skip_angle(position);
  default:
    return read_word(position, top_level);
  }
}

// --- Literals and comments ---

uint32_t CodeScanner::skip_string(uint32_t begin) {
  char quote = text_[begin];
  for (uint32_t i = begin + 1;; i += at(i + 1, "\r\n") ? 3 : 2) {
    i = quote == '"' ? find_byte<'"', '\\', '\n', '\r'>(text_.data(), std::min(i, size_), size_)
                     : find_byte<'\'', '\\', '\n', '\r'>(text_.data(), std::min(i, size_), size_);
    if (i == size_ || is_line_break(text_[i]))
      return doubt();
    if (text_[i] == quote) {
      remember(begin, i + 1, false);
      return i + 1;
    }
  }
}

uint32_t CodeScanner::skip_template(uint32_t begin) {
  for (uint32_t i = begin + 1; i < size_;) {
    i = find_byte<'`', '\\', '$'>(text_.data(), i, size_);
    switch (char_at(i)) {
    case '`':
      remember(begin, i + 1, false);
      return i + 1;
    case '$':
      i = char_at(i + 1) == '{' ? skip_code(i + 2, false) : i + 1;
      break;
    default:
      i += 2;
    }
  }
  return over();
}

uint32_t CodeScanner::skip_comment(uint32_t begin) {
  uint32_t end = begin + 2;
  if (text_[begin + 1] == '*') {
    size_t block = end / 64;
    uint64_t ends = block < blocks_.size() ? blocks_[block].comment_ends & ~uint64_t(0) << (end & 63) : 0;
    while (!ends && ++block < blocks_.size())
      ends = blocks_[block].comment_ends;
    if (!ends)
      return doubt();
    end = static_cast<uint32_t>(block * 64 + static_cast<size_t>(std::countr_zero(ends))) + 2;
  } else {
    // Line separators, of three bytes, end it as well.
    while ((end = find_byte<'\n', '\r', '\xE2'>(text_.data(), end, size_)) < size_ && text_[end] == '\xE2' &&
           !at(end, "\u2028") && !at(end, "\u2029"))
      ++end;
  }
  remember(begin, end, true);
  return end;
}

/// The end of the regular expression that \p slash starts; 0 if its line has no end of it.
uint32_t CodeScanner::regex_end(uint32_t slash) const {
  bool in_class = false;
  for (uint32_t i = slash + 1; i < size_; ++i) {
    char c = text_[i];
    if (is_line_break(c))
      return 0;
    if (c == '\\') {
      if (is_line_break(char_at(++i)))
        return 0;
    } else if (c == '[')
      in_class = true;
    else if (c == ']')
      in_class = false;
    else if (c == '/' && !in_class)
      return identifier_end(i + 1); // flags
  }
  return 0;
}

uint32_t CodeScanner::skip_slash(uint32_t slash) {
  char next = char_at(slash + 1);
  if (next == '/' || next == '*')
    return skip_comment(slash);
  Before is = before(slash);
  if (is == Before::Operand)
    return slash + 1;
  uint32_t end = regex_end(slash);
  if (is == Before::Unclear)
    return end == 0 ? slash + 1 : doubt();
  if (end == 0)
    return doubt();
  remember(slash, end, false);
  return end;
}

// --- Looking back ---

void CodeScanner::remember(uint32_t begin, uint32_t end, bool comment) {
  if (comment && passed_total_ > 0) {
    // Comments in a row are one, so that a long row is not forgotten.
    Passed &last = passed_[(passed_total_ - 1) % passed_count];
    if (last.comment) {
      uint32_t at = last.span.end;
      while (at < begin && is_space(text_[at]))
        ++at;
      if (at == begin) {
        last.span.end = end;
        return;
      }
    }
  }
  passed_[passed_total_++ % passed_count] = {{begin, end}, comment};
}

/// What ends at \p position of what was passed, or nullptr. \p next is where to look, and moves towards the first.
const Passed *CodeScanner::passed_before(uint32_t position, size_t &next) const {
  size_t first = passed_total_ > passed_count ? passed_total_ - passed_count : 0;
  for (; next > first; --next) {
    const Passed &passed = passed_[(next - 1) % passed_count];
    if (passed.span.end <= position)
      return passed.span.end == position ? &passed : nullptr;
  }
  return nullptr;
}

/// The end of what stands before \p position, white space and comments skipped.
uint32_t CodeScanner::before_trivia(uint32_t position) const {
  for (size_t next = passed_total_; position > begin_;) {
    const Passed *passed = passed_before(position, next);
    char c = text_[position - 1];
    if (passed && passed->comment)
      position = passed->span.begin;
    else if (!passed && is_space(c))
      --position;
    else
      break;
  }
  return position;
}

uint32_t CodeScanner::word_begin(uint32_t end) const {
  while (end > 0 && is_name_char(text_[end - 1]))
    --end;
  return end;
}

/// Whether the word at \p word is the name of a property, `a.word`, or of a private one.
bool CodeScanner::is_property(uint32_t word) const {
  uint32_t end = before_trivia(word);
  if (end == begin_)
    return false;
  char c = text_[end - 1];
  return c == '#' || (c == '.' && !(end >= 3 && at(end - 3, "...")));
}

/// The parenthesis that \p close closes. Nothing if that cannot be said at a reasonable cost.
std::optional<uint32_t> CodeScanner::opening_paren(uint32_t close) {
  size_t next = passed_total_;
  unsigned open = 0;
  for (uint32_t i = close + 1; i > 0; ++looked_back_) {
    if (const Passed *passed = passed_before(i, next)) {
      i = passed->span.begin;
      continue;
    }
    bool forgotten = passed_total_ > passed_count && next == passed_total_ - passed_count;
    if (forgotten || looked_back_ > 8 * uint64_t(size_) + 4096)
      return std::nullopt;
    char c = text_[--i];
    if (c == ')')
      ++open;
    else if (c == '(' && --open == 0)
      return i;
  }
  return std::nullopt;
}

/// Whether an operand has ended before \p position, or one is due.
CodeScanner::Before CodeScanner::before(uint32_t position) {
  uint32_t end = before_trivia(position);
  if (end == begin_)
    return Before::OperandDue;
  char c = text_[end - 1];
  if (static_cast<unsigned char>(c) >= 0x80)
    return Before::Unclear; // a letter, or white space
  if (is_name_char(c)) {
    uint32_t word = word_begin(end);
    if (is_property(word))
      return Before::Operand;
    llvm::StringRef name = slice(word, end);
    if (name == "of" || name == "yield" || name == "await" || name == "let")
      return Before::Unclear; // names as well
    return word_kind(name) == WordKind::Operand ? Before::Operand : Before::OperandDue;
  }
  switch (c) {
  case ']':
  case '\'':
  case '"':
  case '`':
    return Before::Operand;
  case ')': {
    std::optional<uint32_t> open = opening_paren(end - 1);
    if (!open)
      return Before::Unclear;
    uint32_t word_end = before_trivia(*open);
    uint32_t word = word_begin(word_end);
    llvm::StringRef name = slice(word, word_end);
    if (name == "await" && !is_property(word)) {
      uint32_t outer_end = before_trivia(word); // `for await (`
      name = slice(word_begin(outer_end), outer_end);
    }
    bool condition = word_kind(name) == WordKind::Condition && !is_property(word);
    return condition ? Before::OperandDue : Before::Operand;
  }
  case '}':
    return Before::Unclear; // a block's, or an object's
  case '+':
  case '-':
    return end >= 2 && text_[end - 2] == c ? Before::Unclear : Before::OperandDue;
  case '!': { // TypeScript's `x!`
    uint32_t outer_end = before_trivia(end - 1);
    if (!typed() || outer_end == 0)
      return Before::OperandDue;
    char outer = text_[outer_end - 1];
    bool operand = is_name_char(outer) || outer == ')' || outer == ']' || outer == '}' || outer == '"' || outer == '\'' || outer == '`';
    return operand ? Before::Unclear : Before::OperandDue;
  }
  case '>':
    return end >= 2 && text_[end - 2] == '=' ? Before::OperandDue : Before::Unclear;
  case '/': { // a regular expression's, or a division's
    size_t next = passed_total_;
    return passed_before(end, next) ? Before::Operand : Before::OperandDue;
  }
  case '#':
  case '@':
  case '\\':
    return Before::Unclear;
  default:
    return Before::OperandDue;
  }
}

// --- JSX ---

uint32_t CodeScanner::skip_angle(uint32_t less_than) {
  if (char_at(less_than + 1) == '<')
    return less_than + 2; // `<<`
  uint32_t name = trivia(less_than + 1);
  char c = char_at(name);
  if (at(less_than, "<!--"))
    return doubt(); // a comment, in scripts
  if (!is_name_start(c) && c != '>')
    return less_than + 1;
  switch (before(less_than)) {
  case Before::Operand:
    return less_than + 1;
  case Before::Unclear:
    return doubt();
  case Before::OperandDue:
    break;
  }
  if (typed() && is_name_start(c)) {
    if (lexer_.starts_type_parameters(name))
      return less_than + 1;
    // `<T>(x: T) => x` is a type, or the first child of an element is a parenthesis.
    uint32_t close = trivia(identifier_end(name));
    if (char_at(close) == '>' && char_at(trivia(close + 1)) == '(')
      return doubt();
  }
  return skip_element(less_than);
}

/// Skips the element whose `<` stands at \p begin, with its children.
uint32_t CodeScanner::skip_element(uint32_t begin) {
  if (depth_ >= depth_limit)
    return doubt();
  ++depth_;
  unsigned open = 0;
  uint32_t position = begin;
  for (;;) { // at a `<`
    uint32_t i = trivia(position + 1);
    if (char_at(i) == '/') {
      size_t close = text_.find_first_of("<>{", i);
      if (close == llvm::StringRef::npos || text_[close] != '>' || open == 0)
        break;
      --open;
      position = static_cast<uint32_t>(close) + 1;
    } else {
      bool self_closing = false;
      while (i < size_ && (is_name_char(text_[i]) || text_[i] == '.' || text_[i] == ':' || text_[i] == '-'))
        ++i;
      for (i = trivia(i); i < size_ && text_[i] != '>'; i = trivia(i)) {
        char c = text_[i];
        if (c == '{') {
          i = skip_code(i + 1, false);
        } else if (c == '"' || c == '\'') {
          size_t close = text_.find(c, i + 1);
          if (close == llvm::StringRef::npos)
            return doubt();
          i = static_cast<uint32_t>(close) + 1;
        } else if (c == '/' && char_at(trivia(i + 1)) == '>') {
          self_closing = true;
          i = trivia(i + 1);
          break;
        } else if (c == '<' && text_[before_trivia(i) - 1] == '=') {
          i = skip_element(i);
        } else if (is_name_char(c) || c == '=' || c == '-' || c == ':' || c == '.') {
          ++i;
        } else {
          return doubt(); // type arguments, or no element
        }
        if (scan_.doubtful)
          return size_;
      }
      if (i >= size_)
        return over();
      open += !self_closing;
      position = i + 1;
    }
    if (open == 0) {
      --depth_;
      remember(begin, position, false);
      return position;
    }
    for (;;) {
      position = find_byte<'<', '{'>(text_.data(), position, size_);
      if (position == size_)
        return over();
      if (text_[position] == '<')
        break;
      position = skip_code(position + 1, false);
    }
  }
  return doubt();
}

// --- Imports ---

/// Reads what \p position, where a word may be that matters, is in fact.
uint32_t CodeScanner::read_word(uint32_t position, bool top_level) {
  bool import = at(position, "import");
  if (!import && !at(position, "export"))
    return position + 1;
  uint32_t end = position + 6;
  char last = position > begin_ ? text_[position - 1] : '\0', next = char_at(end);
  if (static_cast<unsigned char>(last) >= 0x80 || static_cast<unsigned char>(next) >= 0x80)
    return doubt(); // a letter, or white space
  if (is_name_char(last) || is_name_char(next))
    return position + 1;
  if (last == '\\' || next == '\\')
    return doubt(); // a name with escapes
  if (is_property(position))
    return end;
  if (import)
    return read_import(position, top_level);
  return top_level ? read_export(position) : end;
}

uint32_t CodeScanner::read_import(uint32_t begin, bool top_level) {
  uint32_t next = trivia(begin + 6);
  char c = char_at(next);
  if (c == '.') {
    uint32_t word = trivia(next + 1);
    uint32_t end = identifier_end(word);
    if (slice(word, end) != "meta")
      return doubt(); // `import.defer()`
    scan_.uses_import_meta = true;
    GlobReader(text_, lexer_, scan_).read(begin, end);
    return end;
  }
  if (c == '(')
    return read_import_call(begin, next);
  if (c == ':' || c == ',' || c == '}' || c == '?' || c == '=' || c == '<')
    return top_level || c == '<' ? doubt() : next; // a property's name
  return top_level ? read_import_statement(begin, next, false) : begin + 6;
}

uint32_t CodeScanner::read_import_call(uint32_t begin, uint32_t paren) {
  uint32_t argument = trivia(paren + 1);
  char quote = char_at(argument);
  if (quote == ')') // nothing is imported: a method's name, or wrong
    return doubt();
  size_t index = scan_.imports.size();
  Import &import = scan_.imports.emplace_back();
  import.form = Import::Form::Dynamic;
  uint32_t end = 0;
  std::optional<uint32_t> plain_end;
  if (quote == '"' || quote == '\'') {
    plain_end = skip_string(argument);
    if (scan_.doubtful)
      return size_;
  } else if (quote == '`') {
    plain_end = plain_template_end(text_, argument);
    if (plain_end)
      remember(argument, *plain_end, false);
  }
  if (plain_end) {
    uint32_t literal_end = *plain_end;
    uint32_t next = trivia(literal_end);
    if (char_at(next) == ')')
      end = next + 1;
    if (char_at(next) == ')' || char_at(next) == ',')
      import.specifier = {argument, literal_end};
  }
  if (end == 0) {
    end = to_the_end([&] { return skip_parens(paren); }); // calls among the arguments are added behind this one
    if (scan_.doubtful)
      return size_;
  }
  Import &call = scan_.imports[index];
  call.statement = {begin, end};
  if (call.specifier.empty() && (char_at(trivia(end)) == '{' || (typed() && char_at(trivia(end)) == ':')))
    return doubt(); // a method's name
  if (language_ == ModuleLanguage::Declarations) {
    call.type_only = true;
  } else if (typed()) {
    std::optional<bool> in_type = is_in_type(begin, end);
    if (!in_type)
      return doubt();
    call.type_only = *in_type;
  }
  return end;
}

/// Whether the call from \p begin to \p end stands in a type: `let x: import('y').Z`. Nothing if it is not clear.
std::optional<bool> CodeScanner::is_in_type(uint32_t begin, uint32_t end) {
  // Types have no calls of members.
  uint32_t dot = trivia(end);
  if (char_at(dot) == '.') {
    uint32_t name = trivia(dot + 1);
    if (char_at(trivia(identifier_end(name))) == '(')
      return false;
  }
  uint32_t before_end = before_trivia(begin);
  if (before_end == begin_ || text_[before_end - 1] == ';')
    return false;
  if (text_[before_end - 1] == '(') { // an argument: in types, no parenthesis stands after a name but before a name
    uint32_t outer = before_trivia(before_end - 1);
    bool is_call = outer > begin_ && is_name_char(text_[outer - 1]) &&
                   word_kind(slice(word_begin(outer), outer)) == WordKind::Operand;
    return is_call || outer == begin_ ? std::optional<bool>(false) : std::nullopt;
  }
  if (is_name_char(text_[before_end - 1])) {
    uint32_t word = word_begin(before_end);
    llvm::StringRef name = slice(word, before_end);
    if (is_property(word))
      return std::nullopt;
    if (name == "await" || name == "return" || name == "yield" || name == "throw" || name == "void")
      return false;
    if (name == "typeof") { // `importActual<typeof import('x')>()`
      uint32_t outer = before_trivia(word);
      if (outer >= 2 && text_[outer - 1] == '<' && is_name_char(text_[outer - 2]))
        return true;
    }
    return std::nullopt;
  }
  if (before_end >= 2 && at(before_end - 2, "=>")) {
    // `lazy(() => import('x'))`: no type has a parenthesis after a name, and then another one.
    uint32_t parameters_end = before_trivia(before_end - 2);
    std::optional<uint32_t> open;
    if (parameters_end > 0 && text_[parameters_end - 1] == ')')
      open = opening_paren(parameters_end - 1);
    if (!open)
      return std::nullopt;
    uint32_t outer = before_trivia(*open);
    if (outer > 0 && text_[outer - 1] == '(') {
      uint32_t callee = before_trivia(outer - 1);
      if (callee > 0 && is_name_char(text_[callee - 1]) &&
          word_kind(slice(word_begin(callee), callee)) == WordKind::Operand)
        return false;
    }
    return std::nullopt;
  }
  if (text_[before_end - 1] == '=' && before_end >= 2 && text_[before_end - 2] == ' ') {
    // `const x = import('y')`
    uint32_t name_end = before_trivia(before_end - 1);
    uint32_t word_end = before_trivia(word_begin(name_end));
    llvm::StringRef word = slice(word_begin(word_end), word_end);
    if (word == "const" || word == "let" || word == "var")
      return false;
  }
  return std::nullopt;
}

/// The end of a statement whose last token ends at \p position: with its semicolon, if it has one.
uint32_t CodeScanner::statement_end(uint32_t position) {
  uint32_t next = trivia(position);
  if (char_at(next) == ';')
    return next + 1;
  bool line_break = slice(position, next).find_first_of("\r\n") != llvm::StringRef::npos;
  return line_break || next >= size_ || text_[next] == '}' ? position : doubt();
}

/// Reads `'x' with { … };` and what ends the statement.
uint32_t CodeScanner::read_source(uint32_t position, Import &import) {
  char quote = char_at(position);
  if (quote != '"' && quote != '\'')
    return doubt();
  uint32_t end = skip_string(position);
  if (scan_.doubtful)
    return size_;
  import.specifier = {position, end};
  uint32_t next = trivia(end);
  if (at(next, "with") || at(next, "assert")) {
    uint32_t brace = trivia(identifier_end(next));
    if (char_at(brace) != '{')
      return doubt();
    size_t close = text_.find_first_of("}{`/", brace + 1);
    if (close == llvm::StringRef::npos || text_[close] != '}')
      return doubt();
    end = static_cast<uint32_t>(close) + 1;
    // A brace in one of its strings is none; nobody has one there.
    if (slice(brace, end).count('"') % 2 || slice(brace, end).count('\'') % 2)
      return doubt();
  }
  end = statement_end(end);
  import.statement.end = end;
  return end;
}

uint32_t CodeScanner::read_import_statement(uint32_t begin, uint32_t position, bool exported) {
  Import import;
  import.statement.begin = begin;
  import.names_begin = import.names_end = static_cast<uint32_t>(scan_.names.size());
  auto bind = [&](Name::Form form, uint32_t name, uint32_t end) {
    scan_.names.push_back({form, false, {}, {name, end}});
  };
  bool bare = char_at(position) == '"' || char_at(position) == '\'';
  uint32_t name_end = identifier_end(position);
  llvm::StringRef name = slice(position, name_end);
  if (name == "type" || name == "typeof" || name == "defer" || name == "source" || name == "module") {
    uint32_t next = trivia(name_end);
    uint32_t next_end = identifier_end(next);
    char c = char_at(next);
    bool is_from = slice(next, next_end) == "from";
    char after_from = is_from ? char_at(trivia(next_end)) : '\0';
    bool modifier = c == '{' || c == '*' || (next_end != next && !(after_from == '"' || after_from == '\''));
    if (modifier) {
      if (name != "type" || !typed())
        return doubt();
      import.type_only = true;
      position = next;
      name_end = next_end;
    }
  }
  if (name_end != position) {
    bind(Name::Form::Default, position, name_end);
    uint32_t next = trivia(name_end);
    if (char_at(next) == '=' && typed()) {
      uint32_t require = trivia(next + 1);
      uint32_t require_end = identifier_end(require);
      if (exported)
        add_export({Export::Form::Named, import.type_only, {position, name_end}, {position, name_end}, ModuleScan::no_import});
      if (slice(require, require_end) != "require" || char_at(trivia(require_end)) != '(') {
        scan_.names.pop_back(); // `import a = b.c` imports nothing
        return require;
      }
      scan_.names.back().form = Name::Form::Namespace;
      uint32_t literal = trivia(trivia(require_end) + 1);
      if (char_at(literal) != '"' && char_at(literal) != '\'')
        return doubt();
      uint32_t literal_end = skip_string(literal);
      if (scan_.doubtful || char_at(trivia(literal_end)) != ')')
        return doubt();
      import.form = Import::Form::Require;
      import.specifier = {literal, literal_end};
      import.names_end = static_cast<uint32_t>(scan_.names.size());
      import.statement.end = statement_end(trivia(literal_end) + 1);
      scan_.imports.push_back(import);
      return import.statement.end;
    }
    if (exported)
      return doubt();
    position = next;
    if (char_at(position) == ',')
      position = trivia(position + 1);
    else if (!at(position, "from"))
      return doubt();
  }
  if (exported)
    return doubt();
  if (char_at(position) == '*') {
    uint32_t as = trivia(position + 1);
    uint32_t local = trivia(as + 2);
    uint32_t local_end = identifier_end(local);
    if (slice(as, identifier_end(as)) != "as" || local == local_end)
      return doubt();
    bind(Name::Form::Namespace, local, local_end);
    position = trivia(local_end);
  } else if (char_at(position) == '{') {
    position = read_named(position, false, import.type_only);
    if (scan_.doubtful)
      return size_;
    position = trivia(position);
  }
  if (!bare) {
    if (slice(position, identifier_end(position)) != "from")
      return doubt();
    position = trivia(position + 4);
  }
  import.names_end = static_cast<uint32_t>(scan_.names.size());
  uint32_t end = read_source(position, import);
  scan_.imports.push_back(import);
  return end;
}

/// Reads `{ a, b as c, type d }`, and returns the position after the brace.
uint32_t CodeScanner::read_named(uint32_t brace, bool exported, bool type_only) {
  uint32_t position = trivia(brace + 1);
  while (char_at(position) != '}') {
    // One to four words: [type] name [as alias]
    std::array<Span, 4> words;
    unsigned count = 0;
    for (char c = char_at(position); c != ',' && c != '}'; c = char_at(position)) {
      uint32_t end = c == '"' || c == '\'' ? skip_string(position) : identifier_end(position);
      if (end == position || count == words.size() || scan_.doubtful)
        return doubt();
      words[count++] = {position, end};
      position = trivia(end);
    }
    auto word = [&](unsigned i) { return slice(words[i].begin, words[i].end); };
    bool is_type = count % 2 == 0;
    unsigned first = is_type ? 1 : 0;
    bool aliased = count > 2;
    if (count == 0 || (is_type && (word(0) != "type" || !typed())) || (aliased && word(first + 1) != "as") ||
        (!aliased && word(first) == "as"))
      return doubt();
    Span name = words[first], alias = aliased ? words[first + 2] : name;
    if (exported)
      add_export({Export::Form::Named, type_only || is_type, alias, name, ModuleScan::no_import});
    else
      scan_.names.push_back({Name::Form::Named, is_type, name, alias});
    if (char_at(position) == ',')
      position = trivia(position + 1);
  }
  return position + 1;
}

// --- Exports ---

void CodeScanner::add_export(Export found) {
  llvm::StringRef name = slice(found.exported.begin, found.exported.end);
  if (!found.type_only && (name == "loader" || name == "'loader'" || name == "\"loader\""))
    scan_.exports_loader = true;
  scan_.exports.push_back(found);
}

uint32_t CodeScanner::read_export(uint32_t begin) {
  uint32_t position = trivia(begin + 6);
  bool type_only = false;
  uint32_t word_end = identifier_end(position);
  if (slice(position, word_end) == "type" && typed()) {
    uint32_t next = trivia(word_end);
    if (char_at(next) == '{' || char_at(next) == '*') {
      type_only = true;
      position = next;
    }
  }
  char c = char_at(position);
  if (c != '{' && c != '*')
    return c == '=' ? position + 1 : read_export_declaration(begin, position, type_only);

  size_t first = scan_.exports.size();
  uint32_t end;
  if (c == '*') {
    Span star{position, position + 1};
    uint32_t as = trivia(position + 1);
    if (slice(as, identifier_end(as)) == "as") {
      uint32_t name = trivia(as + 2);
      uint32_t name_end = identifier_end(name);
      if (char_at(name) == '"' || char_at(name) == '\'')
        name_end = skip_string(name);
      if (name_end == name || scan_.doubtful)
        return doubt();
      add_export({Export::Form::StarAs, type_only, {name, name_end}, {}, ModuleScan::no_import});
      end = name_end;
    } else {
      add_export({Export::Form::Star, type_only, star, {}, ModuleScan::no_import});
      end = position + 1;
    }
  } else {
    end = read_named(position, true, type_only);
    if (scan_.doubtful)
      return size_;
  }
  uint32_t from = trivia(end);
  if (slice(from, identifier_end(from)) != "from")
    return c == '*' ? doubt() : statement_end(end);
  Import import;
  import.form = Import::Form::ReExport;
  import.type_only = type_only;
  import.statement.begin = begin;
  for (size_t i = first; i < scan_.exports.size(); ++i)
    scan_.exports[i].import = static_cast<uint32_t>(scan_.imports.size());
  end = read_source(trivia(from + 4), import);
  scan_.imports.push_back(import);
  return end;
}

/// Reads `const a = 1`, `default class B {}` and the like as far as their names go.
uint32_t CodeScanner::read_export_declaration(uint32_t begin, uint32_t position, bool type_only) {
  uint32_t end = identifier_end(position);
  llvm::StringRef word = slice(position, end);
  uint32_t next = trivia(end);
  if (word == "default")
    return read_export_default(position);
  if (word == "const" || word == "let" || word == "var") {
    if (word == "const" && typed() && slice(next, identifier_end(next)) == "enum")
      return read_declared_name(trivia(identifier_end(next)), type_only);
    return to_the_end([&] { return read_declarators(next, type_only); });
  }
  if (word == "function" || word == "class")
    return read_declared_name(char_at(next) == '*' ? trivia(next + 1) : next, type_only);
  if (word == "async") {
    uint32_t function_end = identifier_end(next);
    if (slice(next, function_end) != "function")
      return doubt();
    return read_export_declaration(begin, next, type_only);
  }
  if (!typed())
    return doubt(); // a decorator, or wrong
  if (word == "import")
    return read_import_statement(begin, next, true);
  if (word == "interface" || word == "type")
    return read_declared_name(next, true);
  if (word == "enum" || word == "namespace" || word == "module")
    return read_declared_name(next, type_only);
  if (word == "abstract")
    return read_export_declaration(begin, next, type_only);
  if (word == "declare")
    return read_export_declaration(begin, next, true);
  if (word == "as")
    return next; // `export as namespace X`
  return doubt();
}

uint32_t CodeScanner::read_declared_name(uint32_t position, bool type_only) {
  uint32_t end = identifier_end(position);
  if (end == position)
    return doubt();
  add_export({Export::Form::Named, type_only, {position, end}, {position, end}, ModuleScan::no_import});
  return end;
}

uint32_t CodeScanner::read_export_default(uint32_t word) {
  uint32_t end = identifier_end(word);
  Export found{Export::Form::Default, false, {word, end}, {}, ModuleScan::no_import};
  uint32_t position = trivia(end);
  uint32_t name_end = identifier_end(position);
  llvm::StringRef name = slice(position, name_end);
  uint32_t next = trivia(name_end);
  if (name == "async" && slice(next, identifier_end(next)) == "function") {
    name = "function";
    next = trivia(identifier_end(next));
  } else if (name == "abstract" && typed() && slice(next, identifier_end(next)) == "class") {
    name = "class";
    next = trivia(identifier_end(next));
  }
  if (name == "function" || name == "class" || (name == "interface" && typed())) {
    if (name == "function" && char_at(next) == '*')
      next = trivia(next + 1);
    uint32_t declared_end = identifier_end(next);
    llvm::StringRef declared = slice(next, declared_end);
    found.type_only = name == "interface";
    if (declared_end != next && declared != "extends" && declared != "implements") {
      found.local = {next, declared_end};
      end = declared_end;
    } else {
      end = next;
    }
    add_export(found);
    return end;
  }
  if (name_end == position || word_kind(name) != WordKind::Operand) {
    add_export(found);
    return end;
  }
  // A name by itself?
  char c = char_at(next);
  bool alone = next >= size_ || c == ';';
  if (!alone && slice(name_end, next).find_first_of("\r\n") != llvm::StringRef::npos) {
    uint32_t next_end = identifier_end(next);
    llvm::StringRef following = slice(next, next_end);
    if (following == "as" || following == "satisfies" || c == '!')
      return doubt();
    alone = (next_end != next && following != "in" && following != "instanceof") || c == '"' || c == '\'' || c == '{' ||
            c == '@' || c == '}';
  }
  if (alone && name != "this" && name != "null" && name != "true" && name != "false" && name != "undefined" && name != "super")
    found.local = {position, name_end};
  add_export(found);
  return position; // `async () => …`: what follows is code
}

/// Reads the declarators of `export const`.
uint32_t CodeScanner::read_declarators(uint32_t position, bool type_only) {
  for (bool comma = true; comma;) {
    comma = false;
    uint32_t end = identifier_end(position);
    char c = char_at(position);
    if (end != position)
      add_export({Export::Form::Named, type_only, {position, end}, {position, end}, ModuleScan::no_import});
    else if (c == '{' || c == '[')
      end = read_pattern(position, type_only);
    else
      return doubt();
    if (scan_.doubtful)
      return size_;
    uint32_t next = trivia(end);
    if (typed() && (char_at(next) == ':' || at(next, "!:"))) {
      end = skip_value(text_[next] == '!' ? next + 2 : next + 1, true, comma);
      next = trivia(end);
    }
    if (!scan_.doubtful && !comma && char_at(next) == '=')
      end = skip_value(next + 1, false, comma);
    else if (!scan_.doubtful && !comma && char_at(next) == ',') {
      comma = true;
      end = next + 1;
    }
    if (scan_.doubtful)
      return size_;
    position = comma ? trivia(end) : end;
  }
  return position;
}

/// Adds the names that the pattern at \p open binds: `{ a, b: c, ...d }`. Of patterns with defaults or patterns within,
/// a parser knows more.
uint32_t CodeScanner::read_pattern(uint32_t open, bool type_only) {
  bool object = text_[open] == '{';
  char close = object ? '}' : ']';
  uint32_t position = trivia(open + 1);
  while (char_at(position) != close) {
    if (!object && char_at(position) == ',') {
      position = trivia(position + 1);
      continue;
    }
    if (at(position, "..."))
      position = trivia(position + 3);
    uint32_t end = identifier_end(position);
    uint32_t next = trivia(end);
    if (end != position && object && char_at(next) == ':') {
      position = trivia(next + 1);
      end = identifier_end(position);
      next = trivia(end);
    }
    if (end == position || (char_at(next) != ',' && char_at(next) != close))
      return doubt();
    add_export({Export::Form::Named, type_only, {position, end}, {position, end}, ModuleScan::no_import});
    position = char_at(next) == ',' ? trivia(next + 1) : next;
  }
  return position + 1;
}

/// Skips an initializer, or with \p annotation a type, up to what ends it, and past that if it is a comma.
uint32_t CodeScanner::skip_value(uint32_t position, bool annotation, bool &comma) {
  bool operand = false;  // one has just ended
  bool unclear = false;  // where it ends depends on more than tokens
  bool angles = false;   // a `<`, which may hold commas
  uint32_t angle_depth = 0;
  while (position < limit_) {
    uint32_t next = trivia(position);
    bool line_break = false;
    if (next != position) {
      line_break = slice(position, next).find_first_of("\r\n") != llvm::StringRef::npos;
      if (slice(position, next).find('/') != llvm::StringRef::npos)
        remember(position, next, true);
    }
    uint32_t last = position;
    position = next;
    if (position >= limit_)
      break;
    char c = text_[position];
    bool may_end = operand && line_break && angle_depth == 0;
    if (is_name_char(c)) {
      uint32_t end = position;
      while (end < size_ && is_name_char(text_[end]))
        ++end;
      llvm::StringRef word = slice(position, end);
      bool property = is_property(position);
      if (may_end && !property) {
        if (word == "as" || word == "satisfies" || (annotation && (word == "extends" || word == "is" || word == "in")))
          return doubt();
        if (word != "in" && word != "instanceof")
          return last;
      }
      operand = property || word_kind(word) == WordKind::Operand;
      if (!property && (word == "import" || word == "export")) {
        if (word == "export")
          return doubt();
        position = read_word(position, false);
        operand = true;
      } else {
        position = end;
      }
      if (scan_.doubtful)
        return size_;
      continue;
    }
    switch (c) {
    case ';':
      return position;
    case ',':
      if (angle_depth > 0) {
        ++position;
        operand = false;
        continue;
      }
      if (unclear || angles)
        return doubt();
      comma = true;
      return position + 1;
    case '(':
    case '[':
      unclear |= may_end;
      position = skip_parens(position);
      operand = true;
      break;
    case ')':
    case ']':
    case '}':
      return doubt();
    case '{':
      if (may_end)
        return doubt(); // a block, or a body
      position = skip_code(position + 1, false);
      operand = true;
      break;
    case '"':
    case '\'':
      if (may_end)
        return last;
      position = skip_string(position);
      operand = true;
      break;
    case '`':
      unclear |= may_end;
      position = skip_template(position);
      operand = true;
      break;
    case '/':
      unclear |= may_end;
      position = skip_slash(position);
      operand = position > next + 1;
      break;
    case '<':
      unclear |= may_end;
      if (annotation) {
        ++angle_depth;
        ++position;
        operand = false;
      } else {
        position = has_jsx() ? skip_angle(position) : position + 1;
        operand = position > next + 1;
        angles |= typed() && !operand;
      }
      break;
    case '>':
      if (annotation && angle_depth > 0) {
        --angle_depth;
        operand = true;
      } else {
        operand = false;
      }
      ++position;
      break;
    case '=':
      if (annotation && angle_depth == 0 && char_at(position + 1) != '>')
        return position;
      position += char_at(position + 1) == '>' ? 2 : 1;
      operand = false;
      break;
    case '+':
    case '-':
      if (char_at(position + 1) == c) {
        if (may_end)
          return last;
        position += 2;
        continue; // what is due stays due
      }
      ++position;
      operand = false;
      break;
    case '!':
      if (may_end && char_at(position + 1) != '=')
        return last;
      if (char_at(position + 1) == '=')
        operand = false;
      ++position;
      break;
    case '~':
    case '@':
    case '#':
      if (may_end)
        return last;
      ++position;
      operand = false;
      break;
    case '\\':
      return doubt();
    default:
      ++position;
      operand = false;
      break;
    }
    if (scan_.doubtful)
      return size_;
  }
  return size_;
}

/// Skips what parentheses or square brackets hold, and returns the position after the one that closes.
uint32_t CodeScanner::skip_parens(uint32_t position) {
  if (depth_ >= depth_limit)
    return doubt();
  ++depth_;
  unsigned open = 0;
  while (position < limit_) {
    switch (text_[position]) {
    case '(':
    case '[':
      ++open;
      ++position;
      break;
    case ')':
    case ']':
      ++position;
      if (--open == 0) {
        --depth_;
        return position;
      }
      break;
    case '{':
      position = skip_code(position + 1, false);
      break;
    case '}':
      return doubt();
    case '<':
      position = has_jsx() ? skip_angle(position) : position + 1;
      break;
    case '"':
    case '\'':
    case '`':
    case '/':
      position = skip_event(position, false);
      break;
    case 'i':
    case 'e':
      position = read_word(position, false);
      break;
    default:
      ++position;
    }
    if (scan_.doubtful)
      return size_;
  }
  --depth_;
  return size_;
}

} // namespace

namespace {

// --- The same from a syntax tree ---

using Kind = SyntaxKind;
using Field = SyntaxField;

class TreeReader {
public:
  TreeReader(const SyntaxTree &tree, llvm::StringRef text, ModuleLanguage language, ModuleScan &scan)
      : tree_(tree), text_(text), language_(language), scan_(scan) {}

  void run();

private:
  llvm::StringRef text_of(SyntaxIndex node) const {
    return text_.slice(tree_[node].span.begin, tree_[node].span.end);
  }
  bool is_token(SyntaxIndex node, llvm::StringRef word) const {
    return node != no_syntax && tree_[node].kind == Kind::Token && text_of(node) == word;
  }
  bool has_token(SyntaxIndex node, llvm::StringRef word) const;
  bool is_in_type(SyntaxIndex node) const;
  void read_import(SyntaxIndex statement);
  void read_call(SyntaxIndex call);
  void read_export(SyntaxIndex statement);
  void read_exported_require(SyntaxIndex statement, SyntaxIndex alias);
  void read_declaration(SyntaxIndex declaration, bool type_only);
  void read_pattern(SyntaxIndex pattern, bool type_only);
  void add_export(Export::Form form, bool type_only, SyntaxIndex exported, SyntaxIndex local);

  const SyntaxTree &tree_;
  llvm::StringRef text_;
  ModuleLanguage language_;
  ModuleScan &scan_;
};

void TreeReader::run() {
  for (SyntaxIndex i = 1; i < tree_.size(); ++i) {
    bool top = tree_[i].parent == tree_.root();
    if (top && tree_[i].kind == Kind::ImportStatement)
      read_import(i);
    else if (top && tree_[i].kind == Kind::ExportStatement)
      read_export(i);
    else if (tree_[i].kind == Kind::CallExpression)
      read_call(i);
    else if (tree_[i].kind == Kind::MetaProperty && text_of(i).substr(0, 6) == "import") {
      scan_.uses_import_meta = true;
      JsLexer lexer(text_, static_cast<uint32_t>(text_.size()));
      GlobReader(text_, lexer, scan_).read(tree_[i].span.begin, tree_[i].span.end);
    }
  }
}

bool TreeReader::has_token(SyntaxIndex node, llvm::StringRef word) const {
  for (SyntaxIndex at = tree_.first_child(node); at != no_syntax; at = tree_.next_sibling(at))
    if (is_token(at, word))
      return true;
  return false;
}

bool TreeReader::is_in_type(SyntaxIndex node) const {
  for (SyntaxIndex at = node, parent = tree_[at].parent; parent != no_syntax; at = parent, parent = tree_[at].parent) {
    switch (tree_[parent].kind) {
    case Kind::TypeAnnotation:
    case Kind::TypeArguments:
    case Kind::TypeParameters:
    case Kind::TypeQuery:
    case Kind::TypeAliasDeclaration:
    case Kind::InterfaceDeclaration:
    case Kind::ImplementsClause:
    case Kind::TypePredicateAnnotation:
    case Kind::AssertsAnnotation:
      return true;
    case Kind::AsExpression:
    case Kind::SatisfiesExpression:
      if (tree_.first_child(parent) != at)
        return true;
      break;
    default:
      break;
    }
  }
  return false;
}

void TreeReader::read_call(SyntaxIndex call) {
  SyntaxIndex function = tree_.child(call, Field::Function);
  SyntaxIndex arguments = tree_.child(call, Field::Arguments);
  if (function == no_syntax || arguments == no_syntax || tree_[function].kind != Kind::Import)
    return;
  Import import;
  import.form = Import::Form::Dynamic;
  import.type_only = language_ == ModuleLanguage::Declarations || is_in_type(call);
  import.statement = tree_[call].span;
  if (SyntaxIndex first = tree_.first_named_child(arguments); first != no_syntax)
    if (tree_[first].kind == Kind::String ||
        (tree_[first].kind == Kind::TemplateString && tree_.child(first, Kind::TemplateSubstitution) == no_syntax))
      import.specifier = tree_[first].span;
  scan_.imports.push_back(import);
}

void TreeReader::read_import(SyntaxIndex statement) {
  SyntaxIndex require = tree_.child(statement, Kind::ImportRequireClause);
  SyntaxIndex source = tree_.child(require == no_syntax ? statement : require, Field::Source);
  if (source == no_syntax)
    return;
  Import import;
  import.form = require == no_syntax ? Import::Form::Static : Import::Form::Require;
  import.type_only = has_token(statement, "type");
  import.statement = tree_[statement].span;
  import.specifier = tree_[source].span;
  import.names_begin = static_cast<uint32_t>(scan_.names.size());
  auto bind = [&](Name::Form form, SyntaxIndex name) {
    if (name != no_syntax)
      scan_.names.push_back({form, false, {}, tree_[name].span});
  };
  if (require != no_syntax)
    bind(Name::Form::Namespace, tree_.child(require, Kind::Identifier));
  SyntaxIndex clause = tree_.child(statement, Kind::ImportClause);
  for (SyntaxIndex at = clause == no_syntax ? clause : tree_.first_child(clause); at != no_syntax; at = tree_.next_sibling(at)) {
    if (tree_[at].kind == Kind::Identifier)
      bind(Name::Form::Default, at);
    else if (tree_[at].kind == Kind::NamespaceImport)
      bind(Name::Form::Namespace, tree_.child(at, Kind::Identifier));
    else if (tree_[at].kind == Kind::NamedImports)
      for (SyntaxIndex one = tree_.first_child(at); one != no_syntax; one = tree_.next_sibling(one)) {
        SyntaxIndex name = tree_[one].kind == Kind::ImportSpecifier ? tree_.child(one, Field::Name) : no_syntax;
        SyntaxIndex alias = name == no_syntax ? no_syntax : tree_.child(one, Field::Alias);
        if (name != no_syntax)
          scan_.names.push_back({Name::Form::Named, is_token(tree_.first_child(one), "type"), tree_[name].span,
                                 tree_[alias == no_syntax ? name : alias].span});
      }
  }
  import.names_end = static_cast<uint32_t>(scan_.names.size());
  scan_.imports.push_back(import);
}

void TreeReader::add_export(Export::Form form, bool type_only, SyntaxIndex exported, SyntaxIndex local) {
  scan_.exports.push_back({form, type_only, tree_[exported].span, local == no_syntax ? Span{} : tree_[local].span,
                           ModuleScan::no_import});
  llvm::StringRef name = text_of(exported);
  scan_.exports_loader |= !type_only && name.trim("'\"") == "loader";
}

void TreeReader::read_export(SyntaxIndex statement) {
  bool type_only = has_token(statement, "type");
  size_t first = scan_.exports.size();
  SyntaxIndex source = tree_.child(statement, Field::Source);
  if (SyntaxIndex clause = tree_.child(statement, Kind::ExportClause); clause != no_syntax) {
    for (SyntaxIndex at = tree_.first_child(clause); at != no_syntax; at = tree_.next_sibling(at)) {
      SyntaxIndex name = tree_[at].kind == Kind::ExportSpecifier ? tree_.child(at, Field::Name) : no_syntax;
      if (name == no_syntax)
        continue;
      SyntaxIndex alias = tree_.child(at, Field::Alias);
      add_export(Export::Form::Named, type_only || is_token(tree_.first_child(at), "type"), alias == no_syntax ? name : alias, name);
    }
  } else if (source != no_syntax) {
    SyntaxIndex as = tree_.child(statement, Kind::NamespaceExport);
    SyntaxIndex name = as == no_syntax ? no_syntax : tree_.first_named_child(as);
    for (SyntaxIndex at = tree_.first_child(statement); name == no_syntax && at != no_syntax; at = tree_.next_sibling(at))
      if (is_token(at, "*"))
        name = at;
    if (name != no_syntax)
      add_export(as == no_syntax ? Export::Form::Star : Export::Form::StarAs, type_only, name, no_syntax);
  } else if (has_token(statement, "default")) {
    SyntaxIndex word = tree_.first_child(statement);
    while (!is_token(word, "default"))
      word = tree_.next_sibling(word);
    SyntaxIndex value = tree_.child(statement, Field::Value);
    SyntaxIndex declaration = tree_.child(statement, Field::Declaration);
    SyntaxIndex name = no_syntax;
    if (declaration != no_syntax)
      name = tree_.child(declaration, Field::Name);
    else if (value != no_syntax && tree_[value].kind == Kind::Identifier)
      name = value;
    else if (value != no_syntax && (tree_[value].kind == Kind::FunctionExpression || tree_[value].kind == Kind::Class ||
                                    tree_[value].kind == Kind::GeneratorFunction))
      name = tree_.child(value, Field::Name);
    bool is_interface = declaration != no_syntax && tree_[declaration].kind == Kind::InterfaceDeclaration;
    add_export(Export::Form::Default, is_interface, word, name);
  } else if (SyntaxIndex declaration = tree_.child(statement, Field::Declaration); declaration != no_syntax) {
    read_declaration(declaration, false);
    if (tree_[declaration].kind == Kind::ImportAlias)
      read_exported_require(statement, declaration);
  }
  if (source == no_syntax)
    return;
  Import import;
  import.form = Import::Form::ReExport;
  import.type_only = type_only;
  import.statement = tree_[statement].span;
  import.specifier = tree_[source].span;
  for (size_t i = first; i < scan_.exports.size(); ++i)
    scan_.exports[i].import = static_cast<uint32_t>(scan_.imports.size());
  scan_.imports.push_back(import);
}

/// Reads `export import r = require('./x')`. The grammar does not know it: it takes `import r = require` for an alias,
/// and finds an error behind it.
void TreeReader::read_exported_require(SyntaxIndex statement, SyntaxIndex alias) {
  SyntaxIndex name = tree_.child(alias, Kind::Identifier);
  SyntaxIndex value = name;
  for (SyntaxIndex at = tree_.first_named_child(alias); at != no_syntax; at = tree_.next_sibling(at))
    if (tree_[at].kind == Kind::Identifier)
      value = at;
  if (value == name || text_of(value) != "require")
    return;
  JsLexer lexer(text_, static_cast<uint32_t>(text_.size()));
  uint32_t paren = lexer.skip_trivia(tree_[value].span.end);
  uint32_t begin = lexer.skip_trivia(paren + 1);
  llvm::StringRef literal = text_.substr(begin);
  if (text_.substr(paren, 1) != "(" || literal.find_first_of("'\"") != 0)
    return;
  size_t length = literal.find(literal[0], 1);
  if (length == llvm::StringRef::npos)
    return;
  Import import;
  import.form = Import::Form::Require;
  import.specifier = {begin, begin + static_cast<uint32_t>(length) + 1};
  uint32_t close = lexer.skip_trivia(import.specifier.end);
  import.statement = {tree_[statement].span.begin, text_.substr(close, 1) == ")" ? close + 1 : import.specifier.end};
  import.names_begin = static_cast<uint32_t>(scan_.names.size());
  scan_.names.push_back({Name::Form::Namespace, false, {}, tree_[name].span});
  import.names_end = static_cast<uint32_t>(scan_.names.size());
  scan_.imports.push_back(import);
}

void TreeReader::read_declaration(SyntaxIndex declaration, bool type_only) {
  switch (tree_[declaration].kind) {
  case Kind::AmbientDeclaration:
    if (SyntaxIndex inner = tree_.first_named_child(declaration); inner != no_syntax)
      read_declaration(inner, true);
    return;
  case Kind::LexicalDeclaration:
  case Kind::VariableDeclaration:
    for (SyntaxIndex at = tree_.first_child(declaration); at != no_syntax; at = tree_.next_sibling(at))
      if (SyntaxIndex name = tree_[at].kind == Kind::VariableDeclarator ? tree_.child(at, Field::Name) : no_syntax;
          name != no_syntax)
        read_pattern(name, type_only);
    return;
  case Kind::InterfaceDeclaration:
  case Kind::TypeAliasDeclaration:
    type_only = true;
    break;
  default:
    break;
  }
  SyntaxIndex name = tree_.child(declaration, Field::Name);
  if (name == no_syntax)
    name = tree_.child(declaration, Kind::Identifier); // `import a = b.c`
  while (name != no_syntax && tree_[name].kind == Kind::NestedIdentifier)
    name = tree_.first_child(name); // `namespace A.B`
  if (name != no_syntax && tree_[name].kind != Kind::String)
    add_export(Export::Form::Named, type_only, name, name);
}

void TreeReader::read_pattern(SyntaxIndex pattern, bool type_only) {
  for (SyntaxIndex at = pattern; at < tree_[pattern].subtree_end;) {
    Kind parent = tree_[tree_[at].parent].kind;
    bool is_default = at != pattern && tree_[at].field == Field::Right &&
                      (parent == Kind::AssignmentPattern || parent == Kind::ObjectAssignmentPattern);
    bool is_key = at != pattern && tree_[at].field == Field::Key;
    if (is_default || is_key) {
      at = tree_[at].subtree_end;
      continue;
    }
    if (tree_[at].kind == Kind::Identifier || tree_[at].kind == Kind::ShorthandPropertyPattern || tree_[at].kind == Kind::Undefined)
      add_export(Export::Form::Named, type_only, at, at);
    ++at;
  }
}

// --- Astro ---

/// Moves what was found since a point of time.
class Shift {
public:
  explicit Shift(ModuleScan &scan)
      : scan_(scan), imports_(scan.imports.size()), names_(scan.names.size()), exports_(scan.exports.size()),
        globs_(scan.globs.size()), glob_patterns_(scan.glob_patterns.size()) {}

  template <class Map> void by(Map map) {
    for (size_t i = imports_; i < scan_.imports.size(); ++i) {
      map(scan_.imports[i].statement);
      map(scan_.imports[i].specifier);
    }
    for (size_t i = names_; i < scan_.names.size(); ++i) {
      map(scan_.names[i].imported);
      map(scan_.names[i].local);
    }
    for (size_t i = exports_; i < scan_.exports.size(); ++i) {
      map(scan_.exports[i].exported);
      map(scan_.exports[i].local);
    }
    for (size_t i = globs_; i < scan_.globs.size(); ++i) {
      Span begin{scan_.globs[i].begin, scan_.globs[i].begin + 1};
      map(begin);
      scan_.globs[i].begin = begin.begin;
      map(scan_.globs[i].base);
    }
    for (size_t i = glob_patterns_; i < scan_.glob_patterns.size(); ++i)
      map(scan_.glob_patterns[i]);
  }

private:
  ModuleScan &scan_;
  size_t imports_, names_, exports_, globs_, glob_patterns_;
};

/// Whether a component's tag may be in \p markup, seen from afar: most files that have none are seen to have none.
bool may_have_components(llvm::StringRef markup) {
  const char *text = markup.data();
  auto size = static_cast<uint32_t>(markup.size());
  for (uint32_t i = 0; (i = find_byte<'<'>(text, i, size)) < size;) {
    ++i;
    if (i < size && text[i] >= 'A' && text[i] <= 'Z')
      return true;
    while (i < size && is_name_char(text[i]))
      ++i;
    if (i < size && text[i] == '.')
      return true;
  }
  return false;
}

/// Reads the markup, and has \p read read the expressions that may import something.
template <class Read>
void read_markup(llvm::StringRef text, Span markup, ScanFor what, ModuleScan &scan, Read read) {
  llvm::StringRef own = text.slice(markup.begin, markup.end);
  bool may_import = own.find("import") != llvm::StringRef::npos;
  if (!may_import && (what == ScanFor::Imports || !may_have_components(own)))
    return;
  TemplateTree tree = parse_template(text, markup);
  for (uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const TemplateNode &node = tree.nodes[i];
    if (node.kind == TemplateNodeKind::Component)
      scan.component_tags.push_back(node.name);
    if (!may_import || node.kind != TemplateNodeKind::Expression)
      continue;
    ExpressionCode code = expression_code(tree, text, i);
    if (code.text.find("import") == std::string::npos)
      continue;
    Shift shift(scan);
    std::optional<Span> error = scan.error; // what stands for markup in an expression may be no code
    read(llvm::StringRef(code.text));
    scan.error = error;
    shift.by([&](Span &span) {
      if (!span.empty())
        span = original_span(code.pieces, span);
    });
  }
}

/// Has \p read read the code of a module.
template <class Read>
void read_code(llvm::StringRef text, ModuleLanguage language, ScanFor what, ModuleScan &scan, Read read) {
  scan.clear();
  if (language != ModuleLanguage::Astro) {
    read(text);
    return;
  }
  AstroRegions regions = find_astro_regions(text);
  if (regions.frontmatter) {
    Span code = regions.frontmatter->code;
    Shift shift(scan);
    read(text.slice(code.begin, code.end));
    auto move = [&](Span &span) {
      if (!span.empty())
        span = {span.begin + code.begin, span.end + code.begin};
    };
    shift.by(move);
    if (scan.error) // maybe without width, where something is missing
      scan.error = Span{scan.error->begin + code.begin, scan.error->end + code.begin};
  }
  if (!scan.doubtful)
    read_markup(text, regions.markup, what, scan, read);
}

} // namespace

std::optional<ModuleLanguage> foreload::module_language(llvm::StringRef path) {
  std::string_view view(path.data(), path.size());
  for (std::string_view extension : {".d.ts", ".d.mts", ".d.cts"})
    if (view.ends_with(extension))
      return ModuleLanguage::Declarations;
  for (std::string_view extension : {".js", ".mjs", ".cjs", ".jsx"})
    if (view.ends_with(extension))
      return ModuleLanguage::JavaScript;
  for (std::string_view extension : {".ts", ".mts", ".cts"})
    if (view.ends_with(extension))
      return ModuleLanguage::TypeScript;
  if (view.ends_with(".tsx"))
    return ModuleLanguage::TypeScriptJsx;
  if (view.ends_with(".astro"))
    return ModuleLanguage::Astro;
  return std::nullopt;
}

void ModuleScan::clear() {
  imports.clear();
  names.clear();
  exports.clear();
  globs.clear();
  glob_patterns.clear();
  component_tags.clear();
  error.reset();
  uses_import_meta = exports_loader = doubtful = false;
}

void foreload::scan_module(llvm::StringRef text, ModuleLanguage language, ModuleScan &scan, ScanFor what) {
  thread_local Memory memory;
  read_code(text, language, what, scan,
            [&](llvm::StringRef code) { CodeScanner(code, language, what, scan, memory).run(); });
}

void foreload::parse_module(llvm::StringRef text, ModuleLanguage language, ModuleScan &scan) {
  read_code(text, language, ScanFor::Everything, scan, [&](llvm::StringRef code) {
    SyntaxTree tree = SyntaxTree::parse(code, uint32_t(0));
    TreeReader(tree, code, language, scan).run();
    scan.error = tree.first_error();
  });
}

void foreload::read_module(llvm::StringRef text, ModuleLanguage language, ModuleScan &scan, ScanFor what) {
  scan_module(text, language, scan, what);
  if (scan.doubtful)
    parse_module(text, language, scan);
}
