// The file through which one run of the agent hands on to the next where it was: all its tables,
// the events in flight, and from which position of the read ring (agent/source/read_ring.h) on the
// rest is to be played. Written by the spool thread behind the frames that it speaks of, every ten
// seconds, when the ring is half full, and before a re-exec. In /run: it matters only until the
// next boot. Binary, with a CRC; what does not check is ignored by the reader.
#pragma once

#include <string>
#include <string_view>

#include "agent/feed.h"

namespace spoor::agent {

struct SavedState {
  PipelineState pipeline;
  uint64_t ring_id = 0, ring_position = 0;
  Feed::Drops drops;
  bool is_last = false;  // the run ended with it: nothing was read after it
};

// State of another boot is of no use: processes and serials began anew.
std::string encode_state(const SavedState& state, const Id& boot_id);
Result<SavedState> decode_state(std::string_view bytes, const Id& boot_id);

}  // namespace spoor::agent
