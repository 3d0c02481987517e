// Commands that their file's set-user-id bit raised, of programs which say themselves as whom they
// let somebody act: sudo, su, pkexec. Their own word tells more, so nothing is told of the bit. But
// whoever takes such a program over says no word: what runs next from a command that was silent
// until then makes the bit's fact after all.
//
// Bounded (kRaisesMax): the oldest is forgotten; not saved, so that a restart never makes one. One
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "agent/access_fact.h"
#include "agent/model.h"

namespace spoor::agent {

struct Raise {
  CommandRef command = {};
  uint32_t ses = kUnsetId, auid = kUnsetId;
  int64_t time_ns = 0;  // since 1970 UTC, of the exec
  Instant read = {};
  std::string by = {}, program = {}, terminal = {};
  uint32_t from_uid = 0, to_uid = 0, to_gid = 0;
  uint64_t capabilities = 0;

  // Views this.
  PrivilegeChange change() const;
};

class RaiseTable {
 public:
  void add(Raise raise);
  // The process has told of itself.
  void spoke(const ProcessKey& process);
  // That command was silent, and something runs that comes from it.
  std::optional<Raise> take_silent(const CommandRef& command);

  size_t size() const { return raises_.size(); }

 private:
  std::deque<Raise> raises_;
};

}  // namespace spoor::agent
