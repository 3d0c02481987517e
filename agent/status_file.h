// Writes the agent's status (common/agent_status.h) into the spool every five seconds, for the
// uplink to forward. Its parts come from the threads that know them.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "common/agent_status.h"
#include "common/clock.h"
#include "common/files.h"

namespace spoor::agent {

class StatusFile {
 public:
  // Reads what the run before wrote: the counter goes on, and so do the events of this boot.
  StatusFile(Files& files, std::string path, const Id& boot_id);

  // What the capture thread knows; from the run's start where it counts.
  struct Capture {
    uint64_t lost = 0;  // what Loss events count
    uint64_t kernel_lost = 0, kernel_backlog = 0;
    Hash rules{};
  };
  // Any thread.
  void set(const Capture& capture);

  // What the spool's thread knows.
  struct Spooled {
    uint64_t events = 0;  // of this run
    uint64_t queue_bytes = 0, spool_bytes = 0, spool_bytes_max = 0;
    SpoolState state = SpoolState::ok;
  };
  // The spool's thread. Writes when it is time, or if `now_at_once`.
  Status write_due(const Spooled& spooled, Instant now, bool now_at_once = false);

 private:
  Files& files_;
  const std::string path_;
  AgentStatus status_;           // as it was written last
  uint64_t events_before_ = 0;   // of runs before us, in this boot
  int64_t due_ns_ = 0;
  std::mutex mutex_;
  Capture capture_;
};

}  // namespace spoor::agent
