#include "foreload/foreload.h"

#include <string_view>

#define TEXT_OF(number) #number
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

static constexpr std::string_view version = DOTTED(FL_VERSION_MAJOR, FL_VERSION_MINOR, FL_VERSION_PATCH);
static_assert(version == FORELOAD_VERSION, "the header's version and package.json's differ");

uint32_t fl_version_number(void) { return FL_VERSION_MAJOR * 10000 + FL_VERSION_MINOR * 100 + FL_VERSION_PATCH; }

const char *fl_version_string(void) { return version.data(); }

uint32_t fl_abi_version(void) { return FL_ABI_VERSION; }
