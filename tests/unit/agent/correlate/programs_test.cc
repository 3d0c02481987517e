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

// docs/cli.md has this table.
TEST(Programs, WhatASessionIsByItsOpener) {
  const auto type = [](std::string_view exe, std::string_view comm = {}, bool has_terminal = false,
                       std::string_view account = "alice") {
    return session_type(SessionOpener{exe, comm, account, has_terminal});
  };
  EXPECT_EQ(type("/usr/sbin/sshd", "sshd"), SessionType::ssh);
  EXPECT_EQ(type("/usr/lib/openssh/sshd-session", "sshd-session"), SessionType::ssh);
  EXPECT_EQ(type("/usr/bin/login", "login", true), SessionType::console);
  for (const char* exe : {"/usr/libexec/gdm-session-worker", "/usr/sbin/lightdm",
                          "/usr/libexec/sddm-helper", "/usr/bin/greetd", "/usr/bin/xdm",
                          "/usr/sbin/xrdp-sesman"}) {
    EXPECT_EQ(type(exe), SessionType::graphical) << exe;
    EXPECT_EQ(type(exe, {}, true), SessionType::graphical) << exe;
  }
  // The screen on which one logs in is nobody's login.
  for (const char* greeter : {"gdm", "Debian-gdm", "gdm-greeter-1", "lightdm", "sddm", "greeter"}) {
    EXPECT_EQ(type("/usr/sbin/lightdm", {}, false, greeter), SessionType::service) << greeter;
  }
  EXPECT_EQ(type("/usr/sbin/sshd", {}, false, "gdm"), SessionType::ssh);
  // Nobody hides a session by the name of a file.
  EXPECT_EQ(type("/tmp/cron"), SessionType::unknown);
  EXPECT_EQ(type("/home/bob/systemd"), SessionType::unknown);
  EXPECT_EQ(type("/srv/own/sbin/sshd"), SessionType::ssh);
  for (const char* exe : {"/usr/sbin/cron", "/usr/sbin/crond", "/usr/sbin/atd"}) {
    EXPECT_EQ(type(exe), SessionType::cron) << exe;
  }
  for (const char* exe : {"/usr/lib/systemd/systemd", "/lib/systemd/systemd-executor"}) {
    EXPECT_EQ(type(exe), SessionType::user_manager) << exe;
    EXPECT_EQ(type(exe, "(systemd)"), SessionType::user_manager) << exe;
    EXPECT_EQ(type(exe, "(sd-pam)"), SessionType::user_manager) << exe;
    EXPECT_EQ(type(exe, "(backup)"), SessionType::service) << "PAMName= of a unit";
    EXPECT_EQ(type(exe, "(bash)", true), SessionType::console) << "machinectl shell .host, run0";
  }
  EXPECT_EQ(type("/usr/lib/systemd/systemd", "systemd"), SessionType::user_manager);
  for (const char* exe : {"/usr/bin/su", "/usr/bin/sudo", "/usr/sbin/runuser", "/usr/bin/pkexec"}) {
    EXPECT_EQ(type(exe, {}, true), SessionType::su) << exe;
  }
  for (const char* exe : {"/usr/sbin/vsftpd", "/usr/sbin/smbd", "/usr/libexec/dovecot/auth",
                          "/usr/lib/dovecot/auth", "/usr/libexec/cockpit-session"}) {
    EXPECT_EQ(type(exe), SessionType::service) << exe;
  }
  // Nobody knows, and it is listed.
  for (const char* exe : {"/usr/bin/bash", "/usr/bin/auth", "/xdovecot/auth", "dovecot/auth", ""}) {
    EXPECT_EQ(type(exe), SessionType::unknown) << exe;
  }
}

TEST(Programs, ByTheBeginningOfTheirName) {
  EXPECT_EQ(session_type("gdm-session-wor"), SessionType::graphical);
  EXPECT_EQ(session_type("systemd-executo"), SessionType::user_manager);
  EXPECT_EQ(session_type("gdm-session-wo"), SessionType::unknown);
  EXPECT_EQ(session_type("systemd-logind"), SessionType::unknown);
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
