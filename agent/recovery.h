// How a start goes on where the run before it stopped, in order or not:
//
//   saved state ─► + what the read ring holds after it ─► where the run before was when it ended
//
// The saved state speaks of every frame before it. What the run before did after it is played
// again, from the ring, through the same pipeline, and yields the same facts; those that it could
// still bring to the spool are read there and held back. A reload is the case with nothing to play.
//
// Where state and ring do not fit together, the tables are taken as they are, and the mark in the
// spool says how much is lost. Capture thread, before the loop runs.
#pragma once

#include <optional>
#include <string>

#include "agent/encode/told_events.h"
#include "agent/pipeline.h"
#include "agent/saved_state.h"
#include "agent/source/read_ring.h"
#include "agent/spool/spool.h"
#include "common/files.h"

namespace spoor::agent {

// What the run before left behind.
struct Predecessor {
  std::optional<SavedState> state;
  std::optional<LedgerMark> mark;
  ToldEvents told;  // since the state was saved
};
// Before the spool is written to.
Predecessor find_predecessor(Files& files, const std::string& state_path, Spool& spool,
                             const Host& host);

// Brings the pipeline there. What lies in the ring from `ours` on was read by this run.
// `sockets_kept`: the kernel could go on delivering meanwhile, so that nothing is missing. Facts
// are asked of predecessor.told from here on, until the caller ends that.
// Audit records that had not come to the spool.
uint64_t recover(Predecessor& predecessor, const ReadRing& ring, uint64_t ours, bool sockets_kept,
                 Pipeline& pipeline, Instant now);

}  // namespace spoor::agent
