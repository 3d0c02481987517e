#include "agent/rule_settings.h"

#include "agent/source/rule_data.h"
#include "agent/source/rule_text.h"
#include "common/text_width.h"

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

void warn_of_panic(const Config& config, RuleSet& set) {
  const auto in_config = config.set_at.find("kernel.failure");
  if (config.kernel.failure != kFailurePanic || in_config == config.set_at.end()) return;
  set.warnings.push_back(in_config->second +
                         ": kernel.failure: panic stops this host with the "
                         "first record that is lost");
}

using Row = std::vector<std::string>;

std::string calls_of(const AuditRule& rule) {
  const std::string list = list_name(rule);
  if (list != "exit" && list != "io_uring") return "-";
  return has_all_syscalls(*rule.data) ? "all" : std::to_string(count_syscalls(*rule.data));
}

// One of audit's settings: as a rule file says it, else as the configuration, else `as_found`.
Row setting_row(const char* option, const std::optional<RuleSetting>& in_file, const Config& config,
                const std::string& key, const std::string& in_config) {
  if (in_file) return {option, std::to_string(in_file->value), in_file->source};
  const auto place = config.set_at.find(key);
  return {option, in_config,
          place != config.set_at.end() ? place->second + ", " + key : "default of " + key};
}

}  // namespace

RuleSet wanted_rules(const Config& config) {
  RuleSet set = read_rules({.folders = config.rules_folders,
                            .profile = config.rules_profile,
                            .unattended = config.rules_unattended != "off",
                            .only_login_uid = config.rules_only_login_uid});
  find_clashes(config, set);
  warn_of_panic(config, set);
  return set;
}

RuleSet check_rule_files(const std::vector<std::string>& paths, const Config& config) {
  RuleSet set = read_rule_files(
      paths, {.accounts = read_accounts(), .only_login_uid = config.rules_only_login_uid});
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
  size_t left_out = 0;
  for (const AuditRule& rule : set.rules) {
    const bool there = place_of(rule) == RuleKernel::Place::there;
    left_out += there ? 0 : 1;
    rows.push_back({list_name(rule), calls_of(rule), rule.key,
                    rule.source + (there ? "" : ", left out: what it watches is not there")});
  }
  std::string counts = std::to_string(set.rules_read) + (set.rules_read == 1 ? " rule" : " rules") +
                       " read, " + std::to_string(set.rules.size()) + " for the kernel";
  if (left_out > 0) counts += ", " + std::to_string(left_out) + " of them left out for now";
  return aligned(rows, 0) + counts + "\n";
}

std::string settings_table(const RuleSet& set, const Config& config) {
  const RuleSettings& files = set.settings;
  const KernelSettings& kernel = config.kernel;
  constexpr const char* kAsFound = "as found";
  std::vector<Row> rows = {{"setting", "value", "from"}};
  rows.push_back(setting_row("-b", files.backlog_limit, config, "kernel.backlog_limit",
                             std::to_string(kernel.backlog_limit)));
  rows.push_back(setting_row(
      "--backlog_wait_time", files.backlog_wait_time, config, "kernel.backlog_wait_time_ms",
      std::to_string(ticks_of_ms(kernel.backlog_wait_ms, kernel_tick_ns()))));
  rows.push_back(setting_row("-f", files.failure, config, "kernel.failure",
                             kernel.failure ? std::to_string(*kernel.failure) : kAsFound));
  const auto add = [&](const char* option, const std::optional<RuleSetting>& setting,
                       const char* otherwise) {
    const std::string value = setting ? std::to_string(setting->value) : otherwise;
    if (!value.empty()) rows.push_back({option, value, setting ? setting->source : "no file"});
  };
  add("-r", files.rate_limit, kAsFound);
  add("-e", files.enabled, "1");
  add("--loginuid-immutable", files.loginuid_immutable, "");
  add("--reset-lost", files.reset_lost, "");
  add("--reset_backlog_wait_time_actual", files.reset_backlog_wait, "");
  add("-c", files.keep_going, "");
  return aligned(rows, 0);
}

}  // namespace spoor::agent
