// The capture thread's loop: the kernel's two sockets into the pipeline, in the order that
// agent/correlate/correlator.h asks for, and what is due from time to time. It touches no file, and
// nothing downstream can make it wait.
#pragma once

#include <cstdint>
#include <functional>

#include "agent/pipeline.h"
#include "agent/source/audit_socket.h"
#include "agent/source/proc_connector.h"
#include "common/clock.h"

struct ev_loop;

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

  Capture(Sources sources, Pipeline& pipeline, const Clock& clock);

  // Every 25 ms, on the loop, and once a second. A failure ends the capture.
  std::function<Status(Instant now)> every_tick;
  std::function<Status(Instant now)> every_second;
  // On SIGHUP. True: the capture ends with End::reload.
  std::function<bool()> wants_reload;

  // SIGHUP, SIGTERM and SIGINT reach the loop and nothing else: they are blocked in all threads
  // from the start, over a re-exec too, and let through only while the loop runs.
  static void hold_signals();

  // Until SIGTERM or SIGINT, a SIGHUP that is accepted, or a failure. What was readable then has
  // been read.
  Result<End> run();

  const Sources& sources() const { return sources_; }
  Sources release() && { return std::move(sources_); }
  AuditSocket& audit() { return sources_.audit; }

 private:
  void read();
  void read_connector(Instant now);
  void tick();
  void stop(End why);
  void fail(Status why);

  Sources sources_;
  Pipeline& pipeline_;
  const Clock& clock_;
  struct ev_loop* loop_ = nullptr;
  int64_t second_due_ns_ = 0;
  Status failure_;
  End end_ = End::stop;
};

}  // namespace spoor::agent
