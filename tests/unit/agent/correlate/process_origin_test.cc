// Depth and program (agent/correlate/process_origin.cc).
#include <gtest/gtest.h>

#include "agent/correlate/process_table.h"

#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::kMs;
using Kind = ProcessMessage::Kind;

class Table {
 public:
  Table() : kept([](const Process&) {}), t(*kept) {}
  void fork(uint32_t pid, uint32_t parent, int64_t ms) {
    t.on_message({Kind::fork, pid, parent, ms * kMs, 0}, at_ms(ms));
  }
  void exit(uint32_t pid, int64_t ms) {
    t.on_message({Kind::exit, pid, 1, ms * kMs, 0}, at_ms(ms));
  }
  // The depth; -1: not known.
  int exec(uint32_t pid, int64_t ms, std::string_view program = "/bin/x", uint32_t ses = 3,
           bool success = true) {
    const auto command = t.exec({pid, 0, ms * kMs, success, ses, 1000, 0, program}, at_ms(ms));
    return command.depth ? static_cast<int>(*command.depth) : -1;
  }
  std::string program(uint32_t pid, int64_t ms) { return std::string(t.program(pid, ms * kMs)); }
  void restart() {
    const std::string saved = t.save();
    kept.emplace([](const Process&) {});
    ASSERT_TRUE(t.restore(saved).is_ok());
    EXPECT_EQ(t.save(), saved);
  }
  std::optional<ProcessTable> kept;
  ProcessTable& t;
};

ProcessFound in_proc(uint32_t pid, uint32_t parent, int64_t ms, uint32_t ses = kUnsetId) {
  return {pid, parent, ms * kMs, ses == kUnsetId ? kUnsetId : 1000, ses};
}

// sshd, found at start; its child, which logs in; that one's child, which becomes the shell.
void log_in(Table& x) {
  x.t.reconcile(std::vector<ProcessFound>{in_proc(5, 1, 0)}, at_ms(60), at_ms(60));
  x.fork(10, 5, 100);
  x.t.login(10, 101 * kMs, 3, 1000);
  x.fork(11, 10, 110);
}

// pkexec writes into the log and then executes what it was asked for, in the same process.
TEST(ProcessPrograms, OfATime) {
  Table x;
  x.fork(10, 1, 90);
  x.exec(10, 95, "/bin/bash");
  x.fork(11, 10, 100);
  x.exec(11, 110, "/usr/bin/pkexec");
  x.exec(11, 150, "/usr/bin/id");
  const auto ran = [&](int64_t from, int64_t until, std::string_view program, uint32_t pid = 11) {
    const auto said = x.t.ran(pid, until * kMs, from * kMs, until * kMs,
                              [&](std::string_view path) { return path == program; });
    return !said ? "?" : *said ? "yes" : "no";
  };
  EXPECT_STREQ(ran(120, 130, "/usr/bin/pkexec"), "yes");
  EXPECT_STREQ(ran(120, 130, "/usr/bin/id"), "no");
  EXPECT_STREQ(ran(120, 130, "/bin/bash"), "no");
  EXPECT_STREQ(ran(105, 108, "/bin/bash"), "yes") << "as it was born";
  EXPECT_STREQ(ran(105, 200, "/usr/bin/pkexec"), "yes");
  EXPECT_STREQ(ran(160, 200, "/usr/bin/pkexec"), "no");
  EXPECT_STREQ(ran(100, 200, "/bin/bash", 99), "?");
  EXPECT_STREQ(ran(100, 200, "/bin/bash", 1), "?");
}

TEST(ProcessDepth, CountsFromTheSessionsFirstCommand) {
  Table x;
  log_in(x);
  EXPECT_EQ(x.exec(11, 111), 0);
  x.fork(12, 11, 120);
  EXPECT_EQ(x.exec(12, 121), 1);
  x.fork(13, 12, 130);  // a subshell of it is no command
  x.fork(14, 13, 131);
  EXPECT_EQ(x.exec(14, 132), 2);
  EXPECT_EQ(x.exec(14, 133), 3) << "exec after exec: the one before is its parent";
  EXPECT_EQ(x.exec(14, 134, "/bin/x", 3, false), 4);
  EXPECT_EQ(x.exec(14, 135), 4) << "what failed is nobody's parent";
  EXPECT_EQ(x.exec(12, 200), 2);
  x.fork(15, 11, 210);
  EXPECT_EQ(x.exec(15, 211), 1);
}

TEST(ProcessDepth, AProgramThatLogsInAndExecutes) {
  Table x;
  x.fork(10, 5, 100);
  EXPECT_EQ(x.exec(10, 101, "/bin/login", kUnsetId), -1) << "of no session";
  x.t.login(10, 110 * kMs, 3, 1000);
  EXPECT_EQ(x.exec(10, 120), 0);
  x.t.login(10, 130 * kMs, 4, 1000);
  EXPECT_EQ(x.exec(10, 140, "/bin/x", 4), 0) << "another session begins anew";
}

TEST(ProcessDepth, ParentsThatAreGone) {
  Table x;
  log_in(x);
  x.exec(11, 111);
  x.fork(12, 11, 120);
  x.fork(13, 12, 121);
  for (const uint32_t pid : {10u, 11u, 12u}) x.exit(pid, 130);
  x.t.tick(at_ms(10'000));
  x.t.tick(at_ms(20'000));
  EXPECT_EQ(x.t.find(11, 125 * kMs), nullptr);
  EXPECT_EQ(x.exec(13, 20'000), 1);
  Table y;
  log_in(y);
  y.exit(10, 130);
  y.t.tick(at_ms(10'000));
  y.t.tick(at_ms(20'000));
  EXPECT_EQ(y.exec(11, 20'000), 0) << "the login was its parent's";
}

TEST(ProcessDepth, WhatNobodySawHasNone) {
  Table x;
  x.t.reconcile(std::vector<ProcessFound>{in_proc(5, 1, 0), in_proc(10, 5, 20, 3)}, at_ms(60),
                at_ms(60));
  EXPECT_EQ(x.exec(10, 100), -1) << "it ran something else before";
  x.fork(11, 10, 110);
  EXPECT_EQ(x.exec(11, 111), -1);
  EXPECT_EQ(x.exec(77, 112), -1) << "its birth was not told";
  x.fork(12, 5, 120);
  EXPECT_EQ(x.exec(12, 121, "/bin/x", 4), 0) << "its LOGIN was lost, but none above is of it";
}

TEST(ProcessDepth, OverARestart) {
  Table x;
  log_in(x);
  x.restart();
  EXPECT_EQ(x.exec(11, 111), 0);
  x.fork(12, 11, 120);
  x.restart();
  EXPECT_EQ(x.exec(12, 121), 1);
  x.fork(13, 12, 130);
  x.exit(12, 140);
  x.t.tick(at_ms(1000));  // told, so it is not saved
  x.restart();
  EXPECT_EQ(x.exec(13, 1001), 2);
}

TEST(ProcessDepth, OfOnesThatRanMoreThanIsRemembered) {
  Table x;
  log_in(x);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(x.exec(11, 200 + i * 20), i);
  x.fork(12, 11, 201 + 99 * 20);
  EXPECT_EQ(x.exec(12, 202 + 99 * 20), 100);
}

// ------------------------------------------------------------------ programs

TEST(ProcessProgram, OfTheLastExecItsOwnOrItsParents) {
  Table x;
  log_in(x);
  EXPECT_EQ(x.program(11, 111), "") << "sshd was found: no record said what it is";
  x.exec(11, 111, "/bin/bash");
  EXPECT_EQ(x.program(11, 112), "/bin/bash");
  x.fork(12, 11, 120);
  EXPECT_EQ(x.program(12, 121), "/bin/bash");
  x.exec(11, 130, "/bin/zsh");
  EXPECT_EQ(x.program(11, 131), "/bin/zsh");
  EXPECT_EQ(x.program(12, 131), "/bin/bash") << "as it was when it was born";
  x.exec(12, 140, "/bin/ls", 3, false);
  EXPECT_EQ(x.program(12, 141), "/bin/bash");
  EXPECT_EQ(x.program(99, 141), "");
}

TEST(ProcessProgram, OutlivesTheParentAndARestart) {
  Table x;
  log_in(x);
  x.exec(11, 111, "/usr/sbin/sshd");
  x.fork(12, 11, 120);
  x.restart();
  EXPECT_EQ(x.program(12, 121), "/usr/sbin/sshd");
  x.exit(11, 130);
  x.t.tick(at_ms(10'000));
  x.t.tick(at_ms(20'000));
  EXPECT_EQ(x.t.find(11, 125 * kMs), nullptr);
  EXPECT_EQ(x.program(12, 20'000), "/usr/sbin/sshd");
  x.restart();
  EXPECT_EQ(x.program(12, 20'000), "/usr/sbin/sshd");
}

TEST(ProcessProgram, AForeignPastIsNotBelieved) {
  Table x;
  log_in(x);
  x.exec(11, 111, "/usr/sbin/sshd");
  // Its birth was lost: what it executed since its parent forked it is not known.
  x.t.add_found(in_proc(12, 11, 150), at_ms(200));
  EXPECT_EQ(x.program(12, 201), "");
}

TEST(ProcessProgram, TooManyAreNotKnown) {
  Table x;
  const std::string prefix(4000, 'p');
  uint32_t pid = 2;
  for (; pid < 2000; ++pid) {
    x.fork(pid, 1, pid);
    x.exec(pid, pid, prefix + std::to_string(pid));
  }
  EXPECT_EQ(x.program(2, 5000), prefix + "2");
  EXPECT_EQ(x.program(1999, 5000), "");
  for (uint32_t p = 2; p < 1000; ++p) x.exit(p, 6000);
  x.t.tick(at_ms(10'000));
  x.t.tick(at_ms(20'000));
  x.exec(1999, 20'000, "/bin/true");
  EXPECT_EQ(x.program(1999, 20'001), "/bin/true") << "the others made room";
}

}  // namespace
}  // namespace spoor::agent
