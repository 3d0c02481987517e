// Rule files in auditctl's syntax, encoded by libaudit: lines of
//   -a LIST,ACTION [-F FIELD<op>VALUE]... [-S SYSCALL[,SYSCALL]...]... -k spoor-GROUP
// and comments. Each rule carries one printable key that begins with `spoor-`: by it, and by
// nothing else, a rule is known as ours. Every problem is reported as `file:line: what`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/source/audit_control.h"

namespace spoor::agent {

inline constexpr std::string_view kRuleKeyPrefix = "spoor-";
inline bool is_our_rule(const AuditRule& rule) { return rule.key.starts_with(kRuleKeyPrefix); }

struct RuleSet {
  std::vector<AuditRule> rules;
  std::vector<std::string> problems;  // `file:line: what`; with any, nothing is to be loaded
};

// Adds what `text` says to `into`. `only_login_uid` puts `-F auid=N` on each rule.
void parse_rules(const std::string& path, std::string_view text,
                 std::optional<uint32_t> only_login_uid, RuleSet& into);
// Every `*.rules` file of the folders, in the folders' order and then by name.
RuleSet read_rules(const std::vector<std::string>& folders, std::optional<uint32_t> only_login_uid);

// Makes the kernel's rules of ours equal to `wanted`; foreign rules are left alone. The number of
// rules of ours in the kernel afterwards.
Result<uint32_t> load_rules(AuditControl& control, const std::vector<AuditRule>& wanted);
// Removes every rule of ours. How many there were.
Result<uint32_t> remove_our_rules(AuditControl& control);

}  // namespace spoor::agent
