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

HostFacts with_hiding(std::vector<HidingRule> hiding) {
  HostFacts facts = well_facts();
  facts.rules = KernelRules{1, std::move(hiding), {}};
  return facts;
}

// The kernel as it comes: nothing that is configured is so.
HostFacts unconfigured() {
  HostFacts facts = with_status([](AuditStatus& s) {
    s.backlog_limit = 64;
    s.backlog_wait_time = 15'000;
    s.failure = 2;
  });
  facts.wanted.failure = 1;
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
  EXPECT_EQ(check_boot_line(with_boot_line("xaudit=1 audit.x=1")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1 audit=0")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("quiet -- audit=1")).level, Level::missing);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=on audit_backlog_limit=8192")).level, Level::ok);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1 audit_backlog_limit=0")).level, Level::ok);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1")).level, Level::risk);
  EXPECT_EQ(check_boot_line(with_boot_line("audit=1 audit_backlog_limit=256")).level, Level::risk);
  const Finding odd = check_boot_line(with_boot_line("audit=1 audit_backlog_limit=8k"));
  EXPECT_EQ(odd.level, Level::risk);
  EXPECT_NE(odd.what.find("only 64 records"), std::string::npos) << odd.what;
}

TEST(KernelChecksTest, WhatTheNextBootHasIsNotAdvisedAgain) {
  HostFacts facts = with_boot_line("quiet");
  EXPECT_NE(check_boot_line(facts).fix.find("add `audit=1"), std::string::npos);
  facts.boot_configured_in = "/etc/default/grub";
  const Finding finding = check_boot_line(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_TRUE(finding.fix.starts_with("configured in /etc/default/grub; takes effect with"))
      << finding.fix;
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
  facts.rules_wanted = 2;
  EXPECT_EQ(check_lock(facts).level, Level::ok) << "the other one's place is not there";
  facts.rules = KernelRules{1, {}, {"a.rules:2"}};
  EXPECT_EQ(check_lock(facts).level, Level::missing);
  facts.rules = KernelRules{};
  facts.rules_wanted = 0;
  EXPECT_EQ(check_lock(facts).level, Level::missing);
  facts.rules = Known<KernelRules>::unknown("no permission");
  EXPECT_EQ(check_lock(facts).level, Level::unknown);
}

TEST(KernelChecksTest, NeverTaskHidesEverything) {
  const Finding finding = check_never_rules(
      with_hiding({{"-a never,task", "", "each program that starts", false, true}}));
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.fix.find("auditctl -d never,task"), std::string::npos);
}

TEST(KernelChecksTest, RulesThatHideAreNamedWithWhatTheyHide) {
  EXPECT_EQ(check_never_rules(with_hiding({})).level, Level::ok);
  const Finding finding = check_never_rules(with_hiding(
      {{"-a always,exclude -F msgtype=CWD", "", "records of type CWD", false, false},
       {"-a never,exit -F uid=33", "", "what it matches of spoor-commands", false, false}}));
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("-a always,exclude -F msgtype=CWD hides records of type CWD\n"
                              "-a never,exit -F uid=33 hides what it matches of spoor-commands"),
            std::string::npos) << finding.what;
}

// A setting that is configured comes about with the seat: what is to be done depends on who has it.
TEST(KernelChecksTest, WhatIsConfiguredTakesEffectWithTheSeat) {
  for (const auto check : {check_backlog, check_backlog_wait, check_failure}) {
    HostFacts facts = unconfigured();
    const Finding alone = check(facts);
    EXPECT_EQ(alone.level, Level::ok) << alone.check;
    EXPECT_NE(alone.what.find("of agent.yml takes effect when spoor-agent starts"),
              std::string::npos) << alone.what;
    facts.seat_holder = Program{7, "spoor-agent", ""};
    EXPECT_EQ(check(facts).level, Level::risk) << alone.check;
    EXPECT_NE(check(facts).fix.find("somebody sets it otherwise"), std::string::npos);
    facts.seat_holder = Program{7, "auditd", ""};
    EXPECT_EQ(check(facts).level, Level::risk) << alone.check;
    EXPECT_NE(check(facts).fix.find("when spoor-agent has the seat"), std::string::npos);
    AuditStatus locked = *facts.audit;
    locked.enabled = 2;
    facts.audit = locked;
    EXPECT_EQ(check(facts).level, Level::risk) << alone.check;
    EXPECT_NE(check(facts).fix.find("with the next boot"), std::string::npos);
  }
}

TEST(KernelChecksTest, FixesNameOurKeysAndWhereTheyAreSet) {
  HostFacts facts = unconfigured();
  facts.seat_holder = Program{7, "spoor-agent", ""};
  EXPECT_NE(check_backlog(facts).fix.find("kernel.backlog_limit of agent.yml"), std::string::npos);
  facts.rule_settings.backlog_limit = RuleSetting{8192, "site.rules:3"};
  EXPECT_NE(check_backlog(facts).fix.find("-b at site.rules:3"), std::string::npos);
  facts.wanted.backlog_wait_ms = 60'000;
  EXPECT_TRUE(check_backlog_wait(facts).fix.starts_with(
      "configured so: kernel.backlog_wait_time_ms of agent.yml"));
  facts.wanted.failure = 2;
  EXPECT_TRUE(check_failure(facts).fix.starts_with("configured so: kernel.failure of agent.yml"));
  facts.wanted.failure.reset();
  EXPECT_TRUE(check_failure(facts).fix.starts_with("kernel.failure: printk in agent.yml"));
}

TEST(KernelChecksTest, ABacklogThatWasLostOrHasNoEnd) {
  EXPECT_EQ(check_backlog(with_status([](AuditStatus& s) { s.backlog_limit = 0; })).level,
            Level::ok);
  EXPECT_EQ(check_backlog(with_status([](AuditStatus& s) { s.lost = 1; })).level, Level::risk);
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
