#include "agent/kernel_settings.h"

#include "agent/limits.h"

namespace spoor::agent {
namespace {

const char* name_of(SettingRepair::Setting setting) {
  switch (setting) {
    case SettingRepair::Setting::backlog_limit: return "backlog_limit";
    case SettingRepair::Setting::backlog_wait_time: return "backlog_wait_time";
    case SettingRepair::Setting::failure: return "failure";
    case SettingRepair::Setting::rate_limit: return "rate_limit";
  }
  return "";
}

}  // namespace

std::string describe(const SettingRepair& repair) {
  return std::string(name_of(repair.setting)) + " " + std::to_string(repair.value) + ", was " +
         std::to_string(repair.before);
}

uint32_t ticks_of_ms(uint32_t ms, int64_t tick_ns) {
  return static_cast<uint32_t>((int64_t{ms} * kNsPerMs + tick_ns - 1) / tick_ns);
}

std::vector<SettingRepair> SettingsKeeper::wrong(const AuditStatus& status) const {
  using Setting = SettingRepair::Setting;
  std::vector<SettingRepair> repairs;
  if (status.enabled == kEnabledLocked) return repairs;
  // 0 is no limit at all.
  const bool too_small = status.backlog_limit != 0 && status.backlog_limit < wanted_.backlog_limit;
  if (wanted_.backlog_exact ? status.backlog_limit != wanted_.backlog_limit : too_small) {
    repairs.push_back({Setting::backlog_limit, wanted_.backlog_limit, status.backlog_limit});
  }
  const uint32_t wait = ticks_of_ms(wanted_.backlog_wait_ms, tick_ns_);
  if (status.backlog_wait_time != wait) {
    repairs.push_back({Setting::backlog_wait_time, wait, status.backlog_wait_time});
  }
  if (wanted_.failure && status.failure != *wanted_.failure) {
    repairs.push_back({Setting::failure, *wanted_.failure, status.failure});
  }
  if (wanted_.rate_limit && status.rate_limit != *wanted_.rate_limit) {
    repairs.push_back({Setting::rate_limit, *wanted_.rate_limit, status.rate_limit});
  }
  return repairs;
}

SettingsKeeper::Verdict SettingsKeeper::judge(const AuditStatus& status, Instant now) {
  Verdict verdict;
  std::vector<SettingRepair> repairs = wrong(status);
  if (repairs.empty()) return verdict;
  while (!repaired_ns_.empty() &&
         now.boottime_ns - repaired_ns_.front() >= kSettingFightsWindowNs) {
    repaired_ns_.pop_front();
  }
  if (repaired_ns_.size() < kSettingFightsMax) {
    repaired_ns_.push_back(now.boottime_ns);
    contested_ = false;
    verdict.repairs = std::move(repairs);
  } else if (!contested_) {
    contested_ = true;
    verdict.given_up = std::move(repairs);
  }
  return verdict;
}

}  // namespace spoor::agent
