// How a failure leaves the C ABI: as a status, with a line of text for the thread that met it.
#pragma once
#include "foreload/foreload.h"

#include <exception>
#include <new>

namespace foreload::abi {

/// Records \p format (as printf) as what fl_last_error() says on this thread, and returns \p status. Does not allocate.
[[gnu::format(printf, 2, 3)]] fl_status fail(fl_status status, const char *format, ...);

/// Runs \p body, which returns an fl_status, and turns whatever it throws into one.
template <typename Body> fl_status guarded(Body &&body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(FL_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    return fail(FL_ERROR_INTERNAL, "unexpected failure: %s", error.what());
  } catch (...) {
    return fail(FL_ERROR_INTERNAL, "unexpected failure");
  }
}

} // namespace foreload::abi
