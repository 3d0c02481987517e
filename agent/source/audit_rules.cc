#include "agent/source/audit_rules.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "agent/limits.h"
#include "agent/source/rule_data.h"
#include "agent/source/rule_merge.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

constexpr std::array<std::string_view, 3> kProfiles = {"light", "standard", "strict"};

// The later line wins within files; against the configuration neither does (config.cc).
void take_settings(RuleSettings&& from, RuleSettings& into) {
  const auto take = [](std::optional<RuleSetting>& one, std::optional<RuleSetting>& target) {
    if (one) target = std::move(one);
  };
  take(from.backlog_limit, into.backlog_limit);
  take(from.backlog_wait_time, into.backlog_wait_time);
  take(from.failure, into.failure);
  take(from.rate_limit, into.rate_limit);
  take(from.enabled, into.enabled);
  take(from.loginuid_immutable, into.loginuid_immutable);
  take(from.reset_lost, into.reset_lost);
  take(from.reset_backlog_wait, into.reset_backlog_wait);
  take(from.keep_going, into.keep_going);
}

Status apply(RuleLine&& line, RuleSet& into) {
  switch (line.kind) {
    case RuleLine::Kind::nothing:
      return ok();
    case RuleLine::Kind::settings:
      take_settings(std::move(line.settings), into.settings);
      return ok();
    case RuleLine::Kind::add:
      into.rules.push_back(std::move(line.rule));
      ++into.rules_read;
      return into.rules_read <= kRulesMax
                 ? ok()
                 : invalid("more than " + std::to_string(kRulesMax) + " rules: every system call "
                           "would walk through all of them");
    case RuleLine::Kind::remove_all:
      std::erase_if(into.rules, [&](const AuditRule& rule) {
        return rule.key.find(line.key_part) != std::string::npos;
      });
      return ok();
    case RuleLine::Kind::remove:
      break;
  }
  const size_t removed = std::erase_if(
      into.rules, [&](const AuditRule& rule) { return same_rule(rule, line.rule); });
  if (removed > 0) return ok();
  return invalid("there is no rule like this among those read before it; only rules of ours can be "
                 "removed, and the list, action, calls, fields and key must be the same");
}

void read_file_into(const std::string& path, const RuleContext& context, RuleSet& set) {
  PosixFiles files;
  const auto text = read_file(files, path, kRuleFileBytesMax);
  if (text.is_ok()) parse_rules(path, *text, context, set);
  else set.problems.push_back(path + ":0: " + text.status().message());
}

// A folder that a profile lacks is none of its problems: a site adds to the ones it wants.
void read_folder(const std::string& folder, bool must_exist, const RuleContext& context,
                 RuleSet& set) {
  PosixFiles files;
  const auto names = files.list(folder);
  if (!names.is_ok()) {
    if (must_exist || names.code() != Code::not_found) {
      set.problems.push_back(folder + ":0: " + names.status().message());
    }
    return;
  }
  for (const std::string& name : *names) {
    if (name.ends_with(".rules")) read_file_into(folder + "/" + name, context, set);
  }
}

}  // namespace

void parse_rules(const std::string& path, std::string_view text, const RuleContext& context,
                 RuleSet& into) {
  int number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string place = path + ":" + std::to_string(++number);
    auto line = parse_rule_line(text.substr(0, end), place, context);
    text.remove_prefix(std::min(end + 1, text.size()));
    const Status applied = line.is_ok() ? apply(std::move(line).value(), into) : line.status();
    if (!applied.is_ok()) into.problems.push_back(place + ": " + applied.message());
  }
}

void finish_rules(RuleSet& set) {
  set.rules = merge_rules(in_kernel_order(std::move(set.rules)));
}

RuleSet read_rule_files(const std::vector<std::string>& paths, const RuleContext& context) {
  RuleSet set;
  for (const std::string& path : paths) read_file_into(path, context, set);
  finish_rules(set);
  return set;
}

RuleSet read_rules(const RuleChoice& choice) {
  RuleSet set;
  const RuleContext context{read_accounts(), choice.only_login_uid};
  for (const std::string& folder : choice.folders) {
    for (const std::string_view profile : kProfiles) {
      read_folder(folder + "/" + std::string(profile), false, context, set);
      if (profile == choice.profile) break;
    }
    if (choice.unattended) read_folder(folder + "/unattended", false, context, set);
    read_folder(folder, true, context, set);
  }
  finish_rules(set);
  return set;
}

Result<uint32_t> remove_our_rules(RuleKernel& kernel) {
  ASSIGN_OR_RETURN(const std::vector<AuditRule> there, kernel.rules());
  uint32_t removed = 0;
  for (const AuditRule& rule : there) {
    if (!is_our_rule(rule)) continue;
    RETURN_IF_ERROR(kernel.remove(rule));
    ++removed;
  }
  return removed;
}

}  // namespace spoor::agent
