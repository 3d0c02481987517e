#include "agent/correlate/line_check.h"

#include "tests/unit/agent/correlate/line_story.h"

namespace spoor::agent {
namespace {

using test::kForged;
using test::kFrom;
using test::kKey;
using test::kSshd;
using test::kWaitMs;
using test::LineStory;
using Kind = LogEvent::Kind;

// spid= of a record names the part of sshd that a line is from.
TEST(LineCheck, JoinedByThePartThatARecordNames) {
  LineStory s;
  s.log_in_told_whole();
  s.file(51, LineStory::accepted());
  EXPECT_EQ(s.told(), kKey);
  // Somebody else has that pid now.
  LineStory reused;
  reused.log_in_told_whole();
  reused.born(51, 1);
  reused.runs(51, 1, "/bin/bash", 1000, 3);
  (void)reused.told();
  LogEvent event = LineStory::accepted();
  event.port = 4712;
  reused.file(51, event);
  EXPECT_EQ(reused.settled(), kForged);
}

// The records know the port (Fedora), the line is of a process that nobody knows: what it says of
// the connection stands with it, but who came in, only his own sshd says.
TEST(LineCheck, JoinedByAddressAndPort) {
  LineStory s;
  s.log_in_with_port();
  LogEvent event = LineStory::accepted();
  event.kind = Kind::disconnected;
  event.method = event.key_type = event.key_fingerprint = {};
  const std::string ended = "auth account=alice step=disconnected service=sshd "
                            "from=192.0.2.7:4711 basis=";
  s.journal(77, event);
  EXPECT_EQ(s.told(), "3 " + ended + "port is=likely\n");
  s.journal(77, LineStory::accepted());
  EXPECT_EQ(s.waited(), "- auth account=alice step=accepted service=sshd method=publickey "
                        "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n");
  // Hours later somebody else has the port.
  s.ssh_end(50, 3);
  s.gone(50);
  s.pass(3'600'000);
  (void)s.told();
  s.journal(78, event);
  EXPECT_EQ(s.told(), "- " + ended + "pid is=likely\n");
}

// sshd's part that runs as the user says that he leaves; anybody may start an sshd of his own.
TEST(LineCheck, ADisconnectOfTheUsersPart) {
  LineStory s;
  s.log_in();
  s.born(60, 50);
  s.born(90, 1);
  LogEvent event = LineStory::said(Kind::disconnected, "sshd");
  event.account = "alice";
  s.journal(60, event, kSshd, 1000);
  EXPECT_EQ(s.told(), "3 auth account=alice step=disconnected service=sshd basis=pid is=likely\n");
  s.journal(90, event, kSshd, 1000);
  EXPECT_EQ(s.told(), "- auth account=alice step=disconnected service=sshd basis=pid is=claimed\n");
  // And what that one accepts feeds nothing.
  s.journal(50, LineStory::accepted(), kSshd, 1000);
  EXPECT_EQ(s.told(), kForged);
}

// `logger -t sshd`: the journal knows what wrote it.
TEST(LineCheck, LoggerThatSpeaksAsSshd) {
  LineStory s;
  s.log_in();
  s.journal(90, LineStory::accepted(), "/usr/bin/logger", 1000);
  s.journal(50, LineStory::accepted(), "/usr/bin/logger", 0);
  s.journal(50, LineStory::accepted(), "/home/alice/sshd", 0);
  EXPECT_EQ(s.told(), kForged + kForged + kForged);
}

// journald looks at /proc/PID/exe later than the line was sent: who sends one and then executes
// passwd has passwd's _EXE.
TEST(LineCheck, AUsersProgramIsBelievedByWhatAuditKnows) {
  LogEvent event = LineStory::said(Kind::password_changed, "passwd");
  event.account = "root";
  const std::string changed = "- account op=change-password account=root basis=pid is=";
  LineStory unknown;
  unknown.journal(71, event, "/usr/bin/passwd", 1000);
  EXPECT_EQ(unknown.waited(), changed + "claimed\n");

  LineStory honest;
  honest.executed(71, "/usr/bin/passwd");
  honest.journal(71, event, "/usr/bin/passwd", 1000);
  EXPECT_EQ(honest.waited(), "3 account op=change-password account=root basis=pid is=likely\n");

  LineStory forged;
  forged.executed(71, "/home/alice/forge");
  forged.journal(71, event, "/usr/bin/passwd", 1000);
  EXPECT_EQ(forged.told(), "") << "its exec may not have been read";
  forged.step(50);
  forged.runs(71, 1, "/usr/bin/passwd", 1000, 3);
  (void)forged.told();
  EXPECT_EQ(forged.settled(), "- disbelieved-line program=passwd is=claimed\n");
}

// It logs and then executes what it was asked for, in the same process: what journald finds in
// /proc by then, and what audit has told since, is not what wrote the line.
TEST(LineCheck, PkexecHasBecomeAnotherProgram) {
  LogEvent event = LineStory::said(Kind::command, "pkexec");
  event.account = "alice";
  event.target = "root";
  event.command = "/usr/bin/id";
  for (const bool late : {false, true}) {
    LineStory s;
    s.born(74, 1);
    s.runs(74, 1, "/usr/bin/pkexec", 1000, 3);
    s.step(50);
    if (!late) s.journal(74, event, "/usr/bin/id", 0);
    const int64_t written_ms = s.ms;
    s.step(50);
    s.runs(74, 1, "/usr/bin/id", 1000, 3);
    (void)s.told();
    if (late) s.written(LineStory::by_journal(74, "/usr/bin/id"), event, written_ms);
    EXPECT_EQ(s.waited(), "3 privilege by=pkexec command=/usr/bin/id account=root authority=alice "
                          "1000->0 basis=pid is=likely\n");
  }
}

// Its root may have the host's /dev/log, and any program at any path.
TEST(LineCheck, OfAContainer) {
  LineStory s;
  s.log_in();
  LogLine line = LineStory::by_journal(50);
  line.in_container = true;
  s.written(line, LineStory::accepted(), s.ms);
  EXPECT_EQ(s.told(), kForged);
  // Another sshd of root's, that says where the victim comes from.
  s.born(90, 1);
  s.journal(90, LineStory::accepted());
  EXPECT_EQ(s.waited().find("3 fact"), std::string::npos);
}

// logger -t sshd --id=99999, with what ss(8) shows of the victim's connection.
TEST(LineCheck, APidThatNobodyKnowsIsNobodys) {
  LineStory s;
  s.log_in_with_port();
  s.file(99999, LineStory::accepted());
  s.pass(2 * kWaitMs);
  const std::string told = s.told();
  EXPECT_EQ(told, "- auth account=alice step=accepted service=sshd method=publickey "
                  "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=claimed\n");
  // A user's process that is gone before journald looks at it.
  s.journal(50, LineStory::accepted(), "", 1000);
  EXPECT_EQ(s.told(), kForged);
}

TEST(LineCheck, APidThatWasAnothersAtTheTime) {
  LineStory s;
  s.log_in();
  LogLine line;
  line.tag_pid = 50;
  s.written(line, LineStory::accepted(), 50'000);  // long before that sshd was born
  EXPECT_EQ(s.waited().find("3 fact"), std::string::npos);
}

// internal-sftp, (systemd), gdm-password: they are no forgery of anything.
TEST(LineCheck, ProgramsThatAreNotListedAreNotDisbelieved) {
  LineStory s;
  s.born(60, 1);
  s.runs(60, 1, "/usr/lib/gdm-session-worker", 1000, 3);
  (void)s.told();
  s.journal(60, LogEvent(), "/usr/lib/gdm-session-worker", 0);
  s.file(60, LogEvent());
  EXPECT_EQ(s.told(), "3 line basis=pid is=claimed\n3 line basis=pid is=claimed\n");
}

}  // namespace
}  // namespace spoor::agent
