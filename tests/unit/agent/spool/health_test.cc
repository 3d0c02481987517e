#include "agent/spool/health.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace spoor::agent {
namespace {

TEST(SpoolHealthTest, TroubleIsToldOnceAndItsEndAfterAWhile) {
  SpoolHealth health;
  FakeClock clock;
  EXPECT_FALSE(health.see(SpoolState::ok, true, 4, clock.now()));
  const auto began = health.see(SpoolState::disk_full, true, 5, clock.now());
  ASSERT_TRUE(began);
  EXPECT_EQ(began->state, SpoolState::disk_full);
  EXPECT_EQ(began->events_lost, 1u);
  // A byte that fits now and then is no end.
  for (int i = 0; i < 100; ++i) {
    clock.advance_ns(kNsPerSecond);
    EXPECT_FALSE(health.see(i % 5 == 0 ? SpoolState::disk_full : SpoolState::ok, true, 9,
                            clock.now()));
  }
  clock.advance_ns(10 * kNsPerSecond);
  const auto over = health.see(SpoolState::ok, true, 9, clock.now());
  ASSERT_TRUE(over);
  EXPECT_EQ(over->state, SpoolState::ok);
  EXPECT_EQ(over->events_lost, 5u);
  EXPECT_FALSE(health.see(SpoolState::ok, true, 9, clock.now()));
  EXPECT_EQ(health.state(), SpoolState::ok);
}

TEST(SpoolHealthTest, FullSpoolIsFullUntilThereIsRoom) {
  SpoolHealth health;
  FakeClock clock;
  ASSERT_TRUE(health.see(SpoolState::full, false, 100, clock.now()));
  clock.advance_ns(3600 * kNsPerSecond);
  EXPECT_FALSE(health.see(SpoolState::ok, false, 100, clock.now()));
  EXPECT_TRUE(health.see(SpoolState::ok, true, 100, clock.now()));
}

TEST(SpoolHealthTest, OtherTroubleIsTold) {
  SpoolHealth health;
  FakeClock clock;
  ASSERT_TRUE(health.see(SpoolState::disk_full, true, 0, clock.now()));
  EXPECT_FALSE(health.see(SpoolState::io_error, true, 0, clock.now()));  // at once, it is noise
  clock.advance_ns(11 * kNsPerSecond);
  const auto other = health.see(SpoolState::io_error, true, 0, clock.now());
  ASSERT_TRUE(other);
  EXPECT_EQ(other->state, SpoolState::io_error);
}

}  // namespace
}  // namespace spoor::agent
