// Reading size-prefixed structs that a program compiled with an older or a newer header handed in.
#pragma once
#include "error.h"

#include <algorithm>
#include <cstring>

namespace foreload::abi {

/// Copies \p given over \p options, which holds the defaults. \p smallest is the size of the struct in its first
/// version. Fields that an older caller does not have keep their defaults; a newer caller's extra fields must be zero.
template <typename Options>
fl_status read_options(Options &options, const Options *given, size_t smallest, const char *name) {
  if (!given)
    return fail(FL_ERROR_INVALID_ARGUMENT, "%s is NULL", name);
  size_t size = given->size;
  if (size < smallest)
    return fail(FL_ERROR_INVALID_ARGUMENT, "%s.size is %zu, which is less than %zu: was the struct initialised?", name,
                size, smallest);
  const char *bytes = reinterpret_cast<const char *>(given);
  for (size_t at = sizeof(Options); at < size; ++at)
    if (bytes[at] != 0)
      return fail(FL_ERROR_UNSUPPORTED, "%s sets a field that foreload %s does not know", name, fl_version_string());
  std::memcpy(&options, given, std::min(size, sizeof(Options)));
  options.size = sizeof(Options);
  return FL_OK;
}

} // namespace foreload::abi
