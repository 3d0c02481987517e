// All that is known of sessions, and what is told of them however it was learnt: user_records.h
// writes into it what the kernel and programs say, log_lines.h what the logs say.
//
// Refers to the process table, which its owner keeps. One thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/correlate/failure_table.h"
#include "agent/correlate/log_room.h"
#include "agent/correlate/login_table.h"
#include "agent/correlate/privilege_table.h"
#include "agent/correlate/process_table.h"
#include "agent/correlate/raise_table.h"
#include "agent/correlate/session_table.h"
#include "agent/correlate/writer_check.h"
#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

class SessionBook {
 public:
  struct Door {
    std::function<void(Fact)> tell;
    std::function<std::string_view(std::optional<uint32_t>)> name_of;  // of a uid
    std::function<uint32_t(std::string_view)> uid_of;                  // kUnsetId: not known
  };
  SessionBook(ProcessTable& processes, Door door) : processes_(processes), door_(std::move(door)) {}

  // The process that wrote at that time (boottime); its pid alone where nothing is known of it.
  ProcessKey process_of(uint32_t pid, int64_t time_ns) const;
  // The program that it ran then, as audit told of it; empty where it is not known, or its birth is
  // not: in a log that is played, its pid may have been another's when that was told.
  std::string_view program_of(const ProcessKey& process, int64_t time_ns) const;
  // The command that it ran then.
  std::optional<CommandRef> command_of(uint32_t pid, int64_t time_ns) const;
  std::string_view name_of(std::optional<uint32_t> uid) const { return door_.name_of(uid); }
  uint32_t uid_of(std::string_view account) const { return door_.uid_of(account); }
  void tell(Fact fact) { door_.tell(std::move(fact)); }

  // A fact of nobody's but ours, about a session.
  Fact fact_of(uint32_t ses, Instant at) const;
  // The session's sort is known now: it is linked with the others of its user.
  void typed(uint32_t ses, SessionType type, Instant at);
  // Sessions that were there before us.
  void found(std::span<const ProcessFound> by_birth, Instant scanned);
  // The last process of a session has ended.
  void left(const Process& last);
  // The session that the process was in before its login has nobody any more.
  void left_by_login(uint32_t ses, Instant at);
  // Births were lost: who is left of a session is not known until all of /proc was looked at.
  void births_missed() { sessions.births_missed(); }
  void all_known(Instant scanned);
  // Processes that records have told of, for which lines may wait. Beyond what is remembered: any.
  class Touched {
   public:
    void add(uint32_t pid);
    bool has(uint32_t pid) const;
    bool is_empty() const { return pids_.empty(); }

   private:
    std::vector<uint32_t> pids_;
    bool is_any_ = false;
  };
  void touch(uint32_t pid) { touched_.add(pid); }
  // Since this was last asked.
  Touched take_touched() { return std::exchange(touched_, {}); }
  // A change of privilege, under way or told.
  void ask(PrivilegeAsked asked);
  // What sudo said and never did, as far as is known.
  void tick(Instant now);

  void save(std::string& to) const;
  // `corrupt` for what makes no sense: the tables that it names are empty then, the others are not.
  Status restore(BlobReader& from);
  void forget();

  SessionTable sessions;
  LoginTable logins;
  WriterCheck writers;
  FailureTable failures;
  PrivilegeTable privileges;
  RaiseTable raises;
  LogRoom room;

 private:
  void close(uint32_t ses, Fact fact);
  void tell_asked(const PrivilegeAsked& asked);

  ProcessTable& processes_;
  Door door_;
  Touched touched_;
};

}  // namespace spoor::agent
