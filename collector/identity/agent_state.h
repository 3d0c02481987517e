// How an agent fares: facts on one side, and the one function that makes states of them. Plain
// data; pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"

namespace spoor::collector {

// In the order of their weight: what an agent is first is what a person is told.
enum class AgentState : uint8_t {
  revoked = 0,
  clone = 1,      // another host uses its identity, too
  expired = 2,    // its certificate is over
  silent = 3,     // nothing comes from it
  stalled = 4,    // its uplink is heard, and says that the agent's counter stands still
  lossy = 5,      // it lost events within the hour, or its spool cannot keep them
  behind = 6,     // what it has to send is older than a minute
  skewed = 7,     // its clock is not ours
  connected = 8,
};
inline constexpr size_t kAgentStates = 9;
// As written above.
const char* agent_state_name(AgentState state);

// Bounds of the states; the configuration's.
struct StateLimits {
  // From the last sign of life to the event, at most. What is waited for comes every 10 s, up to a
  // second late, and is looked at every second: the limits are shorter by that.
  int64_t silent_after_ns = 30 * kNsPerSecond;
  int64_t stalled_after_ns = 30 * kNsPerSecond;
  // Agents come back after a restart of the collector within a minute.
  int64_t return_within_ns = 60 * kNsPerSecond;
  int64_t behind_after_ns = 60 * kNsPerSecond;
  int64_t skewed_beyond_ns = 2 * kNsPerSecond;
  int64_t lossy_for_ns = 3600 * kNsPerSecond;
};
inline constexpr int64_t kStatusEveryNs = 10 * kNsPerSecond;
inline constexpr int64_t kStatusLateNs = kNsPerSecond;
inline constexpr int64_t kLookEveryNs = kNsPerSecond;

// Times since something are of a clock that goes only while the collector accepts agents.
struct AgentFacts {
  bool is_heard = false;           // since this collector began
  int64_t quiet_ns = 0;            // since the last sign of life, or since it could have come
  int64_t counter_still_ns = 0;    // between the agent's last growth and its last sign of life
  int64_t unsent_age_ns = 0;       // of the oldest frame that the log does not have
  int64_t since_loss_ns = -1;      // -1: none seen
  bool spool_cannot_keep = false;  // full, disk full, I/O error
  int64_t clock_offset_ns = 0;     // host's clock less ours
  bool is_clone = false;
  bool is_expired = false;
  bool is_revoked = false;
};

// All that hold, by weight; never empty. An agent that is silent is nothing that only its own words
// would tell.
std::vector<AgentState> derive_states(const AgentFacts& facts, const StateLimits& limits);

}  // namespace spoor::collector
