#include "collector/identity/agent_state.h"

namespace spoor::collector {
namespace {

using State = AgentState;
using States = std::vector<AgentState>;

AgentFacts well() {
  AgentFacts facts;
  facts.is_heard = true;
  return facts;
}
States derive(const AgentFacts& facts) { return derive_states(facts, {}); }

TEST(AgentState, Connected) { EXPECT_EQ(derive(well()), States{State::connected}); }

TEST(AgentState, SilentWithinThirtySeconds) {
  AgentFacts facts = well();
  facts.quiet_ns = 29 * kNsPerSecond - 1;
  EXPECT_EQ(derive(facts), States{State::connected});
  facts.quiet_ns = 29 * kNsPerSecond;
  EXPECT_EQ(derive(facts), States{State::silent});
}

// The last growth may be told 10 s late, and nobody looks for another second.
TEST(AgentState, StalledWithinThirtySecondsOfTheLastGrowth) {
  AgentFacts facts = well();
  facts.counter_still_ns = 18 * kNsPerSecond - 1;
  EXPECT_EQ(derive(facts), States{State::connected});
  facts.counter_still_ns = 18 * kNsPerSecond;
  EXPECT_EQ(derive(facts), States{State::stalled});
  StateLimits longer;
  longer.stalled_after_ns = 60 * kNsPerSecond;
  EXPECT_EQ(derive_states(facts, longer), States{State::connected});
}

// However short the limit: between two Status nobody can know.
TEST(AgentState, NoOneStallsBetweenTwoStatus) {
  AgentFacts facts = well();
  StateLimits shorter;
  shorter.stalled_after_ns = kNsPerSecond;
  facts.counter_still_ns = kStatusEveryNs - 1;
  EXPECT_EQ(derive_states(facts, shorter), States{State::connected});
}

TEST(AgentState, WhoIsSilentIsNothingThatOnlyItsOwnWordsTell) {
  AgentFacts facts = well();
  facts.quiet_ns = facts.counter_still_ns = facts.unsent_age_ns = 3600 * kNsPerSecond;
  facts.spool_cannot_keep = true;
  facts.clock_offset_ns = 3600 * kNsPerSecond;
  EXPECT_EQ(derive(facts), States{State::silent});
  facts.quiet_ns = 0;
  EXPECT_EQ(derive(facts), (States{State::stalled, State::lossy, State::behind, State::skewed}));
  facts.is_heard = false;
  EXPECT_EQ(derive(facts), States{State::connected});
}

TEST(AgentState, Bounds) {
  AgentFacts facts = well();
  facts.clock_offset_ns = -2 * kNsPerSecond;
  EXPECT_EQ(derive(facts), States{State::connected});
  facts.clock_offset_ns -= 1;
  EXPECT_EQ(derive(facts), States{State::skewed});
  facts = well();
  facts.since_loss_ns = 3600 * kNsPerSecond - 1;
  EXPECT_EQ(derive(facts), States{State::lossy});
  facts.since_loss_ns += 1;
  EXPECT_EQ(derive(facts), States{State::connected});
  facts.unsent_age_ns = 60 * kNsPerSecond;
  EXPECT_EQ(derive(facts), States{State::behind});
}

TEST(AgentState, TheWeightiestIsFirst) {
  AgentFacts facts = well();
  facts.is_revoked = facts.is_clone = facts.is_expired = true;
  facts.quiet_ns = 60 * kNsPerSecond;
  EXPECT_EQ(derive(facts), (States{State::revoked, State::clone, State::expired, State::silent}));
  EXPECT_STREQ(agent_state_name(State::revoked), "revoked");
  EXPECT_STREQ(agent_state_name(State::connected), "connected");
}

}  // namespace
}  // namespace spoor::collector
