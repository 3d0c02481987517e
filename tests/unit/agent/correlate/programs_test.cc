#include "agent/correlate/programs.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(Programs, SortOfSession) {
  EXPECT_EQ(session_type("/usr/sbin/sshd"), SessionType::ssh);
  EXPECT_EQ(session_type("/usr/lib/openssh/sshd-session"), SessionType::ssh);
  EXPECT_EQ(session_type("/usr/sbin/sshd (deleted)"), SessionType::ssh);
  EXPECT_EQ(session_type("/bin/login"), SessionType::console);
  EXPECT_EQ(session_type("/usr/sbin/crond"), SessionType::cron);
  EXPECT_EQ(session_type("/usr/lib/systemd/systemd-executor"), SessionType::user_manager);
  EXPECT_EQ(session_type("/usr/bin/su"), SessionType::su);
  EXPECT_EQ(session_type("/usr/bin/python3"), SessionType::unknown);
  EXPECT_EQ(session_type(""), SessionType::unknown);
  EXPECT_TRUE(changes_privilege("/usr/bin/sudo"));
  EXPECT_FALSE(changes_privilege("/usr/sbin/sshd"));
}

TEST(Programs, WhoMaySpeakInALog) {
  EXPECT_TRUE(is_program("/usr/sbin/sshd", "sshd"));
  EXPECT_TRUE(is_program("/usr/libexec/openssh/sshd-session", "sshd"));
  EXPECT_TRUE(is_program("/usr/lib/openssh/sshd-session (deleted)", "sshd-session"));
  EXPECT_TRUE(is_program("/usr/sbin/cron", "CRON"));
  EXPECT_TRUE(is_program("/usr/lib/systemd/systemd-logind", "systemd-logind"));
  EXPECT_FALSE(is_program("/usr/bin/logger", "sshd"));
  EXPECT_FALSE(is_program("/home/alice/sshd", "sshd"));
  EXPECT_FALSE(is_program("/usr/bin/../../home/alice/sshd", "sshd"));
  EXPECT_FALSE(is_program("sshd", "sshd"));
  EXPECT_FALSE(is_program("", ""));
  EXPECT_TRUE(runs_for_users("sudo"));
  EXPECT_FALSE(runs_for_users("sshd"));
}

TEST(Programs, WhatAProcessCallsItself) {
  for (const char* one : {"/usr/bin/sudo", "/usr/bin/su", "/usr/lib/systemd/systemd-executor"}) {
    EXPECT_TRUE(executes_others(one)) << one;
  }
  for (const char* one : {"/usr/sbin/sshd", "/usr/sbin/cron", "/usr/bin/login", ""}) {
    EXPECT_FALSE(executes_others(one)) << one;
  }
  EXPECT_TRUE(is_called("sshd", "/usr/sbin/sshd"));
  EXPECT_TRUE(is_called("gdm-session-wor", "/usr/libexec/gdm-session-worker"));
  EXPECT_TRUE(is_called("(sd-pam)", "/usr/lib/systemd/systemd"));
  EXPECT_FALSE(is_called("(sd-pam)", "/usr/sbin/sshd"));
  EXPECT_FALSE(is_called("python3", "/usr/sbin/sshd"));
}

}  // namespace
}  // namespace spoor::agent
