// What is learnt of a process that logs somebody in (sshd's monitor, login, cron's child), from its
// records and its lines in a log, before it opens the session and after. What is known when the
// session opens is told with it; what comes later, as it comes, and only what is new.
//
// Keyed by the process; bounded (kLoginsMax); one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/access_fact.h"
#include "agent/audit_event.h"
#include "agent/correlate/blob.h"
#include "agent/correlate/failure_table.h"

namespace spoor::agent {

struct Login {
  ProcessKey process = {};
  uint32_t ses = kUnsetId;   // that it opened
  int64_t opened_ns = 0;     // boottime, when it did
  SessionType type = SessionType::unknown;
  std::string account = {}, address = {};
  uint32_t port = 0, local_port = 0;
  std::string method = {}, key_type = {}, key_fingerprint = {}, certificate_id = {},
              certificate_authority = {};
  uint64_t certificate_serial = 0;
  uint32_t part_pid = 0;       // of its sshd: the part that a record of it named last; 0: none
  bool pam_proved = false;     // a record: PAM found the account's password right
  Failures failures = {};      // before it succeeded, as told
  Failures late_failures = {}; // that a log told of after that
  bool accepted = false;       // a log's line fed it
  bool contradicted = false;   // two lines said different things: none feeds it any more
  uint64_t used = 0;

  // What `method` and its like say of somebody's credential.
  Credential credential() const;
};

// Takes over what is said and not known yet. True where something was.
bool learn(std::string& known, std::string_view said);
bool learn(Login& login, const Credential& said);

class LoginTable {
 public:
  Login* find(const ProcessKey& process);
  Login& take(const ProcessKey& process);
  // The last one of a pid, of whatever birth; null: none. Of a process that is forgotten, a line of
  // a log still speaks.
  Login* of_pid(uint32_t pid);
  // Whose records named the pid as a part of its program.
  Login* of_part(uint32_t pid);
  Login* of_port(std::string_view address, uint32_t port);
  // That opened a session for the account from there, at that time or behind it.
  Login* opened_after(std::string_view address, std::string_view account, int64_t time_ns);

  size_t size() const { return logins_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing is known then.
  bool restore(BlobReader& from);

 private:
  template <typename Wanted>
  Login* last_of(const Wanted& wanted);

  std::unordered_map<uint64_t, Login> logins_;  // by what names a process
  uint64_t uses_ = 0;
};

}  // namespace spoor::agent
