// What the names in code lead to outside of the function that they stand in.
#pragma once
#include "analyze/context.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/SmallVector.h>

#include <algorithm>
#include <vector>

namespace foreload::analyze {

inline bool is_one_of(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Methods of arrays, maps, sets, URLSearchParams and the like that change them.
bool is_mutating_method(llvm::StringRef name);

/// What an expression leads to outside of the function that it stands in: something, and properties of it.
struct Path {
  enum class Root : uint8_t {
    None,
    Module,  ///< a variable of the module; index: its binding
    Import,  ///< index into ModuleFacts::imports
    Global,  ///< a free name
    Request, ///< `Astro`, or a loader's context
  } root = Root::None;
  uint32_t index = 0;
  llvm::StringRef global;
  llvm::SmallVector<llvm::StringRef, 4> members; ///< an empty one: it cannot be told
  bool is_looked_up = false;                     ///< through a method such as `get`, of a collection in all likelihood

  llvm::StringRef member(size_t at) const { return at < members.size() ? members[at] : llvm::StringRef(); }
};

/// A use of a name with what surrounds it.
struct Access {
  Path path;
  SyntaxIndex whole = no_syntax; ///< the longest `a.b[c]`
  SyntaxIndex call = no_syntax;  ///< the call of the method `method` of what path names
  llvm::StringRef method;
  bool assigns = false;    ///< the last property of the path, or the variable itself
  bool is_renamed = false; ///< it is given another name, which is followed: `const { user } = Astro.locals`
};

/// One parsed piece of code with what its names lead to.
class Names {
public:
  /// \p outer: of the frontmatter, for an expression of the markup. \p request: a parameter that is a loader's context.
  Names(const Context &context, const Code &code, const Names *outer, SyntaxIndex request = no_syntax);

  const Code &code() const { return code_; }

  /// Where a variable of this code is named, in source order, without its declaration.
  llvm::ArrayRef<SyntaxIndex> uses_of(BindingIndex binding) const { return uses_[binding]; }

  /// Whether the variable lives as long as the module.
  bool is_of_module(BindingIndex index) const;

  /// Whether uses_of() are all uses that there are: not of what the markup or another module may name.
  bool is_seen_whole(BindingIndex index) const;

  Path path_of_name(SyntaxIndex name) const;

  /// What \p expression leads to, if it is a name with properties.
  Path path_of(SyntaxIndex expression) const;

  /// What is done at the use \p name of a name.
  Access access_of(SyntaxIndex name, bool is_written) const;

  /// `this.a.b`: the same for a keyword.
  Access access_of_this(SyntaxIndex keyword) const;

  /// `b` of `a.b`, `a["b"]` and `a?.b`; empty if it is computed.
  llvm::StringRef member_name(SyntaxIndex member) const;

  /// The value of a string literal; empty for anything else.
  llvm::StringRef literal(SyntaxIndex node) const;

  SyntaxIndex argument(SyntaxIndex call, unsigned index) const;

private:
  bool is_local(BindingIndex index) const;

  bool is_alias_name(SyntaxIndex name) const;

  Path path_of_binding(llvm::StringRef text, BindingIndex binding) const;

  /// What a local variable was given when it was declared.
  Path alias_of(const Binding &binding) const;

  /// Goes out from a name over its properties, and over lookups in collections. Returns how many there are.
  size_t follow_members(SyntaxIndex name, Access &access) const;

  const Context &context_;
  const Code &code_;
  const SyntaxTree &tree_;
  const Names *outer_;
  SyntaxIndex request_;
  std::vector<std::vector<SyntaxIndex>> uses_; ///< by binding
  std::vector<Path> aliases_;                  ///< by binding
};

} // namespace foreload::analyze
