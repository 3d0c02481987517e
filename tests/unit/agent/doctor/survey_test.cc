#include "agent/doctor/survey.h"

#include <gtest/gtest.h>

#include "agent/rule_settings.h"
#include "agent/source/rule_data.h"
#include "tests/support/fake_files.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/agent/doctor/fake_calls.h"

namespace spoor::agent {
namespace {

class SurveyTest : public testing::Test {
 protected:
  SurveyTest() { config_.rules_folders.clear(); }
  HostFacts look() { return survey(files_, calls_, config_); }
  std::vector<std::string> missing() {
    const HostFacts facts = look();
    EXPECT_TRUE(facts.capabilities) << facts.capabilities.why();
    return facts.capabilities ? facts.capabilities->missing : std::vector<std::string>{"?"};
  }
  FakeFiles files_;
  FakeCalls calls_;
  Config config_;
};

TEST_F(SurveyTest, WhatCannotBeHadSaysWhy) {
  const HostFacts facts = look();
  EXPECT_FALSE(facts.boot_line);
  EXPECT_NE(facts.boot_line.why(), "");
  EXPECT_FALSE(facts.connector);
  EXPECT_EQ(facts.connector.why(), "needs CAP_NET_ADMIN");
  EXPECT_FALSE(facts.listeners);
  EXPECT_FALSE(facts.agent_account);
  // A file that is not there is an answer of its own.
  ASSERT_TRUE(facts.machine_id);
  EXPECT_EQ(*facts.machine_id, "");
  ASSERT_TRUE(facts.auditd);
  ASSERT_TRUE(facts.pam);
}

TEST_F(SurveyTest, SeatHolderAndListenersAreNamed) {
  calls_.status.pid = 612;
  calls_.links["/proc/612/exe"] = "/usr/sbin/auditd";
  files_.put("/proc/612/comm", "auditd\n");
  files_.put("/proc/311/comm", "systemd-journal\n");
  files_.put("/proc/net/netlink", "x 9 311 00000001 0 0 0 2 0 496\n");
  const HostFacts facts = look();
  EXPECT_EQ(facts.seat_holder->comm, "auditd");
  EXPECT_EQ(facts.seat_holder->exe, "/usr/sbin/auditd");
  ASSERT_EQ(facts.listeners->size(), 1u);
  EXPECT_EQ(facts.listeners->at(0).comm, "systemd-journal");
  EXPECT_EQ(facts.listeners->at(0).exe, "");
}

TEST_F(SurveyTest, AuditdsActionsInLowerCase) {
  files_.put("/etc/audit/auditd.conf", "disk_full_action = HALT\nspace_left_action = email\n");
  const HostFacts facts = look();
  EXPECT_EQ(facts.auditd->disk_full, "halt");
  EXPECT_EQ(facts.auditd->space_left, "email");
  EXPECT_EQ(facts.auditd->disk_error, "");
}

TEST_F(SurveyTest, JournaldAndItsSocket) {
  files_.put("/etc/systemd/journald.conf", "[Journal]\nAudit=no\n");
  EXPECT_EQ(look().journald->does, JournaldAudit::Does::switches_off);
  EXPECT_FALSE(look().journald_socket_masked);
  calls_.null_devices = {"/etc/systemd/system/systemd-journald-audit.socket"};
  EXPECT_TRUE(look().journald_socket_masked);
}

TEST_F(SurveyTest, TheNextBootsCommandLine) {
  EXPECT_EQ(look().boot_configured_in, "");
  files_.put("/etc/default/grub", "#GRUB_CMDLINE_LINUX=\"audit=1\"\nGRUB_TIMEOUT=5\n"
                                  "GRUB_CMDLINE_LINUX=\"quiet audit=0\"\n");
  EXPECT_EQ(look().boot_configured_in, "");
  files_.put("/etc/default/grub.d/audit.cfg",
             "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX audit=1 audit_backlog_limit=8192\"\n");
  EXPECT_EQ(look().boot_configured_in, "/etc/default/grub.d/audit.cfg");
  files_.put("/etc/kernel/cmdline", "root=/dev/sda1 audit=1\n");
  EXPECT_EQ(look().boot_configured_in, "/etc/kernel/cmdline");
}

// The configuration's rules against those in the kernel, ours and others'.
TEST_F(SurveyTest, RulesOfOthersAreJudgedWithOursWhereverTheyAre) {
  const TempFolder folder;
  PosixFiles disk;
  ASSERT_TRUE(write_file(disk, folder / "a.rules",
                         "-a always,exit -F arch=b64 -S execve -k spoor-commands\n"
                         "-a always,exit -F dir=/no/such -F perm=wa -k spoor-later\n"
                         "-a never,exit -F arch=b64 -S open -F uid=33 -k spoor-quiet\n"
                         "-a always,exit -F arch=b64 -S open -k spoor-open\n").is_ok());
  config_.rules_folders = {folder / "."};
  const RuleSet wanted = wanted_rules(config_);
  ASSERT_EQ(wanted.rules.size(), 4u);
  HostFacts facts = look();
  EXPECT_EQ(facts.rules_wanted, 4u);
  EXPECT_EQ(facts.rules->not_loaded.size(), 3u) << "what is not there yet does not count";
  ASSERT_EQ(facts.rule_warnings.size(), 1u) << "of the site's own rules the files tell";
  EXPECT_NE(facts.rule_warnings[0].find("a.rules:3: "), std::string::npos);

  RuleSet other;
  parse_rules("x", "-a never,exit -F arch=b64 -S execve -F uid=33 -k spoor-x\n", {}, other);
  other.rules[0].key = "quiet";  // as somebody else has it
  calls_.rules.push_back(copy_of(other.rules[0]));
  facts = look();
  ASSERT_EQ(facts.rules->hiding.size(), 1u) << "ours would come behind it";
  EXPECT_EQ(facts.rules->hiding[0].hides, "what it matches of spoor-commands");
  EXPECT_EQ(facts.rules->ours, 0u);

  calls_.rules = copy_rules(wanted.rules);
  calls_.rules.push_back(copy_of(other.rules[0]));
  facts = look();
  EXPECT_TRUE(facts.rules->hiding.empty()) << "ours stand before it";
  EXPECT_EQ(facts.rules->ours, 4u);
  EXPECT_TRUE(facts.rules->not_loaded.empty());
}

TEST_F(SurveyTest, CapabilitiesOfTheAgentThatRuns) {
  calls_.status.pid = 77;
  files_.put("/proc/77/comm", "spoor-agent\n");
  // audit_control 30, audit_read 37, net_admin 12: what the witness has the agent gave up
  files_.put("/proc/77/status", "Name:\tspoor-agent\nCapPrm:\t0000002040001000\n");
  EXPECT_TRUE(missing().empty());
  files_.put("/proc/77/status", "CapPrm:\t0000000040001000\n");
  EXPECT_EQ(missing(), std::vector<std::string>{"cap_audit_read"});
}

TEST_F(SurveyTest, WitnessOfTheAgentThatRuns) {
  calls_.status.pid = 77;
  files_.put("/proc/77/comm", "spoor-agent\n");
  files_.put("/proc/77/status", "CapPrm:\t0000002040001000\n");
  EXPECT_FALSE(look().capabilities->no_witness) << "a kernel that lists no children";
  files_.put("/proc/77/task/77/children", "78 79 ");
  files_.put("/proc/78/comm", "spoor-agent\n");
  EXPECT_TRUE(look().capabilities->no_witness);
  files_.put("/proc/79/comm", "spoor-witness\n");
  EXPECT_FALSE(look().capabilities->no_witness);
}

TEST_F(SurveyTest, CapabilitiesOfTheUnit) {
  files_.put("/usr/lib/systemd/system/spoor-agent.service",
             "[Service]\nAmbientCapabilities=CAP_AUDIT_CONTROL CAP_AUDIT_READ\n"
             "AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_PTRACE CAP_DAC_READ_SEARCH\n");
  EXPECT_TRUE(missing().empty());
  files_.put("/etc/systemd/system/spoor-agent.service",
             "[Service]\nAmbientCapabilities=CAP_NET_ADMIN\nAmbientCapabilities=\n"
             "AmbientCapabilities=CAP_AUDIT_CONTROL\n");
  EXPECT_EQ(missing().size(), 4u);
}

// `systemctl edit spoor-agent` writes one.
TEST_F(SurveyTest, CapabilitiesOfTheUnitWithItsAdditions) {
  const std::string vendor = "/usr/lib/systemd/system/", site = "/etc/systemd/system/";
  const std::string service = "[Service]\nAmbientCapabilities=";
  files_.put(vendor + "spoor-agent.service",
             service + "CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_NET_ADMIN CAP_SYS_PTRACE "
                       "CAP_DAC_READ_SEARCH\n");
  files_.put(site + "spoor-agent.service.d/override.conf", service + "\n");
  EXPECT_EQ(missing().size(), 5u);
  EXPECT_EQ(look().capabilities->whose, site + "spoor-agent.service.d/override.conf");
  files_.put(vendor + "service.d/zz.conf", service + "CAP_AUDIT_READ CAP_NET_ADMIN\n");
  EXPECT_EQ(missing(), (std::vector<std::string>{"cap_audit_control", "cap_sys_ptrace",
                                                  "cap_dac_read_search"}))
      << "of all services, and later by its name";
  files_.put("/run/systemd/system/spoor-.service.d/zz.conf", "");
  EXPECT_EQ(missing().size(), 5u) << "one closer to the unit takes its place";
  calls_.null_devices = {site + "spoor-agent.service.d/override.conf"};
  EXPECT_TRUE(missing().empty()) << "masked";
  files_.fail_next(FakeFiles::Operation::list, denied("no"), 100);
  EXPECT_FALSE(look().capabilities);
}

TEST_F(SurveyTest, CapabilitiesOfWhoAsks) {
  files_.put("/proc/self/status", "CapPrm:\t0000000000000000\nCapBnd:\t000001ffffffffff\n");
  EXPECT_TRUE(missing().empty());
  calls_.uid_value = 1000;
  EXPECT_EQ(missing().size(), 5u);
  for (const char* odd : {"", "CapPrm:\tzz\n", "CapPrm:\n", "CapPrm:\t1ffffffffffffffff\n"}) {
    files_.put("/proc/self/status", odd);
    EXPECT_FALSE(look().capabilities) << odd;
  }
}

TEST_F(SurveyTest, AccountsByNameOrNumber) {
  files_.put("/etc/passwd", "root:x:0:0::/:/bin/sh\nspoor-agent:x:998:998::/:/bin/false\n");
  EXPECT_TRUE(*look().agent_account);
  EXPECT_FALSE(*look().commit_account) << "spoor-agent is not spoor";
  config_.commit_user = "997";
  EXPECT_TRUE(*look().commit_account);
}

TEST_F(SurveyTest, ProcessesAreCountedByLogin) {
  EXPECT_EQ(look().processes->with_login, 1u);
  EXPECT_EQ(look().processes->without, 1u);
}

}  // namespace
}  // namespace spoor::agent
