// Login sessions of the kernel (`ses`): which were opened by a LOGIN record that was seen, and
// whose end closes them. Sessions first met in some other event are known, not opened.
//
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

class SessionTable {
 public:
  // An event of the session. True when the session was not known before.
  bool meet(uint32_t ses, uint32_t auid);
  // LOGIN of `pid`: PAM sets the login uid in the process that then opens and closes the session.
  void opened(uint32_t ses, uint32_t auid, uint32_t pid);
  // USER_START by `pid`: the session's own when it is the process that logged in. Others are of
  // sudo and the like inside it.
  void user_started(uint32_t ses, uint32_t pid);
  // USER_END by `pid`. True when it closes the session: once, by the process that started it.
  bool user_ended(uint32_t ses, uint32_t pid);

  size_t size() const { return sessions_.size(); }

  std::string save() const;
  // `corrupt`, and the table empty, for bytes that are not ours.
  Status restore(std::string_view saved);

 private:
  struct Session {
    uint32_t auid = kUnsetId;
    bool started = false;     // by its own USER_START
    bool closed = false;
    uint32_t login_pid = 0;   // 0: not known
    uint64_t met = 0;         // counts meetings; the least was silent for longest
  };

  Session& touch(uint32_t ses, uint32_t auid);
  void evict();

  std::unordered_map<uint32_t, Session> sessions_;
  uint64_t meetings_ = 0;
};

}  // namespace spoor::agent
