// The capture thread's loop: the kernel's two sockets into the pipeline, in the order that
// agent/correlate/correlator.h asks for, by way of the read ring, and what is due from time to
// time. It touches no file, and nothing downstream can make it wait.
#pragma once

#include <ev.h>

#include <cstdint>
#include <functional>

#include "agent/feed.h"
#include "agent/seat_change.h"
#include "agent/source/audit_socket.h"
#include "agent/source/proc_connector.h"
#include "agent/source/read_mark.h"
#include "agent/tick_rhythm.h"
#include "common/clock.h"

namespace spoor::agent {

class Capture {
 public:
  enum class End { stop, reload };

  struct Sources {
    AuditSocket audit;
    ProcConnector connector;
  };

  // The sockets receive in the areas of feed's ring.
  Capture(Sources sources, Feed& feed, const Clock& clock);

  // At each tick (agent/tick_rhythm.h), when nothing is half read; and once a second. A failure
  // ends the capture.
  std::function<Status(Instant now)> every_tick;
  std::function<Status(Instant now)> every_second;
  // On SIGHUP. Whoever finds that a reload would go well ends the capture.
  std::function<void()> on_hangup;

  // SIGHUP, SIGTERM and SIGINT reach the loop and nothing else: they are blocked in all threads
  // from the start, over a re-exec too, and let through only while the loop runs.
  static void hold_signals();

  // Reads what is there, at most some batches. True when nothing was left, or reading failed.
  bool read();
  // Reads until nothing is left, however much the buffer held.
  void read_rest();
  // Reads, and then does what the clock says is due. (By run(): every 25 or 200 ms.)
  void tick();
  // Something came by another way than the sockets, and leads to more: ticks are dense for a while.
  void keep_awake(Instant now) { rhythm_.keep_awake(now.boottime_ns); }
  // Until SIGTERM or SIGINT, end(), or a failure. What was readable then has been read.
  Result<End> run();
  void end(End why);

  // Moves to a socket of our own (agent/seat_change.h). False: all is as it was.
  Result<bool> move_seat(AuditSocket fresh, const SeatCopies& copies);
  // What the audit socket refused since it was last asked. To a listener that is lost; what is sent
  // to the daemon alone the kernel keeps for another try, and counts itself what it gives up
  // (kernel/audit.c, kauditd_send_queue: the retry queue), as far as it does.
  void count_drops(bool are_lost);
  // The audit socket is a new one, and maybe the other: what they refused so far is nobody's loss.
  void begin_to_count(bool connector_is_new);

  const Sources& sources() const { return sources_; }
  Sources release() && { return std::move(sources_); }
  AuditSocket& audit() { return sources_.audit; }

 private:
  bool read_some();
  void read_connector();
  void keep_rhythm();
  AuditSocket::Taker taker();
  void fail(Status why);

  Sources sources_;
  Feed& feed_;
  const Clock& clock_;
  struct ev_loop* loop_ = nullptr;
  ev_io audit_readable_{};
  ev_timer tick_due_{};
  TickRhythm rhythm_;
  uint64_t messages_ = 0;
  ReadMark read_mark_;
  bool is_drained_ = false;  // by the last read()
  int64_t second_due_ns_ = 0;
  Status failure_;
  End end_ = End::stop;
};

}  // namespace spoor::agent
