#include "agent/status_file.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

class StatusFileTest : public ::testing::Test {
 protected:
  StatusFileTest() { EXPECT_TRUE(files_.make_folder("/spool").is_ok()); }
  AgentStatus read() { return *decode_agent_status(files_.content("/spool/status")); }
  FakeFiles files_;
  FakeClock clock_;
  Id boot_{1};
};

TEST_F(StatusFileTest, SaysWhatBothThreadsKnow) {
  StatusFile file(files_, "/spool/status", boot_);
  Hash rules;
  rules.fill(9);
  file.set({3, 4, 5, rules});
  ASSERT_TRUE(
      file.write_due({10, 20, 30, 40, SpoolState::disk_full}, clock_.now()).is_ok());
  const AgentStatus status = read();
  EXPECT_EQ(status.counter, 1u);
  EXPECT_EQ(status.boot_id, boot_);
  EXPECT_EQ(status.written.realtime_ns, clock_.now().realtime_ns);
  EXPECT_EQ(status.lost, 3u);
  EXPECT_EQ(status.kernel_lost, 4u);
  EXPECT_EQ(status.kernel_backlog, 5u);
  EXPECT_EQ(status.rules, rules);
  EXPECT_EQ(status.events, 10u);
  EXPECT_EQ(status.queue_bytes, 20u);
  EXPECT_EQ(status.spool_bytes, 30u);
  EXPECT_EQ(status.spool_bytes_max, 40u);
  EXPECT_EQ(status.spool_state, SpoolState::disk_full);
  EXPECT_EQ(status.version, SPOOR_VERSION);
}

TEST_F(StatusFileTest, IsWrittenEveryFiveSeconds) {
  StatusFile file(files_, "/spool/status", boot_);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(file.write_due({}, clock_.now()).is_ok());
    clock_.advance_ns(kNsPerSecond / 10);
  }
  EXPECT_EQ(read().counter, 2u);
  ASSERT_TRUE(file.write_due({}, clock_.now(), true).is_ok());
  EXPECT_EQ(read().counter, 3u);
}

TEST_F(StatusFileTest, CounterGrowsOverRestartsAndEventsOverThoseOfABoot) {
  for (const auto& [boot, events] : {std::pair(Id{1}, 5u), {Id{1}, 10u}, {Id{2}, 5u}}) {
    const uint64_t counter = files_.exists("/spool/status") ? read().counter : 0;
    StatusFile file(files_, "/spool/status", boot);
    ASSERT_TRUE(file.write_due({.events = 5}, clock_.now()).is_ok());
    EXPECT_EQ(read().counter, counter + 1);
    EXPECT_EQ(read().events, events);
  }
}

TEST_F(StatusFileTest, DamagedFileIsBegunAnew) {
  files_.put("/spool/status", "spoor-status 1\ncounter 77\n");
  StatusFile file(files_, "/spool/status", boot_);
  ASSERT_TRUE(file.write_due({}, clock_.now()).is_ok());
  EXPECT_EQ(read().counter, 1u);
}

}  // namespace
}  // namespace spoor::agent
