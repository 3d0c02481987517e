// Findings as people and programs read them. Names of programs and paths come from the host:
// control characters are shown as \xNN, so that none can paint the terminal.
#pragma once

#include <string>
#include <vector>

#include "agent/doctor/finding.h"
#include "agent/doctor/host_facts.h"

namespace spoor::agent {

// Nothing is missing, and everything could be looked at.
bool is_whole(const std::vector<Finding>& findings);

// A line a finding, its fix below, folded at `columns`; what is well only with `all`.
std::string text_report(const HostFacts& facts, const std::vector<Finding>& findings,
                        size_t columns, bool all);
// One object a line: {"check","level","what","fix"}, and at the end {"host","kernel","whole",…};
// what is well only with `all`.
std::string json_report(const HostFacts& facts, const std::vector<Finding>& findings, bool all);

}  // namespace spoor::agent
