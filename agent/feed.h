// All that the pipeline is told of the kernel and of the logs, by way of the read ring: records,
// messages, lines, counters, and when its timers ran. What is written there tells the same again to
// whoever runs next, which is how a crash loses nothing and says nothing twice (agent/recovery.h).
//
//   live:           kernel ─► ring ─► pipeline
//   after a crash:            ring ─► pipeline
//
// Capture thread.
#pragma once

#include <cstdint>

#include "agent/pipeline.h"
#include "agent/source/read_ring.h"

namespace spoor::agent {

class Feed {
 public:
  // The sockets' counters of what they refused, as the pipeline knows them.
  struct Drops {
    uint32_t audit = 0, connector = 0;
  };

  Feed(ReadRing& ring, Pipeline& pipeline) : ring_(ring), pipeline_(pipeline) {}

  // Of a batch, which is published when it is whole (agent/source/receive_area.h).
  template <typename Item>
  void take(const Item& item) {
    ring_.append(item);
    apply(item);
  }
  // What no socket holds: written down before anything can come of it.
  template <typename Item>
  void tell(const Item& item) {
    ring_.append(item);
    ring_.publish();
    apply(item);
  }

  // Plays what is in the ring, which begins with the clock at `now` and these counters.
  void play(uint64_t from, uint64_t to, Instant now, const Drops& drops);

  // The clock as it was last told.
  Instant now() const { return now_; }
  const Drops& drops() const { return drops_; }
  // Audit records so far, played ones among them.
  uint64_t records() const { return records_; }
  ReadRing& ring() { return ring_; }
  Pipeline& pipeline() { return pipeline_; }

 private:
  void apply(Instant now) { now_ = now; }
  void apply(const Datagram& record);
  void apply(const ProcessMessage& message) { pipeline_.on_process(message, now_); }
  void apply(SocketDrained) { pipeline_.audit_drained(now_); }
  void apply(TimersDue) { pipeline_.tick(now_); }
  void apply(const KernelStatus& status) { pipeline_.kernel_status(status, now_); }
  void apply(const RecordDrops& drops);
  void apply(const MessageDrops& drops);
  void apply(const PlaceAnswer& answer) { pipeline_.on_place(answer, now_); }
  void apply(ReadingGap) { pipeline_.gap(now_); }
  void apply(const LogLine& line) { pipeline_.on_log_line(line, now_); }
  void apply(const LogPosition& position) { pipeline_.on_log_position(position, now_); }

  ReadRing& ring_;
  Pipeline& pipeline_;
  Instant now_;
  Drops drops_;
  uint64_t records_ = 0;
};

}  // namespace spoor::agent
