#include "common/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace spoor {
namespace {

TEST(SystemClock, TellsBothTimes) {
  const time_t before = std::time(nullptr);
  const Instant first = SystemClock().now();
  const Instant second = SystemClock().now();
  const time_t after = std::time(nullptr);
  EXPECT_GE(first.realtime_ns / kNsPerSecond, before - 1);
  EXPECT_LE(first.realtime_ns / kNsPerSecond, after + 1);
  EXPECT_GT(first.boottime_ns, 0);
  EXPECT_LE(first.boottime_ns, second.boottime_ns);
}

}  // namespace
}  // namespace spoor
