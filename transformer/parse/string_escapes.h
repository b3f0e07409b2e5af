// The escapes of JavaScript's string literals and names.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <string>

namespace foreload {

/// What \p literal, the inside of a string or of a template literal without substitutions, or a name, stands for. A
/// wrong escape stands for itself without the backslash.
std::string without_escapes(llvm::StringRef literal);

} // namespace foreload
