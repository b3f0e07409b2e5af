#include "engine/replace_file.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

namespace foreload {

namespace fs = llvm::sys::fs;

std::error_code replace_file(llvm::StringRef file, llvm::StringRef text) {
  if (std::error_code error = fs::create_directories(llvm::sys::path::parent_path(file)))
    return error;
  llvm::SmallString<128> temporary;
  int descriptor;
  if (std::error_code error = fs::createUniqueFile(file + ".%%%%%%%%", descriptor, temporary))
    return error;
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << text;
  stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  if (!error)
    error = fs::rename(temporary, file);
  if (error)
    fs::remove(temporary);
  return error;
}

} // namespace foreload
