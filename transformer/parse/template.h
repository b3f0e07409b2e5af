// The markup of an .astro file as a flat tree: elements, components, expressions, attributes, slots.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <string>
#include <vector>

namespace foreload {

enum class TemplateNodeKind : uint8_t {
  Element,    ///< `<div>`, `<my-element>`, `<slot>`: what is no component
  Component,  ///< `<Card>`, `<ui.Card>`: an ASCII capital first or a dot inside, and no hyphen
  Fragment,   ///< `<>` or `<Fragment>`; also, without tags, what stands for one operand of an expression's JavaScript
              ///< though it is more than one element: `{a && <B/> <C/>}`, `{<!-- c --> <B/>}`, `{<B/> text}`
  Expression, ///< `{…}` among children or as an attribute's value; also an attribute's template literal or element
  Comment,    ///< `<!-- … -->`
};

enum class AttributeKind : uint8_t {
  Empty,           ///< `hidden`
  Quoted,          ///< `a="b"`, `a='b'`
  Unquoted,        ///< `a=b`
  Expression,      ///< `a={b}`
  Spread,          ///< `{...a}`
  Shorthand,       ///< `{a}`
  TemplateLiteral, ///< a=`b${c}`
};

constexpr uint32_t no_node = UINT32_MAX;

struct TemplateAttribute {
  AttributeKind kind;
  Span name;  ///< for Spread empty; for Shorthand the identifier
  Span value; ///< without quotes or braces; for Spread what follows the dots; for TemplateLiteral with its backticks
  uint32_t expression = no_node; ///< the Expression node of an Expression, Spread, Shorthand or TemplateLiteral value;
                                 ///< of an Expression without braces (`a=<B/>`), too
};

/// Nodes stand in source order, parents before children: a subtree is the range [i, nodes[i].subtree_end).
struct TemplateNode {
  TemplateNodeKind kind;
  bool in_attribute = false; ///< an Expression that is an attribute's value, not a child
  bool raw = false;          ///< its content was not parsed: `is:raw`, `<script>`, `<style>`
  uint32_t parent = no_node; ///< the nearest enclosing node
  uint32_t subtree_end = 0;
  Span span;    ///< the whole node, closing tag or brace included
  Span name;    ///< the tag's name as written (`ui.Card`); empty for `<>`
  Span content; ///< between the tags; for an Expression the JavaScript: what is between the braces,
                ///< without a spread's dots, or the whole template literal or element
  uint32_t first_attribute = 0;
  uint32_t attribute_count = 0;
};

struct TemplateError {
  Span span;
  std::string message; ///< lower-case, without a full stop
};

struct TemplateTree {
  std::vector<TemplateNode> nodes;
  std::vector<TemplateAttribute> attributes;
  std::vector<TemplateError> errors; ///< not empty: the markup is not well-formed, and nodes is what could be read

  /// The attribute of \p node that is called \p name, or nullptr.
  const TemplateAttribute *find_attribute(llvm::StringRef text, const TemplateNode &node, llvm::StringRef name) const;
};

/// Parses the markup region of \p text in one pass without recursion on the call stack (input may nest without
/// bounds). All spans are offsets into \p text.
TemplateTree parse_template(llvm::StringRef text, Span markup);

} // namespace foreload
