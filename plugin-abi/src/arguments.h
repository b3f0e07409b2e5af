// Checking what a program handed in.
#pragma once
#include "error.h"

#include <llvm/ADT/StringRef.h>

#include <algorithm>
#include <string>

namespace foreload::abi {

inline llvm::StringRef text_of(fl_str text) { return {text.data, text.size}; }

inline fl_status check_text(fl_str text, const char *name) {
  if (!text.data && text.size)
    return fail(FL_ERROR_INVALID_ARGUMENT, "%s has a size and no data", name);
  return FL_OK;
}

inline fl_status check_path(fl_str path, const char *name) {
  if (fl_status status = check_text(path, name))
    return status;
  if (path.size == 0 || path.data[0] != '/')
    return fail(FL_ERROR_INVALID_ARGUMENT, "%s is no absolute path: '%.*s'", name,
                static_cast<int>(std::min<size_t>(path.size, 256)), path.size ? path.data : "");
  return FL_OK;
}

/// Each of a list of strings.
inline fl_status check_texts(const fl_str *texts, size_t count, const char *name) {
  if (!texts && count)
    return fail(FL_ERROR_INVALID_ARGUMENT, "%s is NULL, and its count is not 0", name);
  for (size_t at = 0; at < count; ++at)
    if (fl_status status = check_text(texts[at], name))
      return status;
  return FL_OK;
}

/// `/` at the end of a folder's path means nothing to us; the host compares paths as text.
inline std::string folder_of(fl_str path) {
  llvm::StringRef text = text_of(path).rtrim('/');
  return text.empty() ? "/" : text.str();
}

} // namespace foreload::abi
