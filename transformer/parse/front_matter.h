// The YAML at the top of Markdown files.
#pragma once
#include "source/span.h"

#include <llvm/ADT/StringRef.h>

#include <optional>
#include <string>

namespace foreload {

struct FrontMatter {
  Span yaml;                  ///< between the fences
  uint32_t content_begin = 0; ///< behind the closing fence
};

/// The front matter of a Markdown file: `---` at its top, behind a byte order mark or blank lines, up to the next line
/// that begins with it. As Astro has it.
std::optional<FrontMatter> find_front_matter(llvm::StringRef text);

struct YamlString {
  std::string value;
  Span span; ///< as it is written, with quotes
};

/// The text that \p key has at the top level of a YAML document, \p yaml of the file \p text. Nothing if it has none,
/// or what stands before it is no YAML.
std::optional<YamlString> find_yaml_string(llvm::StringRef text, Span yaml, llvm::StringRef key);

} // namespace foreload
