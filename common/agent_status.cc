#include "common/agent_status.h"

#include <algorithm>

#include "common/key_lines.h"

namespace spoor {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"ok", "full", "disk_full", "io_error"};
constexpr size_t kVersionBytesMax = 64;

void add(std::string& text, std::string_view key, std::string_view value) {
  text.append(key).append(" ").append(value).append("\n");
}
void add(std::string& text, std::string_view key, uint64_t value) {
  add(text, key, std::to_string(value));
}

}  // namespace

std::string encode_agent_status(const AgentStatus& s) {
  std::string text = "spoor-status 1\n";
  add(text, "counter", s.counter);
  add(text, "boot", to_hex(s.boot_id));
  add(text, "realtime", std::to_string(s.written.realtime_ns));
  add(text, "boottime", std::to_string(s.written.boottime_ns));
  add(text, "events", s.events);
  add(text, "lost", s.lost);
  add(text, "kernel_lost", s.kernel_lost);
  add(text, "kernel_backlog", s.kernel_backlog);
  add(text, "queue_bytes", s.queue_bytes);
  add(text, "spool_bytes", s.spool_bytes);
  add(text, "spool_bytes_max", s.spool_bytes_max);
  add(text, "spool_state", kStates[static_cast<size_t>(s.spool_state)]);
  add(text, "rules", to_hex(s.rules));
  add(text, "version", std::string_view(s.version).substr(0, kVersionBytesMax));
  return text;
}

Result<AgentStatus> decode_agent_status(std::string_view text) {
  if (text.size() > kAgentStatusBytesMax) return invalid("an agent's status over 2 KiB");
  AgentStatus s;
  KeyLines lines(text, "an agent's status");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor-status"));
  if (version != "1") return invalid("an agent's status of another version");
  RETURN_IF_ERROR(lines.take_number("counter", s.counter));
  RETURN_IF_ERROR(lines.take_hex("boot", s.boot_id));
  RETURN_IF_ERROR(lines.take_number("realtime", s.written.realtime_ns));
  RETURN_IF_ERROR(lines.take_number("boottime", s.written.boottime_ns));
  RETURN_IF_ERROR(lines.take_number("events", s.events));
  RETURN_IF_ERROR(lines.take_number("lost", s.lost));
  RETURN_IF_ERROR(lines.take_number("kernel_lost", s.kernel_lost));
  RETURN_IF_ERROR(lines.take_number("kernel_backlog", s.kernel_backlog));
  RETURN_IF_ERROR(lines.take_number("queue_bytes", s.queue_bytes));
  RETURN_IF_ERROR(lines.take_number("spool_bytes", s.spool_bytes));
  RETURN_IF_ERROR(lines.take_number("spool_bytes_max", s.spool_bytes_max));
  ASSIGN_OR_RETURN(const std::string_view state, lines.take("spool_state"));
  const auto known = std::find(kStates.begin(), kStates.end(), state);
  if (known == kStates.end()) return lines.bad("spool_state");
  s.spool_state = static_cast<SpoolState>(known - kStates.begin());
  RETURN_IF_ERROR(lines.take_hex("rules", s.rules));
  ASSIGN_OR_RETURN(const std::string_view agent_version, lines.take("version"));
  if (agent_version.size() > kVersionBytesMax) return lines.bad("version");
  s.version = agent_version;
  RETURN_IF_ERROR(lines.end());
  return s;
}

}  // namespace spoor
