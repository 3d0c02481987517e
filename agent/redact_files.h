// Reads the redaction rules: those in the program, and what folders add to them or take away. Reads
// files, so not for the capture thread.
#pragma once

#include <string>
#include <vector>

#include "agent/redact/redact_rules.h"

namespace spoor::agent {

// The shipped rules, then every *.yml of these folders in the order of their names. A folder that
// is not there has none.
LoadedRedactRules read_redact_rules(const std::vector<std::string>& folders);
// The folders alone, without what is shipped; one that is not there is a problem.
LoadedRedactRules read_only_redact_rules(const std::vector<std::string>& folders);

}  // namespace spoor::agent
