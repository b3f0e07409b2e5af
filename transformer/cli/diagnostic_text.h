// Diagnostics for people: the message, the place, and the line that it is about.
#pragma once
#include "cli/terminal.h"
#include "source/diagnostic.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/VirtualFileSystem.h>

namespace foreload::cli {

/// \p file_system gives the lines; a file that is not there any more, or is shorter now, is named without a line.
/// Paths below \p folder are shown relative to it.
std::string diagnostic_text(llvm::ArrayRef<Diagnostic> diagnostics, llvm::vfs::FileSystem &file_system,
                            llvm::StringRef folder, Painter paint);

/// "2 errors, 1 warning"; empty if there is neither.
std::string diagnostic_summary(llvm::ArrayRef<Diagnostic> diagnostics);

bool has_errors(llvm::ArrayRef<Diagnostic> diagnostics);

/// \p path as it is shown: relative to \p folder if it is below it.
llvm::StringRef shown_path(llvm::StringRef path, llvm::StringRef folder);

/// Source text as a terminal may show it: tabs of a known width, and no control character that a file could hide to
/// command the terminal.
std::string printable(llvm::StringRef text);

/// How many columns \p text takes on a terminal.
size_t shown_columns(llvm::StringRef text);

/// \p text with no more than \p columns columns: the end gives way.
std::string shortened(std::string text, size_t columns);

/// "1 file", "2 files".
std::string counted(size_t count, llvm::StringRef noun);

} // namespace foreload::cli
