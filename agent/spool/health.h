// What the spool can do, as a state that changes seldom: trouble is told when it begins, or turns
// into other trouble, and its end when there was none for a while. A value; the spool's thread.
#pragma once

#include <cstdint>
#include <optional>

#include "common/agent_status.h"
#include "common/clock.h"

namespace spoor::agent {

struct SpoolChange {
  SpoolState state = SpoolState::ok;
  // Events given up since it was well, so far.
  uint64_t events_lost = 0;
};

class SpoolHealth {
 public:
  SpoolState state() const { return state_; }
  // How a try to write went. `roomy`: well under its bound; only then a spool that was full is no
  // more. `events_lost` counts from the start. What is to be told, if that is a change.
  std::optional<SpoolChange> see(SpoolState seen, bool roomy, uint64_t events_lost, Instant now);

 private:
  SpoolState state_ = SpoolState::ok;
  uint64_t lost_when_well_ = 0;
  int64_t changed_ns_ = 0, trouble_ns_ = 0;  // boottime
};

}  // namespace spoor::agent
