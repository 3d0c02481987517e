// The name of a session for people: `web1:6.k3f` is agent, kernel session number, and three base-32
// letters of the boot id, since numbers begin anew at each boot. `web1:6` will do where it is
// unique, and the session's uid in 32 hex digits always does. Pure.
//
// The letters are Crockford's alphabet in lower case (no i, l, o, u): the boot id's first 15 bits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collector/index/index.h"
#include "common/bytes.h"
#include "common/result.h"

namespace spoor::collector {

std::string boot_letters(const Id& boot_id);
// The uid in hex for a session without a kernel session number.
std::string session_name(const SessionRow& row);

// What a name may refer to.
struct NamedSession {
  std::optional<Id> uid;
  std::string agent;
  uint32_t ses = 0;
  std::string letters;  // empty: any boot
};
// `invalid` says what a name looks like.
Result<NamedSession> parse_session_name(std::string_view name);
// The sessions that fit: none, one, or several.
std::vector<SessionRow> find_sessions(const Index& index, const NamedSession& name);

}  // namespace spoor::collector
