#include <gtest/gtest.h>

#include "agent/doctor/checks.h"
#include "tests/unit/agent/doctor/well_facts.h"

namespace spoor::agent {
namespace {

HostFacts with_status(void (*change)(AuditStatus&)) {
  HostFacts facts = well_facts();
  AuditStatus status = *facts.audit;
  change(status);
  facts.audit = status;
  return facts;
}

HostFacts with_boot_line(const char* line) {
  HostFacts facts = well_facts();
  facts.boot_line = std::string(line);
  return facts;
}

HostFacts with_rules(std::vector<RuleFacts> rules) {
  HostFacts facts = well_facts();
  facts.rules = std::move(rules);
  return facts;
}

TEST(KernelChecksTest, AuditSwitchedOffAtBootIsNotMissingRoot) {
  HostFacts facts = with_boot_line("quiet audit=0");
  facts.audit = Known<AuditStatus>::unknown("connection refused");
  EXPECT_EQ(check_audit(facts).level, Level::missing);
  EXPECT_EQ(check_audit(with_boot_line("audit=off")).level, Level::missing);
  facts.boot_line = std::string("quiet");
  EXPECT_EQ(check_audit(facts).level, Level::unknown);
}

TEST(KernelChecksTest, BootLineCountsAsTheKernelReadsIt) {
  EXPECT_EQ(check_boot_line(with_boot_line("quiet")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("xaudit=1 audit.x=1 audit=")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1 audit=0")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("quiet -- audit=1")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=on audit_backlog_limit=8192")).level, Level::ok);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1 audit_backlog_limit=0")).level, Level::ok);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1")).level, Level::risk);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1 audit_backlog_limit=256")).level, Level::risk);
}

TEST(KernelChecksTest, ProcessesOlderThanAuditAreCounted) {
  HostFacts facts = with_boot_line("quiet");
  EXPECT_EQ(check_old_processes(facts).level, Level::risk);
  AuditStatus off;
  facts.audit = off;
  const Finding finding = check_old_processes(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("3 processes of login sessions and 80 others"), std::string::npos);
}

TEST(KernelChecksTest, LockMattersWhereRulesOfOursAreNotThere) {
  HostFacts facts = with_status([](AuditStatus& s) { s.enabled = 2; });
  EXPECT_EQ(check_lock(facts).level, Level::ok);
  facts.rules_wanted = 2;
  EXPECT_EQ(check_lock(facts).level, Level::missing);
  facts.rules = std::vector<RuleFacts>{};
  facts.rules_wanted = 0;
  EXPECT_EQ(check_lock(facts).level, Level::missing);
  facts.rules = Known<std::vector<RuleFacts>>::unknown("no permission");
  EXPECT_EQ(check_lock(facts).level, Level::unknown);
}

TEST(KernelChecksTest, NeverTaskHidesEverything) {
  const Finding finding = check_never_rules(
      with_rules({{false, true, "task", "-a never,task", 0}, {true, false, "exit", "ours", 2}}));
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.fix.find("auditctl -d never,task"), std::string::npos);
}

TEST(KernelChecksTest, NeverRulesMatterBeforeOursOnly) {
  const RuleFacts ours{true, false, "exit", "ours", 2};
  const RuleFacts never{false, true, "exit", "-a never,exit -k quiet", 1};
  EXPECT_EQ(check_never_rules(with_rules({never, ours})).level, Level::risk);
  EXPECT_EQ(check_never_rules(with_rules({ours, never})).level, Level::ok);
  EXPECT_EQ(check_never_rules(with_rules({never})).level, Level::risk);
  EXPECT_EQ(check_never_rules(with_rules({{true, true, "exit", "of ours", 1}, ours})).level,
            Level::ok);
}

TEST(KernelChecksTest, ExcludedTypesAreMissing) {
  const Finding finding = check_never_rules(with_rules(
      {{false, false, "exclude", "-a always,exclude -F msgtype=CWD", 1}}));
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("msgtype=CWD"), std::string::npos);
}

TEST(KernelChecksTest, SmallBacklogMattersWhenNobodyWillRaiseIt) {
  HostFacts facts = with_status([](AuditStatus& s) { s.backlog_limit = 64; });
  EXPECT_EQ(check_backlog(facts).level, Level::ok);
  facts.seat_holder = Program{7, "spoor-agent", ""};
  EXPECT_EQ(check_backlog(facts).level, Level::risk);
  facts = with_status([](AuditStatus& s) { s.backlog_limit = 64, s.enabled = 2; });
  EXPECT_EQ(check_backlog(facts).level, Level::risk);
  EXPECT_EQ(check_backlog(with_status([](AuditStatus& s) { s.backlog_limit = 0; })).level,
            Level::ok);
  EXPECT_EQ(check_backlog(with_status([](AuditStatus& s) { s.lost = 1; })).level, Level::risk);
}

TEST(KernelChecksTest, AMinuteOfWaitingAndAPanicAreRisks) {
  EXPECT_EQ(check_backlog_wait(with_status([](AuditStatus& s) { s.backlog_wait_time = 15'000; }))
                .level, Level::risk);
  EXPECT_EQ(check_failure(with_status([](AuditStatus& s) { s.failure = 2; })).level, Level::risk);
}

TEST(KernelChecksTest, KernelsLackWhatCameLater) {
  const auto level = [](const char* release) {
    HostFacts facts = well_facts();
    facts.kernel = release;
    return check_kernel_version(facts).level;
  };
  EXPECT_EQ(level("3.10.0-1160.el7.x86_64"), Level::missing);
  EXPECT_EQ(level("5.10.0-30-amd64"), Level::missing);
  EXPECT_EQ(level("5.13.0"), Level::risk);
  EXPECT_EQ(level("5.16.0"), Level::ok);
  EXPECT_EQ(level("6.1"), Level::ok);
  EXPECT_EQ(level("10.0.0"), Level::ok);
  for (const char* odd : {"", "6", "x.y", "6.", "99999999999.1"}) {
    EXPECT_EQ(level(odd), Level::unknown) << odd;
  }
}

TEST(KernelChecksTest, ContainersAreNamedByWhatIsTheirOwn) {
  HostFacts facts = well_facts();
  facts.namespaces = Namespaces{false, true, false};
  const Finding finding = check_namespaces(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("(pid, network)"), std::string::npos) << finding.what;
  facts.connector = false;
  EXPECT_EQ(check_connector(facts).level, Level::missing);
}

}  // namespace
}  // namespace spoor::agent
