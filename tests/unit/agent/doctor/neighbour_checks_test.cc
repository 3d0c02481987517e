#include <gtest/gtest.h>

#include "agent/doctor/checks.h"
#include "tests/unit/agent/doctor/well_facts.h"

namespace spoor::agent {
namespace {

HostFacts with_auditd(AuditdActions actions) {
  HostFacts facts = well_facts();
  facts.seat_holder = Program{612, "auditd", "/usr/sbin/auditd"};
  facts.auditd = std::move(actions);
  return facts;
}

TEST(NeighbourChecksTest, AnotherDaemonIsNamed) {
  const Finding finding = check_seat(with_auditd({}));
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("auditd (pid 612, /usr/sbin/auditd)"), std::string::npos);
  HostFacts facts = well_facts();
  facts.seat_holder = Program{612, "spoor-agent", ""};
  EXPECT_EQ(check_seat(facts).level, Level::ok);
  facts.seat_holder = Program{612, "", ""};  // of a namespace that we do not see into
  EXPECT_EQ(check_seat(facts).level, Level::missing);
}

TEST(NeighbourChecksTest, DiskActionsThatStopAreRisks) {
  const AuditdActions harmless{"syslog", "syslog", "rotate", "syslog", "rotate"};
  EXPECT_EQ(check_auditd_disk(with_auditd(harmless)).level, Level::ok);
  for (const char* action : {"halt", "single", "suspend"}) {
    for (std::string AuditdActions::*field :
         {&AuditdActions::space_left, &AuditdActions::admin_space_left, &AuditdActions::disk_full,
          &AuditdActions::disk_error, &AuditdActions::max_log_file}) {
      AuditdActions actions;
      actions.*field = action;
      const Finding finding = check_auditd_disk(with_auditd(actions));
      EXPECT_EQ(finding.level, Level::risk);
      EXPECT_NE(finding.what.find(std::string(" = ") + action), std::string::npos);
    }
  }
}

TEST(NeighbourChecksTest, DiskActionsOfAnIdleAuditdStopNothing) {
  HostFacts facts = with_auditd({"", "", "halt", "", ""});
  facts.seat_holder = Program{};
  EXPECT_EQ(check_auditd_disk(facts).level, Level::ok);
}

TEST(NeighbourChecksTest, JournaldMaySwitchAuditOff) {
  HostFacts facts = well_facts();
  facts.journald = JournaldAudit{JournaldAudit::Does::switches_off, "Audit=no in a.conf"};
  const Finding finding = check_journald(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("Audit=no in a.conf"), std::string::npos);
  facts.journald_socket_masked = true;
  EXPECT_EQ(check_journald(facts).level, Level::ok);
  facts.journald = JournaldAudit{JournaldAudit::Does::switches_on, "Audit=yes in a.conf"};
  EXPECT_EQ(check_journald(facts).level, Level::ok);
}

TEST(NeighbourChecksTest, ListenersAreNamedButForOurs) {
  HostFacts facts = well_facts();
  facts.listeners = std::vector<Program>{{9, "spoor-agent", ""}};
  EXPECT_EQ(check_listeners(facts).level, Level::ok);
  facts.listeners = std::vector<Program>{{9, "spoor-agent", ""}, {311, "systemd-journal", ""}};
  const Finding finding = check_listeners(facts);
  EXPECT_EQ(finding.level, Level::risk);
  EXPECT_NE(finding.what.find("systemd-journal (pid 311)"), std::string::npos);
  EXPECT_TRUE(finding.fix.starts_with("systemctl mask --now systemd-journald-audit.socket"));
  facts.journald_socket_masked = true;
  EXPECT_TRUE(check_listeners(facts).fix.starts_with("configured: its socket is masked; takes"));
}

TEST(NeighbourChecksTest, ServicesWithoutLoginUidAreNamed) {
  HostFacts facts = well_facts();
  facts.pam = std::vector<PamService>{{"sshd", true}, {"cron", false}, {"atd", false}};
  const Finding finding = check_pam(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find(": cron, atd"), std::string::npos) << finding.what;
  EXPECT_EQ(finding.what.find("sshd"), std::string::npos);
  facts.pam = std::vector<PamService>{};
  EXPECT_EQ(check_pam(facts).level, Level::ok);
}

TEST(NeighbourChecksTest, LoginUidsThatCanChangeAreARisk) {
  HostFacts facts = well_facts();
  facts.features = LoginUidFeatures{};
  const Finding finding = check_login_uid(facts);
  EXPECT_EQ(finding.level, Level::risk);
  EXPECT_NE(finding.fix.find("/etc/spoor/audit.d"), std::string::npos);
  facts.rule_settings.loginuid_immutable = RuleSetting{1, "site.rules:2"};
  EXPECT_EQ(check_login_uid(facts).level, Level::ok);
  EXPECT_TRUE(check_login_uid(facts).fix.starts_with(
      "configured: --loginuid-immutable at site.rules:2; takes effect when"));
  facts.seat_holder = Program{7, "spoor-agent", ""};
  EXPECT_EQ(check_login_uid(facts).level, Level::risk);
}

}  // namespace
}  // namespace spoor::agent
