// Whose a line of a PAM or sshd log is, and whether its writer is who it says. Anybody may write
// into a log:
//   - of the journal's lines _PID and _UID are the kernel's word. What ran in that process at the
//     line's time, audit has told; where it has not, _EXE tells, which journald looked up later:
//     that is enough for root's programs, and of those that users run (sudo, passwd) a claim;
//   - a file's line has a pid that anybody may write: our table must know that process as the
//     program.
// It is the login's that its process is, or is a part of: its child, or one that records named. By
// address and port it only stands in a session. None of a container's is believed.
//
// Keeps nothing: it asks the book and the process table, which their owner keeps. One thread.
#pragma once

#include <cstdint>

#include "agent/correlate/session_book.h"

namespace spoor::agent {

// The session a line is of, and why.
struct LineScope {
  uint32_t ses = kUnsetId, auid = kUnsetId;
  Attribution::Basis basis = Attribution::Basis::record;
  Login* login = nullptr;  // the book's; null: none is known
};

class LineCheck {
 public:
  LineCheck(SessionBook& book, const ProcessTable& processes)
      : book_(book), processes_(processes) {}

  // Whether the line's process ran the program that it speaks as, when it was written.
  enum class Ran : uint8_t { unknown, another, perhaps_it, it };
  Ran ran(const KeptLine& kept) const;
  // As of now: records that are still to come may tell more of its process.
  Belief judge(const KeptLine& kept) const;
  // The process that wrote it; null: not known.
  const Process* writer_of(const KeptLine& kept) const;
  LineScope scope_of(const KeptLine& kept) const;

 private:
  Belief judge_journals(const KeptLine& kept) const;
  Belief judge_pids(const KeptLine& kept) const;
  Belief judge_users_part(const KeptLine& kept) const;
  Login* login_of(const KeptLine& kept) const;
  Login* login_of_port(const KeptLine& kept) const;

  SessionBook& book_;
  const ProcessTable& processes_;
};

bool from_journal(const LogLine& line);
// The process that it is of: the journal's is the kernel's word. 0: it names none.
uint32_t pid_of(const LogLine& line);
int64_t line_boottime_ns(const KeptLine& kept);

}  // namespace spoor::agent
