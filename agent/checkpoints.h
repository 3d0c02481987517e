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
  // The sockets' drop counters as they were last reported.
  struct Drops {
    uint32_t audit = 0, connector = 0;
  };

  // All of them outlive it. States go to `queue`.
  Checkpoints(const Host& host, ReadRing& ring, Pipeline& pipeline, FrameQueue& queue)
      : host_(host), ring_(ring), pipeline_(pipeline), queue_(queue) {}

  // Brings the pipeline where `before` ended. What lies in the ring from `ours` on was read by this
  // run; `sockets_kept` as for recover(). Audit records that had not come to the spool.
  uint64_t restore(Predecessor before, uint64_t ours, bool sockets_kept, Instant now);
  // Facts may still come that the run before us told.
  bool is_restoring() const { return before_.has_value(); }

  // Saves when it is time. `safe`: the position that the last state on disk covers.
  void tick(uint64_t safe, const Drops& drops, Instant now);
  // At an end: what was sealed, and where we are.
  void save(const Drops& drops, Instant now);

 private:
  const Host& host_;
  ReadRing& ring_;
  Pipeline& pipeline_;
  FrameQueue& queue_;
  std::optional<Predecessor> before_;
  int64_t restored_until_ns_ = 0;
  uint64_t saved_position_ = 0;  // of the ring, by the last state that was queued
  int64_t save_due_ns_ = 0;
};

}  // namespace spoor::agent
