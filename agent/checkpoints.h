// Where the run stands, written down again and again, so that the next one can go on from there
// (agent/recovery.h): behind the frames that a state speaks of, every ten seconds, or when the read
// ring is half full.
//
// While facts may still be derived that the run before us told, no state is saved: it would not
// speak of them. Capture thread.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/frame_queue.h"
#include "agent/recovery.h"

namespace spoor::agent {

class Checkpoints {
 public:
  // All of them outlive it. States go to `queue`.
  Checkpoints(const Host& host, Feed& feed, CrashNote& note, FrameQueue& queue)
      : host_(host), feed_(feed), note_(note), queue_(queue) {}

  // Brings the pipeline where `before` ended.
  void restore(Predecessor before, const Beginning& ours);
  // Facts may still come of what the run before us had read. An event says how many records would
  // have been lost without it; another one, if need be, how many more when that is over.
  bool is_restoring() const { return before_.has_value(); }

  // Saves when it is time. `safe`: the position that the last state on disk covers.
  void tick(uint64_t safe, Instant now);
  // What was sealed, and where we are. `is_last`: nothing will be read by this run after it.
  void save(bool is_last, Instant now);

 private:
  bool was_told(const Fact& fact);
  void end_restoring(Instant now);
  void tell_recovered(Instant now);

  const Host& host_;
  Feed& feed_;
  CrashNote& note_;
  FrameQueue& queue_;
  std::optional<Predecessor> before_;
  int64_t began_ns_ = 0;              // boottime
  uint64_t first_tick_position_ = 0;  // of the ring; behind what a run before us had received
  uint64_t recovered_ = 0;            // records of events that the run before had read and not told
  uint64_t saved_position_ = 0;       // of the ring, by the last state that was queued
  int64_t save_due_ns_ = 0;
};

}  // namespace spoor::agent
