#include "agent/source/read_mark.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

Instant at_ms(int64_t ms) { return {ms * kNsPerMs, ms * kNsPerMs}; }

std::optional<int64_t> ms(const std::optional<Instant>& at) {
  if (!at) return std::nullopt;
  return at->boottime_ns / kNsPerMs;
}

TEST(ReadMarkTest, AnEmptySocketWasReadUpToWhenItWasAsked) {
  ReadMark mark;
  EXPECT_EQ(ms(mark.after(at_ms(5), true, 10)), 5);
  EXPECT_EQ(ms(mark.after(at_ms(6), true, 10)), 6);
}

TEST(ReadMarkTest, OneThatIsNeverEmptyIsReadUpToWhenAllItHeldWasRead) {
  ReadMark mark;
  EXPECT_EQ(ms(mark.after(at_ms(1), true, 100)), 1);
  EXPECT_EQ(ms(mark.after(at_ms(2), false, 101)), std::nullopt);
  EXPECT_EQ(ms(mark.after(at_ms(900), false, 99 + kQueuedRecordsMax)), std::nullopt);
  EXPECT_EQ(ms(mark.after(at_ms(901), false, 100 + kQueuedRecordsMax)), 1);
  // And again, from there.
  EXPECT_EQ(ms(mark.after(at_ms(902), false, 200 + kQueuedRecordsMax)), std::nullopt);
  EXPECT_EQ(ms(mark.after(at_ms(1'900), false, 100 + 2 * kQueuedRecordsMax)), 901);
}

TEST(ReadMarkTest, BeforeItIsKnownWhatTheQueuesHeldNothingIsSaid) {
  ReadMark mark;
  EXPECT_EQ(ms(mark.after(at_ms(7), false, 5 * kQueuedRecordsMax)), std::nullopt);
  EXPECT_EQ(ms(mark.after(at_ms(8), false, 6 * kQueuedRecordsMax)), 7);
}

}  // namespace
}  // namespace spoor::agent
