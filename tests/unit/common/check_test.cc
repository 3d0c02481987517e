#include "common/check.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Check, PassesAndAborts) {
  int evaluated = 0;
  CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "check_test.cc:.*1 \\+ 1 == 3");
}

}  // namespace
}  // namespace spoor
