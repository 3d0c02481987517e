// What flows between the agent's stages, and nothing else. Plain data.
//
//   source ─ Datagram ─► decode ─ AuditEvent ─► correlate ─ Fact ─► encode ─ SealedFrame ─► spool
//   source ─ ProcessMessage ──────────────────► correlate
//   source ─ LogLine ───► decode ─ LogEvent ──► correlate
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/audit_event.h"
#include "agent/fact.h"
#include "agent/process_sight.h"
#include "common/bytes.h"

namespace spoor::agent {

// Birth or end of a thread (linux/cn_proc.h): `fork` and `exit` are of the one that leads its
// process, thread_fork and thread_exit of any other. Times are converted to boottime.
struct ProcessMessage {
  enum class Kind : uint8_t { fork, exit, thread_fork, thread_exit };
  Kind kind = Kind::fork;
  uint32_t pid = 0;          // the process
  // Of a fork the parent's thread group. Of an exit it too, or 0: the process was waited for before
  // this was told, and its pid may be another's already.
  uint32_t parent_pid = 0;
  int64_t boottime_ns = 0;
  uint32_t wait_status = 0;  // exits: of this thread, as wait(2) gives it
};

// A process found in /proc (proc_pid_stat(5): start time in clock ticks).
struct ProcessFound {
  uint32_t pid = 0, parent_pid = 0;
  int64_t birth_boottime_ns = 0;  // rounded down to a clock tick
  uint32_t auid = kUnsetId, ses = kUnsetId;
  bool is_zombie = false;  // has ended, and waits for its parent
  // The leading thread has left before the others; `threads` are those that are left.
  bool leader_left = false;
  uint32_t threads = 1;
  int64_t counted_ns = 0;  // boottime, just before they were counted
  std::string comm = {};   // its own word
  std::string exe = {};    // as ProcessSight has it; asked only of processes in sessions
};

struct FileId {
  std::string device;  // as a PATH record has it: 08:01
  uint64_t inode = 0;
};
// Where did it run? Of a program's record it is asked who wrote it: only the process itself counts
// then, and no parent is named. Of a call on files it is asked where its descriptors lead.
struct PlaceQuestion {
  uint64_t ticket = 0;  // comes back with the answer
  uint32_t pid = 0, parent_pid = 0;
  // Boottime: who has one of these pids and was born later is somebody else.
  int64_t born_by_ns = 0;
  std::string exe;            // the program's path, as its process sees it
  std::vector<FileId> files;  // that the execution named: the program is one of them
  // Not empty: which of `files` do these lead to, and at what path? Nothing else is asked then.
  std::vector<int32_t> descriptors = {};
};
struct PlaceAnswer {
  uint64_t ticket = 0;
  ProcessSight seen;
  std::vector<DirectorySeen> directories = {};
};

struct TimeRange {
  int64_t from_ns = 0, until_ns = 0;
};

// The counters of the kernel's audit status (linux/audit.h, struct audit_status).
struct KernelStatus {
  Instant asked;              // the question was sent after this
  uint32_t lost = 0;          // records that could not be queued
  uint32_t rate_limit = 0;    // records a second; 0: none
  uint32_t waited_ticks = 0;  // how long programs had to wait for the queue, all together
  int64_t tick_ns = 0;
  uint32_t backlog = 0;       // records that wait in the kernel's queue
};

// Account names by uid, from /etc/passwd.
using Names = std::unordered_map<uint32_t, std::string>;

// Mounted devices on which an inode number is one file's (agent/source/mounts.h).
constexpr uint64_t device_number(uint32_t major, uint32_t minor) {
  return uint64_t{major} << 32 | minor;
}
using Devices = std::set<uint64_t>;

// Who we are; fixed while the agent runs.
struct Host {
  std::string name;     // uname -n
  Id machine_id{};
  Id boot_id{};
  std::string kernel;   // uname -r
  // Booted with audit=1: the kernel keeps, or counts, each record that it cannot deliver.
  bool audits_from_boot = false;
  // When this run began to read: what happened before, the kernel had kept. 0: from the first on.
  int64_t reading_since_ns = 0;
  // Of a log that is played: which of its boots, from 1. Both ids are then derived from the log.
  uint32_t boot_in_log = 0;
};

}  // namespace spoor::agent
