// Reads what a run before us left of a stream. A torn tail is cut; what is damaged is set aside for
// people; what a tombstone covers, and a crash kept from going, goes.
#pragma once

#include <deque>
#include <string>

#include "agent/spool/lane.h"
#include "common/clock.h"
#include "common/files.h"

namespace spoor::agent {

struct LaneFound {
  std::deque<Segment> segments;
  ChainHead head;  // of the last good frame
  Id stream{};     // whose frames these are; zeros: there is none
};

// Boottime of the last frame of a run before us, as far as its events tell.
int64_t written_ns(const FrameRun& run, Instant now);

// `now`: how long ago frames were written is told from what they tell of.
Result<LaneFound> recover_lane(Files& files, const std::string& folder, Instant now);

}  // namespace spoor::agent
