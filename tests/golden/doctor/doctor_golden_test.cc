// The whole report, as people at 80 columns and as programs read it, of hosts in three states.
#include <gtest/gtest.h>

#include <cstdlib>

#include "agent/doctor/checks.h"
#include "agent/doctor/report.h"
#include "common/files.h"
#include "tests/unit/agent/doctor/well_facts.h"

namespace spoor::agent {
namespace {

constexpr size_t kGoldenBytesMax = 1u << 20;

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(SPOOR_GOLDEN) + "/" + name;
  PosixFiles files;
  if (std::getenv("SPOOR_WRITE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(files, path, text).is_ok()) << path;
    return;
  }
  const auto golden = read_file(files, path, kGoldenBytesMax);
  ASSERT_TRUE(golden.is_ok()) << golden.status().message();
  EXPECT_EQ(*golden, text) << path;
}

void expect_goldens(const std::string& name, const HostFacts& facts) {
  const std::vector<Finding> findings = examine(facts);
  expect_golden(name + ".txt", text_report(facts, findings, 80, true));
  expect_golden(name + ".jsonl", json_report(facts, findings, true));
}

// Debian as installed, with auditd, journald's socket and the distribution's own rules.
HostFacts neglected() {
  HostFacts facts = well_facts();
  facts.boot_line = std::string("BOOT_IMAGE=/boot/vmlinuz root=UUID=1 ro quiet");
  AuditStatus status;
  status.enabled = 1;
  status.failure = 2;
  status.pid = 612;
  status.backlog_limit = 64;
  status.backlog_wait_time = 15'000;
  status.lost = 3;
  facts.audit = status;
  facts.features = LoginUidFeatures{};
  KernelRules rules;
  rules.hiding = {{"-a never,task", "", "each program that starts, for good", false, true}};
  facts.rules = rules;
  facts.seat_holder = Program{612, "auditd", "/usr/sbin/auditd"};
  facts.auditd = AuditdActions{"syslog", "single", "halt", "suspend", "rotate"};
  facts.listeners = std::vector<Program>{
      {311, "systemd-journal", "/usr/lib/systemd/systemd-journald"}, {4242, "\x1b[2J", ""}};
  facts.journald = JournaldAudit{JournaldAudit::Does::switches_off,
                                 "its default, #Audit=no in /etc/systemd/journald.conf"};
  facts.pam = std::vector<PamService>{{"sshd", true}, {"cron", false}};
  facts.capabilities = Capabilities{{"cap_audit_read"}, "/etc/systemd/system/spoor-agent.service"};
  facts.spool = Folder{true, 998, 0750, 100u << 20, false};
  facts.state = Folder{true, 998, 0750, 1ull << 30, false};
  facts.machine_id = std::string();
  facts.clock_synchronised = false;
  facts.commit_account = false;
  facts.rule_problems = {"/etc/spoor/audit.d/site.rules:3: unknown option -z"};
  return facts;
}

HostFacts container() {
  HostFacts facts = well_facts();
  facts.namespaces = Namespaces{false, false, false};
  facts.connector = false;
  const std::string refused = "asking for the audit status: Connection refused";
  facts.audit = Known<AuditStatus>::unknown(refused);
  facts.features = Known<LoginUidFeatures>::unknown(refused);
  facts.rules = Known<KernelRules>::unknown(refused);
  facts.seat_holder = Known<Program>::unknown(refused);
  facts.capabilities = Capabilities{{"cap_audit_control", "cap_audit_read", "cap_net_admin",
                                     "cap_sys_ptrace", "cap_dac_read_search"}, "the user 1000"};
  return facts;
}

TEST(DoctorGoldenTest, Well) { expect_goldens("well", well_facts()); }
TEST(DoctorGoldenTest, Neglected) { expect_goldens("neglected", neglected()); }
TEST(DoctorGoldenTest, Container) { expect_goldens("container", container()); }

}  // namespace
}  // namespace spoor::agent
