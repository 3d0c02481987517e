#include "agent/doctor/checks.h"

#include <algorithm>

namespace spoor::agent {

std::vector<Finding> examine(const HostFacts& facts) {
  using Check = Finding (*)(const HostFacts&);
  constexpr Check kChecks[] = {
      check_audit,       check_boot_line,    check_old_processes, check_lock,
      check_never_rules, check_backlog,      check_backlog_wait,  check_failure,
      check_kernel_version, check_connector, check_namespaces,    check_seat,
      check_auditd_disk, check_journald,     check_listeners,     check_pam,
      check_login_uid,   check_rules,        check_capabilities,  check_landlock,
      check_accounts,    check_spool,        check_state,         check_machine_id,
      check_clock};
  std::vector<Finding> findings;
  for (const Check check : kChecks) findings.push_back(check(facts));
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.level < b.level; });
  return findings;
}

}  // namespace spoor::agent
