// What a Markdown component says about itself: what it includes, and where text is to be put into it.
//
// Facts of a component come from its bytes alone. So they are cached by content, and found in any order on any thread.
#pragma once
#include "source/diagnostic.h"

#include <memory>

namespace foreload {

/// A component that another one names, by an entry of `includes:` or by `{{component: path}}`.
struct ComponentReference {
  std::string path; ///< as it is written
  Span span;
};

/// A place of the text that something else is put in for.
struct ComponentSlot {
  enum Kind : uint8_t { Component, Variable };
  Kind kind = Component;
  uint32_t name = 0; ///< Component: into `references`; Variable: into `variables`
  Span span;         ///< from the first brace to the last
};

/// Immutable once made.
struct MarkdownComponent {
  std::shared_ptr<const SourceFile> source;
  std::string digest; ///< SHA-256 of the text
  /// Where the text begins that another component includes: behind the front matter and the blank lines after it.
  uint32_t body_begin = 0;
  std::vector<ComponentReference> includes;   ///< of the front matter, in its order
  std::vector<ComponentReference> references; ///< of the body, in its order
  std::vector<std::string> variables;         ///< what stands between the braces of `{name}`
  std::vector<ComponentSlot> slots;           ///< in the order of the text
  std::vector<Diagnostic> diagnostics;
};

/// Reads a component. With \p leave_code_fences, what stands in fenced code is text and nothing else.
///
/// `{{component: path}}` is a reference. Any other `{{…}}` belongs to some other tool and is text. `{name}` is a variable
/// whose value the context has to know; a backslash before either of them makes it text.
std::shared_ptr<const MarkdownComponent> parse_markdown_component(std::shared_ptr<const SourceFile> source,
                                                                  bool leave_code_fences);

/// Whether \p name looks like a variable's, so that it is worth a word if nobody knows it. `{1, 2}` and `{ }` do not.
bool is_variable_name(llvm::StringRef name);

} // namespace foreload
