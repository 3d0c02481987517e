#include "agent/uplink/backoff.h"

#include <gtest/gtest.h>

namespace spoor::uplink {
namespace {

TEST(BackoffTest, DoublesUpToItsBoundWithinItsHalves) {
  Backoff backoff(100, 1000, 1);
  for (const int64_t most : {100, 200, 400, 800, 1000, 1000}) {
    const int64_t wait = backoff.next_ms();
    EXPECT_GE(wait, most / 2);
    EXPECT_LE(wait, most);
  }
  backoff.reset();
  EXPECT_LE(backoff.next_ms(), 100);
}

TEST(BackoffTest, TwoHostsDoNotWaitAlike) {
  Backoff a(1'000'000, 1'000'000, 1);
  Backoff b(1'000'000, 1'000'000, 2);
  EXPECT_NE(a.next_ms(), b.next_ms());
}

TEST(BackoffTest, JitterStaysWithinItsBound) {
  Backoff backoff(100, 1000, 1);
  int64_t most = 0;
  for (int i = 0; i < 100; ++i) {
    const int64_t jitter = backoff.jitter_ms(50);
    EXPECT_GE(jitter, 0);
    EXPECT_LE(jitter, 50);
    most = std::max(most, jitter);
  }
  EXPECT_GT(most, 25);
  EXPECT_EQ(backoff.jitter_ms(0), 0);
}

}  // namespace
}  // namespace spoor::uplink
