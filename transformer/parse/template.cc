// One pass over the markup with an explicit stack of what is open. Markup, tags and JavaScript alternate: an element's
// children are read here, the code of an expression by JsLexer, which hands back at each `<` that starts markup.
//
// Astro 7's compiler is strict, the one of Astro 5 and 6 is not: this parser reads what either accepts. Where only the
// lenient one would go on (an unclosed `<li>`), it closes what is open; where that may have misread the file, it
// records an error.

#include "parse/template.h"

#include "parse/js_characters.h"
#include "parse/js_lexer.h"
#include "source/find_byte.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSwitch.h>
#include <llvm/ADT/Twine.h>

#include <algorithm>
#include <cassert>

using namespace foreload;

namespace {

bool is_void_element(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("area", "base", "br", "col", "embed", "hr", "img", true)
      .Cases("input", "link", "meta", "param", "source", "track", "wbr", true)
      .Default(false);
}

TemplateNodeKind kind_of_tag(llvm::StringRef name) {
  if (name.empty() || name == "Fragment")
    return TemplateNodeKind::Fragment;
  if (name.find('-') != llvm::StringRef::npos) // a custom element, whatever it starts with
    return TemplateNodeKind::Element;
  bool component = (name[0] >= 'A' && name[0] <= 'Z') || name.find('.') != llvm::StringRef::npos;
  return component ? TemplateNodeKind::Component : TemplateNodeKind::Element;
}

bool is_tag_name_char(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '$' || c == '-' || c == '.' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool ends_attribute_name(char c) {
  return c == '=' || c == '>' || c == '/' || c == '{' || c == '}' || c == '<' || c == ' ' || c == '\t' || c == '\r' ||
         c == '\n';
}

class TemplateParser {
public:
  TemplateParser(llvm::StringRef text, Span markup)
      : text_(text.substr(0, markup.end)), end_(markup.end), position_(markup.begin), lexer_(text, markup.end) {}

  TemplateTree parse();

private:
  enum class Mode : uint8_t {
    Root,     // the children of the file itself
    Tag,      // between `<name` and `>`
    Element,  // the children of an element, component or fragment
    Code,     // the JavaScript of an expression
    Markup,   // an expression that starts with markup: children up to its closing brace
    Siblings, // markup within code: an element, and those that follow it immediately
  };
  struct Frame {
    Mode mode;
    uint32_t node = no_node;
    uint32_t attribute = no_node;      // Tag: its first in pending_; Code: the one in pending_ whose value it is
    uint32_t outer_same_name = 0;      // Element: the next frame below with this name, 0 if there is none
    uint32_t outer_expression = 0;     // Code: the next Code frame below, 0 if there is none
    bool outer_literal_braces = false; // Element: literal_braces_ outside of it
    bool bare = false;                 // Code: no JavaScript, an element as an attribute's value
    uint8_t items = 0;                 // Markup, Siblings: 1 for one element, 2 for anything else
  };

  bool step();
  bool step_children();
  bool step_tag();
  bool step_code();
  bool step_siblings();

  uint32_t add_node(TemplateNodeKind kind, uint32_t begin);
  void finish_node(uint32_t node, uint32_t end);
  Frame &push(Mode mode, uint32_t node);
  void open_tag(uint32_t less_than, uint32_t name);
  void finish_open_tag(uint32_t end, bool self_closing);
  void skip_raw_content(TemplateNode &node);
  uint32_t read_tag_end(uint32_t position);
  void read_closing_tag(uint32_t less_than);
  void read_declaration(uint32_t less_than);
  void read_comment(uint32_t less_than);
  void read_attribute();
  void read_braces_in_tag();
  void push_attribute_code(uint32_t begin, uint32_t content);
  void open_child_expression(uint32_t brace);
  void start_markup_in_code(Mode mode);
  void finish_expression(uint32_t content_end);
  void finish_implied_fragment(uint32_t end);
  void close_element(uint32_t content_end, uint32_t end);
  void close_implicitly(size_t depth, uint32_t position);
  void close_at_end_of_input();
  void drop_needless_fragments();

  llvm::StringRef slice(Span span) const { return text_.substr(span.begin, span.size()); }
  bool at(uint32_t position, llvm::StringRef token) const {
    return position <= end_ && slice({position, end_}).take_front(token.size()) == token;
  }
  uint32_t find(llvm::StringRef token, uint32_t from) const { return or_end(text_.find(token, from)); }
  uint32_t find_any(llvm::StringRef chars, uint32_t from) const { return or_end(text_.find_first_of(chars, from)); }
  uint32_t or_end(size_t found) const { return found == llvm::StringRef::npos ? end_ : static_cast<uint32_t>(found); }
  uint32_t tag_name_end(uint32_t position) const;
  void error(Span span, const llvm::Twine &message) { tree_.errors.push_back({span, message.str()}); }

  llvm::StringRef text_; // up to the end of the markup
  uint32_t end_;
  uint32_t position_;
  JsLexer lexer_;
  TemplateTree tree_;
  std::vector<Frame> frames_;
  std::vector<TemplateAttribute> pending_; // of the open tags: an attribute may hold tags with attributes of their own
  llvm::DenseMap<llvm::StringRef, uint32_t> open_by_name_; // the innermost open frame; 0 if there is none
  uint32_t expression_ = 0;     // the innermost Code frame; 0, which is the root, if there is none
  bool literal_braces_ = false; // in <math>, braces are text
  bool dropped_ = false;
};

uint32_t TemplateParser::tag_name_end(uint32_t position) const {
  while (position < end_ && is_tag_name_char(text_[position]))
    ++position;
  return position;
}

uint32_t TemplateParser::add_node(TemplateNodeKind kind, uint32_t begin) {
  TemplateNode node;
  node.kind = kind;
  node.parent = frames_.back().node;
  node.span = node.name = node.content = {begin, begin};
  tree_.nodes.push_back(node);
  if (frames_.back().mode >= Mode::Markup) {
    bool element = kind != TemplateNodeKind::Comment && kind != TemplateNodeKind::Expression;
    frames_.back().items = frames_.back().items == 0 && element ? 1 : 2;
  }
  return static_cast<uint32_t>(tree_.nodes.size() - 1);
}

void TemplateParser::finish_node(uint32_t node, uint32_t end) {
  tree_.nodes[node].span.end = end;
  tree_.nodes[node].subtree_end = static_cast<uint32_t>(tree_.nodes.size());
}

TemplateParser::Frame &TemplateParser::push(Mode mode, uint32_t node) {
  frames_.push_back({mode, node});
  return frames_.back();
}

TemplateTree TemplateParser::parse() {
  push(Mode::Root, no_node);
  while (step()) {
  }
  close_at_end_of_input();
  for (const JsLexer::Error &found : lexer_.take_errors())
    error(found.span, found.message);
  std::stable_sort(tree_.errors.begin(), tree_.errors.end(),
                   [](const TemplateError &a, const TemplateError &b) { return a.span.begin < b.span.begin; });
  if (dropped_)
    drop_needless_fragments();
  return std::move(tree_);
}

/// Reads one piece of input. False at the end of the input.
bool TemplateParser::step() {
  switch (frames_.back().mode) {
  case Mode::Root:
  case Mode::Element:
  case Mode::Markup:
    return step_children();
  case Mode::Tag:
    return step_tag();
  case Mode::Code:
    return step_code();
  case Mode::Siblings:
    return step_siblings();
  }
  return false;
}

bool TemplateParser::step_children() {
  uint32_t found = literal_braces_ ? find_byte<'<'>(text_.data(), position_, end_)
                                   : find_byte<'<', '{', '}'>(text_.data(), position_, end_);
  uint32_t text_end = found;
  while (text_end > position_ && is_space(text_[text_end - 1]))
    --text_end;
  Frame &top = frames_.back();
  if (top.mode == Mode::Markup && text_end != position_)
    top.items = 2; // text
  position_ = found;
  if (found == end_)
    return false;
  char next = found + 1 < end_ ? text_[found + 1] : '\0';
  if (text_[found] == '{') {
    open_child_expression(found);
  } else if (text_[found] == '}') {
    if (top.mode == Mode::Markup) {
      finish_implied_fragment(text_end);
    } else if (expression_ != 0) {
      // The brace of the expression around the elements that are open. Neither compiler agrees with the other here.
      Span name = tree_.nodes[top.node].name;
      error(name, "unclosed <" + slice(name) + "> in an expression");
      close_implicitly(expression_ + 1, found);
    } else {
      position_ = found + 1; // text
      return true;
    }
    lexer_.continue_after_markup(position_);
  } else if (llvm::isAlpha(next) || next == '>') {
    open_tag(found, found + 1);
  } else if (next == '/') {
    read_closing_tag(found);
  } else if (next == '!') {
    read_declaration(found);
  } else {
    position_ = found + 1; // text
    if (top.mode == Mode::Markup)
      top.items = 2;
  }
  return true;
}

void TemplateParser::open_tag(uint32_t less_than, uint32_t name) {
  uint32_t name_end = tag_name_end(name);
  uint32_t node = add_node(kind_of_tag(slice({name, name_end})), less_than);
  tree_.nodes[node].name = {name, name_end};
  push(Mode::Tag, node).attribute = static_cast<uint32_t>(pending_.size());
  position_ = name_end;
}

bool TemplateParser::step_tag() {
  position_ = lexer_.skip_trivia(position_);
  if (position_ >= end_)
    return false;
  switch (text_[position_]) {
  case '>':
    finish_open_tag(position_ + 1, false);
    break;
  case '/': {
    uint32_t close = lexer_.skip_trivia(position_ + 1);
    if (at(close, ">"))
      finish_open_tag(close + 1, true);
    else
      ++position_; // HTML takes it for white space
    break;
  }
  case '<':
    error({tree_.nodes[frames_.back().node].span.begin, position_}, "unterminated tag");
    finish_open_tag(position_, false);
    break;
  case '{':
    read_braces_in_tag();
    break;
  default:
    read_attribute();
  }
  return true;
}

/// \p end is after the `>`.
void TemplateParser::finish_open_tag(uint32_t end, bool self_closing) {
  Frame &frame = frames_.back();
  TemplateNode &node = tree_.nodes[frame.node];
  node.first_attribute = static_cast<uint32_t>(tree_.attributes.size());
  node.attribute_count = static_cast<uint32_t>(pending_.size() - frame.attribute);
  tree_.attributes.insert(tree_.attributes.end(), pending_.begin() + frame.attribute, pending_.end());
  pending_.resize(frame.attribute, {});
  node.content = {end, end};
  position_ = end;

  llvm::StringRef name = slice(node.name);
  if (self_closing || is_void_element(name)) {
    finish_node(frame.node, end);
    frames_.pop_back();
    return;
  }
  if (name == "script" || name == "style" || tree_.find_attribute(text_, node, "is:raw")) {
    skip_raw_content(node);
    finish_node(frame.node, position_);
    frames_.pop_back();
    return;
  }
  frame.mode = Mode::Element;
  uint32_t &innermost = open_by_name_[name];
  frame.outer_same_name = innermost;
  innermost = static_cast<uint32_t>(frames_.size() - 1);
  frame.outer_literal_braces = literal_braces_;
  literal_braces_ |= name == "math";
}

void TemplateParser::skip_raw_content(TemplateNode &node) {
  llvm::StringRef name = slice(node.name);
  node.raw = true;
  for (uint32_t i = node.content.begin;; i += 2) {
    i = find("</", i);
    if (i == end_) {
      error({node.span.begin, node.content.begin}, "unclosed <" + name + ">");
      node.content.end = position_ = end_;
      return;
    }
    uint32_t name_end = i + 2 + static_cast<uint32_t>(name.size());
    if (at(i + 2, name) && (name_end == end_ || !is_tag_name_char(text_[name_end]))) {
      node.content.end = i;
      position_ = read_tag_end(name_end);
      return;
    }
  }
}

/// The position after the `>` of a closing tag whose name ends at \p position.
uint32_t TemplateParser::read_tag_end(uint32_t position) {
  uint32_t found = find_byte<'<', '>'>(text_.data(), position, end_); // not beyond a `<`: many unterminated tags would take quadratic time
  if (at(found, ">"))
    return found + 1;
  error({position, found}, "unterminated tag");
  return found;
}

void TemplateParser::read_closing_tag(uint32_t less_than) {
  uint32_t name_begin = lexer_.skip_trivia(less_than + 2);
  uint32_t name_end = tag_name_end(name_begin);
  llvm::StringRef name = slice({name_begin, name_end});
  position_ = read_tag_end(name_end);
  auto innermost = open_by_name_.find(name);
  // An expression is a border: the elements around it cannot end inside of it.
  if (innermost != open_by_name_.end() && innermost->second > expression_) {
    close_implicitly(innermost->second + 1, less_than);
    close_element(less_than, position_);
  } else if (!is_void_element(name)) {
    error({less_than, position_}, "closing tag </" + name + "> has no matching opening tag");
  }
}

/// A comment, a doctype or the like.
void TemplateParser::read_declaration(uint32_t less_than) {
  if (at(less_than, "<!--")) {
    read_comment(less_than);
    return;
  }
  uint32_t close = find(">", less_than);
  if (close == end_)
    error({less_than, end_}, "unterminated declaration");
  position_ = std::min(close + 1, end_);
}

void TemplateParser::read_comment(uint32_t less_than) {
  uint32_t content = less_than + 4;
  uint32_t close = find("-->", content);
  if (close == end_)
    error({less_than, end_}, "unterminated comment");
  position_ = std::min(close + 3, end_);
  uint32_t node = add_node(TemplateNodeKind::Comment, less_than);
  tree_.nodes[node].content = {content, close};
  finish_node(node, position_);
}

/// An attribute with a name.
void TemplateParser::read_attribute() {
  uint32_t begin = position_;
  // A character that cannot be in a name is a name by itself when it comes first.
  uint32_t name_end = begin + 1;
  while (name_end < end_ && !ends_attribute_name(text_[name_end]))
    ++name_end;
  pending_.push_back({AttributeKind::Empty, {begin, name_end}, {name_end, name_end}});
  TemplateAttribute &attribute = pending_.back();
  position_ = name_end;
  uint32_t equals = lexer_.skip_trivia(name_end);
  if (!at(equals, "="))
    return;
  uint32_t value = equals + 1;
  while (value < end_ && llvm::StringRef(" \t\r\n").find(text_[value]) != llvm::StringRef::npos)
    ++value;
  position_ = value;
  switch (value < end_ ? text_[value] : '>') {
  case '>':
  case '}':
    break; // no value
  case '"':
  case '\'': {
    uint32_t close = find(text_.substr(value, 1), value + 1);
    if (close == end_)
      error({value, end_}, "unterminated string");
    attribute.kind = AttributeKind::Quoted;
    attribute.value = {value + 1, close};
    position_ = std::min(close + 1, end_);
    break;
  }
  case '{':
    attribute.kind = AttributeKind::Expression;
    push_attribute_code(value, value + 1);
    lexer_.enter_braces(value + 1);
    break;
  case '`':
    attribute.kind = AttributeKind::TemplateLiteral;
    push_attribute_code(value, value);
    lexer_.enter_template_literal(value);
    break;
  case '<': {
    uint32_t name = value + 1; // no looking beyond comments: it may be markup's `<`, which is then read once more
    if (lexer_.identifier_end(name) == name && !at(name, ">"))
      break; // reported as an unterminated tag
    attribute.kind = AttributeKind::Expression;
    push_attribute_code(value, value);
    frames_.back().bare = true;
    open_tag(value, name);
    break;
  }
  default:
    attribute.kind = AttributeKind::Unquoted;
    attribute.value = {value, find_any(">{}< \t\r\n", value)};
    position_ = attribute.value.end;
  }
}

/// `{...spread}`, `{shorthand}` or, empty or with comments only, nothing.
void TemplateParser::read_braces_in_tag() {
  uint32_t brace = position_;
  uint32_t content = brace + 1;
  uint32_t first = lexer_.skip_trivia(content);
  if (at(first, "}")) {
    position_ = first + 1;
    return;
  }
  bool spread = at(first, "...");
  if (spread)
    content = first + 3;
  pending_.push_back({spread ? AttributeKind::Spread : AttributeKind::Shorthand, {brace, brace}, {content, content}});
  push_attribute_code(brace, content);
  lexer_.enter_braces(content);
}

/// The value of the last attribute of pending_ is an expression at \p begin, with its code at \p content.
void TemplateParser::push_attribute_code(uint32_t begin, uint32_t content) {
  uint32_t node = add_node(TemplateNodeKind::Expression, begin);
  tree_.nodes[node].in_attribute = true;
  tree_.nodes[node].content = {content, content};
  pending_.back().expression = node;
  Frame &frame = push(Mode::Code, node);
  frame.attribute = static_cast<uint32_t>(pending_.size() - 1);
  frame.outer_expression = expression_;
  expression_ = static_cast<uint32_t>(frames_.size() - 1);
}

void TemplateParser::open_child_expression(uint32_t brace) {
  bool may_start_with_markup = frames_.back().mode != Mode::Markup;
  uint32_t content = brace + 1;
  uint32_t first = lexer_.skip_trivia(content);
  if (at(first, "...")) {
    content = first + 3;
    may_start_with_markup = false;
  }
  uint32_t node = add_node(TemplateNodeKind::Expression, brace);
  tree_.nodes[node].content = {content, content};
  push(Mode::Code, node).outer_expression = expression_;
  expression_ = static_cast<uint32_t>(frames_.size() - 1);
  lexer_.enter_braces(content);
  // `{<A/> && <B/>}` is two elements with the text "&&" between them.
  if (may_start_with_markup && lexer_.advance_to_leading_markup())
    start_markup_in_code(Mode::Markup);
}

bool TemplateParser::step_code() {
  if (frames_.back().bare) {
    finish_expression(position_);
    return true;
  }
  switch (lexer_.next()) {
  case JsLexer::Stop::Markup:
    start_markup_in_code(Mode::Siblings);
    return true;
  case JsLexer::Stop::ExpressionEnd:
    position_ = lexer_.position();
    finish_expression(text_[position_ - 1] == '}' ? position_ - 1 : position_); // or a template literal
    return true;
  case JsLexer::Stop::EndOfInput:
    break;
  }
  position_ = end_;
  return false;
}

/// Markup in the place of an operand, at the lexer's position: a fragment without tags, which goes again if it turns
/// out to hold one element only. (Inserting it when it is needed would move the nodes that came after.)
void TemplateParser::start_markup_in_code(Mode mode) {
  uint32_t less_than = lexer_.position();
  uint32_t fragment = add_node(TemplateNodeKind::Fragment, less_than);
  push(mode, fragment);
  if (at(less_than, "<!--"))
    read_comment(less_than);
  else
    open_tag(less_than, lexer_.skip_trivia(less_than + 1));
}

bool TemplateParser::step_siblings() {
  lexer_.continue_after_markup(position_);
  if (!lexer_.advance_to_sibling()) {
    finish_implied_fragment(position_);
    return true;
  }
  uint32_t less_than = lexer_.position();
  if (at(less_than, "<!--"))
    read_comment(less_than);
  else
    open_tag(less_than, lexer_.skip_trivia(less_than + 1));
  return true;
}

void TemplateParser::finish_implied_fragment(uint32_t end) {
  Frame frame = frames_.back();
  frames_.pop_back();
  tree_.nodes[frame.node].content.end = end;
  finish_node(frame.node, end);
  if (frame.items == 1) {
    tree_.nodes[frame.node].subtree_end = 0; // see drop_needless_fragments
    dropped_ = true;
  }
}

/// position_ is after the expression.
void TemplateParser::finish_expression(uint32_t content_end) {
  Frame frame = frames_.back();
  frames_.pop_back();
  expression_ = frame.outer_expression;
  TemplateNode &node = tree_.nodes[frame.node];
  node.content.end = content_end;
  finish_node(frame.node, position_);
  if (frame.attribute == no_node)
    return;
  TemplateAttribute &attribute = pending_[frame.attribute];
  attribute.value = node.content;
  if (attribute.kind == AttributeKind::Shorthand) {
    // An identifier, or else the expression is its own name.
    uint32_t begin = lexer_.skip_trivia(node.content.begin);
    uint32_t end = lexer_.identifier_end(begin);
    if (end == begin || lexer_.skip_trivia(end) < node.content.end) {
      begin = std::min(begin, node.content.end);
      end = begin + static_cast<uint32_t>(slice({begin, node.content.end}).rtrim().size());
    }
    attribute.name = {begin, end};
  }
}

/// Closes the innermost frame, which is an Element.
void TemplateParser::close_element(uint32_t content_end, uint32_t end) {
  Frame frame = frames_.back();
  assert(frame.mode == Mode::Element);
  frames_.pop_back();
  TemplateNode &node = tree_.nodes[frame.node];
  node.content.end = content_end;
  finish_node(frame.node, end);
  open_by_name_[slice(node.name)] = frame.outer_same_name;
  literal_braces_ = frame.outer_literal_braces;
}

/// Closes the frames from \p depth up, of which each is an Element or an implied fragment, as if their closing tags
/// stood at \p position.
void TemplateParser::close_implicitly(size_t depth, uint32_t position) {
  while (frames_.size() > depth) {
    if (frames_.back().mode != Mode::Element) {
      finish_implied_fragment(position);
      continue;
    }
    const TemplateNode &node = tree_.nodes[frames_.back().node];
    // HTML closes its own elements in the same way; where a component or a slot's fragment ends is anyone's guess.
    if (node.kind != TemplateNodeKind::Element)
      error({node.span.begin, node.name.end}, "unclosed <" + slice(node.name) + ">");
    close_element(position, position);
  }
}

void TemplateParser::close_at_end_of_input() {
  while (frames_.size() > 1) {
    const Frame &frame = frames_.back();
    uint32_t begin = tree_.nodes[frame.node].span.begin;
    switch (frame.mode) {
    case Mode::Tag:
      error({begin, end_}, "unterminated tag");
      finish_open_tag(end_, true);
      break;
    case Mode::Code:
      if (!frame.bare)
        error({begin, begin + 1}, "unterminated expression");
      position_ = end_;
      finish_expression(end_);
      break;
    default:
      close_implicitly(frames_.size() - 1, end_);
    }
  }
}

/// Removes the implied fragments that hold one element only, in one sweep.
void TemplateParser::drop_needless_fragments() {
  std::vector<TemplateNode> &nodes = tree_.nodes;
  std::vector<uint32_t> kept_before(nodes.size() + 1); // the new index of a kept node, and of a subtree's end
  std::vector<uint32_t> as_parent(nodes.size());
  uint32_t kept = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    bool keep = nodes[i].subtree_end != 0;
    kept_before[i] = kept;
    as_parent[i] = keep ? kept : kept_before[nodes[i].parent]; // the parent is an Expression, so it was kept
    kept += keep;
  }
  kept_before[nodes.size()] = kept;
  for (size_t i = 0; i < nodes.size(); ++i) {
    TemplateNode node = nodes[i];
    if (node.subtree_end == 0)
      continue;
    node.subtree_end = kept_before[node.subtree_end];
    if (node.parent != no_node)
      node.parent = as_parent[node.parent];
    nodes[kept_before[i]] = node;
  }
  nodes.resize(kept);
  for (TemplateAttribute &attribute : tree_.attributes)
    if (attribute.expression != no_node)
      attribute.expression = kept_before[attribute.expression];
}

} // namespace

const TemplateAttribute *TemplateTree::find_attribute(llvm::StringRef text, const TemplateNode &node,
                                                      llvm::StringRef name) const {
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    const TemplateAttribute &attribute = attributes[node.first_attribute + i];
    if (text.substr(attribute.name.begin, attribute.name.size()) == name)
      return &attribute;
  }
  return nullptr;
}

TemplateTree foreload::parse_template(llvm::StringRef text, Span markup) {
  assert(markup.begin <= markup.end && markup.end <= text.size());
  return TemplateParser(text, markup).parse();
}
