#include "compose/machine.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Threading.h>

#include <algorithm>
#include <cstdlib>

namespace foreload {

/// The number behind \p key in Linux's /proc/meminfo; 0 if there is none.
static double memory_field(llvm::StringRef text, llvm::StringRef key) {
  size_t at = text.find(key);
  unsigned long long kilobytes = 0;
  if (at == llvm::StringRef::npos || text.substr(at + key.size()).ltrim().consumeInteger(10, kilobytes))
    return 0;
  return static_cast<double>(kilobytes);
}

MachineState read_machine_state() {
  MachineState machine;
  machine.cores = std::max(1u, llvm::hardware_concurrency().compute_thread_count());
#if defined(__linux__) || defined(__APPLE__)
  double load;
  if (getloadavg(&load, 1) == 1)
    machine.load = load;
#endif
  if (auto memory = llvm::MemoryBuffer::getFileAsStream("/proc/meminfo")) {
    llvm::StringRef text = (*memory)->getBuffer();
    double total = memory_field(text, "MemTotal:"), available = memory_field(text, "MemAvailable:");
    if (total > 0 && available > 0)
      machine.available_memory = available / total;
  }
  return machine;
}

unsigned recommended_workers(const MachineState &machine) {
  unsigned cores = std::max(1u, machine.cores);
  if (machine.available_memory < 0.2)
    return std::clamp(cores / 2, 2u, 8u); // each holds a file
  if (machine.load > 0.7 * cores)
    return std::clamp(2 * cores, 4u, 16u);
  return std::clamp(4 * cores, 8u, 32u);
}

} // namespace foreload
