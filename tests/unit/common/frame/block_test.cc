#include "common/frame/block.h"

#include <gtest/gtest.h>

#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

std::vector<SaltedHead> heads_of(const std::string& block) {
  return split_block(as_bytes(block))->heads;
}

TEST(Block, BytesLieWhereTheSpecificationSays) {
  const SealedFrame frame = seal_events({{"fields", "text", 1, 0, 1}}, sample_place());
  const std::string& block = frame.block;
  const uint8_t* p = as_bytes(block).data();
  EXPECT_EQ(block.substr(0, 4), "SPB1");
  EXPECT_EQ(load_le<uint32_t>(p + 4), block.size());
  EXPECT_EQ(load_le<uint16_t>(p + 12), 1);
  EXPECT_EQ(p[14], 0);
  EXPECT_EQ(p[15], 0);
  EXPECT_EQ(load_le<uint32_t>(p + 16), 10u);
  EXPECT_EQ(load_le<uint32_t>(p + 20), 10u);
  EXPECT_EQ(load_le<uint32_t>(p + 24), 8u);
  EXPECT_EQ(load_le<uint32_t>(p + 28), 8u);
  EXPECT_EQ(block.substr(32, 32), std::string(32, '\0'));
  EXPECT_EQ(block.substr(64, 232), encode_header(frame.header));
  EXPECT_EQ(block.substr(296, 32), as_text(frame.chain));
  EXPECT_EQ(block.substr(328, 16), as_text(sample_id(0xC0)));
  EXPECT_EQ(block.substr(344, 10), std::string("\x06\0\0\0fields", 10));
  EXPECT_EQ(block.substr(354), std::string("\x04\0\0\0text", 8));
}

TEST(Entry, ComesBackAndRefusesToBeCut) {
  Hash hash;
  hash.fill(7);
  for (const Entry::Mode mode : {Entry::Mode::derived, Entry::Mode::salted, Entry::Mode::erased}) {
    std::string raw;
    append_entry(raw, {mode, hash, mode == Entry::Mode::erased ? "" : "bytes"});
    std::string_view left = raw;
    const Result<Entry> back = take_entry(left);
    ASSERT_TRUE(back.is_ok());
    EXPECT_EQ(back->mode, mode);
    EXPECT_TRUE(left.empty());
    for (size_t n = 0; n < raw.size(); ++n) {
      std::string_view cut(raw.data(), n);
      EXPECT_EQ(take_entry(cut).code(), Code::corrupt) << n;
    }
  }
  std::string_view huge("\xff\xff\xff\x3f and little", 15);
  EXPECT_EQ(take_entry(huge).code(), Code::corrupt);
}

TEST(JoinBlock, KeepsTheLimits) {
  const SealedFrame frame = seal_events(sample_events(8000), sample_place());
  const std::vector<SaltedHead> one = heads_of(frame.block);
  const PackedSection little = pack_section("x", 0);
  const auto many = [&](size_t n) { return std::vector<SaltedHead>(n, one[0]); };
  EXPECT_TRUE(join_block(many(131), little, little).is_ok());
  EXPECT_EQ(join_block(many(132), little, little).code(), Code::full);  // entries: 132 x 8000
  const std::vector<SaltedHead> small =
      heads_of(seal_events(sample_events(1), sample_place()).block);
  EXPECT_TRUE(join_block(std::vector(kBlockFramesMax, small[0]), little, little).is_ok());
  EXPECT_EQ(join_block(std::vector(kBlockFramesMax + 1, small[0]), little, little).code(),
            Code::full);
  PackedSection large = little;
  large.bytes.assign(kBlockBytesMax, 'x');
  EXPECT_EQ(join_block(many(2), large, little).code(), Code::full);
}

TEST(BlockCrc, HoldsOnlyForWholeBlocks) {
  const std::string block = seal_events(sample_events(1), sample_place()).block;
  EXPECT_TRUE(block_crc_holds(as_bytes(block + "more")));
  EXPECT_FALSE(block_crc_holds(as_bytes(block.substr(0, block.size() - 1))));
  EXPECT_FALSE(block_crc_holds(as_bytes("SPB1")));
  EXPECT_FALSE(block_crc_holds({}));
}

}  // namespace
}  // namespace spoor
