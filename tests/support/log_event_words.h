// A log line's event as one line of words, for tests: its kind, then each field that is set.
#pragma once

#include <string>
#include <utility>

#include "agent/log_event.h"

namespace spoor::agent {

inline std::string words_of(const LogEvent& e) {
  static constexpr const char* kKinds[] = {
      "other", "accepted", "failed", "invalid_user", "disconnected", "closed", "session_opened",
      "session_closed", "command", "refused", "switched", "logind_opened", "logind_closed",
      "cron_command", "account_changed", "password_changed"};
  std::string out = kKinds[static_cast<size_t>(e.kind)];
  const std::pair<const char*, std::string_view> texts[] = {
      {"service", e.service}, {"account", e.account}, {"by", e.by_account}, {"to", e.target},
      {"method", e.method}, {"key", e.key_type}, {"fp", e.key_fingerprint},
      {"cert", e.certificate_id}, {"ca", e.certificate_authority}, {"addr", e.address},
      {"host", e.hostname}, {"tty", e.terminal}, {"cwd", e.cwd}, {"command", e.command},
      {"session", e.session}, {"group", e.group}, {"op", e.operation}, {"reason", e.reason}};
  for (const auto& [name, value] : texts) {
    if (!value.empty()) out.append(" ").append(name).append("=[").append(value).append("]");
  }
  if (e.port != 0) out += " port=" + std::to_string(e.port);
  if (e.uid) out += " uid=" + std::to_string(*e.uid);
  if (e.by_uid) out += " by_uid=" + std::to_string(*e.by_uid);
  if (e.id) out += " id=" + std::to_string(*e.id);
  if (e.certificate_serial) out += " serial=" + std::to_string(*e.certificate_serial);
  if (e.is_invalid_user) out += " invalid";
  return out;
}

}  // namespace spoor::agent
