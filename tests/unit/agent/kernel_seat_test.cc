#include "agent/kernel_seat.h"

#include <gtest/gtest.h>

#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// Taking the seat and putting things back are for tests/system, which takes turns at it.
TEST(KernelSeatTest, LostCounterIsReadableWithoutTheSeat) {
  SPOOR_NEEDS_ROOT();
  auto seat = KernelSeat::open("/nowhere");
  ASSERT_TRUE(seat.is_ok()) << seat.status().message();
  const auto lost = seat->lost();
  EXPECT_TRUE(lost.is_ok()) << lost.status().message();
}

}  // namespace
}  // namespace spoor::agent
