#include "collector/blocks/command_pairs.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

using Row = std::optional<uint32_t>;
constexpr SessionProcess kProcess{1, 2, 4711, 99};

// Those of the other half.
class Pairs {
 public:
  Row start(const SessionProcess& process, uint64_t exec, uint32_t row, bool failed = false) {
    const auto pair = pairs_.start(process, exec, failed, row);
    if (!pair) return {};
    EXPECT_EQ(pair->start, row);
    EXPECT_EQ(pair->failed, failed);
    return pair->end;
  }
  Row end(const SessionProcess& process, uint64_t exec, uint32_t row, bool failed = false) {
    const auto pair = pairs_.end(process, exec, row);
    if (!pair) return {};
    EXPECT_EQ(pair->end, row);
    EXPECT_EQ(pair->failed, failed);
    return pair->start;
  }

 private:
  CommandPairs pairs_;
};

TEST(CommandPairs, AnEndIsThatOfTheCommandThatItNames) {
  Pairs pairs;
  EXPECT_EQ(pairs.start(kProcess, 1, 10), Row());
  EXPECT_EQ(pairs.end(kProcess, 1, 11), Row(10));
  EXPECT_EQ(pairs.end(kProcess, 1, 12), Row());  // it has ended
}

TEST(CommandPairs, OfOneSessionAndOneHost) {
  const SessionProcess others[] = {
      {2, 2, 4711, 99}, {1, 1, 4711, 99}, {1, 2, 4712, 99}, {1, 2, 4711, 98}};
  for (const SessionProcess& other : others) {
    Pairs pairs;
    pairs.start(other, 1, 10);
    EXPECT_EQ(pairs.end(kProcess, 1, 11), Row());
  }
}

TEST(CommandPairs, WhatIsReplacedHasNoEndOfItsOwn) {
  Pairs pairs;
  pairs.start(kProcess, 1, 10);
  pairs.start(kProcess, 2, 11);
  EXPECT_EQ(pairs.end(kProcess, 1, 12), Row());
  EXPECT_EQ(pairs.end(kProcess, 2, 13), Row(11));
  // The start that replaced it was lost: that one has ended.
  pairs.start(kProcess, 1, 20);
  EXPECT_EQ(pairs.end(kProcess, 2, 21), Row());
  // An agent that had forgotten how many there were.
  Pairs again;
  again.start(kProcess, 1, 10);
  again.start(kProcess, 1, 11);
  EXPECT_EQ(again.end(kProcess, 1, 12), Row(11));
}

TEST(CommandPairs, AnEndMayComeFirst) {
  Pairs pairs;
  pairs.start(kProcess, 1, 10);
  EXPECT_EQ(pairs.end(kProcess, 2, 11), Row());
  EXPECT_EQ(pairs.start(kProcess, 2, 12), Row(11));
  EXPECT_EQ(pairs.start(kProcess, 2, 13), Row());
}

// It takes no part where something runs; but an end must not stand there as if its start were lost.
TEST(CommandPairs, AStartThatFailed) {
  Pairs pairs;
  pairs.start(kProcess, 1, 10);
  pairs.start(kProcess, 2, 11, true);
  EXPECT_EQ(pairs.end(kProcess, 1, 12), Row(10));
  pairs.start(kProcess, 1, 20, true);
  pairs.start(kProcess, 2, 21, true);
  EXPECT_EQ(pairs.end(kProcess, 2, 22, true), Row(21));
  pairs.start(kProcess, 1, 30, true);
  pairs.start(kProcess, 2, 31);
  EXPECT_EQ(pairs.end(kProcess, 2, 32), Row(31));
}

TEST(CommandPairs, APidAloneIsUsedAgain) {
  Pairs pairs;
  const SessionProcess process{1, 2, 4711, 0};
  EXPECT_EQ(pairs.end(process, 1, 10), Row());
  EXPECT_EQ(pairs.start(process, 1, 11), Row());
  EXPECT_EQ(pairs.end(process, 1, 12), Row(11));
}

TEST(CommandPairs, WhatNamesNoCommandHasNoOtherHalf) {
  Pairs pairs;
  pairs.start({1, 2, 0, 0}, 1, 10);
  EXPECT_EQ(pairs.end({1, 2, 0, 0}, 1, 11), Row());
  pairs.start(kProcess, 0, 12);
  EXPECT_EQ(pairs.end(kProcess, 0, 13), Row());
}

TEST(CommandPairs, APartnerIsSomeRowsOnOrBack) {
  for (const auto& [start, end] : {std::pair(7u, 8u), std::pair(8u, 7u), std::pair(0u, 99u)}) {
    const uint64_t partner = partner_of({start, end});
    EXPECT_GT(partner, kHasEndOfFailed);
    EXPECT_EQ(end_of(partner, start, 100), Row(end));
  }
  EXPECT_EQ(end_of(partner_of({0, 99}), 1, 100), Row());
  EXPECT_EQ(end_of(partner_of({8, 7}), 0, 100), Row());
  EXPECT_EQ(end_of(UINT64_MAX, 50, 100), Row());
  EXPECT_EQ(end_of(UINT64_MAX - 1, 50, 100), Row());
  EXPECT_EQ(end_of(kHasStart, 50, 100), Row());
  EXPECT_EQ(partner_of({7, 8, true}), kHasEndOfFailed);
  EXPECT_EQ(end_of(kHasEndOfFailed, 50, 100), Row());
}

}  // namespace
}  // namespace spoor::collector
