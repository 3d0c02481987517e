#include "agent/kernel_seat.h"

#include <gtest/gtest.h>

#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// Taking the seat and putting things back are for tests/system, which takes turns at it.
TEST(KernelSeatTest, SeatThatIsNotOursIsKnown) {
  SPOOR_NEEDS_ROOT();
  auto seat = KernelSeat::open("/nowhere");
  ASSERT_TRUE(seat.is_ok()) << seat.status().message();
  const auto look = (*seat)->look();
  ASSERT_TRUE(look.is_ok()) << look.status().message();
  EXPECT_FALSE(look->holder.is_us);
  EXPECT_EQ(look->holder.pid, look->status.pid);
}

TEST(KernelSeatTest, InheritedSeatIsOursUntilWeHaveOneOfOurOwn) {
  SPOOR_NEEDS_ROOT();
  auto opened = KernelSeat::open("/nowhere");
  ASSERT_TRUE(opened.is_ok()) << opened.status().message();
  KernelSeat& seat = **opened;
  const auto look = seat.look();
  ASSERT_TRUE(look.is_ok());
  if (look->holder.pid == 0) GTEST_SKIP() << "nobody has the seat";
  seat.inherit(look->holder.pid);
  EXPECT_TRUE(seat.look()->holder.is_us);
  EXPECT_FALSE(seat.look()->holder.is_other());
  seat.became_own();
  EXPECT_FALSE(seat.look()->holder.is_us);
}

TEST(KernelSeatTest, HolderInWords) {
  EXPECT_EQ(describe(SeatHolder{.pid = 12, .lives = true, .name = "auditd"}), "pid 12 (auditd)");
  EXPECT_EQ(describe(SeatHolder{.pid = 12}), "pid 12 (gone)");
}

TEST(KernelSeatTest, OnlyOneThatLivesAndIsNotUsIsInTheWay) {
  EXPECT_FALSE(SeatHolder{}.is_other());
  EXPECT_FALSE((SeatHolder{.pid = 12, .lives = false}).is_other()) << "the kernel forgets it soon";
  EXPECT_FALSE((SeatHolder{.pid = 12, .is_us = true, .lives = true}).is_other());
  EXPECT_TRUE((SeatHolder{.pid = 12, .lives = true}).is_other());
}

}  // namespace
}  // namespace spoor::agent
