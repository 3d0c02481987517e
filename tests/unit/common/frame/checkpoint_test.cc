#include "common/frame/checkpoint.h"

#include <gtest/gtest.h>

#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

Checkpoint sample() {
  Checkpoint checkpoint;
  checkpoint.time_ns = 1'700'000'000'000'000'000;
  for (size_t i = 0; i < kEventClasses; ++i) {
    Checkpoint::Stream& stream = checkpoint.streams[i];
    stream.id = sample_id(static_cast<uint8_t>(16 * i));
    stream.head = {i, 10 * i, {}};
    stream.head.chain.fill(static_cast<uint8_t>(i));
  }
  return checkpoint;
}

TEST(CheckpointTest, SaysWhatWasSigned) {
  const SigningKey key = *SigningKey::generate();
  const std::string entry = *seal_checkpoint(sample(), key);
  ASSERT_EQ(entry.size(), kCheckpointSize);
  const Checkpoint back = *decode_checkpoint(entry);
  EXPECT_TRUE(is_signed(back));
  EXPECT_EQ(back.key, key.public_key());
  EXPECT_EQ(back.time_ns, sample().time_ns);
  for (size_t i = 0; i < kEventClasses; ++i) {
    EXPECT_EQ(back.streams[i].id, sample().streams[i].id);
    EXPECT_EQ(back.streams[i].head.epoch, i);
    EXPECT_EQ(back.streams[i].head.sequence, 10 * i);
    EXPECT_EQ(back.streams[i].head.chain, sample().streams[i].head.chain);
  }
}

TEST(CheckpointTest, EveryByteIsSigned) {
  const std::string entry = *seal_checkpoint(sample(), *SigningKey::generate());
  for (size_t i = 0; i < entry.size(); ++i) {
    std::string changed = entry;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(is_signed(*decode_checkpoint(changed))) << i;
  }
}

TEST(CheckpointTest, AnotherSizeIsNone) {
  const std::string entry = *seal_checkpoint(sample(), *SigningKey::generate());
  EXPECT_EQ(decode_checkpoint(entry.substr(1)).code(), Code::corrupt);
  EXPECT_EQ(decode_checkpoint(entry + "x").code(), Code::corrupt);
  EXPECT_EQ(decode_checkpoint("").code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor
