// What makes the record of a host incomplete: one small function a check, over HostFacts. Each says
// one thing, and what to do about it. Pure; any thread.
#pragma once

#include <vector>

#include "agent/doctor/finding.h"
#include "agent/doctor/host_facts.h"

namespace spoor::agent {

// The kernel's audit system (kernel_checks.cc).
Finding check_audit(const HostFacts& facts);
Finding check_boot_line(const HostFacts& facts);
Finding check_old_processes(const HostFacts& facts);
Finding check_lock(const HostFacts& facts);
Finding check_never_rules(const HostFacts& facts);
Finding check_backlog(const HostFacts& facts);
Finding check_backlog_wait(const HostFacts& facts);
Finding check_failure(const HostFacts& facts);
Finding check_kernel_version(const HostFacts& facts);
Finding check_connector(const HostFacts& facts);
Finding check_namespaces(const HostFacts& facts);

// Who else has to do with audit, and how people come in (neighbour_checks.cc).
Finding check_seat(const HostFacts& facts);
Finding check_auditd_disk(const HostFacts& facts);
Finding check_journald(const HostFacts& facts);
Finding check_listeners(const HostFacts& facts);
Finding check_pam(const HostFacts& facts);
Finding check_login_uid(const HostFacts& facts);

// The agent's own place (place_checks.cc).
Finding check_rules(const HostFacts& facts);
Finding check_capabilities(const HostFacts& facts);
Finding check_landlock(const HostFacts& facts);
Finding check_accounts(const HostFacts& facts);
Finding check_spool(const HostFacts& facts);
Finding check_state(const HostFacts& facts);
Finding check_machine_id(const HostFacts& facts);
Finding check_clock(const HostFacts& facts);

// All of them, worst first and else in the order above.
std::vector<Finding> examine(const HostFacts& facts);

}  // namespace spoor::agent
