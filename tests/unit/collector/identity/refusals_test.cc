#include "collector/identity/refusals.h"

#include "collector/limits.h"
#include "tests/support/fake_clock.h"

namespace spoor::collector {
namespace {

class RefusalsTest : public testing::Test {
 protected:
  std::string untold() const {
    const auto& attributes = events_.back().operator_action().attributes();
    return attributes.contains("untold") ? attributes.at("untold") : "";
  }

  FakeClock clock_;
  std::vector<v1::Event> events_;
  Refusals refusals_{clock_, [this](v1::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(RefusalsTest, AtMostOneASecondWithTheNumberOfTheOthers) {
  EXPECT_TRUE(refusals_.add("enrol", "web\n1", "192.0.2.7", "not known"));
  EXPECT_EQ(events_[0].target().name(), "web\\n1");
  EXPECT_EQ(events_[0].source().address(), "192.0.2.7");
  EXPECT_EQ(untold(), "");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(refusals_.add("enrol", "b", "192.0.2.8", "not known"));
  EXPECT_TRUE(refusals_.add("connect", "c", "192.0.2.9", "revoked"));  // another kind
  EXPECT_EQ(events_[1].operator_action().operation(), "connect refused");
  EXPECT_EQ(untold(), "3");
  EXPECT_FALSE(refusals_.add("connect", "d", "192.0.2.8", "revoked"));
  clock_.advance_ns(kNsPerSecond);
  EXPECT_TRUE(refusals_.add("connect", "d", "192.0.2.8", "revoked"));  // it was not told yet
  EXPECT_EQ(untold(), "1");
}

TEST_F(RefusalsTest, WhoComesAgainAndAgainIsToldOnceAnHour) {
  for (int minute = 0; minute < 120; ++minute) {
    refusals_.add("connect", "web1", "192.0.2.7", "revoked");
    clock_.advance_ns(60 * kNsPerSecond);
  }
  EXPECT_EQ(events_.size(), 2u);
  EXPECT_EQ(untold(), "59");
  EXPECT_TRUE(refusals_.add("connect", "web1", "192.0.2.8", "revoked"));  // from elsewhere
  clock_.advance_ns(kNsPerSecond);
  EXPECT_TRUE(refusals_.add("enrol", "web1", "192.0.2.7", "revoked"));
  clock_.advance_ns(kNsPerSecond);
  EXPECT_TRUE(refusals_.add("enrol", "web1", "192.0.2.7", "revoked"));  // each guess is one
}

TEST_F(RefusalsTest, ALongNameIsCut) {
  refusals_.add("renew", std::string(70'000, 'w'), "192.0.2.7", "not known");
  EXPECT_EQ(events_[0].target().name(), std::string(kAgentNameMax, 'w'));
}

}  // namespace
}  // namespace spoor::collector
