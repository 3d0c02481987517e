#include "agent/source/listener_overlap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

using Way = ListenerOverlap::Way;

class ListenerOverlapTest : public ::testing::Test {
 protected:
  void copy(int n) { take(n, Way::copy); }
  void record(int n) { take(n, Way::itself); }
  void take(int n, Way way, uint16_t type = 1300) {
    if (overlap_.is_first({type, text_of(n)}, way)) handed_on_.push_back(n);
  }
  static std::string text_of(int n) { return "audit(1.000:" + std::to_string(n) + "): "; }
  static std::vector<int> upto(int last) {
    std::vector<int> numbers;
    for (int n = 1; n <= last; ++n) numbers.push_back(n);
    return numbers;
  }
  ListenerOverlap overlap_;
  std::vector<int> handed_on_;
};

TEST_F(ListenerOverlapTest, DaemonWantsNoCopies) {
  record(1);
  copy(2);
  record(2);
  EXPECT_EQ(handed_on_, upto(2));
}

TEST_F(ListenerOverlapTest, ListenerBecomesTheDaemonWithoutAGapOrADouble) {
  overlap_.begin();
  for (int n = 1; n <= 3; ++n) copy(n);
  for (int n = 4; n <= 6; ++n) {  // served twice
    copy(n);
    record(n);
  }
  for (int n = 7; n <= 9; ++n) record(n);  // the group was left
  overlap_.end();
  for (int n = 10; n <= 12; ++n) record(n);
  EXPECT_EQ(handed_on_, upto(12));
}

TEST_F(ListenerOverlapTest, WhatARunBeforeUsReadIsNotTakenAgainByEitherWay) {
  overlap_.begin();
  for (int n = 1; n <= 4; ++n) EXPECT_TRUE(overlap_.is_first({1300, text_of(n)}, Way::run_before));
  copy(1);
  record(2);
  for (int n = 5; n <= 6; ++n) {
    copy(n);
    record(n);
  }
  copy(3);
  copy(3);  // the kernel says it twice
  EXPECT_EQ(handed_on_, (std::vector<int>{5, 6, 3}));
}

TEST_F(ListenerOverlapTest, OldSocketGivesWayToANewOneThatListens) {
  overlap_.begin();
  for (int n = 1; n <= 4; ++n) record(n);  // the old socket; from 3 on the new one listens
  for (int n = 3; n <= 7; ++n) copy(n);    // 5 was refused by the old one, 6 had nobody
  record(5);                               // and comes again
  copy(8);
  record(7);
  record(8);
  EXPECT_EQ(handed_on_, upto(8));
}

TEST_F(ListenerOverlapTest, WhatTheKernelHeldBackIsNotTakenTwice) {
  overlap_.begin();
  for (int n = 1; n <= 5; ++n) copy(n);
  for (int n = 3; n <= 5; ++n) record(n);  // the hold queue
  for (int n = 6; n <= 8; ++n) {
    copy(n);
    record(n);
  }
  EXPECT_EQ(handed_on_, upto(8));
}

TEST_F(ListenerOverlapTest, RecordWhoseCopyWasDroppedIsTaken) {
  overlap_.begin();
  copy(1);
  record(2);  // its copy found no room
  copy(3);
  record(3);
  EXPECT_EQ(handed_on_, upto(3));
}

TEST_F(ListenerOverlapTest, WhatTheKernelSaysTwiceIsTakenTwice) {
  overlap_.begin();
  record(1);
  record(1);
  copy(1);
  copy(1);
  copy(1);
  record(1);
  EXPECT_EQ(handed_on_, (std::vector<int>{1, 1, 1}));
}

TEST_F(ListenerOverlapTest, SameTextOfAnotherTypeIsAnotherRecord) {
  overlap_.begin();
  take(1, Way::itself, 1320);
  take(1, Way::copy, 1327);
  EXPECT_EQ(handed_on_.size(), 2u);
}

TEST_F(ListenerOverlapTest, TheLastAreRememberedAndNoMore) {
  overlap_.begin();
  const int many = static_cast<int>(kRecordsRemembered) * 2;
  for (int n = 1; n <= many; ++n) copy(n);
  for (int n = many / 2 + 1; n <= many; ++n) record(n);
  EXPECT_EQ(handed_on_, upto(many));
  record(1);
  EXPECT_EQ(handed_on_.back(), 1) << "long forgotten";
}

TEST_F(ListenerOverlapTest, AListenerTwiceOver) {
  overlap_.begin();
  copy(1);
  record(1);
  overlap_.end();
  for (int n = 2; n <= 400; ++n) record(n);
  overlap_.begin();
  copy(401);
  copy(402);
  record(402);
  record(403);
  EXPECT_EQ(handed_on_, upto(403));
}

}  // namespace
}  // namespace spoor::agent
