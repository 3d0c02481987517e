#include "agent/correlate/session_book.h"

#include "agent/limits.h"
#include "tests/unit/agent/correlate/call_event.h"
#include "tests/unit/agent/correlate/story.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::kMs;
using test::kSshd;
using test::Story;

ProcessFound found(uint32_t pid, uint32_t parent, int64_t ms, uint32_t ses, const char* comm) {
  ProcessFound process;
  process.pid = pid;
  process.parent_pid = parent;
  process.birth_boottime_ns = ms * kMs;
  process.auid = ses == kUnsetId ? kUnsetId : 1000;
  process.ses = ses;
  process.comm = comm;
  return process;
}

// By what it executes, not by what it calls itself; and its records are believed from then on.
TEST(SessionBook, WhatAFoundProcessExecutesIsWhatItIs) {
  Story s;
  s.ask();
  ProcessFound liar = found(50, 1, 1000, 3, "sshd"), sshd = found(60, 1, 1000, 4, "sshd: alice");
  liar.exe = "/usr/bin/python3";
  sshd.exe = kSshd;
  s.correlator.found(std::vector{found(1, 0, 1, kUnsetId, "systemd"), liar, sshd}, at_ms(9000));
  EXPECT_EQ(s.told(), "3 found\n4 found type=ssh\n");
  s.ms = 9000;
  s.see(50, kSshd);
  s.sights[50].exe.clear();
  s.see(60, kSshd);
  s.sights[60].exe.clear();
  s.ssh_end(60, 4);
  EXPECT_EQ(s.told(), "4 logged-out from=192.0.2.7\n");
}

TEST(SessionBook, SessionsFoundRunningEndAsOthersDo) {
  Story s;
  s.correlator.found(std::vector{found(1, 0, 1, kUnsetId, "systemd"),
                                 found(60, 50, 2000, 3, "bash"), found(50, 1, 1000, 3, "sshd"),
                                 found(80, 1, 3000, 4, "systemd"),
                                 found(90, 1, 4000, 5, "mystery")},
                     at_ms(9000));
  EXPECT_EQ(s.told(), "3 found type=ssh\n"
                      "4 found type=user-manager\n"
                      "4 fact type=user-manager login=3\n"
                      "5 found\n");
  s.ssh_end(50, 3);
  EXPECT_EQ(s.told(), "3 logged-out left=1 from=192.0.2.7\n");
  s.gone(50);
  s.gone(60);
  s.gone(90);
  s.pass(5000);
  EXPECT_EQ(s.told(), "3 last-process\n5 last-process\n");
}

// Its privilege programs are no way out of a session that was found.
TEST(SessionBook, SudosEndClosesNoSession) {
  Story s;
  s.correlator.found(std::vector{found(60, 1, 2000, 3, "sudo")}, at_ms(9000));
  (void)s.told();
  s.user(1106, 60, 1000, 3, "op=PAM:session_close acct=\"root\"", "/usr/bin/sudo");
  EXPECT_TRUE(s.all<SessionClosed>().empty());
}

TEST(SessionBook, TheLastProcessOverARestart) {
  Story before;
  before.ssh_before(50);
  before.ssh_after(50, 3);
  before.born(60, 50);
  before.runs(60, 50, "/usr/bin/tmux", 1000, 3);
  before.ssh_end(50, 3);
  const std::string saved = before.correlator.save();
  Story after;
  ASSERT_TRUE(after.correlator.restore(saved).is_ok());
  after.ms = before.ms;
  after.gone(50);
  after.pass(5000);
  EXPECT_EQ(after.told(), "");
  // Nobody saw this one's end: /proc tells.
  after.correlator.found(std::vector{found(1, 0, 1, kUnsetId, "systemd")}, at_ms(after.step()));
  after.pass(5000);
  EXPECT_EQ(after.told(), "3 last-process\n");
}

// A session that changed its root is known as such until its last process has ended, also over a
// restart; and not for ever.
TEST(SessionBook, AnotherRootLastsAsLongAsItsSession) {
  Story s;
  const auto removed = [&](Story& story) {
    story.step();
    story.feed(test::records_of({.number = 87, .paths = {{"PARENT", "/etc/", 11, 040755},
                                                         {"DELETE", "/etc/passwd", 5}}},
                                60, 3, story.ms, ++story.serial),
               at_ms(story.ms + 1));
    const auto* access = story.facts.back().as<FileAccess>();
    return access != nullptr && access->path.resolved;
  };
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.born(60, 50);
  EXPECT_TRUE(removed(s));
  s.step();
  s.feed(test::records_of({.number = 161, .paths = {{"NORMAL", "/srv/jail", 9, 040755}}}, 60, 3,
                          s.ms, ++s.serial),
         at_ms(s.ms + 1));
  EXPECT_FALSE(removed(s));
  Story after;
  ASSERT_TRUE(after.correlator.restore(s.correlator.save()).is_ok());
  after.ms = s.ms;
  after.serial = s.serial;
  EXPECT_FALSE(removed(after));
  after.gone(60);
  after.pass(5000);
  EXPECT_FALSE(removed(after));
  after.gone(50);
  after.pass(5000);
  EXPECT_TRUE(removed(after));
}

TEST(SessionBook, RestoresNothingOfWhatIsTorn) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.ssh_after(50, 3);
  s.user(1123, 50, 1000, 3, "cmd=\"id\"", "/usr/bin/sudo");
  s.journal(99, Story::accepted());
  const std::string saved = s.correlator.save();
  for (size_t i = 0; i < saved.size(); i += 7) {
    Story torn;
    ASSERT_EQ(torn.correlator.restore(saved.substr(0, i)).code(), Code::corrupt);
    ASSERT_EQ(torn.correlator.sessions_known(), 0u);
  }
}

// A line that waits is looked at for records of its process only.
TEST(SessionBook, WhoseRecordsHaveCome) {
  ProcessTable processes([](const Process&) {});
  SessionBook book(processes, {});
  EXPECT_FALSE(book.take_touched().has(0));
  EXPECT_TRUE(book.take_touched().is_empty());
  book.touch(7);
  book.touch(7);
  const auto touched = book.take_touched();
  EXPECT_FALSE(touched.is_empty());
  EXPECT_TRUE(touched.has(7));
  EXPECT_TRUE(touched.has(0)) << "a line that names no process";
  EXPECT_FALSE(touched.has(8));
  EXPECT_FALSE(book.take_touched().has(7)) << "told once";
  for (uint32_t pid = 1; pid <= kTouchedMax; ++pid) book.touch(pid);
  EXPECT_FALSE(book.take_touched().has(9999));
  for (uint32_t pid = 1; pid <= kTouchedMax + 1; ++pid) book.touch(pid);
  EXPECT_TRUE(book.take_touched().has(9999));
}

// One table that makes no sense takes none of the others with it.
TEST(SessionBook, ABadTableIsEmptyAndTheOthersAreNot) {
  std::string saved;
  for (const bool is_bad : {false, true}) {
    ProcessTable processes([](const Process&) {});
    SessionBook book(processes, {});
    book.sessions.opened(3, 1000, {50, 1, false});
    book.logins.take({50, 1, false}).account = "alice";
    book.failures.count("192.0.2.7", "alice", FailureTable::Teller::pam, FailedAs::attempt, 0);
    saved.clear();
    book.save(saved);
    if (is_bad) saved[saved.find("192.0.2.7") - 4] = '\x7f';  // the length of that text
    SessionBook back(processes, {});
    BlobReader from(saved);
    const Status status = back.restore(from);
    EXPECT_EQ(status.is_ok(), !is_bad);
    EXPECT_EQ(back.failures.size(), is_bad ? 0u : 1u);
    EXPECT_NE(back.sessions.find(3), nullptr);
    EXPECT_EQ(back.logins.size(), 1u);
    EXPECT_EQ(status.message().find("failures") != std::string::npos, is_bad);
  }
}

// More sudos than have room: each is told, and what is saved can be restored.
TEST(SessionBook, ABurstOfSudosIsToldWhole) {
  Story s;
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.ssh_after(50, 3);
  (void)s.told();
  for (uint32_t i = 0; i < kPrivilegesMax + 50; ++i) {
    s.see(1000 + i, "/usr/bin/sudo");
    s.born(1000 + i, 50);
    s.user(1123, 1000 + i, 1000, 3, "cmd=\"id\"", "/usr/bin/sudo");
  }
  EXPECT_EQ(s.all<PrivilegeChange>().size(), 50u);
  Story after;
  ASSERT_TRUE(after.correlator.restore(s.correlator.save()).is_ok());
  EXPECT_EQ(after.correlator.sessions_known(), 1u);
  s.pass(2 * kPrivilegeWaitNs / kMs);
  EXPECT_EQ(s.all<PrivilegeChange>().size(), kPrivilegesMax + 50u);
}

}  // namespace
}  // namespace spoor::agent
