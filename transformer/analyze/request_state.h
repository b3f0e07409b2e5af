// What code does with the parts of a request that loaders can see too: Astro.locals, Astro.cookies, the request's body.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/DenseMap.h>

namespace foreload::analyze {

/// Follows the names that stand for Astro, its locals and its cookies: `const { locals } = Astro; locals.user = …`.
class RequestState {
public:
  /// \p outer: of the frontmatter, whose names template expressions see; null for the frontmatter itself.
  RequestState(const Code &code, const RequestState *outer);
  /// Of a loader, whose \p parameter, the context, has these parts as Astro has.
  RequestState(const Code &code, SyntaxIndex parameter);

  /// Whether the use \p name of a name may change locals or cookies, or reads the request's body.
  bool is_changed_by(SyntaxIndex name) const;
  /// Whether \p text can name them at all: a check that is cheaper than parsing it.
  bool may_occur_in(llvm::StringRef text) const;

private:
  enum class Object : uint8_t { None, Astro, Locals, Cookies, Request, PartOfLocals };

  void collect_aliases();
  void add_pattern_alias(SyntaxIndex element, Object object);
  void add_alias(SyntaxIndex name, Object object);
  static Object member_object(Object object, llvm::StringRef member);
  BindingIndex binding_of(SyntaxIndex name) const;
  Object object_of_name(SyntaxIndex name) const;
  Object object_of(SyntaxIndex expression) const;
  bool is_aliased(SyntaxIndex parent, SyntaxIndex value) const;
  /// Whether \p node is all that a template expression is, so that its value is used.
  bool is_expression_of_markup(SyntaxIndex node) const;
  bool is_written_by_call(SyntaxIndex value) const;
  bool calls_for_effect(SyntaxIndex value) const;

  const Code &code_;
  const SyntaxTree &tree_;
  const RequestState *outer_;
  llvm::DenseMap<BindingIndex, Object> aliases_;
};

} // namespace foreload::analyze
