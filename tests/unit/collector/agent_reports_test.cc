#include "collector/agent_reports.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(AgentReports, SayWhatTheStatusSays) {
  LastStatus last;
  last.agent = "web1";
  last.received = {10, 20};
  last.status.set_uplink_realtime_ns(1);
  last.status.set_uplink_boottime_ns(2);
  last.status.set_agent_counter(3);
  last.status.set_agent_boottime_ns(12);
  last.status.set_events_total(4);
  last.status.set_lost_total(5);
  last.status.set_kernel_lost(6);
  last.status.set_spool_bytes(7);
  last.status.set_spool_bytes_max(8);
  last.status.set_spool_frames_behind(9);
  last.status.set_oldest_unsent_ns(11);
  last.status.set_agent_version("0.1");
  const auto reports = agent_reports({last});
  ASSERT_EQ(reports.size(), 1u);
  const AgentReport& report = reports.front();
  EXPECT_EQ(report.agent, "web1");
  EXPECT_EQ(report.received.boottime_ns, 20);
  EXPECT_EQ(report.host.realtime_ns, 1);
  EXPECT_EQ(report.host.boottime_ns, 2);
  EXPECT_EQ(report.counter, 3u);
  EXPECT_EQ(report.counted_ns, 12);
  EXPECT_EQ(report.events, 4u);
  EXPECT_EQ(report.lost, 5u);
  EXPECT_EQ(report.kernel_lost, 6u);
  EXPECT_EQ(report.spool_bytes, 7u);
  EXPECT_EQ(report.spool_bytes_max, 8u);
  EXPECT_EQ(report.frames_behind, 9u);
  EXPECT_EQ(report.oldest_unsent_ns, 11);
  EXPECT_EQ(report.version, "0.1");
}

// A spool whose agent wrote no status is not one that loses events.
TEST(AgentReports, OnlyATroubledSpoolCannotKeep) {
  const std::pair<v1::Status::SpoolState, bool> states[] = {
      {v1::Status::SPOOL_UNKNOWN, false}, {v1::Status::SPOOL_OK, false},
      {v1::Status::SPOOL_FULL, true},     {v1::Status::SPOOL_DISK_FULL, true},
      {v1::Status::SPOOL_IO_ERROR, true}};
  for (const auto& [state, cannot_keep] : states) {
    LastStatus last;
    last.status.set_spool_state(state);
    EXPECT_EQ(agent_reports({last}).front().spool_cannot_keep, cannot_keep) << state;
  }
}

}  // namespace
}  // namespace spoor::collector
