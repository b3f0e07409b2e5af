// Text as a string literal that JavaScript and JSON read alike.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <string>

namespace foreload {

/// Appends \p text, which is valid UTF-8, between double quotes.
void append_string_literal(std::string &out, llvm::StringRef text);
std::string string_literal(llvm::StringRef text);
/// `import { name }` or `import { "any string" as name }`. What is no ASCII identifier is quoted, which is never wrong.
std::string export_name(llvm::StringRef name);

} // namespace foreload
