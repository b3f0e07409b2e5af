// A TypeScript syntax tree as a flat array.
//
// tree-sitter's tree is copied into one vector in source order at once and dies here: the analyzer then walks an array
// (no recursion, so input may nest without bounds; no cursor state; nothing that is unsafe to share between threads).
// Most code gets the same array from a parser that is written by hand, in a fraction of the time.
#pragma once
#include "source/span.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <optional>
#include <vector>

namespace foreload {

/// The node types of tree-sitter-typescript that the analyzer tells apart. Order does not matter.
// clang-format off
#define FORELOAD_SYNTAX_KINDS(X)                                       \
  X(Program, "program")                                                \
  X(Identifier, "identifier")                                          \
  X(ShorthandProperty, "shorthand_property_identifier")                \
  X(ShorthandPropertyPattern, "shorthand_property_identifier_pattern") \
  X(PropertyName, "property_identifier")                               \
  X(TypeName, "type_identifier")                                       \
  X(This, "this")                                                      \
  X(Super, "super")                                                    \
  X(Import, "import")                                                  \
  X(MetaProperty, "meta_property")                                     \
  X(String, "string")                                                  \
  X(StringFragment, "string_fragment")                                 \
  X(Number, "number")                                                  \
  X(True, "true")                                                      \
  X(False, "false")                                                    \
  X(Null, "null")                                                      \
  X(Undefined, "undefined")                                            \
  X(Regex, "regex")                                                    \
  X(TemplateString, "template_string")                                 \
  X(TemplateSubstitution, "template_substitution")                     \
  X(Comment, "comment")                                                \
  X(ImportStatement, "import_statement")                               \
  X(ImportClause, "import_clause")                                     \
  X(NamespaceImport, "namespace_import")                               \
  X(NamedImports, "named_imports")                                     \
  X(ImportSpecifier, "import_specifier")                               \
  X(ImportAttribute, "import_attribute")                               \
  X(ImportRequireClause, "import_require_clause")                      \
  X(ImportAlias, "import_alias")                                       \
  X(ExportStatement, "export_statement")                               \
  X(ExportClause, "export_clause")                                     \
  X(ExportSpecifier, "export_specifier")                               \
  X(NamespaceExport, "namespace_export")                               \
  X(LexicalDeclaration, "lexical_declaration")                         \
  X(VariableDeclaration, "variable_declaration")                       \
  X(VariableDeclarator, "variable_declarator")                         \
  X(FunctionDeclaration, "function_declaration")                       \
  X(GeneratorFunctionDeclaration, "generator_function_declaration")    \
  X(FunctionExpression, "function_expression")                         \
  X(GeneratorFunction, "generator_function")                           \
  X(FunctionSignature, "function_signature")                           \
  X(ArrowFunction, "arrow_function")                                   \
  X(MethodDefinition, "method_definition")                             \
  X(FormalParameters, "formal_parameters")                             \
  X(RequiredParameter, "required_parameter")                           \
  X(OptionalParameter, "optional_parameter")                           \
  X(Class, "class")                                                    \
  X(ClassDeclaration, "class_declaration")                             \
  X(AbstractClassDeclaration, "abstract_class_declaration")            \
  X(ClassBody, "class_body")                                           \
  X(ClassStaticBlock, "class_static_block")                            \
  X(ClassHeritage, "class_heritage")                                   \
  X(ExtendsClause, "extends_clause")                                   \
  X(ImplementsClause, "implements_clause")                             \
  X(Decorator, "decorator")                                            \
  X(FieldDefinition, "public_field_definition")                        \
  X(EnumDeclaration, "enum_declaration")                               \
  X(EnumBody, "enum_body")                                             \
  X(EnumAssignment, "enum_assignment")                                 \
  X(Module, "module")                                                  \
  X(InternalModule, "internal_module")                                 \
  X(AmbientDeclaration, "ambient_declaration")                         \
  X(InterfaceDeclaration, "interface_declaration")                     \
  X(TypeAliasDeclaration, "type_alias_declaration")                    \
  X(TypeAnnotation, "type_annotation")                                 \
  X(TypeArguments, "type_arguments")                                   \
  X(TypeParameters, "type_parameters")                                 \
  X(TypeQuery, "type_query")                                           \
  X(TypePredicateAnnotation, "type_predicate_annotation")              \
  X(AssertsAnnotation, "asserts_annotation")                           \
  X(MethodSignature, "method_signature")                               \
  X(AbstractMethodSignature, "abstract_method_signature")              \
  X(IndexSignature, "index_signature")                                 \
  X(AsExpression, "as_expression")                                     \
  X(SatisfiesExpression, "satisfies_expression")                       \
  X(NonNullExpression, "non_null_expression")                          \
  X(InstantiationExpression, "instantiation_expression")               \
  X(ParenthesizedExpression, "parenthesized_expression")               \
  X(SequenceExpression, "sequence_expression")                         \
  X(CallExpression, "call_expression")                                 \
  X(NewExpression, "new_expression")                                   \
  X(Arguments, "arguments")                                            \
  X(MemberExpression, "member_expression")                             \
  X(SubscriptExpression, "subscript_expression")                       \
  X(OptionalChain, "optional_chain")                                   \
  X(AssignmentExpression, "assignment_expression")                     \
  X(AugmentedAssignment, "augmented_assignment_expression")            \
  X(UpdateExpression, "update_expression")                             \
  X(UnaryExpression, "unary_expression")                               \
  X(BinaryExpression, "binary_expression")                             \
  X(TernaryExpression, "ternary_expression")                           \
  X(AwaitExpression, "await_expression")                               \
  X(YieldExpression, "yield_expression")                               \
  X(SpreadElement, "spread_element")                                   \
  X(Object, "object")                                                  \
  X(Array, "array")                                                    \
  X(Pair, "pair")                                                      \
  X(ComputedPropertyName, "computed_property_name")                    \
  X(ObjectPattern, "object_pattern")                                   \
  X(ArrayPattern, "array_pattern")                                     \
  X(PairPattern, "pair_pattern")                                       \
  X(RestPattern, "rest_pattern")                                       \
  X(AssignmentPattern, "assignment_pattern")                           \
  X(ObjectAssignmentPattern, "object_assignment_pattern")              \
  X(ExpressionStatement, "expression_statement")                       \
  X(StatementBlock, "statement_block")                                 \
  X(IfStatement, "if_statement")                                       \
  X(ElseClause, "else_clause")                                         \
  X(ForStatement, "for_statement")                                     \
  X(ForInStatement, "for_in_statement")                                \
  X(WhileStatement, "while_statement")                                 \
  X(DoStatement, "do_statement")                                       \
  X(SwitchStatement, "switch_statement")                               \
  X(SwitchBody, "switch_body")                                         \
  X(SwitchCase, "switch_case")                                         \
  X(SwitchDefault, "switch_default")                                   \
  X(TryStatement, "try_statement")                                     \
  X(CatchClause, "catch_clause")                                       \
  X(FinallyClause, "finally_clause")                                   \
  X(ReturnStatement, "return_statement")                               \
  X(ThrowStatement, "throw_statement")                                 \
  X(BreakStatement, "break_statement")                                 \
  X(ContinueStatement, "continue_statement")                           \
  X(LabeledStatement, "labeled_statement")                             \
  X(EmptyStatement, "empty_statement")                                 \
  X(NestedIdentifier, "nested_identifier")                             \
  X(JsxOpeningElement, "jsx_opening_element")                          \
  X(JsxSelfClosingElement, "jsx_self_closing_element")                 \
  X(JsxClosingElement, "jsx_closing_element")
// clang-format on

enum class SyntaxKind : uint8_t {
  Other, ///< a named node that nobody asks for
  Token, ///< an anonymous node: punctuation or a keyword
#define X(name, text) name,
  FORELOAD_SYNTAX_KINDS(X)
#undef X
};

/// The fields that the analyzer asks for.
#define FORELOAD_SYNTAX_FIELDS(X)                                                                                      \
  X(Name, "name")                                                                                                      \
  X(Alias, "alias")                                                                                                    \
  X(Source, "source") X(Value, "value") X(Kind, "kind") X(Left, "left") X(Right, "right") X(Function, "function")      \
      X(Arguments, "arguments") X(Object, "object") X(Property, "property") X(Index, "index") X(Body, "body")          \
          X(Parameter, "parameter") X(Parameters, "parameters") X(Pattern, "pattern") X(Condition, "condition")        \
              X(Consequence, "consequence") X(Alternative, "alternative") X(Operator, "operator")                      \
                  X(Argument, "argument") X(Key, "key") X(Declaration, "declaration") X(Constructor, "constructor")    \
                      X(Initializer, "initializer") X(Increment, "increment")

enum class SyntaxField : uint8_t {
  None,
#define X(name, text) name,
  FORELOAD_SYNTAX_FIELDS(X)
#undef X
};

using SyntaxIndex = uint32_t;
constexpr SyntaxIndex no_syntax = UINT32_MAX;

struct SyntaxNode {
  SyntaxKind kind;
  SyntaxField field; ///< what it is to its parent
  SyntaxIndex parent;
  SyntaxIndex subtree_end; ///< its subtree is [own index, subtree_end)
  Span span;
};

/// Says that the text from \p offset of what is parsed on stands at \p origin of the file.
struct TextPiece {
  uint32_t offset;
  uint32_t origin;
};

/// Where \p span of a text that was put together from \p pieces stands in the file.
Span original_span(llvm::ArrayRef<TextPiece> pieces, Span span);

/// Immutable after parsing.
class SyntaxTree {
public:
  /// Parses \p text as TSX (what Astro's frontmatter is). Spans are offsets into \p text plus \p base. Never fails: see
  /// first_error().
  static SyntaxTree parse(llvm::StringRef text, uint32_t base);
  /// The same by the grammar alone, which is what the quick parser must not differ from.
  static SyntaxTree parse_by_grammar(llvm::StringRef text, uint32_t base);
  /// Parses text that was put together from \p pieces of a file, sorted by offset, the first at 0. Spans are offsets
  /// into the file.
  static SyntaxTree parse(llvm::StringRef text, llvm::ArrayRef<TextPiece> pieces);

  const SyntaxNode &operator[](SyntaxIndex index) const { return nodes_[index]; }
  SyntaxIndex size() const { return static_cast<SyntaxIndex>(nodes_.size()); }
  SyntaxIndex root() const { return 0; }

  /// Where the parser had to guess, if it did.
  const std::optional<Span> &first_error() const { return first_error_; }

  SyntaxIndex first_child(SyntaxIndex index) const {
    return nodes_[index].subtree_end > index + 1 ? index + 1 : no_syntax;
  }
  /// The node after \p index below the same parent, or no_syntax.
  SyntaxIndex next_sibling(SyntaxIndex index) const {
    SyntaxIndex next = nodes_[index].subtree_end;
    SyntaxIndex parent = nodes_[index].parent;
    return parent != no_syntax && next < nodes_[parent].subtree_end ? next : no_syntax;
  }
  /// The first child that has \p field, or no_syntax.
  SyntaxIndex child(SyntaxIndex index, SyntaxField field) const;
  /// The first child of \p kind, or no_syntax.
  SyntaxIndex child(SyntaxIndex index, SyntaxKind kind) const;
  /// The first child that is neither a token nor a comment, or no_syntax.
  SyntaxIndex first_named_child(SyntaxIndex index) const;

private:
  void mend_operator_calls();
  void end_before_comments();

  std::vector<SyntaxNode> nodes_;
  std::optional<Span> first_error_;
};

} // namespace foreload
