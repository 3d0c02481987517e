// What the lines of a PAM or sshd log say of sessions. Anybody may write into a log:
//   - of the journal's lines _PID and _UID are the kernel's word. What ran in that process at the
//     line's time, audit has told; where it has not, _EXE tells, which journald looked up later:
//     that is enough for root's programs, and of those that users run (sudo, passwd) a claim;
//   - a file's line has a pid that anybody may write: our table must know that process as the
//     program, and the line must fit what the records and other lines say of it. It is a claim,
//     unless records prove what it says.
// Only a line of the process that logged somebody in, or of a part of it, feeds his session; and
// none of a container's. A line that fails is kept, marked, and changes nothing. One that comes
// before the records it belongs to waits for them (log_room.h).
//
// One thread.
#pragma once

#include <optional>
#include <string_view>

#include "agent/correlate/session_book.h"

namespace spoor::agent {

class LogLines {
 public:
  LogLines(SessionBook& book, const ProcessTable& processes)
      : book_(book), processes_(processes) {}

  // Each line is told once, now or later.
  void add(const LogLine& line, const LogEvent& event, Instant now);
  // What has waited long enough; and what its records have come for.
  void tick(Instant now);
  // All that still waits: nothing more will come.
  void close(Instant now);

 private:
  // The session a line is of, and why.
  struct Scope {
    uint32_t ses = kUnsetId, auid = kUnsetId;
    Attribution::Basis basis = Attribution::Basis::record;
    Login* login = nullptr;  // null: none is known
  };
  // What records have said, from which it follows that a line is true.
  enum class Proof : uint8_t { none, all_but_port, all };
  static Proof proof_of(const KeptLine& kept, const Login& login);
  // Whether the line's process ran the program that it speaks as, when it was written.
  enum class Ran : uint8_t { unknown, another, perhaps_it, it };
  Ran ran(const KeptLine& kept) const;
  Belief judge(const KeptLine& kept) const;
  Belief judge_journals(const KeptLine& kept) const;
  Belief judge_pids(const KeptLine& kept) const;
  Belief judge_users_part(const KeptLine& kept) const;
  const Process* writer_of(const KeptLine& kept) const;
  Login* login_of(const KeptLine& kept) const;
  Login* login_of_port(const KeptLine& kept) const;
  Scope scope_of(const KeptLine& kept) const;
  // False: it has to wait.
  bool settle(KeptLine& kept, Instant now);
  bool accept(KeptLine& kept, Instant now);
  static bool fits_login(const LogEvent& event, const Login& login);
  bool is_disputed(const KeptLine& kept, const Login& login);
  bool is_told_by_records(const KeptLine& kept) const;
  bool is_end_of_command(const KeptLine& kept) const;
  void feed(KeptLine& kept, const Scope& scope, Proof proof);
  void feed_port(const KeptLine& kept, const Scope& scope);
  void authentication(const KeptLine& kept, std::string_view step);
  void failed(const KeptLine& kept, std::string_view step);
  void refused_login(const KeptLine& kept);
  void count(const KeptLine& kept, FailureTable::Teller teller, FailedAs what);
  void logind(const KeptLine& kept);
  void stand_alone(const KeptLine& kept, Instant now);
  void message(const KeptLine& kept, bool disbelieved);
  Fact fact_of(const KeptLine& kept, const Scope& scope) const;

  SessionBook& book_;
  const ProcessTable& processes_;
  int64_t looked_ns_ = 0;  // boottime, when those that wait were last looked at
};

}  // namespace spoor::agent
