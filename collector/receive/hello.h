// Reads a Hello: every length and number in it is a stranger's word. Pure.
#pragma once

#include <vector>

#include "collector/receive/stream_state.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {

inline constexpr uint32_t kProtocolVersion = 1;

struct HelloFacts {
  std::string host;
  Id machine_id{};
  Id boot_id{};
  bool agent_has_begun = false;  // in this boot
  std::optional<Id> left_log;    // as its administrator allowed
  std::vector<StreamOffer> offers;
};
// The facts, or why the connection is refused.
std::variant<HelloFacts, Refusal> read_hello(const v1::Hello& hello, const Id& log_id);

// 1 to kAgentNameMax of letters, digits, `.`, `_` and `-`: safe in messages, names and ids.
bool is_agent_name(std::string_view name);

}  // namespace spoor::collector
