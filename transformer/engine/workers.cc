#include "engine/workers.h"

#include <system_error>

namespace foreload {

bool Workers::start() {
  // This is how the standard library says that there is no thread left, as in a container that allows few.
  try {
    threads_.emplace_back(work_, count());
  } catch (const std::system_error &) {
    return false;
  }
  return true;
}

void Workers::join() {
  for (std::thread &thread : threads_)
    thread.join();
  threads_.clear();
}

} // namespace foreload
