#include "agent/kernel_care.h"

#include <libaudit.h>
#include <unistd.h>

#include <utility>

namespace spoor::agent {
namespace {

constexpr int64_t kStandstillNs = kNsPerSecond / 2;
// After one: what the kernel held back may come in several goes.
constexpr int64_t kNudgesNs = 4 * kNsPerSecond;

}  // namespace

OwnName own_name() { return {static_cast<uint32_t>(getpid()), audit_getloginuid()}; }

ConfigHint hint_of(const AuditEvent& event) {
  ConfigHint hint;
  if (event.config->auid != kUnsetId) hint.auid = event.config->auid;
  if (event.syscall) {
    hint.pid = event.syscall->pid;
    hint.exe = event.bytes(event.syscall->exe);
  }
  return hint;
}

bool is_own_change(const AuditEvent& event, const OwnName& us, bool we_changed) {
  if (event.syscall) return event.syscall->pid == us.pid;
  if (!we_changed || event.config->auid != us.auid) return false;
  const std::string_view op = event.bytes(event.config->op);
  return op == "set" || event.bytes(event.config->key).starts_with(kRuleKeyPrefix);
}

KernelCare::KernelCare(KernelSeat& seat, RuleSet rules, const Config& config, const Clock& clock)
    : rules_(std::move(rules), config.rules_beside_daemon, seat.rule_kernel(),
             [&seat](const RuleSettings& settings) { return seat.apply(settings); }),
      watch_(seat, config.kernel, clock) {
  watch_.check_rules = [this](Instant now, const std::optional<ConfigHint>& hint) {
    return rules_.check(now, hint);
  };
  watch_.beside_other = [this] { rules_.beside_other(); };
}

// Somebody else's change; ours need no second look.
void KernelCare::on_config_change(const AuditEvent& event) {
  if (is_own_change(event, us_, watch_.changed_at(event.key.time_ms))) return;
  watch_.hint(hint_of(event));
}

// After a standstill the kernel may hold records back, and nothing later tells that they exist.
void KernelCare::every_tick(Instant now) {
  if (last_tick_ns_ != 0 && now.boottime_ns - last_tick_ns_ >= kStandstillNs) {
    nudge_until_ns_ = now.boottime_ns + kNudgesNs;
    watch_.nudge();
  }
  last_tick_ns_ = now.boottime_ns;
}

// The kernel sends what it holds back when there is something new to send.
void KernelCare::every_second(bool serials_missing, Instant now) {
  if (serials_missing || now.boottime_ns < nudge_until_ns_) watch_.nudge();
}

}  // namespace spoor::agent
