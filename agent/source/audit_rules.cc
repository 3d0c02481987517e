#include "agent/source/audit_rules.h"

#include <linux/audit.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "agent/limits.h"
#include "agent/source/audit_control.h"
#include "agent/source/hiding_rules.h"
#include "agent/source/rule_data.h"
#include "agent/source/rule_merge.h"
#include "common/files.h"
#include "common/sha256.h"

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

std::string_view file_of(std::string_view place) { return place.substr(0, place.rfind(':')); }

Status remove_all(const RuleLine& line, const std::string& place, RuleSet& into) {
  const auto is_meant = [&](const AuditRule& rule) {
    return rule.key.find(line.key_part) != std::string::npos;
  };
  std::set<std::string> groups;
  for (const AuditRule& rule : into.rules) {
    if (!is_meant(rule)) continue;
    groups.insert(rule.key);
    if (line.key_part.empty() && file_of(rule.source) != file_of(place)) {
      return invalid("-D would take all rules away that were read before, beginning with " +
                     rule.source + ": leave it out; -D -k " + std::string(kRuleKeyPrefix) +
                     "GROUP drops a group, and rules.folders of agent.yml says what is read");
    }
  }
  const size_t removed = std::erase_if(into.rules, is_meant);
  if (removed == 0) return ok();
  std::string names;
  for (const std::string& group : groups) names += (names.empty() ? "" : ", ") + group;
  into.warnings.push_back(place + ": -D takes " + std::to_string(removed) +
                          (removed == 1 ? " rule" : " rules") + " away: " + names);
  return ok();
}

Status remove_same(const AuditRule& unwanted, RuleSet& into) {
  const size_t removed =
      std::erase_if(into.rules, [&](const AuditRule& rule) { return same_rule(rule, unwanted); });
  if (removed > 0) return ok();
  return invalid(
      "there is no rule like this among those read before it; only rules of ours can be "
      "removed, and the list, action, calls, fields and key must be the same");
}

Status apply(RuleLine&& line, const std::string& place, RuleSet& into) {
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
    case RuleLine::Kind::remove_all: return remove_all(line, place, into);
    case RuleLine::Kind::remove: return remove_same(line.rule, into);
  }
  return ok();
}

// What a file may say, and whoever says it is to know.
void warn_of_settings(const RuleSettings& settings, std::vector<std::string>& warnings) {
  const auto warn = [&](const std::optional<RuleSetting>& setting, uint32_t at_least,
                        const std::string& what) {
    if (setting && setting->value >= at_least) warnings.push_back(setting->source + ": " + what);
  };
  warn(settings.enabled, kEnabledLocked,
       "-e 2 locks audit once the rules are loaded: until the next boot nobody changes a rule or "
       "setting any more, Spoor neither");
  warn(settings.failure, kFailurePanic,
       "-f 2 stops this host (panic) with the first record that is lost");
  warn(settings.rate_limit, 1,
       "-r has the kernel throw away what is more than so many records a second");
  const int64_t tick_ns = kernel_tick_ns();
  warn(settings.backlog_wait_time, static_cast<uint32_t>(kBacklogWaitWarnNs / tick_ns) + 1,
       "--backlog_wait_time lets a full queue hold a program up for more than " +
           std::to_string(kBacklogWaitWarnNs / kNsPerSecond) + " s a record; it counts ticks of " +
           std::to_string(tick_ns / kNsPerMs) + " ms");
}

void read_file_into(const std::string& path, const RuleContext& context, RuleSet& set) {
  PosixFiles files;
  const auto text = read_file(files, path, kRuleFileBytesMax);
  if (text.is_ok()) parse_rules(path, *text, context, set);
  else set.problems.push_back(path + ": " + text.status().message());
}

// A folder that a profile lacks is none of its problems: a site adds to the ones it wants.
void read_folder(const std::string& folder, bool must_exist, const RuleContext& context,
                 RuleSet& set) {
  PosixFiles files;
  const auto names = files.list(folder);
  if (!names.is_ok()) {
    if (names.code() != Code::not_found) {
      set.problems.push_back(folder + ": " + names.status().message());
    } else if (must_exist) {
      set.problems.push_back(folder +
                             ": this folder of rules is not there; make it and put "
                             "rules into it, or take it out of rules.folders in agent.yml");
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
    if (line.is_ok() && !line->note.empty()) into.notes.push_back(place + ": " + line->note);
    const Status applied =
        line.is_ok() ? apply(std::move(line).value(), place, into) : line.status();
    if (!applied.is_ok()) into.problems.push_back(place + ": " + applied.message());
  }
}

void finish_rules(RuleSet& set) {
  set.rules = merge_rules(in_kernel_order(std::move(set.rules)));
  for (const HidingRule& rule : find_hiding_rules(set.rules)) {
    set.warnings.push_back(rule.source + ": " + rule.rule + " hides " + rule.hides);
  }
  warn_of_settings(set.settings, set.warnings);
}

RuleSet read_rule_files(const std::vector<std::string>& paths, const RuleContext& context) {
  RuleSet set;
  for (const std::string& path : paths) read_file_into(path, context, set);
  finish_rules(set);
  return set;
}

RuleSet read_rules(const RuleChoice& choice) {
  RuleSet set;
  const RuleContext context{read_accounts(), choice.only_login_uid, choice.machine};
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

Hash hash_of(const RuleSet& set) {
  if (set.rules.empty()) return {};
  Sha256 hash;
  for (const AuditRule& rule : set.rules) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(rule.data.get());
    hash.add(ByteView(bytes, sizeof(audit_rule_data) + rule.data->buflen));
  }
  return hash.finish();
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
