// Writing files so that nobody meets half of one.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <system_error>

namespace foreload {

/// Writes a file whole or not at all: to a temporary beside it, which then takes its name. Makes the folders above it.
std::error_code replace_file(llvm::StringRef file, llvm::StringRef text);

} // namespace foreload
