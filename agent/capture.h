// The capture thread's loop: the kernel's two sockets into the pipeline, in the order that
// agent/correlate/correlator.h asks for, by way of the read ring, and what is due from time to
// time. It touches no file, and nothing downstream can make it wait.
#pragma once

#include <ev.h>

#include <cstdint>
#include <functional>

#include "agent/pipeline.h"
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

  // Every 25 ms, when nothing is half read, and once a second. A failure ends the capture.
  std::function<Status(Instant now)> every_tick;
  std::function<Status(Instant now)> every_second;
  // On SIGHUP. True: the capture ends with End::reload.
  std::function<bool()> wants_reload;

  // SIGHUP, SIGTERM and SIGINT reach the loop and nothing else: they are blocked in all threads
  // from the start, over a re-exec too, and let through only while the loop runs.
  static void hold_signals();

  // Reads what is there, at most some batches. True when nothing was left, or reading failed.
  bool read();
  // Reads until nothing is left, however much the buffer held.
  void read_rest();
  // Until SIGTERM or SIGINT, a SIGHUP that is accepted, or a failure. What was readable then has
  // been read.
  Result<End> run();

  // Moves to a socket of our own (agent/seat_change.h). False: all is as it was.
  Result<bool> move_seat(AuditSocket fresh, const std::function<Status()>& release);
  // What the audit socket refused since it was last asked. To a listener that is lost; what is sent
  // to the daemon alone the kernel keeps for another try, and counts itself what it gives up
  // (kernel/audit.c, kauditd_send_queue: the retry queue).
  void count_drops(bool are_lost, Instant now);

  // Audit records read so far.
  uint64_t records() const { return records_; }
  const Sources& sources() const { return sources_; }
  Sources release() && { return std::move(sources_); }
  AuditSocket& audit() { return sources_.audit; }

 private:
  void read_connector();
  void take(const Datagram& record);
  void tick();
  void stop(End why);
  void fail(Status why);

  Sources sources_;
  ReadRing& ring_;
  Pipeline& pipeline_;
  const Clock& clock_;
  struct ev_loop* loop_ = nullptr;
  ev_io audit_readable_{};
  Instant now_;  // of the batch at work
  uint64_t records_ = 0;
  int64_t second_due_ns_ = 0;
  Status failure_;
  End end_ = End::stop;
};

}  // namespace spoor::agent
