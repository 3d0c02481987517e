// Runs of an agent that end anywhere: each goes on where the one before it was, and in the end the
// spool tells of every event once.
#include "agent/recovery.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "agent/limits.h"
#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

constexpr const char* kStatePath = "/run/state";

// What the kernel has to tell, in order; the socket between it and the agents.
struct Kernel {
  struct Item {
    std::optional<ProcessMessage> message;
    uint16_t type = 0;
    std::string text;
  };
  std::deque<Item> waiting;
  uint32_t serial = 10, pid = 100;

  void run_command(Instant now) {
    const uint32_t child = pid++;
    const auto id = "audit(" + std::to_string(now.realtime_ns / kNsPerSecond) + "." +
                    std::to_string(now.realtime_ns / kNsPerMs % 1000 + 1000).substr(1) + ":" +
                    std::to_string(serial++) + "): ";
    ProcessMessage fork{ProcessMessage::Kind::fork, child, 50, now.boottime_ns, 0};
    ProcessMessage exit{ProcessMessage::Kind::exit, child, 0, now.boottime_ns + 5, 256};
    waiting.push_back({fork, 0, ""});
    waiting.push_back({std::nullopt, 1300,
                       id + "arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 "
                            "items=0 ppid=50 pid=" + std::to_string(child) +
                            " auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
                            "tty=pts0 ses=3 comm=\"id\" exe=\"/usr/bin/id\" key=\"spoor-x\""});
    waiting.push_back({std::nullopt, 1309, id + "argc=1 a0=\"id\""});
    waiting.push_back({std::nullopt, 1320, id});
    waiting.push_back({exit, 0, ""});
  }
};

// One run: what agent.cc and capture.cc do, without threads.
class AgentRun {
 public:
  AgentRun(FakeFiles& files, FakeClock& clock, ReadRing& ring, bool sockets_kept)
      : files_(files), clock_(clock), ring_(ring) {
    spool_ = *Spool::open(files, clock, {"/spool"});
    WriterPlace place{spool_->epoch(), spool_->nonce(), {}};
    for (size_t i = 0; i < kEventClasses; ++i) {
      const auto& stream = spool_->stream(static_cast<EventClass>(i + 1));
      place.streams[i] = {stream.id, stream.head};
    }
    predecessor_.emplace(find_predecessor(files, kStatePath, *spool_, host_));
    pipeline_ = std::make_unique<Pipeline>(host_, place, std::nullopt, [this](PipelineFrame&& f) {
      EXPECT_TRUE(spool_->append(f.frame).is_ok());
      EXPECT_TRUE(spool_->write_mark(encode_mark(f.mark)).is_ok());
    });
    recovered = recover(*predecessor_, ring_, ring_.position(), sockets_kept, *pipeline_,
                        clock_.now());
  }

  void read(Kernel& kernel, size_t items) {
    const Instant now = clock_.now();
    ring_.append(now);
    ring_.publish();
    for (; items > 0 && !kernel.waiting.empty(); --items) {
      const Kernel::Item item = std::move(kernel.waiting.front());
      kernel.waiting.pop_front();
      if (item.message) {
        ring_.append(*item.message);
        ring_.publish();
        pipeline_->on_process(*item.message, now);
      } else {
        ring_.append(Datagram{item.type, item.text});
        ring_.publish();
        pipeline_->on_record({item.type, item.text}, now);
      }
    }
    if (!kernel.waiting.empty()) return;
    ring_.append(now);
    ring_.append(SocketDrained());
    ring_.publish();
    pipeline_->audit_drained(now);
  }
  void tick() {
    pipeline_->tick(clock_.now());
    if (predecessor_ && predecessor_->told.is_empty()) {
      pipeline_->set_told(nullptr);
      predecessor_.reset();
    }
  }
  bool may_save() const { return !predecessor_; }
  void save() {
    pipeline_->flush();
    const SavedState state{pipeline_->save(clock_.now()), ring_.id(), ring_.position(), 0, 0};
    ASSERT_TRUE(write_file(files_, kStatePath, encode_state(state, host_.boot_id)).is_ok());
    ring_.settle(ring_.position());
  }
  void close() { pipeline_->close(clock_.now()); }

  uint64_t recovered = 0;

 private:
  FakeFiles& files_;
  FakeClock& clock_;
  ReadRing& ring_;
  Host host_;
  std::unique_ptr<Spool> spool_;
  std::optional<Predecessor> predecessor_;
  std::unique_ptr<Pipeline> pipeline_;
};

struct Told {
  std::map<uint32_t, int> commands;  // by serial
  std::map<uint32_t, int> ends;      // by pid
  std::vector<v1::Loss> losses;
};

Told read_spool(FakeFiles& files, FakeClock& clock) {
  Told told;
  const auto spool = *Spool::open(files, clock, {"/spool"});
  for (const auto c : {EventClass::access, EventClass::command}) {
    EXPECT_TRUE(spool->read_after(c, 0, 0, [&](ByteView block) {
      const auto open = OpenBlock::open(block);
      for (const FrameEntry& entry : open->frames()[0].entries) {
        v1::Event event;
        EXPECT_TRUE(event.ParseFromArray(entry.fields->data(),
                                         static_cast<int>(entry.fields->size())));
        if (event.has_command_started()) ++told.commands[event.kernel().serial()];
        if (event.has_process_ended()) {
          EXPECT_EQ(event.process_ended().exit_code(), 1u);
          EXPECT_EQ(event.process_ended().command().exec_number(), 1u);
          ++told.ends[event.process_ended().process().pid()];
        }
        if (event.has_loss()) told.losses.push_back(event.loss());
      }
    }).is_ok());
  }
  return told;
}

class RecoveryTest : public testing::Test {
 protected:
  RecoveryTest() { EXPECT_TRUE(files_.make_folder("/run").is_ok()); }
  // All timers run out.
  void let_time_pass(AgentRun& run, Kernel& kernel) {
    for (int i = 0; i < 100; ++i) {
      run.read(kernel, 1'000);
      clock_.advance_ns(50 * kNsPerMs);
      run.tick();
    }
  }

  FakeFiles files_;
  FakeClock clock_;
  ReadRing ring_ = ReadRing::in_memory();
};

TEST_F(RecoveryTest, EndsAnywhereAndTellsEverythingOnce) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    FakeFiles files;
    ASSERT_TRUE(files.make_folder("/run").is_ok());
    std::mt19937 draw(seed);
    const auto one_in = [&draw](uint32_t n) { return draw() % n == 0; };
    ReadRing ring = ReadRing::in_memory();
    Kernel kernel;
    const uint32_t first = kernel.serial;
    auto run = std::make_unique<AgentRun>(files, clock_, ring, true);
    run->save();
    int crashes = 0;
    for (int step = 0; step < 600; ++step) {
      if (one_in(3)) kernel.run_command(clock_.now());
      run->read(kernel, draw() % 12);
      clock_.advance_ns(static_cast<int64_t>(draw() % 80) * kNsPerMs);
      run->tick();
      if (one_in(40) && run->may_save()) run->save();
      if (one_in(25)) {  // kill -9: only files and ring stay
        run.reset();
        run = std::make_unique<AgentRun>(files, clock_, ring, true);
        ++crashes;
      }
    }
    EXPECT_GT(crashes, 5);
    let_time_pass(*run, kernel);
    run->close();
    run.reset();
    const Told told = read_spool(files, clock_);
    EXPECT_TRUE(told.losses.empty()) << "seed " << seed;
    EXPECT_EQ(told.commands.size(), kernel.serial - first) << "seed " << seed;
    EXPECT_EQ(told.ends.size(), kernel.serial - first) << "seed " << seed;
    for (const auto& [serial, times] : told.commands) EXPECT_EQ(times, 1) << seed << " " << serial;
    for (const auto& [pid, times] : told.ends) EXPECT_EQ(times, 1) << seed << " " << pid;
  }
}

TEST_F(RecoveryTest, WithoutTheSocketsOnlyWhatNobodyReadIsLost) {
  Kernel kernel;
  auto run = std::make_unique<AgentRun>(files_, clock_, ring_, false);
  run->save();
  for (int i = 0; i < 4; ++i) kernel.run_command(clock_.now());  // serials 10 to 13
  run->read(kernel, 1'000);
  run.reset();
  for (int i = 0; i < 3; ++i) kernel.run_command(clock_.now());  // 14 to 16
  kernel.waiting.clear();
  run = std::make_unique<AgentRun>(files_, clock_, ring_, false);
  EXPECT_EQ(run->recovered, 12u);
  kernel.run_command(clock_.now());
  let_time_pass(*run, kernel);
  run->close();
  run.reset();
  const Told told = read_spool(files_, clock_);
  EXPECT_EQ(told.commands.size(), 5u);
  ASSERT_EQ(told.losses.size(), 1u);
  EXPECT_EQ(told.losses[0].cause(), v1::Loss::CAUSE_AGENT_DOWN);
  EXPECT_EQ(told.losses[0].count(), 3u);
}

TEST_F(RecoveryTest, RingThatWasGivenUpIsAnExactLoss) {
  Kernel kernel;
  auto run = std::make_unique<AgentRun>(files_, clock_, ring_, true);
  run->save();
  kernel.run_command(clock_.now());
  run->read(kernel, 1'000);
  clock_.advance_ns(kNsPerSecond);
  run->tick();                                                   // serial 10 is in the spool
  for (int i = 0; i < 3; ++i) kernel.run_command(clock_.now());  // 11 to 13
  run->read(kernel, 1'000);
  run.reset();
  for (int i = 0; i < 1'000; ++i) {
    ring_.append(Datagram{1300, std::string(10'000, 'x')});
    ring_.publish();
  }
  run = std::make_unique<AgentRun>(files_, clock_, ring_, true);
  kernel.run_command(clock_.now());
  let_time_pass(*run, kernel);
  run->close();
  run.reset();
  const Told told = read_spool(files_, clock_);
  EXPECT_EQ(told.commands.size(), 2u);
  ASSERT_EQ(told.losses.size(), 1u);
  EXPECT_EQ(told.losses[0].count(), 3u);
}

TEST_F(RecoveryTest, StateThatIsNoneIsAFreshStart) {
  files_.put(kStatePath, "nonsense");
  Kernel kernel;
  auto run = std::make_unique<AgentRun>(files_, clock_, ring_, false);
  EXPECT_EQ(run->recovered, 0u);
  kernel.run_command(clock_.now());
  let_time_pass(*run, kernel);
  run->close();
  run.reset();
  const Told told = read_spool(files_, clock_);
  EXPECT_EQ(told.commands.size(), 1u);
  EXPECT_TRUE(told.losses.empty());
}

}  // namespace
}  // namespace spoor::agent
