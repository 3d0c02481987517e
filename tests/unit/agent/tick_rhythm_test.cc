#include "agent/tick_rhythm.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

constexpr int64_t kStart = 1'000'000'000;

TEST(TickRhythmTest, QuietIsWhereNoRecordCameForAWhile) {
  TickRhythm rhythm;
  rhythm.looked(kStart, 1, 0);
  EXPECT_FALSE(rhythm.is_quiet());
  rhythm.looked(kStart + kQuietAfterNs - 1, 1, 60);
  EXPECT_FALSE(rhythm.is_quiet());
  rhythm.looked(kStart + kQuietAfterNs, 1, 120);
  EXPECT_TRUE(rhythm.is_quiet());
  rhythm.looked(kStart + kQuietAfterNs + kQuietTickNs, 2, 120);
  EXPECT_FALSE(rhythm.is_quiet());
}

TEST(TickRhythmTest, MessagesThatMayFillTheSocketEndTheQuiet) {
  TickRhythm rhythm;
  rhythm.looked(kStart, 0, kQuietMessagesMax);
  EXPECT_TRUE(rhythm.is_quiet());
  rhythm.looked(kStart, 0, 2 * kQuietMessagesMax + 1);
  EXPECT_FALSE(rhythm.is_quiet());
}

TEST(TickRhythmTest, WhoeverKnowsBetterKeepsItAwake) {
  TickRhythm rhythm;
  rhythm.keep_awake(kStart);
  rhythm.looked(kStart + kQuietAfterNs - 1, 0, 0);
  EXPECT_FALSE(rhythm.is_quiet());
  rhythm.looked(kStart + kQuietAfterNs, 0, 0);
  EXPECT_TRUE(rhythm.is_quiet());
}

}  // namespace
}  // namespace spoor::agent
