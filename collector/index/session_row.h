// A session among sessions: whose it is, and when it was. Plain data.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace spoor::collector {

// A session's identity. The uid is the agent's word, so that it counts only beside the agent's
// name: no host can put events into another host's session.
struct SessionKey {
  std::string agent;
  Id session_uid{};
  auto operator<=>(const SessionKey&) const = default;
};

// One session's place among sessions.
struct SessionRow {
  SessionKey key;
  uint32_t ses = 0;
  Id boot_id{};                // zero: no event told it
  bool boot_over = false;      // the host has booted again since
  int64_t first_ns = 0;        // least event time
  int64_t last_ns = 0;         // greatest
};

}  // namespace spoor::collector
