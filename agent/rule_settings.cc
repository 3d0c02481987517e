#include "agent/rule_settings.h"

#include <algorithm>
#include <array>

#include "agent/source/rule_data.h"
#include "agent/source/rule_text.h"

namespace spoor::agent {
namespace {

void find_clash(const Config& config, const std::string& key, const char* option,
                const std::optional<RuleSetting>& setting, RuleSet& set) {
  const auto in_config = config.set_at.find(key);
  if (!setting || in_config == config.set_at.end()) return;
  set.problems.push_back(setting->source + ": " + option + " sets what " + key + " sets at " +
                         in_config->second + ": keep one of them");
}

void find_clashes(const Config& config, RuleSet& set) {
  find_clash(config, "kernel.backlog_limit", "-b", set.settings.backlog_limit, set);
  find_clash(config, "kernel.backlog_wait_time_ms", "--backlog_wait_time",
             set.settings.backlog_wait_time, set);
  find_clash(config, "kernel.failure", "-f", set.settings.failure, set);
}

using Row = std::array<std::string, 4>;

std::string calls_of(const AuditRule& rule) {
  const std::string list = list_name(rule);
  if (list != "exit" && list != "io_uring") return "-";
  return has_all_syscalls(*rule.data) ? "all" : std::to_string(count_syscalls(*rule.data));
}

}  // namespace

RuleSet wanted_rules(const Config& config) {
  RuleSet set = read_rules({config.rules_folders, config.rules_profile,
                            config.rules_unattended != "off", config.rules_only_login_uid});
  find_clashes(config, set);
  return set;
}

RuleSet check_rule_files(const std::vector<std::string>& paths, const Config& config) {
  RuleSet set = read_rule_files(paths, {read_accounts(), config.rules_only_login_uid});
  find_clashes(config, set);
  return set;
}

void adopt_settings(const RuleSettings& files, KernelSettings& settings) {
  if (files.backlog_limit) {
    settings.backlog_limit = files.backlog_limit->value;
    settings.backlog_exact = true;
  }
  if (files.failure) settings.failure = files.failure->value;
  if (files.rate_limit) settings.rate_limit = files.rate_limit->value;
  if (files.backlog_wait_time) {
    settings.backlog_wait_ms =
        static_cast<uint32_t>(files.backlog_wait_time->value * kernel_tick_ns() / kNsPerMs);
  }
}

Status apply_settings(const RuleSettings& settings, AuditControl& control) {
  if (settings.loginuid_immutable) RETURN_IF_ERROR(control.set_loginuid_immutable());
  if (settings.reset_lost) RETURN_IF_ERROR(control.reset_lost());
  if (settings.reset_backlog_wait) RETURN_IF_ERROR(control.reset_backlog_wait());
  return ok();
}

Status apply_lock(const RuleSettings& settings, AuditControl& control) {
  if (!settings.enabled || settings.enabled->value != kEnabledLocked) return ok();
  return control.set_enabled(kEnabledLocked).with_context(settings.enabled->source);
}

std::string rules_as_listed(const RuleSet& set) {
  std::string text;
  for (const AuditRule& rule : set.rules) text += auditctl_line(rule) + "\n";
  return text;
}

std::string rules_table(const RuleSet& set) {
  std::vector<Row> rows = {{"list", "calls", "key", "from"}};
  for (const AuditRule& rule : set.rules) {
    rows.push_back({list_name(rule), calls_of(rule), rule.key, rule.source});
  }
  std::array<size_t, 4> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += '\n';
  }
  const size_t merged = set.rules.size();
  return text + std::to_string(set.rules_read) + (set.rules_read == 1 ? " rule" : " rules") +
         " read, " + std::to_string(merged) + " for the kernel\n";
}

}  // namespace spoor::agent
