#include "agent/correlate/log_lines.h"

#include "agent/limits.h"
#include "tests/unit/agent/correlate/line_story.h"

namespace spoor::agent {
namespace {

using test::kClaimedKey;
using test::kForged;
using test::kFrom;
using test::kKey;
using test::kSettleMs;
using test::kSshd;
using test::kWaitMs;
using test::LineStory;
using Kind = LogEvent::Kind;

TEST(LogLines, ALineBehindItsRecords) {
  LineStory s;
  s.log_in();
  s.journal(50, LineStory::accepted(), kSshd, 0, 5);
  EXPECT_EQ(s.told(), kKey);
}

TEST(LogLines, ALineBeforeItsRecords) {
  LineStory s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.journal(50, LineStory::accepted());
  (void)s.told();
  s.ssh_after(50, 3);
  s.pass(25);
  const std::string told = s.told();
  EXPECT_EQ(told.substr(told.size() - kKey.size()), kKey);
  EXPECT_EQ(s.waited(), "");
}

TEST(LogLines, AFilesLineIsAClaimAndSettlesFirst) {
  LineStory s;
  s.log_in();
  s.file(50, LineStory::accepted());
  EXPECT_EQ(s.told(), "");
  s.pass(kSettleMs + kNsPerSecond / kNsPerMs);
  EXPECT_EQ(s.told(), kClaimedKey);
}

TEST(LogLines, AFilesLineThatItsRecordsProveWaitsForNothing) {
  LineStory s;
  s.log_in_told_whole();
  s.file(50, LineStory::accepted());
  EXPECT_EQ(s.told(), kKey);
  // A lie beside it changes nothing, before it or behind it.
  for (const bool first : {true, false}) {
    LineStory lied;
    lied.log_in_told_whole();
    const LogEvent lie = LineStory::with_key("SHA256:evil");
    if (first) lied.file(50, lie);
    lied.file(50, LineStory::accepted());
    if (!first) lied.file(50, lie);
    EXPECT_EQ(lied.settled(), first ? kForged + kKey : kKey + kForged);
  }
  // A key that was refused proves nothing.
  LineStory refused;
  refused.log_in_told_whole("failed");
  refused.file(50, LineStory::accepted());
  EXPECT_EQ(refused.told(), "");
  EXPECT_EQ(refused.settled(), kClaimedKey);
  // Nor do records of certificates' ids.
  LineStory certificate;
  certificate.log_in_told_whole();
  LogEvent event = LineStory::accepted();
  event.certificate_id = "root@corp";
  certificate.file(50, event);
  EXPECT_EQ(certificate.told(), "");
}

// PAM's record proves the password. Of the port nothing speaks but the line.
TEST(LogLines, OfAProvenPasswordOnlyThePortIsAClaim) {
  LineStory s;
  s.log_in();
  LogEvent event = LineStory::accepted();
  event.method = "password";
  event.key_type = event.key_fingerprint = {};
  s.file(50, event);
  EXPECT_EQ(s.told(), "");
  EXPECT_EQ(s.settled(), "3 fact account=alice service=sshd step=accepted method=password "
                         "from=192.0.2.7 basis=pid is=likely\n"
                         "3 fact account=alice service=sshd step=accepted from=192.0.2.7:4711 "
                         "basis=pid is=claimed\n");
  // Another's password proves none of this account's.
  LineStory other;
  other.ask();
  other.see(50, kSshd);
  other.born(50, 1);
  other.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"bob\"", kSshd, "failed",
             kFrom);
  other.ssh_after(50, 3);
  (void)other.told();
  other.file(50, event);
  EXPECT_EQ(other.settled(), "3 fact account=alice service=sshd step=accepted method=password "
                             "from=192.0.2.7:4711 basis=pid is=claimed\n");
}

TEST(LogLines, FailuresThatOnlyTheLogTellsOf) {
  LineStory s;
  LogEvent failed = LineStory::failed();
  for (const char* method : {"none", "password", "password"}) {
    failed.method = method;
    s.journal(50, failed);
  }
  failed.method = "";  // PAM's own line about one of them
  failed.service = "sshd";
  s.journal(50, failed);
  s.log_in();
  EXPECT_EQ(s.failures_before(), 2u);
  // A third comes late: it was before the login.
  failed.method = "password";
  failed.service = "";
  for (int i = 0; i < 3; ++i) s.written(LineStory::by_journal(50), failed, 90'000);
  EXPECT_EQ(s.all<SessionFact>().back()->as<SessionFact>()->failures_before, 3u);
}

// An agent with five keys is no attack.
TEST(LogLines, KeysThatWereRefusedAreNoFailedAttempts) {
  LineStory s;
  LogEvent failed = LineStory::accepted();
  failed.kind = Kind::failed;
  for (const char* print : {"SHA256:1", "SHA256:2", "SHA256:3", "SHA256:4"}) {
    failed.key_fingerprint = print;
    s.journal(50, failed);
  }
  failed.method = "gssapi-with-mic";
  s.journal(50, failed);
  // Why a key was refused is told in a line of its own.
  failed.method = "publickey";
  failed.key_fingerprint = {};
  failed.reason = "Authentication tried for alice with correct key but not from here";
  s.journal(50, failed);
  s.log_in();
  const SessionFact& told = *s.all<SessionFact>().at(0)->as<SessionFact>();
  EXPECT_EQ(told.failures_before, 0u);
  EXPECT_EQ(told.keys_refused, 4u);
}

TEST(LogLines, ACertificateThatWasRefusedAndTooManyKeysAreAttempts) {
  for (const bool certificate : {true, false}) {
    LineStory s;
    LogEvent event = LineStory::accepted();
    event.kind = certificate ? Kind::failed : Kind::refused;
    event.key_type = "ED25519-CERT";
    if (!certificate) {
      event = LineStory::said(Kind::refused, "sshd");
      event.account = "alice";
      event.address = kFrom;
      event.reason = "maximum authentication attempts exceeded";
    }
    s.journal(49, event);
    EXPECT_NE(s.told().find(certificate ? "step=failed" : "step=refused"), std::string::npos);
    s.log_in();
    EXPECT_EQ(s.failures_before(), 1u);
  }
  // Of attempts that were told one by one it is none more.
  LineStory s;
  LogEvent event = LineStory::accepted();
  event.kind = Kind::failed;
  event.method = "password";
  for (int i = 0; i < 6; ++i) s.journal(49, event);
  event.kind = Kind::refused;
  event.reason = "maximum authentication attempts exceeded";
  s.journal(49, event);
  s.log_in();
  EXPECT_EQ(s.failures_before(), 6u);
}

// PAM's word is written of each attempt, sshd's own from the third on, unless it is verbose.
TEST(LogLines, PamsWordAndSshdsOnTheSameAttempts) {
  LineStory s;
  LogEvent failed = LineStory::failed("keyboard-interactive/pam");
  for (int i = 0; i < 4; ++i) {
    failed.reason = "Authentication failure";
    s.journal(49, failed);
    failed.reason = {};
    if (i > 2) s.journal(49, failed);
  }
  s.log_in();
  EXPECT_EQ(s.failures_before(), 4u);
}

// "message repeated 5 times"
TEST(LogLines, ALineThatStandsForMany) {
  LineStory s;
  LogEvent failed = LineStory::failed("password");
  s.journal(49, failed);
  failed.times = 5;
  s.journal(49, failed);
  s.log_in();
  EXPECT_EQ(s.failures_before(), 6u);
}

// Who may connect can make as many as he likes: they do not wait.
TEST(LogLines, WhatSshdAndPamRefuseIsToldAtOnce) {
  LineStory s;
  LogEvent event = LineStory::said(Kind::refused, "sshd");
  event.account = "root";
  event.reason = "not listed in AllowUsers";
  s.journal(49, event);
  EXPECT_EQ(s.told(), "- auth account=root step=refused service=sshd FAILED reason=not listed in "
                      "AllowUsers basis=pid is=likely\n");
  event.program = "sudo";
  event.service = "sudo";
  event.reason = "Consecutive login failures";
  s.journal(49, event, "/usr/bin/sudo", 0);
  EXPECT_EQ(s.told(), "- auth account=root step=refused service=sudo FAILED reason=Consecutive "
                      "login failures basis=pid is=likely\n");
}

TEST(LogLines, ALoginAtTheConsoleIsOne) {
  LineStory s;
  s.ask();
  s.see(50, "/usr/bin/login");
  s.born(50, 1);
  s.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"bob\"", "/usr/bin/login");
  s.login(50, 1001, 3, "");
  (void)s.told();
  LogEvent event = LineStory::said(Kind::accepted, "login");
  event.account = "bob";
  event.terminal = "tty1";
  s.journal(50, event, "/usr/bin/login");
  for (const auto* fact : s.all<SessionFact>()) {
    EXPECT_NE(fact->as<SessionFact>()->type, SessionType::ssh);
  }
  EXPECT_FALSE(s.all<SessionFact>().empty());
}

// `logger -t 'sshd[PID]'` into a file, with the pid of a real sshd.
TEST(LogLines, LoggerWithThePidOfARealSshd) {
  // Behind the true line: it says something else of the same process.
  LineStory s;
  s.log_in();
  s.file(50, LineStory::accepted());
  EXPECT_EQ(s.settled(), kClaimedKey);
  const LogEvent forged = LineStory::with_key("SHA256:evil");
  s.file(50, forged);
  EXPECT_EQ(s.told(), kForged);

  // Together with it: nobody knows which is true, neither feeds.
  LineStory both;
  both.log_in();
  both.file(50, forged);
  both.file(50, LineStory::accepted());
  EXPECT_EQ(both.settled(), kForged + kForged);

  // About somebody else than the records do.
  for (const bool account : {true, false}) {
    LineStory other;
    other.log_in();
    LogEvent lie = LineStory::accepted();
    (account ? lie.account : lie.address) = "203.0.113.9";
    other.file(50, lie);
    EXPECT_EQ(other.told(), kForged);
  }

  // Of a process that is no sshd.
  LineStory shell;
  shell.born(60, 1);
  shell.runs(60, 1, "/bin/bash", 1000, 3);
  (void)shell.told();
  shell.file(60, LineStory::accepted());
  EXPECT_EQ(shell.told(), "") << "it may have executed sshd, and that was not read yet";
  EXPECT_EQ(shell.settled(), kForged);
}

// Records name the key: a line with another is a lie, and the true one is told all the same.
TEST(LogLines, AnotherKeyThanTheRecords) {
  for (const bool lie_first : {true, false}) {
    LineStory s;
    s.log_in_told_whole();
    const LogEvent lie = LineStory::with_key("SHA256:evil");
    if (lie_first) {
      s.file(50, lie);
      EXPECT_EQ(s.told(), kForged);
    }
    s.file(50, LineStory::accepted());
    EXPECT_EQ(s.told(), kKey);
    if (lie_first) continue;
    s.file(50, lie);
    EXPECT_EQ(s.told(), kForged);
  }
  // By the journal, which needs no proof: nor is it one against the records.
  LineStory journal;
  journal.log_in_told_whole();
  const LogEvent lie = LineStory::with_key("SHA256:evil");
  journal.journal(50, lie);
  EXPECT_EQ(journal.told(), kForged);
}

// What contradicts the records takes nothing from the line that comes later.
TEST(LogLines, ALieAboutTheAccountDoesNotSilenceTheTruth) {
  LineStory s;
  s.log_in();
  LogEvent lie = LineStory::accepted();
  lie.account = "root";
  s.file(50, lie);
  EXPECT_EQ(s.told(), kForged);
  s.file(50, LineStory::accepted());
  EXPECT_EQ(s.settled(), kClaimedKey);
}

// With log_exit_status sudo writes its line twice.
TEST(LogLines, TheEndOfACommandIsNoOther) {
  LogEvent event = LineStory::said(Kind::command, "sudo");
  event.account = "alice";
  event.target = "root";
  event.command = "/usr/bin/x";
  event.operation = "exit";
  LineStory s;
  s.born(70, 1);
  s.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  s.pass(kWaitMs + 1000);
  (void)s.told();
  s.journal(70, event, "/usr/bin/sudo", 1000);
  EXPECT_EQ(s.told(), "3 line program=sudo basis=pid is=likely\n");
  // What only looks so, and comes as soon as a command's line does, is the command.
  LineStory young;
  young.executed(70, "/usr/bin/sudo");
  LogLine line = LineStory::by_journal(70, "/usr/bin/sudo", 1000);
  line.message = line.text = "alice : USER=root ; COMMAND=/usr/bin/x ; EXIT=0";
  young.written(line, event, young.ms);
  young.pass(kWaitMs + 1000);
  EXPECT_EQ(young.told(), "3 privilege by=sudo command=/usr/bin/x ; EXIT=0 account=root "
                          "authority=alice 1000->0 basis=pid is=likely\n");
}

TEST(LogLines, SudosLineAddsNothingToItsRecords) {
  LineStory s;
  s.terminal = "pts/0";
  s.born(70, 1);
  s.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  s.user(1123, 70, 1000, 3, "cwd=\"/\" cmd=\"id\"", "/usr/bin/sudo");
  s.user(1105, 70, 1000, 3, "op=PAM:session_open acct=\"root\"", "/usr/bin/sudo");
  s.step(50);
  (void)s.told();
  LogEvent event = LineStory::said(Kind::command, "sudo");
  event.account = "alice";
  event.target = "root";
  event.terminal = "pts/0";
  event.command = "/usr/bin/id";
  s.journal(70, event, "/usr/bin/sudo", 1000);
  EXPECT_EQ(s.told(), "3 line program=sudo basis=pid is=likely\n");
  s.file(0, event);  // classic syslog has no pid of sudo's
  EXPECT_EQ(s.told(), "- line program=sudo basis=pid is=claimed\n");
  // Before its records; and alone.
  for (const uint32_t pid : {71u, 72u}) {
    s.born(pid, 1);
    s.runs(pid, 1, "/usr/bin/sudo", 1000, 3);
  }
  s.step(50);
  (void)s.told();
  s.journal(71, event, "/usr/bin/sudo", 1000);
  event.kind = Kind::refused;
  event.reason = "3 incorrect password attempts";
  s.journal(72, event, "/usr/bin/sudo", 1000);
  s.user(1123, 71, 1000, 3, "cwd=\"/\" cmd=\"id\"", "/usr/bin/sudo", "failed");
  (void)s.told();
  s.pass(1000);
  EXPECT_EQ(s.told(), "3 line program=sudo basis=pid is=likely\n");
  s.pass(kWaitMs);
  EXPECT_EQ(s.told(), "3 privilege by=sudo command=/usr/bin/id account=root authority=alice "
                      "tty=pts/0 1000->0 FAILED reason=3 incorrect password attempts basis=pid "
                      "is=likely\n");
}

TEST(LogLines, WaitsOverARestartAndIsToldWhenNothingMoreComes) {
  LineStory s;
  s.journal(50, LineStory::accepted());
  const std::string saved = s.correlator.save();
  LineStory after;
  ASSERT_TRUE(after.correlator.restore(saved).is_ok());
  EXPECT_EQ(after.correlator.save(), saved);
  after.correlator.close(test::at_ms(s.ms));
  EXPECT_EQ(after.told(), "- auth account=alice step=accepted service=sshd method=publickey "
                          "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n");
}

TEST(LogLines, OfAFloodTheOldestStandAlone) {
  LineStory s;
  for (size_t i = 0; i <= kLogLinesWaitingMax; ++i) {
    s.journal(static_cast<uint32_t>(1000 + i), LineStory::accepted());
  }
  EXPECT_EQ(s.all<Authentication>().size(), 1u);
}

// It reads no log but what it was told to read.
TEST(LogLines, AGuestIsToldOfEachLine) {
  LineStory s;
  s.correlator.set_only_login_uid(1000);
  s.log_in();
  s.journal(50, LineStory::accepted());
  EXPECT_EQ(s.told(), kKey);
  s.journal(77, LineStory::said(Kind::invalid_user, "sshd"));
  EXPECT_NE(s.told(), kKey);
}

}  // namespace
}  // namespace spoor::agent
