/* Checks for tests in C: print what failed and go on; the test fails at the end. */
#ifndef FORELOAD_TESTS_ABI_CHECK_H
#define FORELOAD_TESTS_ABI_CHECK_H
#include "foreload/foreload.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                                   \
      failures++;                                                                                                      \
    }                                                                                                                  \
  } while (0)

#endif
