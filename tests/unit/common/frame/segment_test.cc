#include "common/frame/segment.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"
#include "tests/support/newer_format.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

using State = SegmentScanner::State;

class SegmentTest : public testing::Test {
 protected:
  SegmentTest() {
    FrameWriter::Place place = sample_place();
    for (size_t i = 0; i < 4; ++i) {
      const SealedFrame frame = seal_events(sample_events(i + 1), place);
      place = place_after(place, frame);
      blocks_.push_back(frame.block);
    }
  }
  std::string whole() const {
    std::string out = encode_segment_header();
    for (const std::string& block : blocks_) out += block;
    return out;
  }
  std::unique_ptr<File> file(const std::string& content) {
    files_.put("/s", content);
    return files_.open_append("/s").value();
  }
  // Reads `count` blocks that must be the ones expected, from block `first` on.
  void expect_blocks(SegmentScanner& scanner, size_t first, size_t count) {
    for (size_t i = first; i < first + count; ++i) {
      ASSERT_EQ(scanner.next(), State::block) << i << " " << scanner.status().message();
      EXPECT_EQ(scanner.block(), blocks_[i]);
      EXPECT_EQ(scanner.outside().frames[0].header.entries, i + 1);
    }
  }

  FakeFiles files_;
  std::vector<std::string> blocks_;
};

TEST_F(SegmentTest, ReadsEveryBlockToACleanEnd) {
  const auto f = file(whole());
  SegmentScanner scanner(*f);
  expect_blocks(scanner, 0, 4);
  EXPECT_EQ(scanner.next(), State::end);
  EXPECT_EQ(scanner.offset(), whole().size());
  EXPECT_EQ(scanner.next(), State::end);
}

TEST_F(SegmentTest, BlocksOfANewerFormatAreReadLikeOurs) {
  const SealedFrame ours = seal_events(sample_events(2), sample_place());
  blocks_[1] = of_newer_format(ours).block;
  const auto f = file(whole());
  SegmentScanner scanner(*f);
  expect_blocks(scanner, 0, 4);
  EXPECT_EQ(scanner.next(), State::end);
}

TEST_F(SegmentTest, AnEmptySegmentIsClean) {
  const auto f = file(encode_segment_header());
  SegmentScanner scanner(*f);
  EXPECT_EQ(scanner.next(), State::end);
  EXPECT_EQ(scanner.offset(), kSegmentHeaderSize);
}

TEST_F(SegmentTest, BeginsWhereItIsTold) {
  const auto f = file(whole());
  SegmentScanner scanner(*f, kSegmentHeaderSize + blocks_[0].size());
  expect_blocks(scanner, 1, 3);
  EXPECT_EQ(scanner.next(), State::end);
}

TEST_F(SegmentTest, TornAtEveryLengthKeepsTheBlocksBefore) {
  const std::string content = whole();
  const size_t last = content.size() - blocks_[3].size();
  for (size_t size = 0; size < content.size(); ++size) {
    const auto f = file(content.substr(0, size));
    SegmentScanner scanner(*f);
    State state = scanner.next();
    while (state == State::block) state = scanner.next();
    EXPECT_LE(scanner.offset(), size);
    if (size > last) {
      ASSERT_EQ(state, State::torn) << size;
      ASSERT_EQ(scanner.offset(), last);
    }
    const bool at_a_border = state == State::end;
    ASSERT_TRUE(at_a_border || state == State::torn) << size;
  }
}

// Pages of the last write may reach the disk without the ones before them.
TEST_F(SegmentTest, ATailOfZerosOrWithAHoleIsTorn) {
  for (const size_t from : {size_t{0}, size_t{5}, size_t{400}}) {
    std::string content = whole();
    const size_t last = content.size() - blocks_[3].size();
    content.replace(last + from, content.size() - last - from,
                    std::string(content.size() - last - from, '\0'));
    const auto f = file(content);
    SegmentScanner scanner(*f);
    expect_blocks(scanner, 0, 3);
    EXPECT_EQ(scanner.next(), State::torn) << from;
    EXPECT_EQ(scanner.offset(), last);
  }
}

TEST_F(SegmentTest, AfterTheCutItIsClean) {
  const auto f = file(whole().substr(0, whole().size() - 1));
  SegmentScanner scanner(*f);
  expect_blocks(scanner, 0, 3);
  ASSERT_EQ(scanner.next(), State::torn);
  ASSERT_TRUE(f->truncate(scanner.offset()).is_ok());
  EXPECT_EQ(scanner.next(), State::end);
  ASSERT_TRUE(f->append(blocks_[3]).is_ok());
  expect_blocks(scanner, 3, 1);
}

TEST_F(SegmentTest, FollowsAFileThatGrowsByteByByte) {
  const auto f = file("");
  const std::string content = whole();
  SegmentScanner scanner(*f);
  size_t seen = 0;
  for (size_t i = 0; i < content.size(); ++i) {
    ASSERT_TRUE(f->append(content.substr(i, 1)).is_ok());
    State state = scanner.next();
    while (state == State::block) {
      EXPECT_EQ(scanner.block(), blocks_[seen++]);
      state = scanner.next();
    }
    ASSERT_TRUE(state == State::torn || state == State::end) << i;
  }
  EXPECT_EQ(seen, 4u);
}

// A file that its writer makes longer between a look at its size and a look at its bytes.
class OutgrownFile final : public File {
 public:
  OutgrownFile(File& there, uint64_t size) : there_(there), size_(size) {}
  void catch_up(uint64_t size) { size_ = size; }
  Status read_at(uint64_t offset, size_t size, std::string& out) override {
    return there_.read_at(offset, size, out);
  }
  Result<uint64_t> size() override { return size_; }
  Status append(std::string_view) override { return denied("it is only read"); }
  Status sync() override { return ok(); }
  Status truncate(uint64_t) override { return denied("it is only read"); }

 private:
  File& there_;
  uint64_t size_;
};

// The next block is there by the time it is looked for: that makes no damage of the one before it,
// which was being written.
TEST_F(SegmentTest, NoBlockIsSteppedOverThatWasBeingWritten) {
  const auto f = file(whole());
  const size_t start = kSegmentHeaderSize + blocks_[0].size();
  for (size_t written = 1; written < blocks_[1].size(); ++written) {
    OutgrownFile growing(*f, start + written);
    SegmentScanner scanner(growing);
    expect_blocks(scanner, 0, 1);
    ASSERT_EQ(scanner.next(), State::torn) << written;
    growing.catch_up(whole().size());
    expect_blocks(scanner, 1, 3);
  }
}

// What is damaged in the middle must not cost what comes after it.
TEST_F(SegmentTest, EveryFlippedByteInTheMiddleIsSteppedOver) {
  const size_t start = kSegmentHeaderSize + blocks_[0].size();
  for (size_t i = 0; i < blocks_[1].size(); ++i) {
    std::string content = whole();
    content[start + i] = static_cast<char>(content[start + i] ^ 0x40);
    const auto f = file(content);
    SegmentScanner scanner(*f);
    expect_blocks(scanner, 0, 1);
    ASSERT_EQ(scanner.next(), State::corrupt) << i;
    ASSERT_EQ(scanner.offset(), start);
    ASSERT_EQ(scanner.resume_offset(), start + blocks_[1].size());
    EXPECT_FALSE(scanner.status().is_ok());
    expect_blocks(scanner, 2, 2);
    ASSERT_EQ(scanner.next(), State::end);
  }
}

// The CRC holds, so no write was torn: this must not be cut away as if one had been.
TEST_F(SegmentTest, ALastBlockWithARightCrcIsNeverTorn) {
  std::string last = blocks_[3];
  last[80] = static_cast<char>(last[80] ^ 1);  // in the canonical header
  blocks_[3] = with_right_crc(last);
  const auto f = file(whole());
  SegmentScanner scanner(*f);
  expect_blocks(scanner, 0, 3);
  EXPECT_EQ(scanner.next(), State::corrupt);
  EXPECT_EQ(scanner.resume_offset(), whole().size());
  EXPECT_EQ(scanner.next(), State::end);
}

TEST_F(SegmentTest, FindsTheNextBlockAcrossTheSearchWindow) {
  for (const size_t junk : {(1u << 20) - 2, (1u << 20) - 1, (1u << 20), (1u << 20) + 3}) {
    const auto f = file(encode_segment_header() + std::string(junk, 'S') + blocks_[0]);
    SegmentScanner scanner(*f);
    ASSERT_EQ(scanner.next(), State::corrupt);
    EXPECT_EQ(scanner.resume_offset(), kSegmentHeaderSize + junk);
    expect_blocks(scanner, 0, 1);
  }
}

TEST_F(SegmentTest, ASearchThroughTrapsEnds) {
  std::string traps = "x";
  for (int i = 0; i < 300; ++i) traps += blocks_[0].substr(0, 40);
  const auto f = file(encode_segment_header() + traps + blocks_[0]);
  SegmentScanner scanner(*f);
  EXPECT_EQ(scanner.next(), State::error);
  EXPECT_EQ(scanner.status().code(), Code::corrupt);
}

TEST_F(SegmentTest, DamagedHeaderCostsNoBlock) {
  for (size_t at = 0; at < kSegmentHeaderSize; ++at) {
    std::string damaged = whole();
    damaged[at] ^= 0x10;
    const auto f = file(damaged);
    SegmentScanner scanner(*f);
    EXPECT_EQ(scanner.next(), State::corrupt);
    EXPECT_EQ(scanner.next(), State::block);
    EXPECT_EQ(scanner.offset(), kSegmentHeaderSize + blocks_[0].size());
  }
}

TEST_F(SegmentTest, WrongFilesAndFailingDisksAreErrors) {
  const auto other = file("this is no segment");
  SegmentScanner no_segment(*other);
  EXPECT_EQ(no_segment.next(), State::error);
  EXPECT_EQ(no_segment.status().code(), Code::corrupt);

  std::string newer = whole();
  newer[4] = 2;
  newer[kSegmentHeaderSize] ^= 1;
  const auto f = file(newer);
  SegmentScanner too_new(*f);
  EXPECT_EQ(too_new.next(), State::error);
  EXPECT_EQ(too_new.status().code(), Code::invalid);

  const auto good = file(whole());
  SegmentScanner scanner(*good);
  for (int reads = 1; reads <= 2; ++reads) {
    files_.fail_next(FakeFiles::Operation::read, unavailable("bad disk"), 1);
    EXPECT_EQ(scanner.next(), State::error);
    EXPECT_EQ(scanner.status().message(), "bad disk");
  }
  expect_blocks(scanner, 0, 4);
  ASSERT_TRUE(good->truncate(100).is_ok());
  EXPECT_EQ(scanner.next(), State::error);
}

}  // namespace
}  // namespace spoor
