// A rule in the words of `auditctl -l`, so that what we want and what is loaded can be compared
// with diff(1).
#pragma once

#include <string>

#include "agent/source/rule_kernel.h"

namespace spoor::agent {

std::string auditctl_line(const AuditRule& rule);
// exit, task, …
std::string list_name(const AuditRule& rule);

}  // namespace spoor::agent
