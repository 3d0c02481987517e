// A process as the process table has it (agent/correlate/process_table.h), which owns all of them
// and keeps what is said here. Plain data.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/model.h"

namespace spoor::agent {

struct Process {
  // Of a command: how many there are between it and the first one of its session.
  static constexpr int32_t kNoDepth = INT32_MIN;  // not known
  static constexpr int32_t kOpensSession = -1;    // no command: where the session began
  static constexpr int64_t kNever = int64_t{1} << 62;
  struct Exec {
    uint32_t number = 0;
    uint32_t program = 0;  // in the table's pool of programs
    int64_t started_ns = 0;
    uint32_t ses = kUnsetId;   // where it stands, by its record or by whom it descends from
    uint32_t auid = kUnsetId;  // by its record
    int32_t depth = kNoDepth;
  };
  // What a process was before it executed anything.
  struct Origin {
    CommandRef command;    // number 0: none is known
    uint32_t program = 0;  // that it ran; 0: not known
    // The nearest thing above it that tells of a session, and its depth there.
    bool has_session = false;
    uint32_t ses = kUnsetId;
    int32_t depth = kNoDepth;
  };

  // As told in facts, hence fixed with the first command; birth_ns 0: not known then.
  ProcessKey key;
  // The birth, or for want of it the first sign of the process.
  int64_t birth_ns = 0;
  bool birth_known = false;
  bool ended = false;
  bool seen = true;             // how it ended was seen
  bool released = false;        // its end was told
  bool execs_forgotten = false; // older ones than `execs` has
  bool origin_known = false;    // `origin` is final, also when it is empty
  bool leader_left = false;     // the end of a thread that led it was told
  uint32_t parent_pid = 0;
  uint32_t wait_status = 0;
  uint32_t commands = 0;        // numbers given
  // Who gives his login uid up keeps his session, and so does what comes from him: `auid` is unset
  // then, as the kernel has it.
  uint32_t ses = kUnsetId, auid = kUnsetId;
  uint32_t uid = kUnsetId;      // effective, at the last exec
  uint32_t threads = 1;         // that are left
  int64_t login_ns = kNever;    // when a LOGIN of it began `ses`
  int64_t threads_ns = 0;       // the latest message of a thread of it
  int64_t counted_ns = 0;       // when /proc counted them
  int64_t ended_ns = 0;         // leader_left: what is known of it so far
  int64_t released_ns = 0;
  Instant exit_read;
  std::vector<Exec> execs;      // that succeeded, by start; the last kExecsKeptMax
  Origin origin;                // see origin_known
  Process* parent = nullptr;    // in the table
  Process* first_child = nullptr;
  Process* next_sibling = nullptr;
  Process* previous_sibling = nullptr;
  Process* older = nullptr;     // the pid's incarnation before this

  // The program that ran last; number 0: none.
  CommandRef last_command() const {
    return {key, execs.empty() ? commands : execs.back().number};
  }
};
static_assert(sizeof(Process) <= 256, "kProcessesMax of them are the 16 MiB planned for the table");

// The depth of a command in session `ses` that comes from there; Process::kNoDepth: not known.
int32_t depth_below(const Process::Origin& from, uint32_t ses);

}  // namespace spoor::agent
