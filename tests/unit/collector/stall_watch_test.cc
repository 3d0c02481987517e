#include "collector/stall_watch.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace spoor::collector {
namespace {

TEST(StallWatch, OnlyATurnThatIsNotDoneIsStalled) {
  FakeClock clock;
  StallWatch watch(clock, 3 * kNsPerSecond);
  clock.advance_ns(60 * kNsPerSecond);
  EXPECT_FALSE(watch.is_stalled());
  watch.begin();
  clock.advance_ns(3 * kNsPerSecond - 1);
  EXPECT_FALSE(watch.is_stalled());
  clock.advance_ns(1);
  EXPECT_TRUE(watch.is_stalled());
  watch.end();
  EXPECT_FALSE(watch.is_stalled());
  watch.begin();
  EXPECT_FALSE(watch.is_stalled());
}

}  // namespace
}  // namespace spoor::collector
