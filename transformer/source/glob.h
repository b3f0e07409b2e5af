// Patterns of paths.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <string>

namespace foreload {

/// Whether a glob matches all of \p text. `*` is anything but a slash, `**` anything, `**/` any folders or none, `?`
/// one character but a slash, `[a-z]` and `[!a-z]` one of some bytes, `{a,b}` either, `\` takes what follows as it is. Of what braces stand
/// for, the first 1,000 are tried: nobody writes more.
bool glob_matches(llvm::StringRef glob, llvm::StringRef text);

/// \p text as a glob that matches nothing else.
std::string escaped_glob(llvm::StringRef text);

/// The folders that \p glob begins with, without the slash at the end: those that all it matches is below.
std::string fixed_folder(llvm::StringRef glob);

} // namespace foreload
