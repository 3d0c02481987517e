// A host on which nothing is wrong: each test of a check spoils one fact of it.
#pragma once

#include "agent/doctor/host_facts.h"

namespace spoor::agent {

inline HostFacts well_facts() {
  HostFacts facts;
  facts.host = "web1";
  facts.kernel = "6.1.0-56-amd64";
  facts.boot_line = std::string("BOOT_IMAGE=/vmlinuz root=/dev/sda1 audit=1 "
                                "audit_backlog_limit=8192 quiet\n");
  AuditStatus status;
  status.enabled = 1;
  status.failure = 1;
  status.backlog_limit = 8192;
  status.backlog_wait_time = 100;
  facts.audit = status;
  facts.features = LoginUidFeatures{true, true};
  facts.rules = KernelRules{1, {}, {}};
  facts.seat_holder = Program{};
  facts.auditd = AuditdActions{};
  facts.listeners = std::vector<Program>{};
  facts.journald = JournaldAudit{};
  facts.pam = std::vector<PamService>{{"sshd", true}, {"login", true}};
  facts.namespaces = Namespaces{};
  facts.connector = true;
  facts.capabilities = Capabilities{{}, "the unit"};
  facts.landlock = 3;
  facts.spool = Folder{true, 998, 0750, 20ull << 30, false};
  facts.state = Folder{true, 998, 0750, 1ull << 30, true};
  facts.machine_id = std::string("0123456789abcdef0123456789abcdef");
  facts.clock_synchronised = true;
  facts.processes = RunningProcesses{3, 80};
  facts.agent_account = facts.commit_account = true;
  facts.spool_folder = "/var/lib/spoor-agent/spool";
  facts.state_folder = "/run/spoor-agent";
  facts.machine_id_file = "/etc/machine-id";
  facts.commit_user = "spoor";
  facts.spool_bytes_max = 1ull << 30;
  facts.rules_wanted = 1;
  return facts;
}

}  // namespace spoor::agent
