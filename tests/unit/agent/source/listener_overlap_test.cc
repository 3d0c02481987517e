#include "agent/source/listener_overlap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

class ListenerOverlapTest : public ::testing::Test {
 protected:
  void copy(int n) { take(n, true); }
  void record(int n) { take(n, false); }
  void take(int n, bool as_copy) {
    const std::string text = "audit(1.000:" + std::to_string(n) + "): ";
    if (overlap_.accept({1300, text}, as_copy)) handed_on_.push_back(n);
  }
  std::vector<int> upto(int last) {
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
  overlap_.listen();
  for (int n = 1; n <= 3; ++n) copy(n);
  for (int n = 4; n <= 6; ++n) {  // served twice
    copy(n);
    record(n);
  }
  EXPECT_FALSE(overlap_.copies_wanted());
  for (int n = 7; n <= 9; ++n) record(n);  // the group was left
  EXPECT_EQ(handed_on_, upto(9));
}

TEST_F(ListenerOverlapTest, WhatTheKernelHeldBackIsNotTakenTwice) {
  overlap_.listen();
  for (int n = 1; n <= 5; ++n) copy(n);
  for (int n = 3; n <= 5; ++n) record(n);  // the hold queue
  EXPECT_FALSE(overlap_.copies_wanted()) << "the last of them is the last copy";
  for (int n = 6; n <= 8; ++n) {
    copy(n);
    record(n);
  }
  EXPECT_EQ(handed_on_, upto(8));
}

TEST_F(ListenerOverlapTest, RecordWhoseCopyWasDroppedIsTaken) {
  overlap_.listen();
  copy(1);
  record(2);  // its copy found no room
  EXPECT_TRUE(overlap_.copies_wanted());
  copy(3);
  record(3);
  EXPECT_FALSE(overlap_.copies_wanted());
  EXPECT_EQ(handed_on_, upto(3));
}

TEST_F(ListenerOverlapTest, MoreCopiesThanAreRememberedStillMeet) {
  overlap_.listen();
  const int many = static_cast<int>(kCopiesRemembered) * 2 + 7;
  for (int n = 1; n <= many; ++n) copy(n);
  record(many);
  EXPECT_FALSE(overlap_.copies_wanted());
  for (int n = many + 1; n <= many + 1'000; ++n) record(n);
  EXPECT_EQ(handed_on_, upto(many + 1'000));
}

TEST_F(ListenerOverlapTest, AListenerTwiceOver) {
  overlap_.listen();
  copy(1);
  record(1);
  for (int n = 2; n <= 400; ++n) record(n);
  overlap_.listen();
  copy(401);
  copy(402);
  record(402);
  record(403);
  EXPECT_EQ(handed_on_, upto(403));
}

}  // namespace
}  // namespace spoor::agent
