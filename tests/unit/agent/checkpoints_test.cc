// What a state is good for: recovery_test.cc. Here is when there is one.
#include "agent/checkpoints.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/support/agent_run.h"

namespace spoor::agent {
namespace {

class CheckpointsTest : public testing::Test {
 protected:
  CheckpointsTest() { run_.emplace(remains_, true); }
  // Ticks until a state is written; after how many ms.
  int64_t ms_until_saved() {
    const std::string before = remains_.files.content(AgentRun::kStatePath);
    const int64_t began_ns = remains_.clock.now().boottime_ns;
    do {
      remains_.clock.advance_ns(25 * kNsPerMs);
      run_->capture().tick();
      run_->write(100);
    } while (remains_.files.content(AgentRun::kStatePath) == before);
    return (remains_.clock.now().boottime_ns - began_ns) / kNsPerMs;
  }
  void read_bytes(size_t bytes) {
    for (const uint64_t from = run_->ring().position(); run_->ring().position() < from + bytes;) {
      run_->ring().append(Datagram{1305, std::string(8'000, 'x')});
      run_->ring().publish();
    }
  }

  Remains remains_;
  std::optional<AgentRun> run_;
};

TEST_F(CheckpointsTest, AtOnceAndThenEveryTenSeconds) {
  EXPECT_EQ(ms_until_saved(), 25);
  EXPECT_EQ(ms_until_saved(), 10'000);
}

TEST_F(CheckpointsTest, SoonerWhereTheRingIsHalfFull) {
  ms_until_saved();
  read_bytes(kReadRingBytes / 2 + 1);
  EXPECT_EQ(ms_until_saved(), 25);
}

TEST_F(CheckpointsTest, NotWhileWhatWasToldMayComeAgain) {
  ms_until_saved();
  run_->pipeline().agent_state({.change = AgentState::Change::backlog_wait, .count = 7},
                               remains_.clock.now());
  run_->pipeline().flush();
  run_->write(100);  // told, in no state, and not to be derived from the ring
  run_.reset();
  run_.emplace(remains_, true);
  EXPECT_TRUE(run_->checkpoints().is_restoring());
  EXPECT_EQ(ms_until_saved(), 3'500);
  EXPECT_FALSE(run_->checkpoints().is_restoring());
}

TEST_F(CheckpointsTest, WhereNothingWasLeftNothingIsRestored) {
  EXPECT_FALSE(run_->checkpoints().is_restoring());
}

}  // namespace
}  // namespace spoor::agent
