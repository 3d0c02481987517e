// Saving, restoring and reconciling of agent/correlate/process_restart.cc.
#include <random>

#include "agent/correlate/blob.h"
#include "agent/correlate/process_table.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::kMs;

class Table {
 public:
  Table() : t([this](const Process& p) { ends.push_back(p); }) {}
  void fork(uint32_t pid, uint32_t parent, int64_t ms) {
    t.on_message({ProcessMessage::Kind::fork, pid, parent, ms * kMs, 0}, at_ms(ms));
  }
  void exit(uint32_t pid, int64_t ms, uint32_t status) {
    t.on_message({ProcessMessage::Kind::exit, pid, 0, ms * kMs, status}, at_ms(ms));
  }
  ProcessTable::Command exec(uint32_t pid, int64_t ms) {
    return t.exec({pid, 0, ms * kMs, true, 3, 1000, 0}, at_ms(ms));
  }
  void drain_and_tick(int64_t ms) {
    t.tick(at_ms(ms));
  }
  std::vector<Process> ends;
  ProcessTable t;
};

ProcessFound in_proc(uint32_t pid, uint32_t parent, int64_t ms, uint32_t ses = kUnsetId) {
  return {pid, parent, ms / 10 * 10 * kMs, ses == kUnsetId ? kUnsetId : 1000, ses};
}

// init, an ssh daemon, a session's shell with a child that has not executed yet, an ended command.
void fill(Table& x) {
  x.t.reconcile(std::vector<ProcessFound>{in_proc(1, 0, 0), in_proc(5, 1, 50)}, at_ms(60),
                at_ms(60));
  x.fork(10, 5, 103);
  x.exec(10, 104);
  x.exec(10, 105);
  x.fork(20, 10, 207);
  x.fork(30, 10, 300);
  x.exec(30, 301);
  x.exit(30, 310, 7 << 8);
  x.fork(90, 5, 400);  // of no session, without a command, but its birth was seen
}

TEST(ProcessRestart, ComesBackAsItWas) {
  Table x;
  fill(x);
  const std::string saved = x.t.save();
  Table back;
  ASSERT_TRUE(back.t.restore(saved).is_ok());
  EXPECT_EQ(back.t.save(), saved);
  EXPECT_EQ(back.t.size(), 6u);
  ASSERT_NE(back.t.find(90, 500 * kMs), nullptr);
  EXPECT_EQ(back.t.find(90, 500 * kMs)->key.birth_ns, 400 * kMs);
  const auto child = back.exec(20, 500);
  EXPECT_EQ(child.command.process.birth_ns, 207 * kMs);
  ASSERT_TRUE(child.parent);
  EXPECT_EQ(child.parent->process.birth_ns, 103 * kMs);
  EXPECT_EQ(child.parent->exec_number, 2u);
  EXPECT_EQ(back.exec(10, 600).command.exec_number, 3u);
  // The end that was not told yet is told by the next agent.
  back.drain_and_tick(5000);
  ASSERT_EQ(back.ends.size(), 1u);
  EXPECT_EQ(back.ends[0].wait_status, 7u << 8);
  EXPECT_TRUE(back.ends[0].seen);
}

// Its exec may be read by the next run.
TEST(ProcessRestart, EndedBeforeItsExecWasReadIsSaved) {
  Table x;
  x.fork(40, 1, 300);
  x.exit(40, 310, 7 << 8);
  Table back;
  ASSERT_TRUE(back.t.restore(x.t.save()).is_ok());
  EXPECT_EQ(back.exec(40, 301).command.process.birth_ns, 300 * kMs);
  back.drain_and_tick(5000);
  ASSERT_EQ(back.ends.size(), 1u);
  EXPECT_EQ(back.ends[0].wait_status, 7u << 8);
}

TEST(ProcessRestart, AChildWhoseParentIsForgottenKeepsItsOrigin) {
  Table x;
  x.fork(10, 1, 100);
  x.exec(10, 101);
  x.fork(20, 10, 200);
  x.t.login(20, 201 * kMs, 3, 1000);
  x.exit(10, 300, 0);
  x.drain_and_tick(1000);  // told, so it is not saved
  Table back;
  ASSERT_TRUE(back.t.restore(x.t.save()).is_ok());
  EXPECT_EQ(back.t.size(), 1u);
  ASSERT_TRUE(back.exec(20, 2000).parent);
}

TEST(ProcessRestart, TornOrAlienIsCorruptAndLeavesNothing) {
  Table x;
  fill(x);
  const std::string saved = x.t.save();
  Table back;
  for (size_t i = 0; i < saved.size(); ++i) {
    ASSERT_EQ(back.t.restore(saved.substr(0, i)).code(), Code::corrupt) << i;
    std::string changed = saved;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    ASSERT_EQ(back.t.restore(changed).code(), Code::corrupt) << i;
    ASSERT_EQ(back.t.size(), 0u);
  }
  EXPECT_EQ(back.t.restore("").code(), Code::corrupt);
  EXPECT_EQ(back.t.restore(std::string(5000, 'x')).code(), Code::corrupt);
  ASSERT_TRUE(back.t.restore(saved).is_ok());
}

// A checksum only tells that the bytes are as written. What is written wrongly must not hurt
// either.
TEST(ProcessRestart, NonsenseUnderAGoodChecksum) {
  Table x;
  fill(x);
  const std::string saved = x.t.save();
  const std::string inside = saved.substr(8, saved.size() - 12);
  const auto head = [&](size_t at) {
    return load_le<uint32_t>(reinterpret_cast<const uint8_t*>(saved.data()) + at);
  };
  std::mt19937 random(5);
  int restored = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = inside;
    for (int n = 0; n < 3; ++n) changed[random() % changed.size()] = static_cast<char>(random());
    if (random() % 4 == 0) changed.resize(random() % changed.size());
    Table back;
    const Status status = back.t.restore(seal_blob(head(0), head(4), changed));
    if (!status.is_ok()) {
      ASSERT_EQ(status.code(), Code::corrupt);
      ASSERT_EQ(back.t.size(), 0u);
      continue;
    }
    ++restored;
    back.exec(20, 500);
    back.exec(30, 500);
    back.drain_and_tick(100'000);
    back.t.reconcile({}, at_ms(100'000), at_ms(100'000));
    back.t.save();
  }
  EXPECT_GT(restored, 100);
}

TEST(ProcessRestart, ReconcileEndsWhoIsGoneOrAnother) {
  Table x;
  x.fork(10, 1, 103);
  x.exec(10, 104);
  x.fork(11, 1, 110);
  x.exec(11, 111);
  x.fork(12, 1, 120);
  x.exec(12, 121);
  x.fork(13, 1, 5000);  // while /proc is read
  x.exec(13, 5001);
  x.t.reconcile(std::vector<ProcessFound>{in_proc(10, 1, 103), in_proc(12, 1, 4000)}, at_ms(4500),
                at_ms(4500));
  x.drain_and_tick(9000);
  ASSERT_EQ(x.ends.size(), 2u);
  for (const Process& p : x.ends) {
    EXPECT_FALSE(p.seen);
    EXPECT_TRUE(p.key.pid == 11 || p.key.pid == 12);
    EXPECT_EQ(p.ended_ns, (p.key.pid == 11 ? 4500 : 4000) * kMs);
  }
  EXPECT_EQ(x.exec(10, 9000).command.process.birth_ns, 103 * kMs);
  EXPECT_EQ(x.exec(10, 9000).command.exec_number, 3u);
  const auto reborn = x.exec(12, 9000).command;
  EXPECT_EQ(reborn.process.birth_ns, 4000 * kMs);
  EXPECT_TRUE(reborn.process.rounded);
  EXPECT_EQ(reborn.exec_number, 1u);
}

TEST(ProcessRestart, FoundThenForkRead) {
  Table x;
  x.t.add_found(in_proc(10, 1, 107), at_ms(110));
  x.fork(10, 1, 107);  // was waiting in the connector's socket
  EXPECT_EQ(x.t.size(), 1u);
  const auto command = x.exec(10, 108).command;
  EXPECT_EQ(command.process.birth_ns, 107 * kMs);
  EXPECT_FALSE(command.process.rounded);
  // The other way round.
  x.fork(11, 1, 207);
  x.t.add_found(in_proc(11, 1, 207), at_ms(210));
  EXPECT_EQ(x.t.size(), 2u);
  EXPECT_FALSE(x.exec(11, 208).command.process.rounded);
  // Ended between the scan and now: it does not rise again.
  x.exit(11, 220, 0);
  x.t.add_found(in_proc(11, 1, 207), at_ms(210));
  EXPECT_TRUE(x.t.find(11, 210 * kMs)->ended);
}

TEST(ProcessRestart, FoundParentsAfterTheirChildren) {
  Table x;
  x.exec(99, 1);
  const std::vector<ProcessFound> found = {in_proc(30, 20, 300), in_proc(20, 10, 200),
                                           in_proc(10, 1, 100), in_proc(99, 1, 0)};
  x.t.reconcile(found, at_ms(400), at_ms(400));
  x.exec(10, 500);
  x.fork(40, 30, 600);
  // 10 executed after 20 was born: what 40 runs came from none of it.
  EXPECT_FALSE(x.exec(40, 601).parent);
  x.fork(50, 10, 700);
  EXPECT_EQ(x.exec(50, 701).parent->process.pid, 10u);
}

}  // namespace
}  // namespace spoor::agent
