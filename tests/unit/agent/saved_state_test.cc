#include "agent/saved_state.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

const Id kBoot{1, 2, 3};

PipelineState sample() {
  PipelineState state;
  state.tables = std::string("tables\0with zero", 16);
  state.in_flight = {{1300, "audit(1.0:1): a"}, {1309, std::string("b\nc\0d", 5)}};
  state.mark = LedgerMark{kBoot, 5, 9, 7, 3, 1};
  return state;
}

TEST(SavedStateTest, ComesBackWhole) {
  const auto back = decode_state(encode_state(sample(), kBoot), kBoot);
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(back->tables, sample().tables);
  EXPECT_EQ(back->in_flight, sample().in_flight);
  ASSERT_TRUE(back->mark);
  EXPECT_EQ(back->mark->low_water, 7u);
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
