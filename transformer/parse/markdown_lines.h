// Markdown and MDX, line by line: as much of their structure as imports and components need.
#pragma once
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>

#include <vector>

namespace foreload {

/// Calls \p line with each line of \p content outside of fenced code, without its line end.
void for_each_text_line(llvm::StringRef content, llvm::function_ref<void(llvm::StringRef text)> line);

/// The lines of the import statements of an MDX file. They stand at the top level: at the beginning of a line, up to
/// the next blank one.
std::vector<llvm::StringRef> mdx_import_lines(llvm::StringRef content);

} // namespace foreload
