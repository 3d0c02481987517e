// How the agent fares, in a small file that it rewrites every few seconds for the uplink to forward
// (Status in proto/spoor/v1/uplink.proto). Not evidence: a reader believes nothing of it but that
// an agent whose counter stands still does not live. Text of `key value` lines, at most 2 KiB.
#pragma once

#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/result.h"

namespace spoor {

inline constexpr size_t kAgentStatusBytesMax = 2048;

// What the spool can do at the moment.
enum class SpoolState : uint8_t { ok = 0, full = 1, disk_full = 2, io_error = 3 };

struct AgentStatus {
  uint64_t counter = 0;  // grows with each writing, over restarts, too
  Id boot_id{};
  Instant written;
  uint64_t events = 0;        // told since this boot's first start
  uint64_t lost = 0;          // what Loss events of this run count
  uint64_t kernel_lost = 0;   // the kernel's own counter (audit_status.lost)
  uint64_t kernel_backlog = 0;
  uint64_t queue_bytes = 0;   // sealed frames that wait for the disk
  uint64_t spool_bytes = 0;
  uint64_t spool_bytes_max = 0;
  SpoolState spool_state = SpoolState::ok;
  Hash rules{};               // SHA-256 of the audit rules in force; all zero: none
  std::string version;        // of the agent; no line breaks
};

std::string encode_agent_status(const AgentStatus& status);
// `invalid` for anything but exactly these lines in this order.
Result<AgentStatus> decode_agent_status(std::string_view text);

}  // namespace spoor
