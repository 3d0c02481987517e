// The rules that are wanted: every `*.rules` file of the folders that the configuration names, in
// auditctl's own syntax (rule_line.h), checked, merged, and in the order in which the kernel is to
// try them. Every problem of every file is found at once; with any, nothing is to be loaded, and
// what was loaded before stays.
//
// Folders of profiles are cumulative: `light`, then `standard`, then `strict`, up to the one that
// is asked for; `unattended` is read where that is asked for. Then come the folder's own files, by
// name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/source/rule_kernel.h"
#include "agent/source/rule_line.h"
#include "common/bytes.h"

namespace spoor::agent {

struct RuleSet {
  std::vector<AuditRule> rules;
  RuleSettings settings;
  size_t rules_read = 0;              // before they were merged
  std::vector<std::string> problems;  // `file:line: what`
  // Alike, of what is loaded all the same: rules that hide, or take others away; settings that end
  // what one may count on.
  std::vector<std::string> warnings;
  // Alike, of what rules name and this machine has not: it is left out, and records nothing less.
  std::vector<std::string> notes;
};

struct RuleChoice {
  std::vector<std::string> folders = {};
  std::string profile = "standard";        // light, standard or strict
  bool unattended = false;                 // commands without a login uid, too
  std::optional<uint32_t> only_login_uid = std::nullopt;  // guest mode: rules are limited to it
  RuleMachine machine = RuleMachine::host();
};

RuleSet read_rules(const RuleChoice& choice);
// These files, in this order, and no others.
RuleSet read_rule_files(const std::vector<std::string>& paths, const RuleContext& context);

// Adds what `text` says to `into`; -d, -W and -D take away from what `into` holds, and never from
// what others have loaded. -D without a key, with which auditctl's files begin, may not take the
// rules of other files away: what a profile records would end by a habit.
void parse_rules(const std::string& path, std::string_view text, const RuleContext& context,
                 RuleSet& into);
// Kernel order, merged; what is to be warned of.
void finish_rules(RuleSet& set);

// SHA-256 over the rules as the kernel is given them; zeros for none.
Hash hash_of(const RuleSet& set);

// Removes every rule of ours. How many there were.
Result<uint32_t> remove_our_rules(RuleKernel& kernel);

}  // namespace spoor::agent
