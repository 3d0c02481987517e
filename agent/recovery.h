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
#include "agent/feed.h"
#include "agent/saved_state.h"
#include "agent/spool/spool.h"
#include "common/files.h"

namespace spoor::agent {

// What the run before left behind.
struct Predecessor {
  std::optional<SavedState> state;
  bool fits = false;  // the state is the last one, or the ring has all that came after it
  std::optional<LedgerMark> mark;
  ToldEvents told;  // since the state was saved; empty where it does not fit

  // To begin with what the spool says alone.
  void forget() {
    state.reset();
    gave_up();
  }
  // The ring does not have it any more.
  void gave_up() {
    fits = false;
    told.clear();
  }
};
// Before the spool is written to, and before the ring is. `is_reload`: the image before us handed
// over.
Predecessor find_predecessor(Files& files, const std::string& state_path, Spool& spool,
                             const ReadRing& ring, bool is_reload, const Host& host);

// Where in the ring, and when, this run began to read.
struct Beginning {
  uint64_t position = 0;
  Instant at;
};
// Brings the pipeline there.
void recover(Predecessor& before, const Beginning& ours, Feed& feed);

}  // namespace spoor::agent
