// For tests that need root on the init namespaces: skipped elsewhere, never under CI.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

// Leaves the test when it cannot be run here.
#define SPOOR_NEEDS_ROOT()                                                        \
  do {                                                                            \
    if (geteuid() != 0) {                                                         \
      if (std::getenv("CI") != nullptr) FAIL() << "needs root, and CI must have it"; \
      GTEST_SKIP() << "needs root";                                               \
    }                                                                             \
  } while (false)
