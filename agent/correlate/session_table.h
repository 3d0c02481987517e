// Login sessions of the kernel (`ses`): which process opened them, of what sort they are, and
// whether they have ended.
//
//   met ── LOGIN ──► opened ── its own USER_START ──► started ── its own USER_END ──► logged out
//    ▲                  └───────────── its last process ends ──────────┴────────────────► closed
//    └ an event of it, and nothing seen of its beginning
//
// A session is closed by its own: the USER_END of the process that wrote its opening USER_START, or
// the end of its last process. sudo's and su's pairs inside it are of other processes.
//
// Bounded (kSessionsMax): what is closed goes first, then what was silent for longest. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/access_fact.h"
#include "agent/audit_event.h"
#include "common/result.h"

namespace spoor::agent {

struct Session {
  enum class State : uint8_t { met, opened, started, logged_out, closed };
  State state = State::met;
  SessionType type = SessionType::unknown;
  bool counted = false;      // all of its processes are known, and so is the last
  uint32_t auid = kUnsetId;
  ProcessKey process;        // that opened it; pid 0: not known
  ProcessKey early;          // wrote a USER_START before the LOGIN was whole; pid 0: none did
  uint64_t met = 0;          // counts meetings; the least was silent for longest

  bool is_open() const { return state != State::closed && state != State::logged_out; }
};

class SessionTable {
 public:
  // An event of the session. True when the session was not known before.
  bool meet(uint32_t ses, uint32_t auid);
  // Null: not known.
  Session* find(uint32_t ses);
  // LOGIN of the process: PAM sets the login uid in the process that then opens and closes the
  // session.
  Session& opened(uint32_t ses, uint32_t auid, const ProcessKey& process);
  // USER_START by the process. True when it is the session's own; others are of sudo and the like.
  bool user_started(uint32_t ses, const ProcessKey& process);
  // USER_END. True when it closes the session: once, by the process that started it. So many
  // processes `left` live on; nullopt: it is not known how many.
  bool user_ended(uint32_t ses, const ProcessKey& process, std::optional<uint32_t> left);
  // No process of it is left. True when that closes it.
  bool last_process_ended(uint32_t ses);

  // Births were lost, or living processes forgotten: who is left of a session is not known.
  void births_missed();
  // Every process is known again: it is, of these sessions too, which were not over.
  std::vector<uint32_t> count_all();

  // Open sessions of the account that are the manager's or, if not, logins; ascending.
  std::vector<uint32_t> open_of(uint32_t auid, bool user_manager) const;

  size_t size() const { return sessions_.size(); }

  std::string save() const;
  // `corrupt`, and the table empty, for bytes that are not ours.
  Status restore(std::string_view saved);

 private:
  Session& touch(uint32_t ses, uint32_t auid);
  void evict();

  std::unordered_map<uint32_t, Session> sessions_;
  uint64_t meetings_ = 0;
};

}  // namespace spoor::agent
