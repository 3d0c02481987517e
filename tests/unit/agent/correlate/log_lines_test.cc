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
using test::open_session;
using test::open_session_told_whole;
using test::Story;
using Kind = LogEvent::Kind;

TEST(LogLines, ALineBehindItsRecords) {
  Story s;
  open_session(s);
  s.journal(50, Story::accepted(), kSshd, 0, 5);
  EXPECT_EQ(s.told(), kKey);
}

TEST(LogLines, ALineBeforeItsRecords) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.journal(50, Story::accepted());
  (void)s.told();
  s.ssh_after(50, 3);
  s.pass(25);
  const std::string told = s.told();
  EXPECT_EQ(told.substr(told.size() - kKey.size()), kKey);
  s.pass(2 * kWaitMs);
  EXPECT_EQ(s.told(), "");
}

TEST(LogLines, AFilesLineIsAClaimAndSettlesFirst) {
  Story s;
  open_session(s);
  s.file(50, Story::accepted());
  EXPECT_EQ(s.told(), "");
  s.pass(kSettleMs + kNsPerSecond / kNsPerMs);
  EXPECT_EQ(s.told(), kClaimedKey);
}

TEST(LogLines, AFilesLineThatItsRecordsProveWaitsForNothing) {
  const std::string proven = "3 fact account=alice service=sshd step=accepted method=publickey "
                             "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n";
  Story s;
  open_session_told_whole(s);
  s.file(50, Story::accepted());
  EXPECT_EQ(s.told(), proven);
  // A lie beside it changes nothing, before it or behind it.
  for (const bool first : {true, false}) {
    Story lied;
    open_session_told_whole(lied);
    LogEvent lie = Story::accepted();
    lie.key_fingerprint = "SHA256:evil";
    if (first) lied.file(50, lie);
    lied.file(50, Story::accepted());
    if (!first) lied.file(50, lie);
    lied.pass(kSettleMs + 1000);
    EXPECT_EQ(lied.told(), first ? kForged + proven : proven + kForged);
  }
  // A key that was refused proves nothing.
  Story refused;
  open_session_told_whole(refused, "failed");
  refused.file(50, Story::accepted());
  EXPECT_EQ(refused.told(), "");
  refused.pass(kSettleMs + 1000);
  EXPECT_EQ(refused.told(), kClaimedKey);
  // Nor do records of certificates' ids.
  Story certificate;
  open_session_told_whole(certificate);
  LogEvent event = Story::accepted();
  event.certificate_id = "root@corp";
  certificate.file(50, event);
  EXPECT_EQ(certificate.told(), "");
}

// PAM's record proves the password. Of the port nothing speaks but the line.
TEST(LogLines, OfAProvenPasswordOnlyThePortIsAClaim) {
  Story s;
  open_session(s);
  LogEvent event = Story::accepted();
  event.method = "password";
  event.key_type = event.key_fingerprint = {};
  s.file(50, event);
  EXPECT_EQ(s.told(), "");
  s.pass(kSettleMs + 1000);
  EXPECT_EQ(s.told(), "3 fact account=alice service=sshd step=accepted method=password "
                      "from=192.0.2.7 basis=pid is=likely\n"
                      "3 fact account=alice service=sshd step=accepted from=192.0.2.7:4711 "
                      "basis=pid is=claimed\n");
  // Another's password proves none of this account's.
  Story other;
  other.ask();
  other.see(50, kSshd);
  other.born(50, 1);
  other.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"bob\"", kSshd, "failed",
             kFrom);
  other.ssh_after(50, 3);
  (void)other.told();
  other.file(50, event);
  other.pass(kSettleMs + 1000);
  EXPECT_EQ(other.told(), "3 fact account=alice service=sshd step=accepted method=password "
                          "from=192.0.2.7:4711 basis=pid is=claimed\n");
}

TEST(LogLines, FailuresThatOnlyTheLogTellsOf) {
  Story s;
  LogEvent failed = Story::said(Kind::failed, "sshd");
  failed.account = "alice";
  failed.address = kFrom;
  for (const char* method : {"none", "password", "password"}) {
    failed.method = method;
    s.journal(50, failed);
  }
  failed.method = "";  // PAM's own line about one of them
  failed.service = "sshd";
  s.journal(50, failed);
  open_session(s);
  EXPECT_EQ(s.all<SessionFact>().at(0)->as<SessionFact>()->failures_before, 2u);
  // A third comes late: it was before the login.
  failed.method = "password";
  failed.service = "";
  for (int i = 0; i < 3; ++i) {
    LogLine line;
    line.source = LogLine::Source::journal;
    line.pid = 50;
    line.uid = 0;
    line.exe = kSshd;
    line.time_ns = test::at_ms(90'000).realtime_ns;
    s.correlator.on_log(line, failed, test::at_ms(s.step()));
  }
  EXPECT_EQ(s.all<SessionFact>().back()->as<SessionFact>()->failures_before, 3u);
}

// An agent with five keys is no attack.
TEST(LogLines, KeysThatWereRefusedAreNoFailedAttempts) {
  Story s;
  LogEvent failed = Story::accepted();
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
  open_session(s);
  const SessionFact& told = *s.all<SessionFact>().at(0)->as<SessionFact>();
  EXPECT_EQ(told.failures_before, 0u);
  EXPECT_EQ(told.keys_refused, 4u);
}

TEST(LogLines, ACertificateThatWasRefusedAndTooManyKeysAreAttempts) {
  for (const bool certificate : {true, false}) {
    Story s;
    LogEvent event = Story::accepted();
    event.kind = certificate ? Kind::failed : Kind::refused;
    event.key_type = "ED25519-CERT";
    if (!certificate) {
      event = Story::said(Kind::refused, "sshd");
      event.account = "alice";
      event.address = kFrom;
      event.reason = "maximum authentication attempts exceeded";
    }
    s.journal(49, event);
    EXPECT_NE(s.told().find(certificate ? "step=failed" : "step=refused"), std::string::npos);
    open_session(s);
    EXPECT_EQ(s.all<SessionFact>().at(0)->as<SessionFact>()->failures_before, 1u);
  }
  // Of attempts that were told one by one it is none more.
  Story s;
  LogEvent event = Story::accepted();
  event.kind = Kind::failed;
  event.method = "password";
  for (int i = 0; i < 6; ++i) s.journal(49, event);
  event.kind = Kind::refused;
  event.reason = "maximum authentication attempts exceeded";
  s.journal(49, event);
  open_session(s);
  EXPECT_EQ(s.all<SessionFact>().at(0)->as<SessionFact>()->failures_before, 6u);
}

// PAM's word is written of each attempt, sshd's own from the third on, unless it is verbose.
TEST(LogLines, PamsWordAndSshdsOnTheSameAttempts) {
  Story s;
  LogEvent failed = Story::said(Kind::failed, "sshd");
  failed.account = "alice";
  failed.address = kFrom;
  failed.method = "keyboard-interactive/pam";
  for (int i = 0; i < 4; ++i) {
    failed.reason = "Authentication failure";
    s.journal(49, failed);
    failed.reason = {};
    if (i > 2) s.journal(49, failed);
  }
  open_session(s);
  EXPECT_EQ(s.all<SessionFact>().at(0)->as<SessionFact>()->failures_before, 4u);
}

// "message repeated 5 times"
TEST(LogLines, ALineThatStandsForMany) {
  Story s;
  LogEvent failed = Story::said(Kind::failed, "sshd");
  failed.account = "alice";
  failed.address = kFrom;
  failed.method = "password";
  s.journal(49, failed);
  failed.times = 5;
  s.journal(49, failed);
  open_session(s);
  EXPECT_EQ(s.all<SessionFact>().at(0)->as<SessionFact>()->failures_before, 6u);
}

// Who may connect can make as many as he likes: they do not wait.
TEST(LogLines, WhatSshdAndPamRefuseIsToldAtOnce) {
  Story s;
  LogEvent event = Story::said(Kind::refused, "sshd");
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
  Story s;
  s.ask();
  s.see(50, "/usr/bin/login");
  s.born(50, 1);
  s.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"bob\"", "/usr/bin/login");
  s.login(50, 1001, 3, "");
  (void)s.told();
  LogEvent event = Story::said(Kind::accepted, "login");
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
  Story s;
  open_session(s);
  s.file(50, Story::accepted());
  s.pass(kSettleMs + 1000);
  EXPECT_EQ(s.told(), kClaimedKey);
  LogEvent forged = Story::accepted();
  forged.key_fingerprint = "SHA256:evil";
  s.file(50, forged);
  EXPECT_EQ(s.told(), kForged);

  // Together with it: nobody knows which is true, neither feeds.
  Story both;
  open_session(both);
  both.file(50, forged);
  both.file(50, Story::accepted());
  both.pass(kSettleMs + 1000);
  EXPECT_EQ(both.told(), kForged + kForged);

  // About somebody else than the records do.
  for (const bool account : {true, false}) {
    Story other;
    open_session(other);
    LogEvent lie = Story::accepted();
    (account ? lie.account : lie.address) = "203.0.113.9";
    other.file(50, lie);
    EXPECT_EQ(other.told(), kForged);
  }

  // Of a process that is no sshd.
  Story shell;
  shell.born(60, 1);
  shell.runs(60, 1, "/bin/bash", 1000, 3);
  (void)shell.told();
  shell.file(60, Story::accepted());
  EXPECT_EQ(shell.told(), "") << "it may have executed sshd, and that was not read yet";
  shell.pass(kSettleMs + 1000);
  EXPECT_EQ(shell.told(), kForged);
}

// Records name the key: a line with another is a lie, and the true one is told all the same.
TEST(LogLines, AnotherKeyThanTheRecords) {
  for (const bool lie_first : {true, false}) {
    Story s;
    open_session_told_whole(s);
    LogEvent lie = Story::accepted();
    lie.key_fingerprint = "SHA256:evil";
    if (lie_first) {
      s.file(50, lie);
      EXPECT_EQ(s.told(), kForged);
    }
    s.file(50, Story::accepted());
    EXPECT_EQ(s.told(), kKey);
    if (lie_first) continue;
    s.file(50, lie);
    EXPECT_EQ(s.told(), kForged);
  }
  // By the journal, which needs no proof: nor is it one against the records.
  Story journal;
  open_session_told_whole(journal);
  LogEvent lie = Story::accepted();
  lie.key_fingerprint = "SHA256:evil";
  journal.journal(50, lie);
  EXPECT_EQ(journal.told(), kForged);
}

// What contradicts the records takes nothing from the line that comes later.
TEST(LogLines, ALieAboutTheAccountDoesNotSilenceTheTruth) {
  Story s;
  open_session(s);
  LogEvent lie = Story::accepted();
  lie.account = "root";
  s.file(50, lie);
  EXPECT_EQ(s.told(), kForged);
  s.file(50, Story::accepted());
  s.pass(kSettleMs + 1000);
  EXPECT_EQ(s.told(), kClaimedKey);
}

// With log_exit_status sudo writes its line twice.
TEST(LogLines, TheEndOfACommandIsNoOther) {
  LogEvent event = Story::said(Kind::command, "sudo");
  event.account = "alice";
  event.target = "root";
  event.command = "/usr/bin/x";
  event.operation = "exit";
  Story s;
  s.born(70, 1);
  s.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  s.pass(kWaitMs + 1000);
  (void)s.told();
  s.journal(70, event, "/usr/bin/sudo", 1000);
  EXPECT_EQ(s.told(), "3 line program=sudo basis=pid is=likely\n");
  // What only looks so, and comes as soon as a command's line does, is the command.
  Story young;
  young.born(70, 1);
  young.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  young.step(50);
  (void)young.told();
  LogLine line;
  line.source = LogLine::Source::journal;
  line.pid = 70;
  line.uid = 1000;
  line.exe = "/usr/bin/sudo";
  line.message = line.text = "alice : USER=root ; COMMAND=/usr/bin/x ; EXIT=0";
  line.time_ns = test::at_ms(young.ms).realtime_ns;
  young.correlator.on_log(line, event, test::at_ms(young.step()));
  young.pass(kWaitMs + 1000);
  EXPECT_EQ(young.told(), "3 privilege by=sudo command=/usr/bin/x ; EXIT=0 account=root "
                          "authority=alice 1000->0 basis=pid is=likely\n");
}

TEST(LogLines, SudosLineAddsNothingToItsRecords) {
  Story s;
  s.terminal = "pts/0";
  s.born(70, 1);
  s.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  s.user(1123, 70, 1000, 3, "cwd=\"/\" cmd=\"id\"", "/usr/bin/sudo");
  s.user(1105, 70, 1000, 3, "op=PAM:session_open acct=\"root\"", "/usr/bin/sudo");
  s.step(50);
  (void)s.told();
  LogEvent event = Story::said(Kind::command, "sudo");
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
  Story s;
  s.journal(50, Story::accepted());
  const std::string saved = s.correlator.save();
  Story after;
  ASSERT_TRUE(after.correlator.restore(saved).is_ok());
  EXPECT_EQ(after.correlator.save(), saved);
  after.correlator.close(test::at_ms(s.ms));
  EXPECT_EQ(after.told(), "- auth account=alice step=accepted service=sshd method=publickey "
                          "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n");
}

TEST(LogLines, OfAFloodTheOldestStandAlone) {
  Story s;
  for (size_t i = 0; i <= kLogLinesWaitingMax; ++i) {
    s.journal(static_cast<uint32_t>(1000 + i), Story::accepted());
  }
  EXPECT_EQ(s.all<Authentication>().size(), 1u);
}

// It reads no log but what it was told to read.
TEST(LogLines, AGuestIsToldOfEachLine) {
  Story s;
  s.correlator.set_only_login_uid(1000);
  open_session(s);
  s.journal(50, Story::accepted());
  EXPECT_EQ(s.told(), kKey);
  s.journal(77, Story::said(Kind::invalid_user, "sshd"));
  EXPECT_NE(s.told(), kKey);
}

}  // namespace
}  // namespace spoor::agent
