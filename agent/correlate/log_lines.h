// What the lines of a PAM or sshd log say of sessions. Anybody may write into a log:
//   - of the journal's lines only the fields that journald took from the kernel tell the writer
//     (_PID, _UID, _EXE), and it must be the program that the line speaks as;
//   - a file's line has a pid that anybody may write: our table must know that process as the
//     program, and the line must fit what the records and other lines say of it. Where the records
//     have said all that it says, it is as good as they are.
// A line that fails is kept, marked, and changes nothing. One that comes before the records it
// belongs to waits for them (log_room.h).
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
  Belief judge(const KeptLine& kept) const;
  Belief judge_users_part(const KeptLine& kept) const;
  Scope scope_of(const KeptLine& kept) const;
  // False: it has to wait.
  bool settle(KeptLine& kept, Instant now);
  bool accept(KeptLine& kept, Instant now);
  bool is_contradicted(const KeptLine& kept, const Login& login);
  bool is_told_by_records(const KeptLine& kept) const;
  Login* login_of(uint32_t pid, int64_t at_ns) const;
  void feed(KeptLine& kept, const Scope& scope, Proof proof);
  void feed_port(const KeptLine& kept, const Scope& scope);
  void authentication(const KeptLine& kept, std::string_view step);
  void failed(const KeptLine& kept, std::string_view step);
  void refused_login(const KeptLine& kept);
  void count(const KeptLine& kept, FailureTable::Teller teller, FailedAs what);
  void logind(const KeptLine& kept);
  void stand_alone(const KeptLine& kept);
  void message(const KeptLine& kept, bool disbelieved);
  Fact fact_of(const KeptLine& kept, const Scope& scope) const;

  SessionBook& book_;
  const ProcessTable& processes_;
  uint64_t records_seen_ = 0;   // SessionBook::records, when those that wait were last looked at
  int64_t look_due_ns_ = 0;
};

}  // namespace spoor::agent
