#include "collector/index/fair_history.h"

#include <gmock/gmock.h>

namespace spoor::collector {
namespace {

using testing::ElementsAre;

class FairHistoryTest : public testing::Test {
 protected:
  void add(const std::string& whose) {
    IndexedEvent event;
    event.agent = whose;
    event.sequence = ++sequence_;
    history_.add(whose, event);
  }
  std::vector<std::string> kept() const {
    std::vector<std::string> out;
    for (const IndexedEvent& event : history_.events())
      out.push_back(event.agent + std::to_string(event.sequence));
    return out;
  }
  FairHistory history_{4};
  uint64_t sequence_ = 0;
};

TEST_F(FairHistoryTest, WhatFitsStaysInItsOrder) {
  for (const char* whose : {"a", "b", "a", "c"}) add(whose);
  EXPECT_THAT(kept(), ElementsAre("a1", "b2", "a3", "c4"));
}

TEST_F(FairHistoryTest, WhoHasMostLosesItsOldest) {
  add("b");
  for (int i = 0; i < 100; ++i) add("a");
  EXPECT_THAT(kept(), ElementsAre("b1", "a99", "a100", "a101"));
  add("c");
  add("d");
  EXPECT_THAT(kept(), ElementsAre("b1", "a101", "c102", "d103"));
}

TEST_F(FairHistoryTest, OfEqualsTheOldestGoes) {
  for (const char* whose : {"d", "a", "b", "c", "e"}) add(whose);
  EXPECT_THAT(kept(), ElementsAre("a2", "b3", "c4", "e5"));
  for (int i = 0; i < 4; ++i) add("z");
  EXPECT_THAT(kept(), ElementsAre("b3", "c4", "e5", "z9"));
}

// What is kept elsewhere is told by numbers, and comes back.
TEST_F(FairHistoryTest, ItGoesOnBehindARestart) {
  for (const char* whose : {"a", "a", "b", "a"}) add(whose);
  EXPECT_EQ(history_.add("c", {}), std::optional<uint64_t>(0));
  EXPECT_EQ(history_.next_number(), 5u);
  FairHistory again(4);
  for (const auto& [number, kept] : history_.kept()) again.put_back(number, kept.whose, kept.event);
  EXPECT_EQ(again.next_number(), 5u);
  EXPECT_EQ(again.add("b", {}), history_.add("b", {}));
  EXPECT_EQ(again.add("a", {}), history_.add("a", {}));
  EXPECT_EQ(again.kept().begin()->first, history_.kept().begin()->first);
  EXPECT_EQ(FairHistory(1).add("a", {}), std::nullopt);
}

}  // namespace
}  // namespace spoor::collector
