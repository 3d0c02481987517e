// Rules that keep something from being told. The first rule of a list that matches decides: a
// `never` takes what it matches from the rules of ours behind it. What `exclude` names is kept out
// of every event. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "agent/source/rule_kernel.h"

namespace spoor::agent {

struct HidingRule {
  std::string rule;    // as `auditctl -l` lists it
  std::string source;  // file:line; empty when it was read from the kernel
  std::string hides;   // "what it matches of spoor-commands, spoor-network"
  bool ours = false;
  bool everything = false;  // `-a never,task`: no program that starts is audited
};

// `rules` in the kernel's order, of whomever. A rule that can only match what none of ours behind
// it could is not among them; where that cannot be told, it is.
std::vector<HidingRule> find_hiding_rules(const std::vector<AuditRule>& rules);

}  // namespace spoor::agent
