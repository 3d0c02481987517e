#include "collector/receive/stream_allowance.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "common/clock.h"

namespace spoor::collector {
namespace {

TEST(StreamAllowance, SoManyAtOnceAndThenOneAfterTheOther) {
  StreamAllowance allowance;
  constexpr int64_t kNowNs = 7 * kNsPerSecond;
  EXPECT_EQ(allowance.wait_ms("web1", kStreamsBegunMax, kNowNs), 0);
  for (size_t i = 0; i < kStreamsBegunMax; ++i) {
    EXPECT_EQ(allowance.wait_ms("web1", 1, kNowNs), 0);
    allowance.begun("web1", kNowNs);
  }
  const int64_t wait_ms = allowance.wait_ms("web1", 4, kNowNs);
  EXPECT_GT(wait_ms, 0);
  EXPECT_LE(wait_ms, 4 * kStreamBegunEveryNs / kNsPerMs + 1);
  EXPECT_EQ(allowance.wait_ms("web2", 4, kNowNs), 0);
  const int64_t later_ns = kNowNs + wait_ms * kNsPerMs;
  EXPECT_EQ(allowance.wait_ms("web1", 4, later_ns), 0);
  EXPECT_GT(allowance.wait_ms("web1", 5, later_ns), 0);
}

TEST(StreamAllowance, AnAgentThatRestedHasAllOfItAndNoMore) {
  StreamAllowance allowance;
  for (size_t i = 0; i < kStreamsBegunMax; ++i) allowance.begun("web1", 0);
  constexpr int64_t kRestedNs = 100 * static_cast<int64_t>(kStreamsBegunMax) * kStreamBegunEveryNs;
  EXPECT_EQ(allowance.wait_ms("web1", kStreamsBegunMax, kRestedNs), 0);
  for (size_t i = 0; i < kStreamsBegunMax; ++i) allowance.begun("web1", kRestedNs);
  EXPECT_GT(allowance.wait_ms("web1", 1, kRestedNs), 0);
}

}  // namespace
}  // namespace spoor::collector
