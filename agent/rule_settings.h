// Where the configuration and the rule files meet: which rules are wanted, and what the files say
// of audit's own settings (-b, -f, -r, -e, …), which must not be said twice. Used at start, at a
// reload and by check-rules, on the thread that calls.
#pragma once

#include <string>
#include <vector>

#include "agent/config.h"
#include "agent/kernel_settings.h"
#include "agent/source/audit_control.h"
#include "agent/source/audit_rules.h"

namespace spoor::agent {

// The rules of the configuration's folders, profile and choice of unattended commands. A setting
// that a file and the configuration both make is one of the problems, with both places.
RuleSet wanted_rules(const Config& config);
// The problems that files give us, whatever folder they lie in; `config` for its login uid.
RuleSet check_rule_files(const std::vector<std::string>& paths, const Config& config);

// What the files say of the settings that are watched (agent/kernel_settings.h) is kept as if the
// configuration said it.
void adopt_settings(const RuleSettings& files, KernelSettings& settings);

// What is set once, and not watched; all but the lock. Call once the rules are loaded.
Status apply_settings(const RuleSettings& settings, AuditControl& control);
// `-e 2`, where a file says so: the very last step, since it holds until the next boot.
Status apply_lock(const RuleSettings& settings, AuditControl& control);

// What `spoor-agent check-rules` prints: the rules as `auditctl -l` would list them; a table of
// list, number of calls, key and origin with the counts below it, which says what is left out on
// this host now; and audit's settings with the place that each comes from.
std::string rules_as_listed(const RuleSet& set);
std::string rules_table(const RuleSet& set);
std::string settings_table(const RuleSet& set, const Config& config);

}  // namespace spoor::agent
