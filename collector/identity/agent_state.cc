#include "collector/identity/agent_state.h"

#include <algorithm>
#include <array>

namespace spoor::collector {

const char* agent_state_name(AgentState state) {
  constexpr std::array<const char*, kAgentStates> kNames = {
      "revoked", "clone", "expired", "silent", "stalled", "lossy", "behind", "skewed", "connected"};
  return kNames[static_cast<size_t>(state)];
}

std::vector<AgentState> derive_states(const AgentFacts& facts, const StateLimits& limits) {
  std::vector<AgentState> out;
  const auto add = [&](AgentState state, bool holds) {
    if (holds) out.push_back(state);
  };
  const bool is_silent =
      facts.quiet_ns >= std::max<int64_t>(limits.silent_after_ns - kLookEveryNs, 0);
  const bool speaks = facts.is_heard && !is_silent;
  const int64_t stalled_after_ns =
      std::max(limits.stalled_after_ns - kStatusEveryNs - kStatusLateNs - kLookEveryNs,
               kStatusEveryNs);
  const bool lost = facts.since_loss_ns >= 0 && facts.since_loss_ns < limits.lossy_for_ns;
  const int64_t skew_ns = facts.clock_offset_ns;
  add(AgentState::revoked, facts.is_revoked);
  add(AgentState::clone, facts.is_clone);
  add(AgentState::expired, facts.is_expired);
  add(AgentState::silent, is_silent);
  add(AgentState::stalled, speaks && facts.counter_still_ns >= stalled_after_ns);
  add(AgentState::lossy, lost || (speaks && facts.spool_cannot_keep));
  add(AgentState::behind, speaks && facts.unsent_age_ns >= limits.behind_after_ns);
  add(AgentState::skewed,
      speaks && (skew_ns > limits.skewed_beyond_ns || skew_ns < -limits.skewed_beyond_ns));
  add(AgentState::connected, out.empty());
  return out;
}

}  // namespace spoor::collector
