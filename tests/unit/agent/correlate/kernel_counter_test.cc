#include "agent/correlate/kernel_counter.h"

#include <gtest/gtest.h>

#include <random>

namespace spoor::agent {
namespace {

TEST(KernelCounterTest, FirstAnswerIsWhereCountingBegins) {
  KernelCounter counter;
  EXPECT_EQ(counter.answered(500, 1), 0u);
  EXPECT_EQ(counter.answered(507, 2), 7u);
  EXPECT_EQ(counter.answered(507, 3), 0u);
}

TEST(KernelCounterTest, WrapIsNoReset) {
  KernelCounter counter;
  counter.start_at(0xFFFFFFFE);
  EXPECT_EQ(counter.answered(3, 1), 5u);
  EXPECT_FALSE(counter.reset_untold());
}

TEST(KernelCounterTest, ResetTellsWhatWasCountedBeforeIt) {
  struct Case {
    const char* what;
    uint32_t first, old;
    bool answer_before_record;
    uint32_t after;
    uint64_t in_all;
  };
  const Case cases[] = {
      {"record first", 5, 9, false, 2, 4 + 2},
      {"answer first, lower", 5, 9, true, 2, 4 + 2},
      {"answer first, not lower", 2, 3, true, 8, 1 + 8},
      {"answer first, not lower, old greater", 2, 9, true, 5, 7 + 5},
      {"nothing lost before", 5, 5, true, 0, 0},
      {"from zero to zero", 0, 0, false, 0, 0},
  };
  for (const Case& c : cases) {
    KernelCounter counter;
    counter.start_at(c.first);
    uint64_t sum = 0;
    if (c.answer_before_record) sum += counter.answered(c.after, 10);
    sum += counter.was_reset(c.old, 20);
    sum += counter.answered(c.after, 30);
    EXPECT_EQ(sum, c.in_all) << c.what;
    EXPECT_FALSE(counter.reset_untold()) << c.what;
  }
}

TEST(KernelCounterTest, AnswerFromBeforeAResetIsNotBelieved) {
  KernelCounter counter;
  counter.start_at(5);
  EXPECT_EQ(counter.was_reset(7, 20), 2u);
  EXPECT_EQ(counter.answered(7, 19), 0u) << "asked before the record was read";
  EXPECT_EQ(counter.answered(1, 21), 1u);
}

TEST(KernelCounterTest, ResetThatNoRecordTellsOfIsKnown) {
  KernelCounter counter;
  counter.start_at(50);
  EXPECT_EQ(counter.answered(3, 1), 3u) << "what it counts now is new";
  ASSERT_TRUE(counter.reset_untold());
  EXPECT_EQ(*counter.reset_untold(), 50u);
  counter.forget_reset();
  EXPECT_EQ(counter.answered(4, 2), 1u);
}

TEST(KernelCounterTest, NothingCountedBeforeTheFirstAnswer) {
  KernelCounter counter;
  EXPECT_EQ(counter.was_reset(100, 1), 0u);
  EXPECT_EQ(counter.answered(7, 2), 0u);
}

// A counter that is asked, counts, and is reset at random; records of resets come late.
TEST(KernelCounterTest, SumIsExactWhateverTheOrder) {
  std::mt19937 engine(4);
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>(engine() % limit); };
  for (int round = 0; round < 2'000; ++round) {
    KernelCounter counter;
    uint32_t kernel = below(1'000);
    counter.start_at(kernel);
    uint64_t counted = 0, told = 0;
    std::vector<uint32_t> records;
    int64_t time = 0;
    for (int step = 0; step < 12; ++step) {
      const uint32_t more = below(20);
      kernel += more;
      counted += more;
      // One reset between two answers: a second one would need its record to be told apart.
      if (records.empty() && below(4) == 0) {
        records.push_back(kernel);
        kernel = 0;
      }
      if (below(2) == 0) told += counter.answered(kernel, ++time);
      for (const uint32_t old : records) told += counter.was_reset(old, ++time);
      records.clear();
    }
    told += counter.answered(kernel, ++time);
    EXPECT_EQ(told, counted) << "round " << round;
  }
}

}  // namespace
}  // namespace spoor::agent
