// One line of a rule file, as auditctl -R reads it (auditctl(8), audit.rules(7)): options and their
// values, words parted by spaces; `\ ` is a space inside of a word and `\\` a backslash; there are
// no quotes. A line adds a rule (-a, -A, -w), deletes some (-d, -W, -D), or sets how audit works.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/source/rule_fields.h"
#include "agent/source/rule_kernel.h"
#include "agent/source/rule_machine.h"

namespace spoor::agent {

// Each rule carries one key that begins so: by it, and by nothing else, it is known as ours.
inline constexpr std::string_view kRuleKeyPrefix = "spoor-";
inline bool is_our_rule(const AuditRule& rule) { return rule.key.starts_with(kRuleKeyPrefix); }

// What audit is to be set to; each value with the place that says so.
struct RuleSetting {
  uint32_t value = 0;
  std::string source;  // file:line
};
struct RuleSettings {
  std::optional<RuleSetting> backlog_limit;      // -b, records
  std::optional<RuleSetting> backlog_wait_time;  // --backlog_wait_time, ticks
  std::optional<RuleSetting> failure;            // -f
  std::optional<RuleSetting> rate_limit;         // -r, messages a second, 0: none
  std::optional<RuleSetting> enabled;            // -e, 1 or 2; 2 is the very last thing to be done
  std::optional<RuleSetting> loginuid_immutable, reset_lost, reset_backlog_wait;  // value 1
  // -c, -i: a rule that the kernel refuses does not keep the others from being loaded.
  std::optional<RuleSetting> keep_going;
};

struct RuleLine {
  enum class Kind : uint8_t { nothing, add, remove, remove_all, settings };
  Kind kind = Kind::nothing;  // nothing: empty, a comment, or not for this machine
  AuditRule rule;             // add, remove
  std::string key_part;       // remove_all: of those whose key holds this
  RuleSettings settings;
  std::string note;  // what of it was left out, since this machine has no such thing
};

struct RuleContext {
  Accounts accounts = {};
  // Guest mode: puts `-F auid=N` on each rule.
  std::optional<uint32_t> only_login_uid = std::nullopt;
  RuleMachine machine = RuleMachine::host();
};

// `place` is `file:line`, for the sources of what is read.
Result<RuleLine> parse_rule_line(std::string_view line, const std::string& place,
                                 const RuleContext& context);

}  // namespace spoor::agent
