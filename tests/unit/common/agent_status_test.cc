#include "common/agent_status.h"

#include <gtest/gtest.h>

#include <limits>

namespace spoor {
namespace {

AgentStatus largest() {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  AgentStatus status;
  status.counter = status.events = status.lost = status.kernel_lost = kMost;
  status.kernel_backlog = status.queue_bytes = kMost;
  status.spool_bytes = status.spool_bytes_max = kMost;
  status.boot_id.fill(0xfe);
  status.rules.fill(0xab);
  status.written = {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  status.spool_state = SpoolState::disk_full;
  status.version = std::string(64, 'v');
  return status;
}

TEST(AgentStatusTest, TheLargestFitsAndComesBack) {
  const std::string text = encode_agent_status(largest());
  EXPECT_LE(text.size(), kAgentStatusBytesMax);
  const auto back = decode_agent_status(text);
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(encode_agent_status(*back), text);
  EXPECT_EQ(back->written.realtime_ns, largest().written.realtime_ns);
  EXPECT_EQ(back->spool_state, SpoolState::disk_full);
  EXPECT_EQ(back->rules, largest().rules);
}

TEST(AgentStatusTest, EveryCutIsRefused) {
  const std::string text = encode_agent_status(largest());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(decode_agent_status(text.substr(0, size)).code(), Code::invalid) << size;
  }
}

TEST(AgentStatusTest, OtherTextIsRefused) {
  const std::string good = encode_agent_status(largest());
  std::string negative = good;
  negative.replace(negative.find("lost 1"), 6, "lost -");
  std::string state = good;
  state.replace(state.find("disk_full"), 9, "disk_fuel");
  for (const std::string& bad : {good + "\n", "\n" + good, negative, state, std::string(),
                                 std::string(kAgentStatusBytesMax + 1, 'a')}) {
    EXPECT_FALSE(decode_agent_status(bad).is_ok());
  }
}

// A build may be called anything.
TEST(AgentStatusTest, AVersionOfAnyLengthIsCut) {
  AgentStatus status = largest();
  status.version = std::string(1000, 'v');
  EXPECT_EQ(decode_agent_status(encode_agent_status(status))->version.size(), 64u);
}

}  // namespace
}  // namespace spoor
