#include "collector/receive/open_calls.h"

#include <gmock/gmock.h>

#include "collector/connection_limits.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QuietCall final : public OpenCall {
 public:
  const std::string& certificate() const override { return certificate_; }
  void cut() override {}
  void cut_overdue() override {}
  void cut_endless(bool) override {}
  void on_refused(const Refusal&) override {}

 private:
  const std::string certificate_;
};

class OpenCallsTest : public testing::Test {
 protected:
  OpenCallRef begin(int64_t boottime_ns) {
    auto call = std::make_shared<QuietCall>();
    EXPECT_THAT(calls_.add(call, boottime_ns), IsEmpty());
    return call;
  }

  OpenCalls calls_;
};

TEST_F(OpenCallsTest, WhoSaysNoHelloIsOverdueInTheOrderOfItsCall) {
  const OpenCallRef first = begin(0), second = begin(1), third = begin(1), polite = begin(1);
  EXPECT_TRUE(calls_.greet(polite));
  EXPECT_THAT(calls_.take_overdue(kHelloWaitNs - 1), IsEmpty());
  EXPECT_THAT(calls_.take_overdue(kHelloWaitNs), ElementsAre(first));
  EXPECT_THAT(calls_.take_overdue(kHelloWaitNs + 1), ElementsAre(second, third));
  EXPECT_EQ(calls_.all().size(), 4u);
}

TEST_F(OpenCallsTest, WhoIsRefusedHasItsTimeAndIsCutUntilItHasEnded) {
  const OpenCallRef call = begin(0);
  EXPECT_TRUE(calls_.greet(call));
  calls_.expect_end(call, 0);
  calls_.expect_end(call, kRefusedWaitNs);  // refused once more, it has no more time
  EXPECT_THAT(calls_.take_overdue(kRefusedWaitNs - 1), IsEmpty());
  EXPECT_THAT(calls_.take_overdue(kRefusedWaitNs), ElementsAre(call));
  EXPECT_THAT(calls_.take_overdue(2 * kRefusedWaitNs), ElementsAre(call));
  calls_.remove(call, "", true);
  EXPECT_THAT(calls_.take_overdue(9 * kRefusedWaitNs), IsEmpty());
  EXPECT_THAT(calls_.all(), IsEmpty());
}

// The writer refuses who is gone, too: that must not bring it back.
TEST_F(OpenCallsTest, WhoHasEndedIsNotWaitedFor) {
  const OpenCallRef call = begin(0);
  calls_.remove(call, "", false);
  calls_.expect_end(call, 0);
  EXPECT_THAT(calls_.take_overdue(9 * kRefusedWaitNs), IsEmpty());
  EXPECT_EQ(call.use_count(), 1);
}

TEST_F(OpenCallsTest, TheOldestWithoutAHelloMakesRoom) {
  std::vector<OpenCallRef> calls;
  for (size_t i = 0; i < kUngreetedMax; ++i) calls.push_back(begin(0));
  const OpenCallRef next = std::make_shared<QuietCall>();
  EXPECT_THAT(calls_.add(next, 0), ElementsAre(calls[0]));
  EXPECT_TRUE(calls_.greet(calls[1]));
  begin(0);
}

TEST_F(OpenCallsTest, MoreThanSoManyThatWereRefusedAreNotWaitedFor) {
  std::vector<OpenCallRef> calls;
  for (size_t i = 0; i <= kUngreetedMax; ++i) {
    calls.push_back(begin(0));
    calls_.expect_end(calls.back(), 0);
  }
  EXPECT_THAT(calls_.take_overdue(0), ElementsAre(calls[0]));
}

TEST_F(OpenCallsTest, AnAgentsOldestMakesRoomAndNoOthers) {
  std::vector<OpenCallRef> calls;
  const OpenCallRef other = begin(0);
  EXPECT_THAT(calls_.identify(other, "web2"), IsEmpty());
  for (size_t i = 0; i < kConnectionsPerAgentMax; ++i) {
    calls.push_back(begin(0));
    EXPECT_THAT(calls_.identify(calls.back(), "web1"), IsEmpty());
  }
  calls_.remove(calls[0], "web1", false);
  const OpenCallRef fills = begin(0), exceeds = begin(0);
  EXPECT_THAT(calls_.identify(fills, "web1"), IsEmpty());
  EXPECT_THAT(calls_.identify(exceeds, "web1"), ElementsAre(calls[1]));
}

TEST_F(OpenCallsTest, WhoIsGreetedTakesAPlaceUntilItEnds) {
  std::vector<OpenCallRef> calls;
  for (size_t i = 0; i < kConnectionsMax; ++i) {
    calls.push_back(begin(0));
    EXPECT_TRUE(calls_.greet(calls.back()));
  }
  const OpenCallRef next = begin(0);
  EXPECT_FALSE(calls_.greet(next));
  calls_.remove(calls[0], "", true);
  EXPECT_TRUE(calls_.greet(next));
}

}  // namespace
}  // namespace spoor::collector
