// Plays a recorded stream (agent/source/replay.h) through a pipeline, on the recording's own clock.
#pragma once

#include <string_view>

#include "agent/pipeline.h"

namespace spoor::agent {

struct PlaybackResult {
  uint64_t records = 0;
  uint64_t process_messages = 0;
  uint64_t unreadable_lines = 0;  // counted and skipped
};

// Plays all of `text` and closes the pipeline. Where the recording has no clock of its own, each
// record's own time is when it was read.
PlaybackResult play(std::string_view text, Pipeline& pipeline);

}  // namespace spoor::agent
