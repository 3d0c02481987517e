// The control socket of the audit system: status, settings and rules. Requests are answered in
// order and at once; each has a deadline. Used at start, then by the watch thread alone
// (agent/kernel_watch.h), and by `spoor-agent cleanup`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

struct audit_rule_data;

namespace spoor::agent {

// AUDIT_GET (linux/audit.h, struct audit_status).
struct AuditStatus {
  uint32_t enabled = 0;  // 0 off, 1 on, 2 on and locked until reboot
  uint32_t failure = 0;
  uint32_t pid = 0;      // the audit daemon's, 0: the seat is free
  uint32_t backlog_limit = 0;
  uint32_t lost = 0;
  uint32_t backlog_wait_time = 0;  // in ticks
  uint32_t rate_limit = 0;         // records a second, 0: none
  uint32_t waited_ticks = 0;       // backlog_wait_time_actual; 0 before Linux 5.9
};

// The length of the kernel's timer tick.
int64_t kernel_tick_ns();

struct FreeRule {
  void operator()(audit_rule_data* rule) const;
};
using RulePtr = std::unique_ptr<audit_rule_data, FreeRule>;

// A rule in the kernel's encoding. `list` and the action live in the encoding's flags and action.
struct AuditRule {
  RulePtr data;
  std::string key;     // the -k key, empty if none
  std::string source;  // file:line, empty when it was read from the kernel
};

class AuditControl {
 public:
  static Result<AuditControl> open();

  Result<AuditStatus> status();
  Status set_enabled(uint32_t value);
  Status set_failure(uint32_t value);
  Status set_backlog_limit(uint32_t records);
  Status set_backlog_wait_time(uint32_t ticks);

  Result<std::vector<AuditRule>> rules();
  // ok when the very same rule is there already.
  Status add(const AuditRule& rule);
  Status remove(const AuditRule& rule);

 private:
  explicit AuditControl(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace spoor::agent
