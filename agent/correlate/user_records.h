// What LOGIN and the records of programs (USER_*, CRED_*, …) say of sessions. LOGIN is the kernel's
// word and opens one. The others are words of programs: they feed and close it if their writer is
// the program that they name (writer_check.h), and the process that opened it.
//
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/correlate/session_book.h"

namespace spoor::agent {

class UserRecords {
 public:
  explicit UserRecords(SessionBook& book, ProcessTable& processes)
      : book_(book), processes_(processes) {}

  // `fact`: with its envelope, whose kind is to be found. Each is told at least once, and ends its
  // event as `fact` does.
  void login(const AuditEvent& event, Fact fact);
  void user(const AuditEvent& event, Fact fact);

 private:
  // Who wrote a record, and what stands in it.
  struct Speaker {
    ProcessKey process;
    int64_t at_ns = 0;  // boottime
    std::string_view exe, op, account, terminal;
    Login* login = nullptr;  // that the process is about; null: none
  };
  std::optional<uint32_t> left_before(const LoginFields& login, int64_t at_ns) const;
  void gave_up(const SessionOpened& left, Fact fact);
  static SessionType type_of(const Speaker& who);
  Speaker speaker_of(const AuditEvent& event, bool feeds);
  void note_writer(const AuditEvent& event, const ProcessKey& process);
  void disbelieve(const AuditEvent& event, const Speaker& who, const Judgement& why, Fact fact);
  void claim(const AuditEvent& event, const Speaker& who, Fact fact);
  void believe(const AuditEvent& event, const Speaker& who, Fact fact);
  void authenticated(const AuditEvent& event, const Speaker& who, Fact fact);
  void started(const AuditEvent& event, const Speaker& who, Fact fact);
  void ended(const AuditEvent& event, const Speaker& who, Fact fact);
  void asked(const AuditEvent& event, const Speaker& who, Fact fact);
  bool became(const AuditEvent& event, const Speaker& who, Fact& fact);
  void plain(const AuditEvent& event, const Speaker& who, Fact fact);

  SessionBook& book_;
  ProcessTable& processes_;
};

}  // namespace spoor::agent
