// Fewer rules with the same meaning. Each system call's exit walks its list until a rule matches,
// so two rules that differ only in their calls become one.
//
// Order: of the rules of a list, the first that matches decides (action and key). Joining a rule
// with an earlier one lets it be asked earlier; that is only done where no rule between the two
// could have matched the same call.
#pragma once

#include <vector>

#include "agent/source/rule_kernel.h"

namespace spoor::agent {

// Whether one call could match both, as far as list, architecture and calls tell.
bool may_overlap(const AuditRule& a, const AuditRule& b);

// As the kernel will have them, and list them: list by list, and of each list those of -A before
// the others, the last of them first.
std::vector<AuditRule> in_kernel_order(std::vector<AuditRule> rules);
// `rules` in kernel order. A rule that is there twice is kept once.
std::vector<AuditRule> merge_rules(std::vector<AuditRule> rules);

}  // namespace spoor::agent
