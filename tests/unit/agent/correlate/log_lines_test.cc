#include "agent/correlate/log_lines.h"

#include "agent/limits.h"
#include "tests/unit/agent/correlate/story.h"

namespace spoor::agent {
namespace {

using test::kFrom;
using test::kSshd;
using test::Story;
using Kind = LogEvent::Kind;

constexpr int64_t kWaitMs = kLogWaitNs / kNsPerMs, kSettleMs = kLogSettleNs / kNsPerMs;

const std::string kKey = "3 fact account=alice service=sshd step=accepted method=publickey "
                         "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n";
const std::string kClaimedKey = "3 fact account=alice service=sshd step=accepted method=publickey "
                                "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid "
                                "is=claimed\n";
const std::string kForged = "- disbelieved-line program=sshd is=claimed\n";

// A story up to an open session of sshd's monitor 50, whose name is known.
void open_session(Story& s) {
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.ssh_after(50, 3);
  (void)s.told();
}

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

TEST(LogLines, ALineWithoutRecordsStandsAlone) {
  Story s;
  s.journal(50, Story::accepted());
  s.pass(kWaitMs - 100);
  EXPECT_EQ(s.told(), "");
  s.pass(200);
  EXPECT_EQ(s.told(), "- auth account=alice step=accepted service=sshd method=publickey "
                      "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n");
}

TEST(LogLines, ACertificate) {
  Story s;
  open_session(s);
  LogEvent event = Story::accepted();
  event.certificate_id = "alice@corp";
  event.certificate_serial = 7;
  event.certificate_authority = "SHA256:ca";
  s.journal(50, event);
  EXPECT_NE(s.told().find("fp=SHA256:abc cert=alice@corp cert-serial=7 ca=SHA256:ca from="),
            std::string::npos);
}

TEST(LogLines, AFilesLineIsAClaimAndSettlesFirst) {
  Story s;
  open_session(s);
  s.file(50, Story::accepted());
  EXPECT_EQ(s.told(), "");
  s.pass(kSettleMs + kNsPerSecond / kNsPerMs);
  EXPECT_EQ(s.told(), kClaimedKey);
}

// Fedora's sshd says in its records what it writes into its log: nothing is left to claim.
void open_session_told_whole(Story& s, const std::string& result = "success") {
  s.ask();
  s.see(50, kSshd);
  s.born(50, 1);
  const auto say = [&](uint16_t type, const std::string& message, const std::string& how) {
    s.user(type, 50, kUnsetId, kUnsetId, message, kSshd, how, kFrom);
  };
  say(2407, "op=start direction=from-server spid=51 suid=74 rport=4711 lport=22", "success");
  say(1100, "op=pubkey_auth grantors=auth-key acct=\"alice\"", result);
  say(2404, "op=negotiate kind=auth-key fp=SHA256:abc", result);
  s.ssh_after(50, 3);
  (void)s.told();
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

// spid= of a record names the part of sshd that a line is from.
TEST(LogLines, JoinedByThePartThatARecordNames) {
  Story s;
  open_session_told_whole(s);
  s.file(51, Story::accepted());
  EXPECT_EQ(s.told(), kKey);
  // Somebody else has that pid now.
  Story reused;
  open_session_told_whole(reused);
  reused.born(51, 1);
  reused.runs(51, 1, "/bin/bash", 1000, 3);
  (void)reused.told();
  LogEvent event = Story::accepted();
  event.port = 4712;
  reused.file(51, event);
  reused.pass(kSettleMs + 1000);
  EXPECT_EQ(reused.told(), kForged);
}

// The records know the port (Fedora), the line is of a process that nobody knows: what it says of
// the connection stands with it, but who came in, only his own sshd says.
TEST(LogLines, JoinedByAddressAndPort) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.born(50, 1);
  s.user(2407, 50, kUnsetId, kUnsetId, "op=start rport=4711 lport=22", kSshd, "success", kFrom);
  s.ssh_after(50, 3);
  (void)s.told();
  LogEvent event = Story::accepted();
  event.kind = Kind::disconnected;
  event.method = event.key_type = event.key_fingerprint = {};
  const std::string ended = "auth account=alice step=disconnected service=sshd "
                            "from=192.0.2.7:4711 basis=";
  s.journal(77, event);
  EXPECT_EQ(s.told(), "3 " + ended + "port is=likely\n");
  s.journal(77, Story::accepted());
  s.pass(2 * kWaitMs);
  EXPECT_EQ(s.told(), "- auth account=alice step=accepted service=sshd method=publickey "
                      "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n");
  // Hours later somebody else has the port.
  s.ssh_end(50, 3);
  s.gone(50);
  s.pass(3'600'000);
  (void)s.told();
  s.journal(78, event);
  EXPECT_EQ(s.told(), "- " + ended + "pid is=likely\n");
}

TEST(LogLines, FailuresInvalidUsersAndDisconnects) {
  Story s;
  open_session(s);
  LogEvent event = Story::said(Kind::failed, "sshd");
  event.account = "bob";
  event.method = "password";
  event.address = kFrom;
  event.port = 99;
  s.journal(70, event);
  event = Story::said(Kind::invalid_user, "sshd");
  event.account = "eve";
  event.is_invalid_user = true;
  s.journal(70, event);
  event = Story::said(Kind::closed, "sshd");
  s.journal(70, event);
  event = Story::said(Kind::disconnected, "sshd");
  event.account = "alice";
  s.journal(50, event);
  EXPECT_EQ(s.told(),
            "- auth account=bob step=failed service=sshd method=password from=192.0.2.7:99 FAILED "
            "basis=pid is=likely\n"
            "- auth account=eve step=invalid-user service=sshd invalid-user FAILED basis=pid "
            "is=likely\n"
            "- auth step=closed service=sshd FAILED basis=pid is=likely\n"
            "3 auth account=alice step=disconnected service=sshd basis=pid is=likely\n");
}

// Whoever is in has not failed when the connection closes without a word of farewell.
TEST(LogLines, AConnectionThatClosesBehindALoginIsNoFailure) {
  Story s;
  open_session(s);
  s.journal(50, Story::said(Kind::closed, "sshd"));
  EXPECT_EQ(s.told(), "3 auth step=closed service=sshd basis=pid is=likely\n");
}

// sshd's part that runs as the user says that he leaves; anybody may start an sshd of his own.
TEST(LogLines, ADisconnectOfTheUsersPart) {
  Story s;
  open_session(s);
  s.born(60, 50);
  s.born(90, 1);
  LogEvent event = Story::said(Kind::disconnected, "sshd");
  event.account = "alice";
  s.journal(60, event, kSshd, 1000);
  EXPECT_EQ(s.told(), "3 auth account=alice step=disconnected service=sshd basis=pid is=likely\n");
  s.journal(90, event, kSshd, 1000);
  EXPECT_EQ(s.told(), "- auth account=alice step=disconnected service=sshd basis=pid is=claimed\n");
  // And what that one accepts feeds nothing.
  s.journal(50, Story::accepted(), kSshd, 1000);
  EXPECT_EQ(s.told(), kForged);
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

// ------------------------------------------------------------------ forgeries

// `logger -t sshd`: the journal knows what wrote it.
TEST(LogLines, LoggerThatSpeaksAsSshd) {
  Story s;
  open_session(s);
  s.journal(90, Story::accepted(), "/usr/bin/logger", 1000);
  s.journal(50, Story::accepted(), "/usr/bin/logger", 0);
  s.journal(50, Story::accepted(), "/home/alice/sshd", 0);
  EXPECT_EQ(s.told(), kForged + kForged + kForged);
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

// The decoder reads it as the failure that it is; whatever it read, a line feeds by its writer.
TEST(LogLines, AFailedPasswordForAUserCalledAcceptedPublickey) {
  Story s;
  open_session(s);
  LogEvent event = Story::said(Kind::failed, "sshd");
  event.account = "Accepted publickey for root from 1.2.3.4 port 22 ssh2";
  event.method = "password";
  event.address = "10.0.0.9";
  event.port = 4711;
  event.is_invalid_user = true;
  s.journal(70, event);
  EXPECT_EQ(s.told(), "- auth account=Accepted publickey for root from 1.2.3.4 port 22 ssh2 "
                      "step=failed service=sshd method=password invalid-user from=10.0.0.9:4711 "
                      "FAILED basis=pid is=likely\n");
}

// journald looks at /proc/PID/exe later than the line was sent: who sends one and then executes
// passwd has passwd's _EXE.
TEST(LogLines, AUsersProgramIsBelievedByWhatAuditKnows) {
  LogEvent event = Story::said(Kind::password_changed, "passwd");
  event.account = "root";
  const std::string changed = "- account op=change-password account=root basis=pid is=";
  Story unknown;
  unknown.journal(71, event, "/usr/bin/passwd", 1000);
  unknown.pass(2 * kWaitMs);
  EXPECT_EQ(unknown.told(), changed + "claimed\n");

  Story honest;
  honest.born(71, 1);
  honest.runs(71, 1, "/usr/bin/passwd", 1000, 3);
  honest.step(50);
  (void)honest.told();
  honest.journal(71, event, "/usr/bin/passwd", 1000);
  honest.pass(2 * kWaitMs);
  EXPECT_EQ(honest.told(), "3 account op=change-password account=root basis=pid is=likely\n");

  Story forged;
  forged.born(71, 1);
  forged.runs(71, 1, "/home/alice/forge", 1000, 3);
  forged.step(50);
  (void)forged.told();
  forged.journal(71, event, "/usr/bin/passwd", 1000);
  EXPECT_EQ(forged.told(), "") << "its exec may not have been read";
  forged.step(50);
  forged.runs(71, 1, "/usr/bin/passwd", 1000, 3);
  (void)forged.told();
  forged.pass(kSettleMs + 1000);
  EXPECT_EQ(forged.told(), "- disbelieved-line program=passwd is=claimed\n");
}

// It logs and then executes what it was asked for, in the same process: what journald finds in
// /proc by then, and what audit has told since, is not what wrote the line.
TEST(LogLines, PkexecHasBecomeAnotherProgram) {
  LogEvent event = Story::said(Kind::command, "pkexec");
  event.account = "alice";
  event.target = "root";
  event.command = "/usr/bin/id";
  for (const bool late : {false, true}) {
    Story s;
    s.born(74, 1);
    s.runs(74, 1, "/usr/bin/pkexec", 1000, 3);
    s.step(50);
    if (!late) s.journal(74, event, "/usr/bin/id", 0);
    const int64_t written_ms = s.ms;
    s.step(50);
    s.runs(74, 1, "/usr/bin/id", 1000, 3);
    (void)s.told();
    if (late) {
      LogLine line;
      line.source = LogLine::Source::journal;
      line.pid = 74;
      line.uid = 0;
      line.exe = "/usr/bin/id";
      line.time_ns = test::at_ms(written_ms).realtime_ns;
      s.correlator.on_log(line, event, test::at_ms(s.step()));
    }
    s.pass(2 * kWaitMs);
    EXPECT_EQ(s.told(), "3 privilege by=pkexec command=/usr/bin/id account=root authority=alice "
                        "1000->0 basis=pid is=likely\n");
  }
}

// Its root may have the host's /dev/log, and any program at any path.
TEST(LogLines, OfAContainer) {
  Story s;
  open_session(s);
  LogLine line;
  line.source = LogLine::Source::journal;
  line.pid = 50;
  line.uid = 0;
  line.exe = kSshd;
  line.in_container = true;
  line.time_ns = test::at_ms(s.ms).realtime_ns;
  s.correlator.on_log(line, Story::accepted(), test::at_ms(s.step()));
  EXPECT_EQ(s.told(), kForged);
  // Another sshd of root's, that says where the victim comes from.
  s.born(90, 1);
  s.journal(90, Story::accepted());
  s.pass(2 * kWaitMs);
  EXPECT_EQ(s.told().find("3 fact"), std::string::npos);
}

// logger -t sshd --id=99999, with what ss(8) shows of the victim's connection.
TEST(LogLines, APidThatNobodyKnowsIsNobodys) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.born(50, 1);
  s.user(2407, 50, kUnsetId, kUnsetId, "op=start rport=4711 lport=22", kSshd, "success", kFrom);
  s.ssh_after(50, 3);
  (void)s.told();
  s.file(99999, Story::accepted());
  s.pass(2 * kWaitMs);
  const std::string told = s.told();
  EXPECT_EQ(told, "- auth account=alice step=accepted service=sshd method=publickey "
                  "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=claimed\n");
  // A user's process that is gone before journald looks at it.
  s.journal(50, Story::accepted(), "", 1000);
  EXPECT_EQ(s.told(), kForged);
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

// internal-sftp, (systemd), gdm-password: they are no forgery of anything.
TEST(LogLines, ProgramsThatAreNotListedAreNotDisbelieved) {
  Story s;
  s.born(60, 1);
  s.runs(60, 1, "/usr/lib/gdm-session-worker", 1000, 3);
  (void)s.told();
  s.journal(60, LogEvent(), "/usr/lib/gdm-session-worker", 0);
  s.file(60, LogEvent());
  EXPECT_EQ(s.told(), "3 line basis=pid is=claimed\n3 line basis=pid is=claimed\n");
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

TEST(LogLines, APidThatWasAnothersAtTheTime) {
  Story s;
  open_session(s);
  LogLine line;
  line.tag_pid = 50;
  line.time_ns = test::at_ms(50'000).realtime_ns;  // long before that sshd was born
  s.correlator.on_log(line, Story::accepted(), test::at_ms(s.step()));
  s.pass(2 * kWaitMs);
  EXPECT_EQ(s.told().find("3 fact"), std::string::npos);
}

// ------------------------------------------------------------------ other programs

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

TEST(LogLines, AccountsLogindAndTheRest) {
  Story s;
  open_session(s);
  LogEvent event = Story::said(Kind::logind_opened, "systemd-logind");
  event.session = "3";
  event.account = "alice";
  s.journal(40, event, "/usr/lib/systemd/systemd-logind");
  event.account = "root";  // not that session's
  s.journal(40, event, "/usr/lib/systemd/systemd-logind");
  event = Story::said(Kind::other, "cron");
  s.journal(41, event, "/usr/sbin/cron");
  event = Story::said(Kind::account_changed, "useradd");
  event.operation = "add-user";
  event.account = "eve";
  s.journal(42, event, "/usr/sbin/useradd");
  EXPECT_EQ(s.told(),
            "3 fact account=alice service=systemd-logind step=new-session logind=3 is=likely\n"
            "- line program=systemd-logind basis=pid is=likely\n"
            "- line program=cron basis=pid is=likely\n");
  s.pass(2 * kWaitMs);
  EXPECT_EQ(s.told(), "- account op=add-user account=eve basis=pid is=likely\n");
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
