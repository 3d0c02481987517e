// The capture thread's loop: the kernel's two sockets into the pipeline, in the order that
// agent/correlate/correlator.h asks for, by way of the read ring, and what is due from time to
// time. It touches no file, and nothing downstream can make it wait.
#pragma once

#include <ev.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "agent/pipeline.h"
#include "agent/seat_change.h"
#include "agent/source/audit_socket.h"
#include "agent/source/proc_connector.h"
#include "agent/source/read_ring.h"
#include "common/clock.h"


namespace spoor::agent {

class Capture {
 public:
  enum class End { stop, reload };

  // `audit_drops`, `connector_drops`: the sockets' counters as they were last reported.
  struct Sources {
    AuditSocket audit;
    ProcConnector connector;
    uint32_t audit_drops = 0, connector_drops = 0;
  };

  // What is read goes through `ring`, in whose areas the sockets receive.
  Capture(Sources sources, ReadRing& ring, Pipeline& pipeline, const Clock& clock);

  // With each tick, when nothing is half read.
  std::function<void(Instant now)> every_tick;
  // Once a second, on the loop. A failure ends the capture.
  std::function<Status(Instant now)> every_second;
  // On SIGHUP. True: the capture ends with End::reload.
  std::function<bool()> wants_reload;

  // SIGHUP, SIGTERM and SIGINT reach the loop and nothing else: they are blocked in all threads
  // from the start, over a re-exec too, and let through only while the loop runs.
  static void hold_signals();

  // Reads what is there, at most some batches.
  void read();
  // Until SIGTERM or SIGINT, a SIGHUP that is accepted, or a failure. What was readable then has
  // been read.
  Result<End> run();

  // Moves to a socket of our own (agent/seat_change.h); for a second more both ways are read.
  // `unavailable`: not now, and all is as it was.
  Status change_seat(SeatChange change, const std::function<Status()>& release);

  // Ends the capture.
  void fail(Status why);

  const Sources& sources() const { return sources_; }
  Sources release() && { return std::move(sources_); }
  void leave_seat() { sources_.audit.leave_seat(); }

 private:
  void read_connector();
  void take(const Datagram& record);
  void read_listener();
  void end_bridge(Instant now);
  void tick();
  void stop(End why);

  Sources sources_;
  ReadRing& ring_;
  Pipeline& pipeline_;
  const Clock& clock_;
  struct ev_loop* loop_ = nullptr;
  ev_io audit_readable_{};
  Instant now_;  // of the batch at work
  std::optional<SeatChange> bridge_;
  int64_t bridged_until_ns_ = 0;
  int64_t second_due_ns_ = 0;
  Status failure_;
  End end_ = End::stop;
};

}  // namespace spoor::agent
