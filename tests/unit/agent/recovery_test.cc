// Runs of an agent that end anywhere: each goes on where the one before it was, and in the end the
// spool tells of every event and of every loss once.
#include "agent/recovery.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "tests/support/agent_run.h"

namespace spoor::agent {
namespace {

struct Told {
  std::map<uint32_t, int> commands;  // by serial
  std::map<uint32_t, int> ends;      // by pid
  std::map<std::string, int> lines;  // by message
  std::vector<v1::Loss> losses;
  uint64_t recovered = 0;

  explicit Told(Remains& remains) {
    for_each_told(remains, [this](const v1::Event& event) {
      if (event.has_command_started()) ++commands[event.kernel().serial()];
      if (event.has_process_ended()) {
        EXPECT_EQ(event.process_ended().exit_code(), 1u);
        EXPECT_EQ(event.process_ended().command().exec_number(), 1u);
        ++ends[event.process_ended().process().pid()];
      }
      if (event.has_log_message()) ++lines[event.log_message().message()];
      if (event.has_loss()) losses.push_back(event.loss());
      if (event.agent_state().change() == v1::AgentState::CHANGE_RECORDS_RECOVERED) {
        recovered += event.agent_state().count();
      }
    });
  }
  // Of losses of this scope that count this; the serials that they say besides.
  uint64_t lost(v1::Loss::Scope scope, const std::string& unit) const {
    uint64_t count = 0;
    for (const v1::Loss& loss : losses) {
      if (loss.scope() == scope && loss.unit() == unit) count += loss.count();
    }
    return count;
  }
  uint64_t serials() const {
    uint64_t count = lost(v1::Loss::SCOPE_KERNEL, "serials");
    for (const v1::Loss& loss : losses) count += loss.serials();
    return count;
  }
};

void expect_each_once(const std::map<uint32_t, int>& told, size_t wanted, uint32_t seed) {
  EXPECT_EQ(told.size(), wanted) << "seed " << seed;
  for (const auto& [which, times] : told) EXPECT_EQ(times, 1) << "seed " << seed << ": " << which;
}

struct Killed {};

// A session of many commands, with kills wherever the agent can be, and `lose` now and then.
class Storm {
 public:
  Storm(uint32_t seed, std::function<void(Remains&, std::mt19937&)> lose)
      : draw_(seed), lose_(std::move(lose)) {}

  Remains remains;
  uint32_t commands = 0, kills = 0, pairs = 0;

  void play() {
    auto run = start();
    run_command();  // so that there is a first serial, and a state
    run->let_time_pass();
    may_kill_ = true;
    for (int step = 0; step < 500; ++step) {
      if (one_in(3)) run_command();
      if (one_in(3)) log_twice();
      if (one_in(40)) rotate_log();
      if (one_in(30)) lose_(remains, draw_);
      remains.kernel.send(draw_() % 12);
      remains.clock.advance_ns(static_cast<int64_t>(draw_() % 80) * kNsPerMs);
      try {
        run->capture().tick();
        run->write(draw_() % 4);
      } catch (const Killed&) {
        run.reset();
      }
      if (!run || one_in(60)) {  // between two steps, too
        ++kills;
        run.reset();
        run = start();
      }
    }
    may_kill_ = false;
    run_command();  // what is missing before it is known to be
    run->let_time_pass();
    run->stop();
  }

 private:
  void run_command() {
    remains.kernel.run_command(remains.clock.now());
    ++commands;
  }
  // A log may say the same twice at the same time.
  void log_twice() {
    const std::string line =
        "2026-11-05T07:39:12Z web1 sshd[7]: odd line " + std::to_string(pairs++) + "\n";
    std::ofstream(remains.logs / "auth.log", std::ios::app) << line << line;
  }
  void rotate_log() {
    for (int i = ++rotations_; i > 0; --i) {
      const std::string newer = i == 1 ? "auth.log" : "auth.log." + std::to_string(i - 1);
      std::error_code ignored;
      const std::string older = "auth.log." + std::to_string(i);
      std::filesystem::rename(remains.logs / newer, remains.logs / older, ignored);
    }
  }
  bool one_in(uint32_t n) { return draw_() % n == 0; }
  std::unique_ptr<AgentRun> start() {
    while (true) {
      try {
        return std::make_unique<AgentRun>(remains, true, [this] {
          if (may_kill_ && one_in(150)) throw Killed();
        });
      } catch (const Killed&) {
        ++kills;
      }
    }
  }

  std::mt19937 draw_;
  std::function<void(Remains&, std::mt19937&)> lose_;
  bool may_kill_ = false;
  int rotations_ = 0;
};

TEST(RecoveryTest, EndsAnywhereAndTellsEverythingOnce) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    Storm storm(seed, [](Remains&, std::mt19937&) {});
    storm.play();
    EXPECT_GT(storm.kills, 5u);
    const Told told(storm.remains);
    EXPECT_TRUE(told.losses.empty()) << "seed " << seed << ": " << told.losses[0].DebugString();
    expect_each_once(told.commands, storm.commands, seed);
    expect_each_once(told.ends, storm.commands, seed);
    EXPECT_EQ(told.lines.size(), storm.pairs);
    for (const auto& [line, times] : told.lines) EXPECT_EQ(times, 2) << "seed " << seed << line;
  }
}

TEST(RecoveryTest, EndsAnywhereAndTellsEachLossOnce) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    uint64_t serials = 0, refused = 0, dropped = 0;
    Storm storm(seed, [&](Remains& remains, std::mt19937& draw) {
      ToyKernel& kernel = remains.kernel;
      const auto some = [&draw] { return static_cast<uint32_t>(draw() % 5); };
      const uint32_t events = some(), records = some(), drops = some();
      kernel.serial += events;
      serials += events;
      kernel.lost += records;
      refused += records;
      kernel.drops += drops;
      dropped += drops;
    });
    storm.play();
    const Told told(storm.remains);
    EXPECT_EQ(told.serials(), serials) << "seed " << seed;
    EXPECT_EQ(told.lost(v1::Loss::SCOPE_KERNEL, "records"), refused) << "seed " << seed;
    EXPECT_EQ(told.lost(v1::Loss::SCOPE_SOCKET, "records"), dropped) << "seed " << seed;
    expect_each_once(told.commands, storm.commands, seed);
  }
}

TEST(RecoveryTest, WithoutTheSocketsOnlyWhatNobodyReadIsLost) {
  Remains remains;
  ToyKernel& kernel = remains.kernel;
  auto run = std::make_unique<AgentRun>(remains, false);
  run->let_time_pass();
  for (int i = 0; i < 2; ++i) kernel.run_command(remains.clock.now());  // serials 10 and 11
  kernel.send(100);
  run->capture().read();
  run.reset();
  for (int i = 0; i < 3; ++i) kernel.run_command(remains.clock.now());  // 12 to 14
  kernel.forget_waiting();
  run = std::make_unique<AgentRun>(remains, false);
  kernel.run_command(remains.clock.now());
  // It dies before it has saved anything. The next one must not call the gap by another name.
  run->may_save = false;
  for (int i = 0; i < 60; ++i) {
    kernel.send(8);
    remains.clock.advance_ns(25 * kNsPerMs);
    run->capture().tick();
    if (i < 50) run->write(100);
  }
  run = std::make_unique<AgentRun>(remains, true);
  run->let_time_pass();
  run->stop();
  run.reset();
  const Told told(remains);
  EXPECT_EQ(told.commands.size(), 3u);
  ASSERT_EQ(told.losses.size(), 1u);
  EXPECT_EQ(told.losses[0].cause(), v1::Loss::CAUSE_AGENT_DOWN);
  EXPECT_EQ(told.losses[0].count(), 3u);
}

TEST(RecoveryTest, RecordsThatWouldHaveBeenLostAreCountedOnce) {
  Remains remains;
  auto run = std::make_unique<AgentRun>(remains, true);
  run->let_time_pass();
  for (int i = 0; i < 2; ++i) remains.kernel.run_command(remains.clock.now());
  remains.kernel.send(100);
  run->capture().read();
  run = std::make_unique<AgentRun>(remains, true);
  run->let_time_pass();
  run->stop();
  run.reset();
  EXPECT_EQ(Told(remains).recovered, 6u);
}

TEST(RecoveryTest, RingThatWasGivenUpIsAnExactLoss) {
  Remains remains;
  ToyKernel& kernel = remains.kernel;
  auto run = std::make_unique<AgentRun>(remains, true);
  kernel.run_command(remains.clock.now());  // serial 10
  run->let_time_pass();
  for (int i = 0; i < 3; ++i) kernel.run_command(remains.clock.now());  // 11 to 13
  kernel.send(100);
  run->capture().read();
  for (int i = 0; i < 1'000; ++i) {
    run->ring().append(Datagram{1300, std::string(10'000, 'x')});
    run->ring().publish();
  }
  run = std::make_unique<AgentRun>(remains, true);
  kernel.run_command(remains.clock.now());
  run->let_time_pass();
  run->stop();
  run.reset();
  const Told told(remains);
  EXPECT_EQ(told.commands.size(), 2u);
  ASSERT_EQ(told.losses.size(), 1u);
  EXPECT_EQ(told.losses[0].count(), 3u);
}

// The rest of an old socket is read into the ring before the state is restored, and may fill it.
TEST(RecoveryTest, WhatARingHasNoRoomForIsCountedAndTheRestPlayed) {
  constexpr size_t kReadBefore = 10'000;
  for (const size_t rest : {10'000u, 18'000u}) {
    const Host host;
    const Instant start{1'700'000'000 * kNsPerSecond, kNsPerSecond};
    uint64_t played = 0, lost = 0;
    LedgerMark mark;
    ReadRing ring = ReadRing::in_memory();
    Pipeline pipeline(host, WriterPlace(), std::nullopt, [&](PipelineFrame&& frame) {
      mark = frame.mark;
      const auto block = OpenBlock::open(as_bytes(frame.frame.block));
      ASSERT_TRUE(block.is_ok());
      for (const FrameEntry& entry : block->frames()[0].entries) {
        v1::Event event;
        ASSERT_TRUE(event.ParseFromString(std::string(*entry.fields)));
        if (event.has_loss()) lost += event.loss().count();
        else ++played;
      }
    });
    Feed feed(ring, pipeline);
    uint32_t serial = 0;
    const auto read = [&](size_t records) {
      for (; records > 0; --records) {
        const std::string text = "audit(1700000000.001:" + std::to_string(++serial) +
                                 "): op=" + std::string(240, 'x');
        ring.append(Datagram{1305, text});
        ring.publish();
      }
    };
    ring.append(start);
    pipeline.on_record({1305, "audit(1700000000.001:" + std::to_string(++serial) + "): op=x"},
                       start);
    pipeline.on_record({1320, "audit(1700000000.001:1): "}, start);
    pipeline.flush();
    Predecessor before{SavedState(), true, std::nullopt, ToldEvents(host)};
    before.state->ring_id = ring.id();
    before.state->ring_position = ring.position();
    before.state->pipeline = pipeline.save(start);
    before.mark = mark;
    read(kReadBefore);
    const Beginning ours{ring.position(), start};
    read(rest);
    ring.append(ReadingGap());
    ring.publish();
    recover(before, ours, feed);
    pipeline.on_record({1305, "audit(1700000001.001:" + std::to_string(++serial) + "): op=x"},
                       start);
    pipeline.close(start);
    EXPECT_GT(played, 5'000u) << rest;
    EXPECT_EQ(played + lost, kReadBefore + rest + 2) << rest;
    EXPECT_EQ(lost == 0, rest == 10'000u);
  }
}

TEST(RecoveryTest, StateThatIsNoneIsAFreshStart) {
  Remains remains;
  remains.files.put(AgentRun::kStatePath, "nonsense");
  AgentRun run(remains, false);
  remains.kernel.run_command(remains.clock.now());
  run.let_time_pass();
  run.stop();
  const Told told(remains);
  EXPECT_EQ(told.commands.size(), 1u);
  EXPECT_TRUE(told.losses.empty());
  EXPECT_EQ(told.recovered, 0u);
}

TEST(RecoveryTest, FramesAreReadBackOnlyWhereTheyAreNeeded) {
  Remains remains;
  {
    AgentRun run(remains, true);
    remains.kernel.run_command(remains.clock.now());
    run.let_time_pass();
    for (int i = 0; i < 20; ++i) {
      remains.clock.advance_ns(25 * kNsPerMs);
      run.capture().tick();
      run.write(100);
      if (i > 0) continue;  // a state was saved; this is told after it
      remains.kernel.run_command(remains.clock.now());
      remains.kernel.send(100);
    }
  }
  const auto told_by = [&](const ReadRing& ring, bool is_reload) {
    const auto spool = *Spool::open(remains.files, remains.clock, {"/spool"});
    const Predecessor before = find_predecessor(remains.files, AgentRun::kStatePath, *spool, ring,
                                                is_reload, remains.host);
    EXPECT_TRUE(before.state);
    EXPECT_EQ(before.fits, !before.told.is_empty());
    return !before.told.is_empty();
  };
  EXPECT_TRUE(told_by(ReadRing::over(remains.memory.bytes(), remains.host.boot_id), false));
  EXPECT_FALSE(told_by(ReadRing::in_memory(), false)) << "another ring";
  EXPECT_FALSE(told_by(ReadRing::in_memory(), true)) << "that state was not the last one";
}

TEST(RecoveryTest, AReloadNeedsNoRing) {
  Remains remains;
  {
    AgentRun run(remains, true);
    remains.kernel.run_command(remains.clock.now());
    remains.kernel.send(2);
    run.capture().read();
    run.checkpoints().save(true, remains.clock.now());
    run.write(100);
  }
  const auto spool = *Spool::open(remains.files, remains.clock, {"/spool"});
  const ReadRing ring = ReadRing::in_memory();
  const auto fits = [&](bool is_reload) {
    return find_predecessor(remains.files, AgentRun::kStatePath, *spool, ring, is_reload,
                            remains.host)
        .fits;
  };
  EXPECT_TRUE(fits(true));
  EXPECT_FALSE(fits(false)) << "somebody may have read on since";
}

}  // namespace
}  // namespace spoor::agent
