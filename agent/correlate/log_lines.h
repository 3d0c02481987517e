// What the lines of a PAM or sshd log add to sessions. A line that comes before the records it
// belongs to waits for them (log_room.h); it is judged by its writer (line_check.h), and told at
// once, when its records have come, or alone (line_facts.h).
//
// Only a line of the process that logged somebody in, or of a part of it, feeds his session. A
// file's line must fit what the records and other lines say of it, and is a claim, unless records
// prove what it says. A line that fails is kept, marked, and changes nothing.
//
// One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/correlate/line_check.h"
#include "agent/correlate/line_facts.h"
#include "agent/correlate/session_book.h"

namespace spoor::agent {

class LogLines {
 public:
  LogLines(SessionBook& book, const ProcessTable& processes)
      : book_(book), check_(book, processes), facts_(book, check_) {}
  LogLines(const LogLines&) = delete;  // its parts refer to each other
  LogLines& operator=(const LogLines&) = delete;

  // Each line is told once, now or later.
  void add(const LogLine& line, const LogEvent& event, Instant now);
  // What has waited long enough; and what its records have come for.
  void tick(Instant now);
  // All that still waits: nothing more will come.
  void close(Instant now);

 private:
  // What records have said, from which it follows that a line is true.
  enum class Proof : uint8_t { none, all_but_port, all };
  static Proof proof_of(const KeptLine& kept, const Login& login);
  // False: it has to wait.
  bool settle(KeptLine& kept, Instant now);
  bool accept(KeptLine& kept, Instant now);
  static bool fits_login(const LogEvent& event, const Login& login);
  bool is_disputed(const KeptLine& kept, const Login& login);
  bool is_told_by_records(const KeptLine& kept) const;
  bool is_end_of_command(const KeptLine& kept) const;
  void feed(KeptLine& kept, const LineScope& scope, Proof proof);
  void feed_port(const KeptLine& kept, const LineScope& scope);
  void failed(const KeptLine& kept, std::string_view step);
  void refused_login(const KeptLine& kept);
  void count(const KeptLine& kept, FailureTable::Teller teller, FailedAs what);

  SessionBook& book_;
  LineCheck check_;
  LineFacts facts_;
  int64_t looked_ns_ = 0;  // boottime, when those that wait were last looked at
};

}  // namespace spoor::agent
