// Changes of privilege under way and just told. sudo says what it will run (USER_CMD), and then as
// whom (CRED_REFR, USER_START): both make one fact, told with the second, or without it after
// kPrivilegeWaitNs. What was told, changes of accounts too, is remembered as long as a log's line
// about the same may come.
//
// Bounded (kPrivilegesMax): what was told goes first, then the oldest, which is then told. One
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "agent/audit_event.h"
#include "agent/correlate/blob.h"
#include "agent/process_key.h"

namespace spoor::agent {

struct PrivilegeAsked {
  ProcessKey process = {};
  uint32_t ses = kUnsetId, auid = kUnsetId;
  uint32_t from_uid = 0;
  std::string program = {}, command = {}, cwd = {}, terminal = {};
  int64_t time_ns = 0;  // since 1970 UTC, of the record
  Instant read = {};
  bool told = false;
  bool rewritten = false;  // a secret was taken out of its command
};

class PrivilegeTable {
 public:
  // Where there was no room: what had to leave without having been told.
  std::optional<PrivilegeAsked> add(PrivilegeAsked asked);
  // Of the process, told or not; null: none.
  PrivilegeAsked* find(const ProcessKey& process);
  // That a line without a pid is about: the same terminal, and a command that ends so.
  PrivilegeAsked* of_line(uint32_t pid, std::string_view terminal, std::string_view command);
  // One that nobody said more of in time.
  std::optional<PrivilegeAsked> take_due(Instant now);

  size_t size() const { return asked_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing is known then.
  bool restore(BlobReader& from);

 private:
  std::deque<PrivilegeAsked> asked_;  // by when they were read
};

}  // namespace spoor::agent
