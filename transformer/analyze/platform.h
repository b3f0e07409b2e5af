// What code of others names mean: globals of the platform, and modules of Node.
#pragma once
#include <llvm/ADT/StringRef.h>

namespace foreload::analyze {

/// Whether a free name may be somebody's variable: `declare global { var locale: string }`. By convention platforms'
/// classes begin with a capital, and what build tools put a constant in place of does so (`DEBUG`) or with underscores.
bool is_variable_name(llvm::StringRef name);

/// Globals that belong to the platform: everybody reads them, and nobody replaces them.
bool is_platform_global(llvm::StringRef name);

/// What a function of `fs` does with the path that it is given first; to many files, if that is a folder.
enum class FileUse : uint8_t { None, Read, Write, ReadMany, WriteMany };
/// \p function may end in `Sync`.
FileUse file_use(llvm::StringRef function);

bool is_fs_module(llvm::StringRef specifier);
bool is_process_module(llvm::StringRef specifier);

} // namespace foreload::analyze
