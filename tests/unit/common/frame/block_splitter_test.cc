#include "common/frame/block_splitter.h"

#include <gtest/gtest.h>

#include "common/frame/repack.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

class BlockSplitterTest : public testing::Test {
 protected:
  BlockSplitterTest() {
    FrameWriter::Place place = sample_place();
    for (size_t i = 1; i <= 20; ++i) {
      const SealedFrame frame = seal_events(sample_events(i), place);
      place = place_after(place, frame);
      blocks_.push_back(frame.block);
    }
    std::vector<ByteView> views;
    for (const std::string& block : blocks_) views.push_back(as_bytes(block));
    joined_ = repack(views, 3).value();
  }

  std::vector<std::string> blocks_;
  std::string joined_;
};

TEST_F(BlockSplitterTest, GivesBackEachFrame) {
  const BlockSplitter splitter = BlockSplitter::open(as_bytes(joined_)).value();
  ASSERT_EQ(splitter.frames(), blocks_.size());
  for (size_t i = 0; i < blocks_.size(); ++i) {
    EXPECT_EQ(describe_block(splitter.frame(i).value()), describe_block(blocks_[i]));
    EXPECT_EQ(splitter.head(i).chain, read_block_outside(as_bytes(blocks_[i]))->frames[0].chain);
  }
}

TEST_F(BlockSplitterTest, TextStaysRetiredAndEventsErased) {
  const std::string erased = erase_event(as_bytes(joined_), 4, 2).value();
  const std::string retired = retire_text(as_bytes(erased)).value();
  const BlockSplitter splitter = BlockSplitter::open(as_bytes(retired)).value();
  const std::string block = splitter.frame(4).value();
  const OpenBlock open = OpenBlock::open(as_bytes(block)).value();
  EXPECT_TRUE(open.text_retired());
  EXPECT_FALSE(open.frames()[0].entries[2].fields.has_value());
  EXPECT_TRUE(open.frames()[0].entries[1].fields.has_value());
}

TEST_F(BlockSplitterTest, BytesThatAreNoBlock) {
  for (size_t size = 0; size < joined_.size(); size += 7)
    EXPECT_FALSE(BlockSplitter::open(as_bytes(joined_).first(size)).is_ok());
  for (size_t at = 0; at < joined_.size(); at += 5) {
    std::string other = joined_;
    other[at] = static_cast<char>(other[at] ^ 0x11);
    EXPECT_FALSE(BlockSplitter::open(as_bytes(other)).is_ok()) << at;
  }
}

// Lengths that whoever also made the CRC right has chosen.
TEST_F(BlockSplitterTest, EntriesThatDoNotFitTheirFrames) {
  std::string plain = repack(std::vector<ByteView>{as_bytes(joined_)}, 0).value();
  const size_t fields = kBlockHeaderSize + blocks_.size() * kFrameHeadSize;
  for (size_t at = fields; at < fields + 400; ++at) {
    std::string other = plain;
    other[at] = static_cast<char>(other[at] ^ 0x11);
    const auto splitter = BlockSplitter::open(as_bytes(with_right_crc(other)));
    EXPECT_TRUE(splitter.is_ok() || splitter.code() == Code::corrupt);
  }
  plain.insert(fields, 4, '\0');
  store_le(reinterpret_cast<uint8_t*>(plain.data()) + 4, static_cast<uint32_t>(plain.size()));
  for (const size_t at : {16, 20}) {
    uint8_t* const size = reinterpret_cast<uint8_t*>(plain.data()) + at;
    store_le(size, load_le<uint32_t>(size) + 4);
  }
  EXPECT_EQ(BlockSplitter::open(as_bytes(with_right_crc(plain))).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor
