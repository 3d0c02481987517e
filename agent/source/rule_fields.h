// What follows -F and -C in a rule (auditctl(8)), checked and encoded: NAME OPERATOR VALUE, and
// FIELD OPERATOR FIELD. Which field the kernel takes on which list with which operator is
// audit_field_valid() of kernel/auditfilter.c. Errors say what would be right.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/model.h"
#include "agent/source/rule_data.h"
#include "agent/source/rule_machine.h"

namespace spoor::agent {

// Names of users and groups as rules may use them, from /etc/passwd and /etc/group.
struct Accounts {
  Names users, groups;
};
Accounts read_accounts();

// A field of a rule in the making, whose list is set. `unavailable`: an arch= whose programs the
// machine does not run, so that the rule could never match on it.
Status add_field(std::string_view pair, const Accounts& accounts, const RuleMachine& machine,
                 RuleBuilder& rule);
// Two fields of the event with each other: `auid!=obj_uid`.
Status add_comparison(std::string_view pair, RuleBuilder& rule);

// The field's name for an AUDIT_COMPARE_* value: {"auid", "obj_uid"}.
std::optional<std::pair<std::string_view, std::string_view>> names_of_comparison(uint32_t value);

// r, w, x, a.
Result<uint32_t> parse_permissions(std::string_view letters);
// An absolute path that the kernel can watch.
Status check_path(std::string_view path);
// A whole number of C's notation: decimal, 0x…, 0….
std::optional<uint32_t> parse_whole(std::string_view text);

}  // namespace spoor::agent
