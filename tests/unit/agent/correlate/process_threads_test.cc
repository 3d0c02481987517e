// Who has ended, and how, as agent/correlate/process_threads.cc makes it of threads: of messages as
// a kernel (6.18) sent them, and, at the end, of what the kernel here sends.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "agent/correlate/process_table.h"
#include "agent/source/proc_connector.h"
#include "agent/source/read_ring.h"
#include "tests/support/root_only.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::kMs;
using Kind = ProcessMessage::Kind;

class Table {
 public:
  Table() : t([this](const Process& p) { ends.push_back(p); }) {}
  void tell(Kind kind, uint32_t pid, int64_t ms, uint32_t status = 0, uint32_t parent = 1) {
    t.on_message({kind, pid, parent, ms * kMs, status}, at_ms(ms));
  }
  void fork(uint32_t pid, int64_t ms) { tell(Kind::fork, pid, ms); }
  ProcessTable::Command exec(uint32_t pid, int64_t ms) {
    return t.exec({pid, 1, ms * kMs, true, 3, 1000, 0}, at_ms(ms));
  }
  // Ends in words, after everything that waits for it was told.
  std::string told() {
    t.tick(at_ms(1'000'000));
    std::string words;
    for (const Process& p : ends) {
      words += std::to_string(p.ended_ns / kMs) + (p.seen ? "=" : "?") +
               std::to_string(p.wait_status) + " ";
    }
    return words;
  }
  std::vector<Process> ends;
  ProcessTable t;
};

ProcessFound in_proc(uint32_t pid, int64_t birth_ms, uint32_t threads, int64_t counted_ms) {
  ProcessFound found{.pid = pid, .parent_pid = 1, .birth_boottime_ns = birth_ms * kMs};
  found.threads = threads;
  found.counted_ns = counted_ms * kMs;
  return found;
}

// A command with two more threads.
void start(Table& x) {
  x.fork(10, 100);
  x.exec(10, 101);
  x.tell(Kind::thread_fork, 10, 110);
  x.tell(Kind::thread_fork, 10, 111);
}

TEST(ProcessThreads, AProcessEndsWithItsLastThread) {
  Table x;
  start(x);
  x.tell(Kind::exit, 10, 120);
  x.tell(Kind::thread_exit, 10, 130);
  x.t.tick(at_ms(5000));
  EXPECT_TRUE(x.ends.empty());
  EXPECT_EQ(x.exec(10, 6000).command.exec_number, 2u) << "a thread executes another program";
  x.tell(Kind::thread_exit, 10, 7000, 3 << 8);
  EXPECT_EQ(x.told(), "7000=768 ");
}

TEST(ProcessThreads, AThreadThatExecutesLeadsFromThenOn) {
  Table x;
  start(x);
  x.tell(Kind::exit, 10, 120);
  x.tell(Kind::thread_exit, 10, 121);
  x.exec(10, 119);
  x.tell(Kind::thread_fork, 10, 130);
  x.tell(Kind::thread_exit, 10, 140);
  x.tell(Kind::exit, 10, 150, 21 << 8);
  EXPECT_EQ(x.told(), "150=5376 ");
}

// de_thread() may have given the pids their new owners before the leader's end is told.
TEST(ProcessThreads, TheOldLeadersEndIsToldAsAThreads) {
  Table x;
  start(x);
  x.tell(Kind::thread_exit, 10, 120);
  x.tell(Kind::thread_exit, 10, 121);
  x.exec(10, 119);
  x.tell(Kind::exit, 10, 150, 5 << 8);
  EXPECT_EQ(x.told(), "150=1280 ");
}

struct HowItEnds {
  const char* what;
  std::vector<ProcessMessage> messages;
  uint32_t status;
};

TEST(ProcessThreads, StatusAsWaitTellsIt) {
  const auto leader = [](uint32_t status) { return ProcessMessage{Kind::exit, 10, 1, 0, status}; };
  const auto thread = [](uint32_t status) {
    return ProcessMessage{Kind::thread_exit, 10, 0, 0, status};
  };
  const HowItEnds all[] = {
      {"all by themselves", {leader(0), thread(0), thread(0)}, 0},
      {"a thread calls exit(3) after the leader left", {leader(0), thread(0), thread(768)}, 768},
      {"a thread calls exit(3)", {thread(768), thread(768), leader(768)}, 768},
      {"the leader's exit(3) is told first", {leader(768), thread(768), thread(768)}, 768},
      {"a thread left with a code of its own", {thread(0x700), thread(0), leader(0)}, 0},
      {"killed after the leader left", {leader(0), thread(9), thread(9)}, 9},
      {"a thread dumps core", {thread(0x8b), thread(0x0b), leader(0x0b)}, 0x8b},
      {"the same, told last", {leader(0x0b), thread(0x0b), thread(0x8b)}, 0x8b},
  };
  for (const HowItEnds& how : all) {
    Table x;
    start(x);
    int64_t ms = 120;
    for (ProcessMessage message : how.messages) {
      message.boottime_ns = ++ms * kMs;
      x.t.on_message(message, at_ms(ms));
    }
    EXPECT_EQ(x.told(), "123=" + std::to_string(how.status) + " ") << how.what;
  }
}

// Whoever waits may go on, and the pid be used again, before the end is told.
TEST(ProcessThreads, AnEndThatIsToldAfterThePidWasUsedAgain) {
  Table x;
  x.fork(10, 100);
  x.exec(10, 101);
  x.fork(10, 110);
  x.tell(Kind::exit, 10, 111, 7 << 8, 0);
  x.exec(10, 112);
  x.tell(Kind::exit, 10, 120, 9 << 8, 0);
  EXPECT_EQ(x.told(), "110=1792 120=2304 ");
}

TEST(ProcessThreads, AnEndOfBeforeThatIsReadLater) {
  Table x;
  x.fork(10, 100);
  x.exec(10, 101);
  x.fork(10, 110);
  x.exec(10, 130);
  x.tell(Kind::exit, 10, 109, 7 << 8, 1);
  x.tell(Kind::exit, 10, 140, 9 << 8, 1);
  EXPECT_EQ(x.told(), "110=1792 140=2304 ");
}

TEST(ProcessThreads, ThreeLivesBeforeOneEndIsTold) {
  Table x;
  for (const int64_t ms : {100, 110, 120}) {
    x.fork(10, ms);
    x.exec(10, ms + 1);
  }
  x.tell(Kind::exit, 10, 121, 1 << 8, 0);
  x.tell(Kind::exit, 10, 122, 2 << 8, 0);
  x.tell(Kind::exit, 10, 123, 3 << 8, 0);
  EXPECT_EQ(x.told(), "110=256 120=512 123=768 ");
}

TEST(ProcessThreads, AThreadOfTheLifeBeforeIsNoneOfThisOne) {
  Table x;
  start(x);
  x.fork(10, 200);
  x.exec(10, 202);
  x.tell(Kind::thread_exit, 10, 201);
  x.tell(Kind::exit, 10, 300, 4 << 8);
  EXPECT_EQ(x.told(), "200?0 300=1024 ");
}

// ------------------------------------------------------------------ /proc

TEST(ProcessThreads, FoundWithItsThreads) {
  Table x;
  x.t.reconcile(std::vector<ProcessFound>{in_proc(10, 0, 3, 100)}, at_ms(99), at_ms(99));
  x.exec(10, 90);
  // Told before they were counted, read after.
  x.tell(Kind::thread_fork, 10, 80);
  x.tell(Kind::thread_exit, 10, 100);
  x.tell(Kind::thread_fork, 10, 101);
  x.tell(Kind::exit, 10, 102);
  for (const int64_t ms : {103, 104}) x.tell(Kind::thread_exit, 10, ms);
  x.t.tick(at_ms(5000));
  EXPECT_TRUE(x.ends.empty());
  x.tell(Kind::thread_exit, 10, 5001);
  EXPECT_EQ(x.told(), "5001=0 ");
}

TEST(ProcessThreads, FoundAfterItsLeaderLeft) {
  Table x;
  ProcessFound found = in_proc(10, 0, 1, 100);
  found.leader_left = true;
  x.t.reconcile(std::vector<ProcessFound>{found}, at_ms(99), at_ms(99));
  x.exec(10, 90);
  x.tell(Kind::exit, 10, 95);  // it was in the socket still
  x.t.tick(at_ms(5000));
  EXPECT_TRUE(x.ends.empty());
  x.tell(Kind::thread_exit, 10, 5001, 2 << 8);
  EXPECT_EQ(x.told(), "5001=512 ");
}

TEST(ProcessThreads, LostMessagesAreMadeGoodByProc) {
  Table x;
  start(x);  // a third thread's birth is lost
  x.t.reconcile(std::vector<ProcessFound>{in_proc(10, 100, 4, 500)}, at_ms(490), at_ms(510));
  x.tell(Kind::exit, 10, 600);
  for (const int64_t ms : {601, 602}) x.tell(Kind::thread_exit, 10, ms);
  x.t.tick(at_ms(5000));
  EXPECT_TRUE(x.ends.empty());
  x.tell(Kind::thread_exit, 10, 5001);
  EXPECT_EQ(x.told(), "5001=0 ");
}

TEST(ProcessThreads, WhatWasToldSinceProcCountedIsNewer) {
  Table x;
  start(x);
  x.tell(Kind::thread_exit, 10, 505);
  x.t.reconcile(std::vector<ProcessFound>{in_proc(10, 100, 3, 500)}, at_ms(490), at_ms(510));
  x.tell(Kind::exit, 10, 600);
  x.tell(Kind::thread_exit, 10, 601);
  EXPECT_EQ(x.told(), "601=0 ");
}

// A thread's end was lost, and perhaps the one that would tell how the process ended.
TEST(ProcessThreads, GoneFromProcAfterItsLeaderLeft) {
  Table x;
  start(x);
  x.tell(Kind::thread_exit, 10, 150);
  x.tell(Kind::exit, 10, 160, 5 << 8);
  x.t.reconcile(std::vector<ProcessFound>{in_proc(1, 0, 1, 900)}, at_ms(890), at_ms(910));
  EXPECT_EQ(x.told(), "890?1280 ");
}

TEST(ProcessThreads, CountsComeBack) {
  Table x;
  start(x);
  x.tell(Kind::exit, 10, 120, 6 << 8);
  Table back;
  ASSERT_TRUE(back.t.restore(x.t.save()).is_ok());
  back.tell(Kind::thread_exit, 10, 130);
  back.t.tick(at_ms(5000));
  EXPECT_TRUE(back.ends.empty());
  back.tell(Kind::thread_exit, 10, 6000);
  EXPECT_EQ(back.told(), "6000=1536 ");
}

// ------------------------------------------------------------------ the kernel here

// Detached: whoever made it leaves before it ends.
void in_thread(void (*run)()) { std::thread(run).detach(); }
void pause_shortly() { usleep(20'000); }  // decides nothing: any order of the ends is right
// As pthread_exit() ends, less its unwinding through the test.
void leave() { syscall(SYS_exit, 0); }
void execute_shell() {
  execl("/bin/sh", "sh", "-c", "/bin/true; exit 21", static_cast<char*>(nullptr));
  _exit(99);
}

struct Ending {
  const char* what;
  void (*run)();  // in a process of its own
};
const Ending kEndings[] = {
    {"one thread", [] { _exit(7); }},
    {"killed", [] { raise(SIGKILL); }},
    {"the main thread leaves, another one calls exit(3)",
     [] {
       in_thread([] { pause_shortly(); _exit(3); });
       leave();
     }},
    {"all leave by themselves",
     [] {
       for (int i = 0; i < 8; ++i) in_thread(pause_shortly);
       leave();
     }},
    {"killed after the main thread left",
     [] {
       in_thread([] { pause_shortly(); kill(getpid(), SIGKILL); });
       leave();
     }},
    {"the main thread ends the others",
     [] {
       for (int i = 0; i < 8; ++i) in_thread([] { pause(); });
       _exit(5);
     }},
    {"a thread calls exit(6)",
     [] {
       in_thread([] { pause_shortly(); _exit(6); });
       pause();
     }},
    {"a thread executes",
     [] {
       in_thread([] { pause(); });
       in_thread([] { pause_shortly(); execute_shell(); });
       pause();
     }},
    {"a thread executes after the main thread left",
     [] {
       in_thread([] { pause_shortly(); execute_shell(); });
       leave();
     }},
};

TEST(ProcessThreads, AsWaitTellsItHere) {
  SPOOR_NEEDS_ROOT();
  ReadRing ring = ReadRing::in_memory();
  auto connector = ProcConnector::open(ring.connector());
  ASSERT_TRUE(connector.is_ok()) << connector.status().message();
  for (const Ending& ending : kEndings) {
    SCOPED_TRACE(ending.what);
    Table x;
    const pid_t child = fork();
    if (child == 0) {
      alarm(60);
      ending.run();
      _exit(98);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const auto pid = static_cast<uint32_t>(child);
    for (bool ended = false; !ended;) {
      pollfd wait{connector->fd(), POLLIN, 0};
      ASSERT_EQ(poll(&wait, 1, 120'000), 1) << "the end was not told";
      ASSERT_TRUE(connector->receive(0, [&](const ProcessMessage& message) {
        if (message.pid != pid) return;
        x.t.on_message(message, {message.boottime_ns, message.boottime_ns});
        if (message.kind == Kind::fork) {
          x.t.exec({pid, 1, message.boottime_ns, true, 3, 1000, 0}, Instant());
        }
        const Process* process = x.t.find(pid, message.boottime_ns);
        ended = process != nullptr && process->ended;
      }).is_ok());
    }
    x.t.tick(at_ms(INT64_MAX / kMs));
    ASSERT_EQ(x.ends.size(), 1u);
    EXPECT_TRUE(x.ends[0].seen);
    EXPECT_EQ(x.ends[0].wait_status, static_cast<uint32_t>(status));
  }
}

}  // namespace
}  // namespace spoor::agent
