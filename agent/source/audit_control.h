// The control socket of the audit system: status, settings and rules. Requests are answered in
// order and at once; each has a deadline. Used at start, then by the watch thread alone
// (agent/kernel_watch.h), and by `spoor-agent cleanup`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/source/rule_kernel.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

inline constexpr uint32_t kEnabledLocked = 2;  // settings and rules stay until the next boot
inline constexpr uint32_t kFailurePanic = 2;   // AUDIT_FAIL_PANIC

// AUDIT_GET (linux/audit.h, struct audit_status).
struct AuditStatus {
  uint32_t enabled = 0;  // 0 off, 1 on, 2 on and locked (kEnabledLocked)
  uint32_t failure = 0;
  uint32_t pid = 0;      // the audit daemon's, 0: the seat is free
  uint32_t backlog_limit = 0;
  uint32_t lost = 0;
  uint32_t backlog_wait_time = 0;  // in ticks
  uint32_t rate_limit = 0;         // records a second, 0: none
  uint32_t waited_ticks = 0;       // backlog_wait_time_actual; 0 before Linux 5.9
  uint32_t backlog = 0;            // records in the kernel's queue
};

// The length of the kernel's timer tick.
int64_t kernel_tick_ns();

// Whether what the rule names is there for us to see.
RuleKernel::Place place_of(const AuditRule& rule);

class AuditControl final : public RuleKernel {
 public:
  static Result<AuditControl> open();

  Result<AuditStatus> status();
  Status set_enabled(uint32_t value);
  Status set_failure(uint32_t value);
  Status set_backlog_limit(uint32_t records);
  Status set_backlog_wait_time(uint32_t ticks);
  Status set_rate_limit(uint32_t records_per_second);  // 0: none
  // Login uids can be set once, and not changed until the next boot.
  Status set_loginuid_immutable();
  // Counters back to 0; who reads them learns that by a CONFIG_CHANGE record.
  Status reset_lost();
  Status reset_backlog_wait();

  Result<bool> locked() override;
  Result<std::vector<AuditRule>> rules() override;
  Status add(const AuditRule& rule) override;
  Status remove(const AuditRule& rule) override;
  Place place_of(const AuditRule& rule) override { return agent::place_of(rule); }

 private:
  explicit AuditControl(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace spoor::agent
