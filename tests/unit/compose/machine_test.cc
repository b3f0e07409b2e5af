#include "compose/machine.h"

#include <doctest/doctest.h>

using namespace foreload;

TEST_CASE("a machine that is busy or short of memory gets fewer workers") {
  CHECK(recommended_workers({.cores = 4, .load = 0.5, .available_memory = 0.6}) == 16);
  CHECK(recommended_workers({.cores = 4, .load = 3.5, .available_memory = 0.6}) == 8);
  CHECK(recommended_workers({.cores = 4, .load = 0.5, .available_memory = 0.1}) == 2);
}

TEST_CASE("there are always some workers, and never too many") {
  CHECK(recommended_workers({.cores = 1}) == 8);
  CHECK(recommended_workers({.cores = 0, .load = 9, .available_memory = 0}) == 2);
  CHECK(recommended_workers({.cores = 256}) == 32);
}

TEST_CASE("this machine has cores and memory") {
  MachineState machine = read_machine_state();
  CHECK(machine.cores >= 1);
  CHECK(machine.available_memory > 0);
  CHECK(machine.available_memory <= 1);
}
