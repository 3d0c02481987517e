// How people name a session: `web1:6.k3f` is agent, kernel session number, and three base-32
// letters of the boot id, since numbers begin anew at each boot. `web1:6` is that number over all
// boots, and the session's uid in 32 hex digits names it, too. Pure.
//
// The letters are Crockford's alphabet in lower case (no i, l, o, u): the boot id's first 15 bits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/result.h"

namespace spoor::collector {

std::string boot_letters(const Id& boot_id);

// What a name may refer to.
struct NamedSession {
  std::optional<Id> uid;
  std::string agent;
  uint32_t ses = 0;
  std::string letters;  // empty: any boot
};
// `invalid` says what a name looks like.
Result<NamedSession> parse_session_name(std::string_view name);

}  // namespace spoor::collector
