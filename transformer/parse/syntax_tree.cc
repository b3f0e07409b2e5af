#include "parse/syntax_tree.h"

#include "parse/quick_parser.h"

#include <llvm/ADT/StringSwitch.h>
#include <tree_sitter/api.h>

#include <algorithm>
#include <memory>

extern "C" const TSLanguage *tree_sitter_tsx(void);

namespace foreload {

namespace {

struct ParserDeleter {
  void operator()(TSParser *parser) const { ts_parser_delete(parser); }
};
struct TreeDeleter {
  void operator()(TSTree *tree) const { ts_tree_delete(tree); }
};

/// One parser a thread: making one costs more than parsing a small frontmatter.
TSParser *thread_parser() {
  thread_local std::unique_ptr<TSParser, ParserDeleter> parser = [] {
    std::unique_ptr<TSParser, ParserDeleter> made(ts_parser_new());
    ts_parser_set_language(made.get(), tree_sitter_tsx());
    return made;
  }();
  return parser.get();
}

/// From the grammar's numbers to ours.
struct LanguageTables {
  std::vector<SyntaxKind> kinds;
  std::vector<SyntaxField> fields;

  LanguageTables() {
    const TSLanguage *language = tree_sitter_tsx();
    for (uint32_t i = 0, n = ts_language_symbol_count(language); i < n; ++i) {
      auto symbol = static_cast<TSSymbol>(i);
      if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) {
        kinds.push_back(SyntaxKind::Token);
        continue;
      }
      kinds.push_back(llvm::StringSwitch<SyntaxKind>(ts_language_symbol_name(language, symbol))
#define X(name, text) .Case(text, SyntaxKind::name)
                          FORELOAD_SYNTAX_KINDS(X)
#undef X
                              .Default(SyntaxKind::Other));
    }
    fields.push_back(SyntaxField::None); // field ids start at 1
    for (uint32_t i = 1, n = ts_language_field_count(language); i <= n; ++i)
      fields.push_back(
          llvm::StringSwitch<SyntaxField>(ts_language_field_name_for_id(language, static_cast<TSFieldId>(i)))
#define X(name, text) .Case(text, SyntaxField::name)
              FORELOAD_SYNTAX_FIELDS(X)
#undef X
                  .Default(SyntaxField::None));
  }
};

const LanguageTables &language_tables() {
  static const LanguageTables tables;
  return tables;
}

} // namespace

SyntaxTree SyntaxTree::parse(llvm::StringRef text, uint32_t base) {
  SyntaxTree result;
  return quick_parse(text, base, result.nodes_) ? result : parse_by_grammar(text, base);
}

SyntaxTree SyntaxTree::parse_by_grammar(llvm::StringRef text, uint32_t base) {
  const LanguageTables &tables = language_tables();
  std::unique_ptr<TSTree, TreeDeleter> tree(
      ts_parser_parse_string(thread_parser(), nullptr, text.data(), static_cast<uint32_t>(text.size())));

  SyntaxTree result;
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree.get()));
  SyntaxIndex parent = no_syntax;
  for (;;) {
    TSNode node = ts_tree_cursor_current_node(&cursor);
    auto index = static_cast<SyntaxIndex>(result.nodes_.size());
    TSSymbol symbol = ts_node_symbol(node);
    Span span{ts_node_start_byte(node) + base, ts_node_end_byte(node) + base};
    if ((ts_node_is_error(node) || ts_node_is_missing(node)) && !result.first_error_)
      result.first_error_ = span;
    SyntaxKind kind = symbol < tables.kinds.size() ? tables.kinds[symbol] : SyntaxKind::Other;
    result.nodes_.push_back({kind, tables.fields[ts_tree_cursor_current_field_id(&cursor)], parent, index + 1, span});

    if (ts_tree_cursor_goto_first_child(&cursor)) {
      parent = index;
      continue;
    }
    // `index` is now the node whose subtree has just ended.
    for (;;) {
      result.nodes_[index].subtree_end = static_cast<SyntaxIndex>(result.nodes_.size());
      if (ts_tree_cursor_goto_next_sibling(&cursor))
        break;
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        ts_tree_cursor_delete(&cursor);
        result.mend_operator_calls();
        result.end_before_comments();
        return result;
      }
      index = parent;
      parent = result.nodes_[index].parent;
    }
  }
}

Span original_span(llvm::ArrayRef<TextPiece> pieces, Span span) {
  auto origin = [&](uint32_t offset, bool is_end) {
    // A node ends with the piece that its last byte is in.
    auto after = std::upper_bound(pieces.begin(), pieces.end(), is_end && offset > 0 ? offset - 1 : offset,
                                  [](uint32_t at, const TextPiece &piece) { return at < piece.offset; });
    return std::prev(after)->origin + (offset - std::prev(after)->offset);
  };
  return {origin(span.begin, false), origin(span.end, !span.empty())};
}

SyntaxTree SyntaxTree::parse(llvm::StringRef text, llvm::ArrayRef<TextPiece> pieces) {
  SyntaxTree tree = parse(text, uint32_t(0));
  for (SyntaxNode &node : tree.nodes_)
    node.span = original_span(pieces, node.span);
  if (tree.first_error_)
    tree.first_error_ = original_span(pieces, *tree.first_error_);
  return tree;
}

/// Whether a node of this kind stands behind its first child, so that an operator cannot be that without parentheses.
static bool is_postfix(const SyntaxNode &node, const SyntaxNode &first_child) {
  switch (node.kind) {
  case SyntaxKind::CallExpression:
    return first_child.field == SyntaxField::Function;
  case SyntaxKind::MemberExpression:
  case SyntaxKind::SubscriptExpression:
    return first_child.field == SyntaxField::Object;
  default:
    return node.kind == SyntaxKind::NonNullExpression;
  }
}

/// The grammar reads `await f<T>()` as `(await f)<T>()`, `await f<T>().g()` as `(await f)<T>().g()` and `a + f<T>()` as
/// `(a + f)<T>()`, if there are type arguments. A call or a member of what an operator makes needs parentheses, so where
/// there are none the two are swapped: in source order that only moves the node to its real first child.
void SyntaxTree::mend_operator_calls() {
  // What is mended inside may have to be mended around.
  for (SyntaxIndex outer = size(); outer-- > 0;)
    for (SyntaxIndex i = outer; i + 1 < size() && nodes_[i].subtree_end > i + 1;) {
      SyntaxKind below = nodes_[i + 1].kind;
      if (!is_postfix(nodes_[i], nodes_[i + 1]) ||
          (below != SyntaxKind::AwaitExpression && below != SyntaxKind::UnaryExpression &&
           below != SyntaxKind::BinaryExpression))
        break;
      SyntaxIndex operand = no_syntax;
      for (SyntaxIndex at = first_child(i + 1); at != no_syntax; at = next_sibling(at))
        operand = at;
      if (operand == no_syntax || nodes_[operand].kind == SyntaxKind::Token ||
          nodes_[operand].kind == SyntaxKind::Comment)
        break;
      SyntaxIndex target = operand - 1; // where the node goes
      SyntaxNode moved = nodes_[i];
      SyntaxField of_first = nodes_[i + 1].field;
      for (SyntaxIndex at = nodes_[i + 1].subtree_end; at < nodes_[i].subtree_end; at = nodes_[at].subtree_end)
        nodes_[at].parent = target;
      SyntaxField field = nodes_[operand].field;
      nodes_[operand].parent = target;
      nodes_[operand].field = of_first;
      for (SyntaxIndex at = i; at < target; ++at) {
        nodes_[at] = nodes_[at + 1];
        --nodes_[at].parent; // what was below the operator was below i + 1
        --nodes_[at].subtree_end;
      }
      nodes_[i].parent = moved.parent;
      nodes_[i].field = moved.field;
      nodes_[i].span = moved.span;
      nodes_[i].subtree_end = moved.subtree_end;
      moved.parent = i;
      moved.field = field;
      moved.span.begin = nodes_[operand].span.begin;
      nodes_[target] = moved;
      i = target;
    }
}

/// The grammar lets a node end with the comments that follow it: `if (a) {} // b`. Ours end where the code does.
void SyntaxTree::end_before_comments() {
  for (SyntaxIndex i = size(); i-- > 1;) { // children before parents; the program spans its whole text
    uint32_t end = 0;
    for (SyntaxIndex at = first_child(i); at != no_syntax; at = next_sibling(at))
      if (nodes_[at].kind != SyntaxKind::Comment)
        end = nodes_[at].span.end;
    if (end != 0 && first_child(i) != no_syntax)
      nodes_[i].span.end = end;
  }
}

SyntaxIndex SyntaxTree::child(SyntaxIndex index, SyntaxField field) const {
  for (SyntaxIndex at = first_child(index); at != no_syntax; at = next_sibling(at))
    if (nodes_[at].field == field && nodes_[at].kind != SyntaxKind::Comment)
      return at;
  return no_syntax;
}

SyntaxIndex SyntaxTree::child(SyntaxIndex index, SyntaxKind kind) const {
  for (SyntaxIndex at = first_child(index); at != no_syntax; at = next_sibling(at))
    if (nodes_[at].kind == kind)
      return at;
  return no_syntax;
}

SyntaxIndex SyntaxTree::first_named_child(SyntaxIndex index) const {
  for (SyntaxIndex at = first_child(index); at != no_syntax; at = next_sibling(at))
    if (nodes_[at].kind != SyntaxKind::Token && nodes_[at].kind != SyntaxKind::Comment)
      return at;
  return no_syntax;
}

} // namespace foreload
