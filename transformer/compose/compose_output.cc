#include "compose/compose_output.h"
#include "engine/replace_file.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace foreload {

size_t write_components(const ComposeResult &result, llvm::StringRef base, llvm::StringRef out,
                        std::vector<Diagnostic> &diagnostics) {
  size_t written = 0;
  for (const ComponentResult &component : result.components) {
    if (!component.requested || !component.composed)
      continue;
    llvm::SmallString<128> file = out, source = base;
    llvm::sys::path::append(file, component.path);
    llvm::sys::path::append(source, component.path);
    SourceFile place(file.str().str(), "");
    bool is_same = false;
    if (!llvm::sys::fs::equivalent(file, source, is_same) && is_same) {
      diagnostics.push_back(
          diagnose(place, {}, 9003, Severity::Error, "the output would be written over the component"));
    } else if (std::error_code error = replace_file(file, component.composed->content)) {
      diagnostics.push_back(
          diagnose(place, {}, 9002, Severity::Error, "the file could not be written: " + error.message()));
    } else {
      ++written;
    }
  }
  return written;
}

} // namespace foreload
