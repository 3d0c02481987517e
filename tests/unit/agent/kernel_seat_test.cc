#include "agent/kernel_seat.h"

#include <gtest/gtest.h>

#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// Taking the seat and putting things back are for tests/system, which takes turns at it.
TEST(KernelSeatTest, SeatThatIsNotOursIsNoticed) {
  SPOOR_NEEDS_ROOT();
  auto seat = KernelSeat::open("/nowhere");
  ASSERT_TRUE(seat.is_ok()) << seat.status().message();
  EXPECT_EQ(seat->lost_while_ours().code(), Code::denied);
}

}  // namespace
}  // namespace spoor::agent
