#include "agent/correlate/process_table.h"

#include <random>

#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::kMs;

struct End {
  CommandRef command;
  uint32_t status = 0;
  bool seen = true;
  int64_t ended_ns = 0;
};

class Table {
 public:
  Table() : t([this](const Process& p) {
      ends.push_back({p.last_command(), p.wait_status, p.seen, p.ended_ns});
    }) {}
  void fork(uint32_t pid, uint32_t parent, int64_t ms) {
    t.on_message({ProcessMessage::Kind::fork, pid, parent, ms * kMs, 0}, at_ms(ms));
  }
  void exit(uint32_t pid, int64_t ms, uint32_t status = 0) {
    t.on_message({ProcessMessage::Kind::exit, pid, 0, ms * kMs, status}, at_ms(ms));
  }
  ProcessTable::Command exec(uint32_t pid, int64_t ms, bool success = true, uint32_t ppid = 0) {
    const ProcessTable::Exec e{pid, ppid, ms * kMs, success, 3, 1000, 0};
    const auto command = t.exec(e, at_ms(ms));
    t.exec_told(e);
    return command;
  }
  void drain_and_tick(int64_t ms) {
    t.tick(at_ms(ms));
  }

  std::vector<End> ends;
  ProcessTable t;
};

std::string spelled(const std::optional<CommandRef>& c) {
  if (!c) return "none";
  return std::to_string(c->process.pid) + "@" + std::to_string(c->process.birth_ns / kMs) + "#" +
         std::to_string(c->exec_number);
}

TEST(ProcessTable, ForkExecExit) {
  Table x;
  x.fork(10, 1, 100);
  const auto command = x.exec(10, 99);  // the audit clock is behind
  EXPECT_EQ(spelled(command.command), "10@100#1");
  EXPECT_EQ(spelled(command.parent), "none");
  EXPECT_EQ(command.started_ns, 100 * kMs);
  EXPECT_EQ(command.born_ns, 100 * kMs);
  x.exit(10, 200, 7 << 8);
  x.drain_and_tick(699);
  EXPECT_TRUE(x.ends.empty());
  x.drain_and_tick(700);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_EQ(spelled(x.ends[0].command), "10@100#1");
  EXPECT_EQ(x.ends[0].status, 7u << 8);
  EXPECT_EQ(x.ends[0].ended_ns, 200 * kMs);
  x.drain_and_tick(700 + kEndedKeepNs / kMs);
  EXPECT_EQ(x.t.size(), 0u);
  EXPECT_EQ(x.ends.size(), 1u);
}

TEST(ProcessTable, ExitReadBeforeExec) {
  Table x;
  x.fork(10, 1, 100);
  x.exit(10, 110, 9);
  x.t.tick(at_ms(600));  // the socket was not found empty since the exit's time was up
  EXPECT_TRUE(x.ends.empty());
  EXPECT_EQ(spelled(x.exec(10, 101).command), "10@100#1");
  x.drain_and_tick(5000);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_EQ(x.ends[0].status, 9u);
}

TEST(ProcessTable, AnExecThatComesAfterTheEndWasToldIsEndedToo) {
  Table x;
  x.fork(10, 1, 100);
  x.exit(10, 110, 9);
  x.drain_and_tick(1000);
  EXPECT_TRUE(x.ends.empty());  // no command, no fact
  EXPECT_EQ(spelled(x.exec(10, 101).command), "10@100#1");
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_EQ(x.ends[0].status, 9u);
}

TEST(ProcessTable, PidsAreReused) {
  Table x;
  x.fork(10, 1, 100);
  x.exit(10, 200);
  x.fork(10, 2, 300);
  EXPECT_EQ(spelled(x.exec(10, 150).command), "10@100#1");  // read late
  EXPECT_EQ(spelled(x.exec(10, 295).command), "10@300#1");  // coarse clock
  EXPECT_EQ(spelled(x.exec(10, 200).command), "10@100#2");
  EXPECT_EQ(x.t.find(10, 250 * kMs)->birth_ns, 300 * kMs);  // nobody else lived then
  x.exit(10, 400, 5);
  x.drain_and_tick(1000);
  ASSERT_EQ(x.ends.size(), 2u);
  EXPECT_EQ(spelled(x.ends[0].command), "10@100#2");
  EXPECT_EQ(spelled(x.ends[1].command), "10@300#1");
  EXPECT_EQ(x.ends[1].status, 5u);
}

TEST(ProcessTable, ALostExitIsAnEndUnseen) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 101);
  x.fork(10, 1, 900);
  EXPECT_EQ(spelled(x.exec(10, 901).command), "10@900#1");
  x.drain_and_tick(2000);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_FALSE(x.ends[0].seen);
  EXPECT_EQ(spelled(x.ends[0].command), "10@100#1");
}

TEST(ProcessTable, ExecWithoutFork) {
  Table x;
  const auto first = x.exec(10, 500, true, 7);
  EXPECT_EQ(spelled(first.command), "10@0#1");
  EXPECT_FALSE(first.born_ns);
  EXPECT_EQ(spelled(x.exec(10, 600).command), "10@0#2");
  x.exit(10, 700, 3);
  x.drain_and_tick(2000);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_EQ(x.ends[0].status, 3u);
  // The exit first, and nothing else known.
  x.exit(11, 2500, 4);
  EXPECT_EQ(spelled(x.exec(11, 2400).command), "11@0#1");
  x.drain_and_tick(4000);
  ASSERT_EQ(x.ends.size(), 2u);
  EXPECT_EQ(x.ends[1].status, 4u);
}

TEST(ProcessTable, ForkReadAfterItsExecKeepsTheToldKey) {
  Table x;
  EXPECT_EQ(spelled(x.exec(10, 500).command), "10@0#1");
  x.fork(10, 1, 499);
  EXPECT_EQ(spelled(x.exec(10, 600).command), "10@0#2");
  EXPECT_EQ(x.t.size(), 1u);
  EXPECT_EQ(x.exec(10, 700).born_ns, 499 * kMs);
}

TEST(ProcessTable, AnEventOlderThanAllKnownIncarnations) {
  Table x;
  x.fork(10, 1, 1000);
  EXPECT_EQ(spelled(x.exec(10, 500).command), "10@0#1");
  EXPECT_EQ(spelled(x.exec(10, 1001).command), "10@1000#1");
  EXPECT_EQ(spelled(x.exec(10, 510).command), "10@0#2");
  x.drain_and_tick(3000);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_FALSE(x.ends[0].seen);
}

// The processor that advances the audit clock did not run for a while.
TEST(ProcessTable, AnAuditClockThatStoodStill) {
  Table x;
  x.fork(10, 1, 1000);
  x.exec(10, 1001);
  x.fork(20, 10, 1100);
  x.exit(20, 1130, 7 << 8);
  const auto command = x.exec(20, 1060);
  EXPECT_EQ(spelled(command.command), "20@1100#1");
  EXPECT_EQ(spelled(command.parent), "10@1000#1");
  EXPECT_EQ(command.started_ns, 1100 * kMs);
  EXPECT_EQ(spelled(x.exec(20, 1060).command), "20@1100#2");
  EXPECT_EQ(spelled(x.t.command_at(20, 1060 * kMs)), "20@1100#2");
  EXPECT_EQ(x.t.find(20, 849 * kMs), nullptr) << "no clock stands still for so long";
  x.drain_and_tick(3000);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_TRUE(x.ends[0].seen);
  EXPECT_EQ(x.ends[0].status, 7u << 8);
  EXPECT_EQ(x.t.living(3), 1u);
}

TEST(ProcessTable, ParentIsTheCommandAtTheFork) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 100);
  x.fork(20, 10, 200);
  x.fork(21, 10, 300);
  x.exec(10, 400);  // the shell becomes another program
  x.fork(22, 10, 500);
  EXPECT_EQ(spelled(x.exec(20, 450).parent), "10@100#1");
  EXPECT_EQ(spelled(x.exec(22, 500).parent), "10@100#2");
  EXPECT_EQ(spelled(x.exec(21, 600).parent), "10@100#1");
  EXPECT_EQ(spelled(x.exec(21, 700).parent), "21@300#1");  // exec after exec
}

TEST(ProcessTable, ParentsExecReadAfterTheChildsFork) {
  Table x;
  x.fork(10, 1, 100);
  x.fork(20, 10, 150);
  x.exec(10, 100);
  EXPECT_EQ(spelled(x.exec(20, 160).parent), "10@100#1");
}

TEST(ProcessTable, DoubleForkAndEndedParents) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 100);
  x.fork(20, 10, 200);   // subshell
  x.fork(30, 20, 210);   // daemon
  x.exit(20, 220);
  x.drain_and_tick(10'000);
  x.drain_and_tick(20'000);
  EXPECT_EQ(x.t.size(), 2u);  // the subshell is forgotten
  EXPECT_EQ(spelled(x.exec(30, 20'000).parent), "10@100#1");
  // The shell goes as well; what the daemon starts still comes from the daemon.
  x.exit(10, 20'100);
  x.drain_and_tick(30'000);
  x.drain_and_tick(40'000);
  x.fork(40, 30, 40'000);
  EXPECT_EQ(spelled(x.exec(40, 40'001).parent), "30@210#1");
}

TEST(ProcessTable, ChainsOfDyingParentsDoNotGrow) {
  Table x;
  x.fork(2, 1, 0);
  x.exec(2, 1);
  for (uint32_t i = 3; i < 20'000; ++i) {
    x.fork(i, i - 1, i);
    if (i > 3) x.exit(i - 1, i);
    x.drain_and_tick(i);
  }
  EXPECT_LT(x.t.size(), 4000u);
  EXPECT_EQ(spelled(x.exec(19'999, 20'000).parent), "2@0#1");
}

TEST(ProcessTable, FailedExecsAreNobodysParent) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 100);
  x.fork(20, 10, 200);
  EXPECT_EQ(spelled(x.exec(20, 201, false).command), "20@200#1");
  const auto found = x.exec(20, 202);
  EXPECT_EQ(spelled(found.command), "20@200#2");
  EXPECT_EQ(spelled(found.parent), "10@100#1");
  x.exec(20, 203, false);
  x.exit(20, 300, 127 << 8);
  x.fork(30, 10, 300);
  x.exec(30, 301, false);
  x.exit(30, 310, 127 << 8);
  x.drain_and_tick(2000);
  ASSERT_EQ(x.ends.size(), 2u);
  EXPECT_EQ(spelled(x.ends[0].command), "20@200#2");
  EXPECT_EQ(spelled(x.ends[1].command), "30@300#1");
}

TEST(ProcessTable, ManyExecsOfOneProcessAreBounded) {
  Table x;
  x.fork(10, 1, 0);
  x.fork(20, 10, 5);
  for (int i = 1; i <= 1000; ++i) x.exec(10, i * 100);
  x.fork(30, 10, 100'050);
  EXPECT_EQ(spelled(x.exec(30, 100'051).parent), "10@0#1000");
  EXPECT_NE(spelled(x.exec(20, 100'052).parent), "none");  // one of the forgotten
  EXPECT_LE(x.t.find(10, 100'100 * kMs)->execs.size(), kExecsKeptMax);
}

TEST(ProcessTable, LoginMarksTheProcess) {
  Table x;
  x.fork(10, 1, 100);
  EXPECT_EQ(x.t.login(10, 101 * kMs, 5, 1000).birth_ns, 100 * kMs);
  EXPECT_EQ(x.t.find(10, 101 * kMs)->ses, 5u);
  EXPECT_EQ(x.t.login(11, 101 * kMs, 5, 1000).birth_ns, 0);
}

// Who gives his login uid up stays in his session, and so does what he forks and executes.
TEST(ProcessTable, WhoGivesUpHisLoginUidStaysInHisSession) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 105);  // in session 3
  x.fork(20, 10, 120);
  x.fork(21, 20, 140);  // read before what it is born behind
  EXPECT_EQ(x.t.give_up(20, 130 * kMs, 3).birth_ns, 120 * kMs);
  x.fork(22, 20, 150);
  EXPECT_EQ(x.t.living(3), 4u);
  EXPECT_EQ(x.t.find(10, 200 * kMs)->auid, 1000u);
  const auto executed = x.t.exec({22, 20, 160 * kMs, true, kUnsetId, kUnsetId, 0}, at_ms(160));
  EXPECT_EQ(spelled(executed.command), "22@150#1");
  ProcessTable back([](const Process&) {});
  ASSERT_TRUE(back.restore(x.t.save()).is_ok());
  for (const ProcessTable* table : {&x.t, &back}) {
    EXPECT_EQ(table->living(3), 4u);
    for (const uint32_t pid : {20u, 21u, 22u}) {
      EXPECT_EQ(table->find(pid, 200 * kMs)->ses, 3u) << pid;
      EXPECT_EQ(table->find(pid, 200 * kMs)->auid, kUnsetId) << pid;
    }
    EXPECT_EQ(table->find(22, 200 * kMs)->execs.back().auid, kUnsetId);
    EXPECT_EQ(table->find(10, 200 * kMs)->execs.back().auid, 1000u);
  }
  EXPECT_EQ(x.t.give_up(99, 130 * kMs, 3).birth_ns, 0);
  // The kernel knows the session where we do not; who gives up again has none to name.
  x.fork(30, 1, 300);
  x.t.give_up(30, 310 * kMs, 7);
  x.t.give_up(30, 320 * kMs, std::nullopt);
  EXPECT_EQ(x.t.living(7), 1u);
}

TEST(ProcessTable, LeaderGoneBeforeItsThreads) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 101);
  x.exit(10, 200, 0);
  x.exit(10, 400, 6);
  x.drain_and_tick(2000);
  ASSERT_EQ(x.ends.size(), 1u);
  EXPECT_EQ(x.ends[0].ended_ns, 400 * kMs);
  EXPECT_EQ(x.ends[0].status, 6u);
}

TEST(ProcessTable, FullOfEndedOnes) {
  Table x;
  for (uint32_t i = 1; i <= kProcessesMax + 1000; ++i) {
    x.fork(i, 0, i);
    x.exec(i, i);
    x.exit(i, i);  // the audit socket is never empty
  }
  EXPECT_EQ(x.t.size(), kProcessesMax);
  ASSERT_EQ(x.ends.size(), 1000u);  // told before they went
  EXPECT_EQ(spelled(x.ends[0].command), "1@1#1");
}

TEST(ProcessTable, FullOfLivingOnes) {
  Table x;
  x.fork(1, 0, 1);
  x.exec(1, 1);
  for (uint32_t i = 2; i <= kProcessesMax + 5000; ++i) x.fork(i, 1, i);
  EXPECT_LE(x.t.size(), kProcessesMax);
  EXPECT_NE(x.t.find(1, 2 * kMs), nullptr);  // it has a command
  EXPECT_EQ(x.t.find(2, 3 * kMs), nullptr);
}

// It was born before a record said of which session its parent is.
TEST(ProcessTable, AChildThatGetsItsSessionFromAForgottenParentLivesInIt) {
  Table x;
  x.fork(10, 1, 100);
  x.fork(11, 10, 110);
  x.exec(10, 120);
  x.exit(10, 130);
  x.drain_and_tick(1000);
  EXPECT_EQ(x.t.living(3), 0u);
  x.drain_and_tick(10'000);
  EXPECT_EQ(x.t.find(10, 125 * kMs), nullptr);
  EXPECT_EQ(x.t.living(3), 1u);
  x.exit(11, 10'100);
  EXPECT_EQ(x.t.living(3), 0u);
}

// Whatever is said in whatever order, the table holds together (the sanitizers watch).
TEST(ProcessTable, AnyOrderOfMessagesHolds) {
  std::mt19937 generator(99);
  const auto random = [&] { return static_cast<uint32_t>(generator()); };
  for (int round = 0; round < 50; ++round) {
    Table x;
    int64_t ms = 0;
    for (int i = 0; i < 3000; ++i) {
      ms += random() % 40;
      const uint32_t pid = random() % 12, other = random() % 12;
      const int64_t when = std::max<int64_t>(0, ms - static_cast<int64_t>(random() % 3000));
      switch (random() % 9) {
        case 0:
        case 1: x.fork(pid, other, when); break;
        case 2: x.exit(pid, when); break;
        case 3:
        case 4: x.exec(pid, when, random() % 4 != 0, other); break;
        case 5: x.t.login(pid, when * kMs, random() % 3, 1000); break;
        case 6: x.drain_and_tick(ms); break;
        case 7:
          x.t.give_up(pid, when * kMs, other < 3 ? std::nullopt : std::optional(other));
          break;
        default:
          x.t.add_found({pid, other, when * kMs, kUnsetId, kUnsetId}, at_ms(ms));
      }
      if (i % 500 == 0) {
        Table back;
        ASSERT_TRUE(back.t.restore(x.t.save()).is_ok());
      }
    }
    x.drain_and_tick(ms + 10'000);
    x.drain_and_tick(ms + 20'000);
  }
}

TEST(ProcessTable, LivingProcessesOfASession) {
  Table x;
  std::vector<uint32_t> left;
  x.t.set_session_left([&](const Process& last) { left.push_back(last.ses); });
  x.fork(10, 1, 100);
  EXPECT_EQ(x.t.living(3), 0u);
  x.exec(10, 101);  // in session 3
  x.fork(11, 10, 110);
  x.fork(12, 11, 120);
  EXPECT_EQ(x.t.living(3), 3u);
  x.t.login(12, 130 * kMs, 4, 1001);
  EXPECT_EQ(x.t.living(3), 2u);
  EXPECT_EQ(x.t.living(4), 1u);
  ProcessTable back([](const Process&) {});
  ASSERT_TRUE(back.restore(x.t.save()).is_ok());
  EXPECT_EQ(back.living(3), 2u);
  EXPECT_EQ(back.living(4), 1u);
  x.exit(10, 200);
  x.exit(12, 210);
  x.drain_and_tick(1000);
  EXPECT_EQ(left, (std::vector<uint32_t>{4}));
  x.exit(11, 1100);
  EXPECT_EQ(x.t.living(3), 0u);
  EXPECT_EQ(left.size(), 1u) << "its end is not told yet";
  x.drain_and_tick(2000);
  EXPECT_EQ(left, (std::vector<uint32_t>{4, 3}));
}

TEST(ProcessTable, ProgramsAsAuditToldOfThem) {
  Table x;
  const auto run = [&](uint32_t pid, int64_t ms, std::string_view program, bool success = true) {
    x.t.exec({pid, 0, ms * kMs, success, 3, 1000, 0, program}, at_ms(ms));
  };
  x.fork(10, 1, 100);
  EXPECT_EQ(x.t.program(10, 105 * kMs), "");
  run(10, 110, "/bin/sh");
  x.fork(11, 10, 120);
  EXPECT_EQ(x.t.program(11, 125 * kMs), "/bin/sh") << "as it was born";
  run(11, 130, "/bin/no", false);
  run(11, 140, "/bin/ls");
  EXPECT_EQ(x.t.program(11, 150 * kMs), "/bin/ls");
  EXPECT_EQ(x.t.program(10, 150 * kMs), "/bin/sh");
  EXPECT_EQ(x.t.program(12, 150 * kMs), "");
}

}  // namespace
}  // namespace spoor::agent
