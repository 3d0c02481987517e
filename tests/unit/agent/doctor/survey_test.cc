#include "agent/doctor/survey.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

class FakeCalls final : public HostCalls {
 public:
  uint32_t uid() override { return uid_value; }
  std::string host_name() override { return "web1"; }
  std::string kernel_release() override { return "6.1.0"; }
  Result<AuditStatus> audit_status() override { return status; }
  Result<LoginUidFeatures> login_uid_features() override { return LoginUidFeatures{}; }
  Result<std::vector<RuleFacts>> audit_rules() override { return std::vector<RuleFacts>{}; }
  Result<Namespaces> namespaces() override { return Namespaces{}; }
  Result<bool> connector_answers() override { return denied("needs CAP_NET_ADMIN"); }
  Result<int> landlock_version() override { return 3; }
  Result<Folder> folder(const std::string& path) override { return folders[path]; }
  Result<bool> clock_synchronised() override { return true; }
  std::vector<ProcessFound> processes() override { return {{1, 0, 0, kUnsetId, kUnsetId},
                                                           {9, 1, 0, 1000, 3}}; }
  Result<std::string> link_target(const std::string& path) override {
    const auto found = links.find(path);
    if (found == links.end()) return denied("following " + path);
    return found->second;
  }

  uint32_t uid_value = 0;
  AuditStatus status;
  std::map<std::string, Folder> folders;
  std::map<std::string, std::string> links;
};

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

TEST_F(SurveyTest, JournaldsAdditionsWin) {
  EXPECT_EQ(*look().journald, JournaldAudit::unset);
  files_.put("/usr/lib/systemd/journald.conf", "[Journal]\nAudit=no\n");
  EXPECT_EQ(*look().journald, JournaldAudit::no);
  files_.put("/etc/systemd/journald.conf", "[Journal]\n#Audit=no\n");
  EXPECT_EQ(*look().journald, JournaldAudit::unset) << "the first main file is the only one";
  files_.put("/etc/systemd/journald.conf.d/10.conf", "[Journal]\nAudit=yes\n");
  EXPECT_EQ(*look().journald, JournaldAudit::yes);
  files_.put("/etc/systemd/journald.conf.d/20.conf", "[Journal]\nAudit=off\n");
  EXPECT_EQ(*look().journald, JournaldAudit::no);
  files_.put("/etc/systemd/journald.conf.d/30.txt", "[Journal]\nAudit=yes\n");
  EXPECT_EQ(*look().journald, JournaldAudit::no);
}

TEST_F(SurveyTest, CapabilitiesOfTheAgentThatRuns) {
  calls_.status.pid = 77;
  files_.put("/proc/77/comm", "spoor-agent\n");
  // audit_control 30, audit_read 37, net_admin 12, sys_ptrace 19
  files_.put("/proc/77/status", "Name:\tspoor-agent\nCapPrm:\t0000002040081000\n");
  EXPECT_TRUE(missing().empty());
  files_.put("/proc/77/status", "CapPrm:\t0000000040081000\n");
  EXPECT_EQ(missing(), std::vector<std::string>{"cap_audit_read"});
}

TEST_F(SurveyTest, CapabilitiesOfTheUnit) {
  files_.put("/usr/lib/systemd/system/spoor-agent.service",
             "[Service]\nAmbientCapabilities=CAP_AUDIT_CONTROL CAP_AUDIT_READ\n"
             "AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_PTRACE\n");
  EXPECT_TRUE(missing().empty());
  files_.put("/etc/systemd/system/spoor-agent.service",
             "[Service]\nAmbientCapabilities=CAP_NET_ADMIN\nAmbientCapabilities=\n"
             "AmbientCapabilities=CAP_AUDIT_CONTROL\n");
  EXPECT_EQ(missing().size(), 3u);
}

TEST_F(SurveyTest, CapabilitiesOfWhoAsks) {
  files_.put("/proc/self/status", "CapPrm:\t0000000000000000\nCapBnd:\t000001ffffffffff\n");
  EXPECT_TRUE(missing().empty());
  calls_.uid_value = 1000;
  EXPECT_EQ(missing().size(), 4u);
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
