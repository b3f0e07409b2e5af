// How many components are worth reading at once on this machine, now.
#pragma once
#include <cstdint>

namespace foreload {

struct MachineState {
  unsigned cores = 1;           ///< that this process may use
  double load = 0;              ///< processes that want to run, on average of the last minute
  double available_memory = 1;  ///< the part of the memory that is free or can be freed, from 0 to 1
};

/// Asks the operating system; what it does not tell is taken for idle. Thread-safe.
MachineState read_machine_state();

/// More than there are cores, because a worker waits for its disk most of the time; fewer on a machine that is short
/// of memory or has other work.
unsigned recommended_workers(const MachineState &machine);

} // namespace foreload
