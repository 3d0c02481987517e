#include "agent/saved_state.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

const Id kBoot{1, 2, 3};

SavedState sample() {
  SavedState state;
  PipelineState& p = state.pipeline;
  p.saved = {17, 4};
  p.tables = std::string("tables\0with zero", 16);
  p.typed = "typed";
  p.in_flight = {{1300, "audit(1.0:1): a"}, {1309, std::string("b\nc\0d", 5)}};
  p.losses = std::string("the\0ledger", 10);
  p.sealed[1] = {3, 44};
  p.log_cursors = {{"journal", "s=1"}, {"/var/log/auth.log", ""}};
  state.ring_id = 77;
  state.ring_position = 4096;
  state.drops = {5, 6};
  state.is_last = true;
  return state;
}

TEST(SavedStateTest, ComesBackWhole) {
  const auto back = decode_state(encode_state(sample(), kBoot), kBoot);
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(back->pipeline.saved.boottime_ns, 4);
  EXPECT_EQ(back->pipeline.tables, sample().pipeline.tables);
  EXPECT_EQ(back->pipeline.typed, "typed");
  EXPECT_EQ(back->pipeline.in_flight, sample().pipeline.in_flight);
  EXPECT_EQ(back->pipeline.losses, sample().pipeline.losses);
  EXPECT_EQ(back->pipeline.sealed[1].sequence, 44u);
  EXPECT_EQ(back->pipeline.log_cursors, sample().pipeline.log_cursors);
  EXPECT_EQ(back->ring_id, 77u);
  EXPECT_EQ(back->ring_position, 4096u);
  EXPECT_EQ(back->drops.audit, 5u);
  EXPECT_EQ(back->drops.connector, 6u);
  EXPECT_TRUE(back->is_last);
}

TEST(SavedStateTest, StateOfAnotherBootIsOfNoUse) {
  const Id other{9};
  EXPECT_EQ(decode_state(encode_state(sample(), kBoot), other).code(), Code::not_found);
}

TEST(SavedStateTest, EveryCutAndEveryFlippedByteIsNoticed) {
  const std::string good = encode_state(sample(), kBoot);
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(decode_state(good.substr(0, i), kBoot).is_ok()) << i;
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
    EXPECT_FALSE(decode_state(flipped, kBoot).is_ok()) << i;
  }
}

}  // namespace
}  // namespace spoor::agent
