#include "error.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace foreload::abi {

// A plain buffer rather than a string: recording that memory ran out must not need memory.
static thread_local char last_error[512];
static thread_local size_t last_error_size;

fl_status fail(fl_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = std::vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  last_error_size = size < 0 ? 0 : std::min(static_cast<size_t>(size), sizeof last_error - 1);
  return status;
}

} // namespace foreload::abi

fl_str fl_last_error(void) { return {foreload::abi::last_error, foreload::abi::last_error_size}; }
