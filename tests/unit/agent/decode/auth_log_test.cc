#include "agent/decode/auth_log.h"

#include "tests/support/log_event_words.h"

namespace spoor::agent {
namespace {

std::string read(std::string_view tag, std::string_view message) {
  LogLine line;
  line.tag = tag;
  line.message = message;
  const LogEvent e = decode_auth_log(line);
  return std::string(e.program) + ": " + words_of(e);
}

TEST(AuthLog, TheTagSaysWhoseWordsTheyAre) {
  const std::string accepted = "Accepted password for alice from 10.0.0.9 port 4711 ssh2";
  const std::string read_so =
      "sshd: accepted account=[alice] method=[password] addr=[10.0.0.9] port=4711";
  EXPECT_EQ(read("sshd", accepted), read_so);
  EXPECT_EQ(read("sshd-session", accepted), read_so);
  EXPECT_EQ(read("sshd-auth", accepted), read_so);
  EXPECT_EQ(read("su", accepted), "su: other");
  EXPECT_EQ(read("kernel", accepted), ": other");
  EXPECT_EQ(read("sshd ", accepted), ": other");
  EXPECT_EQ(read("", accepted), ": other");
}

TEST(AuthLog, EveryProgram) {
  EXPECT_EQ(read("sudo", "  alice : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/id"),
            "sudo: command account=[alice] to=[root] tty=[pts/1] cwd=[/] command=[/bin/id]");
  EXPECT_EQ(read("su", "(to root) alice on pts/1"),
            "su: switched account=[alice] to=[root] tty=[pts/1]");
  EXPECT_EQ(read("CRON", "(root) CMD (x)"), "cron: cron_command account=[root] command=[x]");
  EXPECT_EQ(read("crond", "(root) CMD (x)"), "cron: cron_command account=[root] command=[x]");
  EXPECT_EQ(read("polkitd(authority=local)", "x"), "polkitd: other");
  EXPECT_EQ(read("useradd", "new group: name=dev, GID=7"),
            "useradd: account_changed group=[dev] op=[add-group] id=7");
  EXPECT_EQ(read("login", "LOGIN ON tty1 BY alice"), "login: accepted account=[alice] tty=[tty1]");
  EXPECT_EQ(read("systemd-logind", "Removed session 3."),
            "systemd-logind: logind_closed session=[3] op=[removed]");
}

TEST(AuthLog, WhatRsyslogSaysOnceForMany) {
  const std::string failed = "Failed password for alice from 10.0.0.9 port 4711 ssh2";
  const auto times = [](const std::string& message) {
    LogLine line;
    line.tag = "sshd";
    line.message = message;
    const LogEvent e = decode_auth_log(line);
    return words_of(e) + " x" + std::to_string(e.times);
  };
  const std::string read_so = "failed account=[alice] method=[password] addr=[10.0.0.9] port=4711";
  EXPECT_EQ(times(failed), read_so + " x1");
  EXPECT_EQ(times("message repeated 5 times: [ " + failed + "]"), read_so + " x5");
  EXPECT_EQ(times("message repeated 2 times: [ Failed password for invalid user x] from 6.6.6.6 "
                  "port 1 ssh2 from 10.0.0.9 port 4711 ssh2]"),
            "failed account=[x] from 6.6.6.6 port 1 ssh2] method=[password] addr=[10.0.0.9] "
            "port=4711 invalid x2");
  for (const std::string& other :
       {"message repeated 0 times: [ " + failed + "]", "message repeated 5 times: [ " + failed,
        "message repeated x times: [ " + failed + "]", std::string("message repeated 5 times"),
        "message repeated 5 times: [" + std::string(800, 'x') + "]"}) {
    EXPECT_EQ(times(other), "other x1") << other;
  }
}

TEST(AuthLog, PamSpeaksInTheNameOfAll) {
  const std::string closed = "pam_unix(x:session): session closed for user alice";
  const std::string read_so = "session_closed service=[x] account=[alice]";
  EXPECT_EQ(read("sshd", closed), "sshd: " + read_so);
  EXPECT_EQ(read("polkit-agent-helper-1", closed), "polkit-agent-helper-1: " + read_so);
  EXPECT_EQ(read("(systemd)", closed), "systemd: " + read_so);
  EXPECT_EQ(read("systemd", "Started Session 3 of User alice."), ": other");
  EXPECT_EQ(read("atd", "Removed session 3."), "atd: other");
}

}  // namespace
}  // namespace spoor::agent
