// What the kernel's audit queue is to be like: how much it holds, how long it makes programs wait,
// and what happens when it cannot keep up. Compared with what it is; what somebody else changed is
// put back, but not for ever: who changes it a fourth time within ten minutes means it.
//
// Pure logic, one thread. Setting is KernelSeat's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/source/audit_control.h"
#include "common/clock.h"

namespace spoor::agent {

struct KernelSettings {
  uint32_t backlog_limit = 8192;    // records
  bool backlog_exact = false;       // false: more is left as it is
  uint32_t backlog_wait_ms = 20;    // how long a full queue may hold a program up, for each record
  // As found where they are not given.
  std::optional<uint32_t> failure = {};     // AUDIT_FAIL_*
  std::optional<uint32_t> rate_limit = {};  // records a second, 0: none
};

struct SettingRepair {
  enum class Setting : uint8_t { backlog_limit, backlog_wait_time, failure, rate_limit };
  Setting setting = Setting::backlog_limit;
  uint32_t value = 0, before = 0;  // as the kernel counts: records, ticks, a mode
};
// "backlog_limit 8192, was 64".
std::string describe(const SettingRepair& repair);

// The kernel's unit is the timer's tick (schedule_timeout(9) in kernel/audit.c), which no header
// tells: HZ is the kernel's own, not sysconf(_SC_CLK_TCK). The coarse clocks advance by one tick,
// so that their resolution is its length. Rounded up: what is not 0 must not become 0.
uint32_t ticks_of_ms(uint32_t ms, int64_t tick_ns);

class SettingsKeeper {
 public:
  SettingsKeeper(const KernelSettings& wanted, int64_t tick_ns)
      : wanted_(wanted), tick_ns_(tick_ns) {}

  // What is not as wanted. Empty where audit is locked until the next boot.
  std::vector<SettingRepair> wrong(const AuditStatus& status) const;

  struct Verdict {
    std::vector<SettingRepair> repairs;  // to be made now
    std::vector<SettingRepair> given_up; // told once: they were repaired too often
  };
  Verdict judge(const AuditStatus& status, Instant now);

 private:
  KernelSettings wanted_;
  int64_t tick_ns_;
  std::deque<int64_t> repaired_ns_;
  bool contested_ = false;
};

}  // namespace spoor::agent
