#include "agent/correlate/user_records.h"

#include "agent/limits.h"
#include "tests/unit/agent/correlate/story.h"

namespace spoor::agent {
namespace {

using test::kFrom;
using test::kSshd;
using test::Story;

TEST(UserRecords, ALoginOverSshAndItsEnd) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.runs(60, 50, "/bin/bash", 1000, 3);
  s.gone(60);
  s.ssh_end(50, 3);
  s.gone(50);
  s.pass(5000);
  EXPECT_EQ(s.told(),
            "- auth account=alice step=PAM:authentication service=sshd from=192.0.2.7\n"
            "3 opened type=ssh from=192.0.2.7\n"
            "3 fact account=alice tty=ssh service=sshd step=PAM:session_open from=192.0.2.7\n"
            "3 logged-out from=192.0.2.7\n");
}

// The kernel tells of the end of sshd's part after it closed its socket, at which the monitor says
// that the session is over.
TEST(UserRecords, TheProgramsOwnPartIsNotLeftRunning) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.born(70, 60);
  s.runs(70, 60, "/bin/bash", 1000, 3);
  s.gone(70);
  (void)s.told();
  s.ssh_end(50, 3);
  EXPECT_EQ(s.told(), "3 logged-out from=192.0.2.7\n");
  s.gone(60);
  s.gone(50);
  s.pass(5000);
  EXPECT_EQ(s.told(), "");
}

TEST(UserRecords, LoggedOutAndProcessesStillRun) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.runs(60, 50, "/bin/bash", 1000, 3);
  s.born(70, 60);
  s.runs(70, 60, "/usr/bin/tmux", 1000, 3);
  s.born(71, 70);  // it executes nothing
  s.gone(60);
  (void)s.told();
  s.ssh_end(50, 3);
  EXPECT_EQ(s.told(), "3 logged-out left=2 from=192.0.2.7\n");
  s.gone(50);
  s.gone(70);
  s.pass(5000);
  EXPECT_EQ(s.told(), "");
  s.gone(71);
  s.pass(5000);
  EXPECT_EQ(s.told(), "3 last-process\n");
}

TEST(UserRecords, TheLastProcessEndsWhatNobodyLoggedOutOf) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  (void)s.told();
  s.gone(50);
  s.pass(5000);
  EXPECT_EQ(s.told(), "");
  s.gone(60);
  s.pass(5000);
  EXPECT_EQ(s.told(), "3 last-process\n");
}

// The connector's messages are read before the LOGIN that came between them.
TEST(UserRecords, AChildBornBehindTheLoginIsOfItsSession) {
  Story s;
  s.ssh_before(50);
  s.fork(40, 50, s.ms);       // before it
  s.fork(60, 50, s.ms + 30);  // behind it, and read first
  s.fork(61, 60, s.ms + 31);
  s.ssh_after(50, 3);
  s.step(100);
  s.gone(50);
  (void)s.told();
  s.gone(60);
  s.pass(5000);
  EXPECT_EQ(s.told(), "");
  s.gone(61);
  s.pass(5000);
  EXPECT_EQ(s.told(), "3 last-process\n");
}

TEST(UserRecords, SudoAndSuInsideArePrivilegeChanges) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.terminal = "pts/0";
  s.born(70, 50);
  s.runs(70, 50, "/usr/bin/sudo", 1000, 3);
  (void)s.told();
  const std::string sudo = "/usr/bin/sudo";
  s.user(1101, 70, 1000, 3, "op=PAM:accounting acct=\"alice\"", sudo);
  s.user(1123, 70, 1000, 3, "cwd=\"/home/alice\" cmd=6964202D75", sudo);
  s.user(1110, 70, 1000, 3, "op=PAM:setcred acct=\"root\"", sudo);
  s.user(1105, 70, 1000, 3, "op=PAM:session_open acct=\"root\"", sudo);
  s.user(1106, 70, 1000, 3, "op=PAM:session_close acct=\"root\"", sudo);
  EXPECT_EQ(s.told(),
            "3 auth account=alice step=PAM:accounting service=sudo\n"
            "3 fact tty=pts/0 service=sudo step=command\n"
            "3 privilege by=sudo command=id -u account=root authority=alice tty=pts/0 0->0 "
            "cause=70#1\n"
            "3 fact account=root tty=pts/0 service=sudo step=PAM:session_open\n"
            "3 fact account=root tty=pts/0 service=sudo step=PAM:session_close\n");
  s.born(80, 50);
  s.runs(80, 50, "/usr/bin/su", 1000, 3);
  s.user(1100, 80, 1000, 3, "op=PAM:authentication acct=\"bob\"", "/usr/bin/su", "failed");
  s.user(1105, 80, 1000, 3, "op=PAM:session_open acct=\"bob\"", "/usr/bin/su");
  EXPECT_EQ(s.told(),
            "3 auth account=bob step=PAM:authentication service=su FAILED\n"
            "3 privilege by=su account=bob authority=alice tty=pts/0 0->1001 cause=80#1\n");
  s.ssh_end(50, 3);
  EXPECT_EQ(s.all<SessionClosed>().size(), 1u);
}

TEST(UserRecords, SudoThatSaysNoMoreIsToldWithoutItsTarget) {
  Story s;
  s.terminal = "pts/0";
  s.born(70, 1);
  s.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  s.user(1123, 70, 1000, 3, "cwd=\"/\" cmd=\"id\"", "/usr/bin/sudo");
  s.pass(1000);
  EXPECT_EQ(s.told(), "3 fact tty=pts/0 service=sudo step=command\n");
  s.pass(kPrivilegeWaitNs / kNsPerMs);
  EXPECT_EQ(s.told(), "3 privilege by=sudo command=id authority=alice tty=pts/0 0->? cause=70#1\n");
  s.pass(60'000);
  EXPECT_EQ(s.told(), "");
}

TEST(UserRecords, ARefusedSudo) {
  Story s;
  s.terminal = "pts/0";
  s.born(70, 1);
  s.runs(70, 1, "/usr/bin/sudo", 1000, 3);
  s.user(1123, 70, 1000, 3, "cwd=\"/\" cmd=\"id\"", "/usr/bin/sudo", "failed");
  EXPECT_EQ(s.told(), "3 privilege by=sudo command=id authority=alice tty=pts/0 0->? cause=70#1 "
                      "FAILED\n");
  s.pass(60'000);
  EXPECT_EQ(s.told(), "");
}

TEST(UserRecords, CronAndTheUserManagerOfALogin) {
  Story s;
  s.terminal = "cron";
  s.born(40, 1);
  s.user(1101, 40, kUnsetId, kUnsetId, "op=PAM:accounting acct=\"alice\"", "/usr/sbin/cron");
  s.login(40, 1000, 2, "/usr/sbin/cron");
  s.user(1105, 40, 1000, 2, "op=PAM:session_open acct=\"alice\"", "/usr/sbin/cron");
  EXPECT_EQ(s.told(), "- auth account=alice step=PAM:accounting service=cron\n"
                      "2 opened type=cron\n"
                      "2 fact account=alice tty=cron service=cron step=PAM:session_open\n");
  s.ssh_before(50);
  s.ssh_after(50, 3);
  (void)s.told();
  const std::string systemd = "/usr/lib/systemd/systemd";
  s.born(55, 1);
  s.login(55, 1000, 4, systemd);
  EXPECT_EQ(s.told(), "4 opened type=user-manager\n4 fact type=user-manager login=3\n");
  s.ssh_before(51);
  s.ssh_after(51, 5);
  EXPECT_NE(s.told().find("4 fact type=user-manager login=5\n"), std::string::npos);
}

TEST(UserRecords, ALoginOutOfASessionIsLinkedToIt) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.runs(60, 50, "/usr/bin/su", 1000, 3);
  s.gone(50);
  s.pass(5000);
  (void)s.told();
  s.login(60, 1001, 9, "/usr/bin/su", 1000, 3);
  EXPECT_EQ(s.told(), "9 opened type=su old=3\n3 last-process\n");
}

// What he does after that comes from the session all the same: it is told there, and the session is
// not over before he is.
TEST(UserRecords, WhoGivesUpHisLoginUidStaysInHisSession) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.runs(60, 50, "/bin/bash", 1000, 3);
  s.gone(50);
  s.pass(5000);
  (void)s.told();
  s.login(60, kUnsetId, kUnsetId, "/bin/bash", 1000, 3);
  EXPECT_EQ(s.told(), "3 auth account=alice step=unset-login-uid\n");
  s.born(61, 60);
  s.gone(60);
  s.pass(20'000);
  s.runs(61, 60, "/bin/id", kUnsetId, kUnsetId);
  ASSERT_NE(s.facts.back().as<CommandStarted>(), nullptr);
  EXPECT_EQ(s.facts.back().fact.ses, 3u);
  EXPECT_EQ(s.facts.back().fact.auid, kUnsetId);
  EXPECT_EQ(s.facts.back().fact.attribution.basis, Attribution::Basis::ancestor);
  // He gives up once more what he has not.
  s.login(61, kUnsetId, kUnsetId, "/bin/id");
  EXPECT_EQ(s.told(), "3 auth step=unset-login-uid basis=ancestor is=likely\n");
  s.gone(61);
  s.pass(5000);
  EXPECT_EQ(s.told(), "3 last-process\n");
}

// Nor does another login uid take him out of it without a trace.
TEST(UserRecords, ALoginOfOneThatGaveUpHisLoginUidIsLinkedToHisSession) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.runs(60, 50, "/bin/bash", 1000, 3);
  s.gone(50);
  s.pass(5000);
  s.login(60, kUnsetId, kUnsetId, "/bin/bash", 1000, 3);
  (void)s.told();
  s.login(60, 1001, 9, "/bin/bash");
  EXPECT_EQ(s.told(), "9 opened old=3\n3 last-process\n");
}

TEST(UserRecords, FailuresBeforeSuccessAreCountedOnce) {
  Story s;
  for (int i = 0; i < 3; ++i) {
    s.born(50, 1);
    s.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"alice\"", kSshd, "failed",
           kFrom);
    // sshd's own record, which it also writes for a client that only asked what it may try.
    s.user(1112, 50, kUnsetId, kUnsetId, "op=login acct=\"alice\"", kSshd, "failed", kFrom);
    if (i < 2) s.gone(50);
  }
  s.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"bob\"", kSshd, "failed",
         kFrom);
  (void)s.told();
  s.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"alice\"", kSshd, "success",
         kFrom);
  s.ssh_after(50, 3);
  EXPECT_EQ(s.told(),
            "- auth account=alice step=PAM:authentication service=sshd from=192.0.2.7\n"
            "3 opened type=ssh from=192.0.2.7\n"
            "3 fact account=alice type=ssh failures=3 from=192.0.2.7 basis=pid is=likely\n"
            "3 fact account=alice tty=ssh service=sshd step=PAM:session_open from=192.0.2.7\n");
}

// Fedora's sshd says which key, and from which port.
// sshd's own records (Fedora) stand beside PAM's, and name the keys that it refused.
TEST(UserRecords, KeysThatWereRefusedAndAttemptsAreCountedApart) {
  Story s;
  s.born(50, 1);
  const auto fail = [&](const std::string& op) {
    s.user(1100, 50, kUnsetId, kUnsetId, "op=" + op + " acct=\"alice\"", kSshd, "failed", kFrom);
  };
  for (const char* op : {"none", "pubkey", "pubkey", "pubkey", "gssapi", "connection closed"}) {
    fail(op);
  }
  fail("PAM:authentication");
  fail("password");
  s.ssh_after(50, 3);
  EXPECT_NE(s.told().find("3 fact account=alice type=ssh failures=1 keys-refused=3 from"),
            std::string::npos);
  Story excess;
  excess.born(51, 1);
  for (const char* op : {"pubkey", "pubkey", "maxtries exceeded"}) {
    excess.user(1100, 51, kUnsetId, kUnsetId, std::string("op=") + op + " acct=\"alice\"", kSshd,
                "failed", kFrom);
  }
  excess.ssh_before(50);
  excess.ssh_after(50, 3);
  EXPECT_NE(excess.told().find("failures=1 keys-refused=2"), std::string::npos);
}

TEST(UserRecords, TheKeyThatRecordsTellOf) {
  Story s;
  s.born(50, 1);
  s.user(2404, 50, kUnsetId, kUnsetId, "op=destroy kind=server fp=SHA256:hosts direction=?", kSshd,
         "success", kFrom);
  s.user(2404, 50, kUnsetId, kUnsetId, "op=negotiate kind=auth-key fp=SHA256:alices", kSshd,
         "success", kFrom);
  s.user(1100, 50, kUnsetId, kUnsetId, "op=pubkey_auth rport=63927 acct=\"alice\"", kSshd,
         "success", kFrom);
  s.user(2407, 50, kUnsetId, kUnsetId, "op=start rport=63927 laddr=10.0.0.2 lport=22", kSshd,
         "success", kFrom);
  (void)s.told();
  s.login(50, 1000, 3, kSshd);
  EXPECT_EQ(s.told(), "3 opened type=ssh lport=22 from=192.0.2.7:63927\n"
                      "3 fact account=alice method=publickey fp=SHA256:alices type=ssh "
                      "from=192.0.2.7:63927 basis=pid is=likely\n");
}

TEST(UserRecords, ATerminalGivenBackIsNoLogout) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  (void)s.told();
  s.user(1106, 50, 1000, 3, "op=login id=1000", kSshd);
  EXPECT_EQ(s.told(), "3 fact account=alice tty=ssh service=sshd step=login\n");
  s.ssh_end(50, 3);
  EXPECT_EQ(s.told(), "3 logged-out from=192.0.2.7\n");
}

// Without rules a LOGIN has no end, and the records behind it are read before it.
TEST(UserRecords, AUserStartThatIsReadBeforeItsLogin) {
  Story s;
  s.ssh_before(50);
  s.step();
  s.feed(test::login_record(s.ms, ++s.serial, 50, 1000, 3), test::at_ms(s.ms));
  s.user(1105, 50, 1000, 3, "op=PAM:session_open acct=\"alice\"", kSshd);
  s.pass(60);
  s.ssh_end(50, 3);
  EXPECT_EQ(s.all<SessionClosed>().size(), 1u);
}

// ------------------------------------------------------------------ belief

// A program that sends USER_LOGIN and USER_END of somebody else's session, as root.
TEST(UserRecords, AProgramThatSaysItIsSshdIsNotBelieved) {
  for (const bool asked : {false, true}) {
    Story s;
    if (asked) s.ask();
    s.see(50, kSshd);
    s.ssh_before(50);
    s.ssh_after(50, 3);
    s.born(90, 1);
    s.runs(90, 1, "/usr/bin/python3", 1001, 8);
    (void)s.told();
    s.user(1112, 90, 1001, 8, "op=login acct=\"root\"", kSshd, "success", "203.0.113.9");
    s.user(1106, 90, 1000, 3, "op=PAM:session_close acct=\"alice\"", kSshd);
    s.user(1105, 90, 1001, 8, "op=PAM:session_open acct=\"root\"", kSshd);
    s.user(1106, 90, 1001, 8, "op=PAM:session_close acct=\"root\"", kSshd);
    const std::string who = " is=/usr/bin/python3 claims=/usr/sbin/sshd account=";
    EXPECT_EQ(s.told(),
              "8 disbelieved record=USER_LOGIN" + who + "root from=203.0.113.9 is=claimed\n"
              "3 disbelieved record=USER_END" + who + "alice is=claimed\n"
              "8 disbelieved record=USER_START" + who + "root is=claimed\n"
              "8 disbelieved record=USER_END" + who + "root is=claimed\n");
    s.ssh_end(50, 3);
    EXPECT_EQ(s.told(), "3 logged-out from=192.0.2.7\n");
  }
}

// Honest about its program, but not the session's: a pid of the kernel's prefix cannot lie.
// It is what it says it is, and still nobody who lets people in.
TEST(UserRecords, AProgramOfNoLoginsLetsNobodyIn) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.born(50, 1);
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  s.runs(60, 50, "/opt/tool", 1000, 3);
  (void)s.told();
  for (const uint16_t type : {uint16_t{1105}, uint16_t{1106}}) {
    s.user(type, 60, 1000, 3, "op=login acct=\"root\"", "/opt/tool", "success",
           "203.0.113.66");
  }
  EXPECT_EQ(s.all<SessionClosed>().size(), 0u);
  const std::string told = s.told();
  EXPECT_EQ(told.find(" fact "), told.npos) << told;
  EXPECT_EQ(s.facts.back().fact.attribution.basis, Attribution::Basis::record);
  EXPECT_NE(s.facts.back().as<OtherRecord>(), nullptr);
}

TEST(UserRecords, AnotherSshdEndsNothing) {
  Story s;
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(51, 1);
  s.ssh_end(51, 3);
  EXPECT_TRUE(s.all<SessionClosed>().empty());
}

TEST(UserRecords, AServiceThatIsCalledOtherwiseIsNotBelieved) {
  Story s;
  s.ask();
  s.is_called(90, "python3");
  s.born(90, 1);
  s.user(1100, 90, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"root\"", kSshd);
  EXPECT_EQ(s.told(), "- disbelieved record=USER_AUTH is=python3 claims=/usr/sbin/sshd "
                      "account=root is=claimed\n");
}

// prctl(PR_SET_NAME): any process may be called sshd, and root may write records.
TEST(UserRecords, OneThatCallsItselfSshdIsNotBelieved) {
  Story s;
  s.ask();
  s.see(90, "/usr/bin/python3.11");
  s.sights[90].comm = "sshd";
  s.born(90, 1);
  s.user(1112, 90, kUnsetId, kUnsetId, "op=login acct=\"root\"", kSshd);
  EXPECT_EQ(s.told(), "- disbelieved record=USER_LOGIN is=/usr/bin/python3.11 "
                      "claims=/usr/sbin/sshd account=root is=claimed\n");
  s.ssh_end(90, 3);
  EXPECT_TRUE(s.all<SessionClosed>().empty());
  // Where there is no witness, nobody knows.
  s.is_called(91, "sshd");
  s.born(91, 1);
  (void)s.told();
  s.user(1112, 91, kUnsetId, kUnsetId, "op=login acct=\"root\"", kSshd);
  EXPECT_EQ(s.told(),
            "- auth account=root step=login service=sshd is=claimed\n");
}

// PID 1's child opens the session of a user's manager and becomes that.
TEST(UserRecords, OneThatSpeaksAndThenExecutesIsNoLiar) {
  Story s;
  s.ask();
  s.see(90, "/usr/lib/systemd/systemd");
  s.born(90, 1);
  s.user(1101, 90, kUnsetId, kUnsetId, "op=PAM:accounting acct=\"alice\"",
         "/usr/lib/systemd/systemd-executor");
  EXPECT_EQ(s.all<DisbelievedRecord>().size(), 0u);
  EXPECT_NE(s.told().find("is=claimed"), std::string::npos) << "nor is it believed";
}

// Who plays a log hears of no births and ends: its pid was another's when that command was told.
TEST(UserRecords, APidWithoutABirthProvesNoLie) {
  Story s;
  s.runs(50, 1, "/usr/bin/ls", 1000, 3);
  s.step(3'600'000);
  s.user(1100, 50, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"alice\"", kSshd);
  EXPECT_EQ(s.told(), "- auth account=alice step=PAM:authentication service=sshd\n");
}

// libaudit writes exe= of its own; what has none was put together by hand.
TEST(UserRecords, ARecordOfALoginThatNamesNoProgramIsNotBelieved) {
  Story s;
  s.ask();
  s.born(50, 1);
  s.runs(50, 1, "/usr/bin/python3", 1000, 3);
  (void)s.told();
  for (const uint16_t type : std::initializer_list<uint16_t>{1100, 1105, 1106, 1112}) {
    s.user(type, 50, 1000, 3, "op=login acct=\"root\"", "", "success", kFrom);
    const std::string told = s.told();
    EXPECT_EQ(told.find("3 disbelieved record="), 0U) << type << told;
  }
  // An older sudo's USER_CMD has none (audit 2.8).
  s.born(60, 50);
  s.runs(60, 50, "/usr/bin/sudo", 1000, 3);
  (void)s.told();
  s.user(1123, 60, 1000, 3, "cwd=\"/\" cmd=\"id\"", "");
  EXPECT_EQ(s.told().find("disbelieved"), std::string::npos);
}

// In a container any program lies at any path, and its root may hold CAP_AUDIT_WRITE.
TEST(UserRecords, AContainersSshdIsNotTheHosts) {
  Story s;
  s.ask();
  s.see(50, kSshd, Place::container);
  s.ssh_before(50);
  EXPECT_EQ(s.told(), "- auth account=alice step=PAM:authentication service=sshd from=192.0.2.7 "
                      "is=claimed\n");
  s.ssh_after(50, 3);
  EXPECT_EQ(s.told(),
            "3 opened type=container\n"
            "3 auth account=alice step=PAM:session_open service=sshd from=192.0.2.7 is=claimed\n");
  s.ssh_end(50, 3);
  EXPECT_TRUE(s.all<SessionClosed>().empty());
}

TEST(UserRecords, OneThatIsGoneIsOnlyAClaim) {
  Story s;
  s.ask();
  s.born(50, 1);
  s.user(1112, 50, kUnsetId, kUnsetId, "op=login acct=\"alice\"", kSshd, "success", kFrom);
  s.user(1123, 50, kUnsetId, kUnsetId, "cwd=\"/\" cmd=\"id\"", "/usr/bin/sudo");
  s.user(1114, 50, kUnsetId, kUnsetId, "op=add acct=\"eve\"", "/usr/sbin/useradd");
  EXPECT_EQ(s.told(), "- auth account=alice step=login service=sshd from=192.0.2.7 is=claimed\n"
                      "- privilege by=sudo command=id tty=ssh 0->? is=claimed\n"
                      "- account op=add account=eve is=claimed\n");
}

// sshd's monitor is gone when its USER_END is read, but was known at its USER_START.
TEST(UserRecords, WhoWasKnownOnceIsNotAskedAgain) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  EXPECT_EQ(s.questions, 1);
  s.ssh_after(50, 3);
  s.sights.clear();
  const std::string saved = s.correlator.save();
  s.ssh_end(50, 3);
  EXPECT_EQ(s.all<SessionClosed>().size(), 1u);
  EXPECT_EQ(s.questions, 1);
  // Over a restart, too.
  Story after;
  after.ask();
  ASSERT_TRUE(after.correlator.restore(saved).is_ok());
  EXPECT_EQ(after.correlator.save(), saved);
  after.ms = s.ms;
  after.ssh_end(50, 3);
  EXPECT_EQ(after.told(), "3 logged-out from=192.0.2.7\n");
}

// What it said before it became another program is not that program's word.
TEST(UserRecords, AnExecChangesTheProgramOfAWriter) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.runs(50, 1, "/tmp/evil", kUnsetId, kUnsetId);
  (void)s.told();
  s.user(1112, 50, kUnsetId, kUnsetId, "op=login acct=\"root\"", kSshd);
  EXPECT_EQ(s.told(), "- disbelieved record=USER_LOGIN is=/tmp/evil claims=/usr/sbin/sshd "
                      "account=root is=claimed\n");
}

TEST(UserRecords, WhatTheKernelSaysBesideALoginCountsMore) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  (void)s.told();
  s.login(50, 1000, 3, "/tmp/evil");
  s.user(1105, 50, 1000, 3, "op=PAM:session_open acct=\"alice\"", kSshd);
  EXPECT_EQ(s.told(), "3 opened\n"
                      "3 disbelieved record=USER_START is=/tmp/evil claims=/usr/sbin/sshd "
                      "account=alice is=claimed\n");
}

}  // namespace
}  // namespace spoor::agent
