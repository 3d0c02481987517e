#include "common/frame/repack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/frame/block.h"
#include "common/frame/reader.h"
#include "common/sha256.h"
#include "tests/support/newer_format.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

using testing::HasSubstr;

class RepackTest : public testing::Test {
 protected:
  // Heads of all frames: what the host signed.
  static std::vector<std::string> chains(std::string_view block) {
    std::vector<std::string> out;
    const BlockOutside outside = read_block_outside(as_bytes(block)).value();
    for (const FrameHead& h : outside.frames) out.push_back(to_hex(h.chain));
    return out;
  }
  std::string joined(int level) const {
    const std::vector<ByteView> blocks = {as_bytes(a_.block), as_bytes(b_.block),
                                          as_bytes(c_.block)};
    return repack(blocks, level).value();
  }

  const FrameWriter::Place place_ = sample_place();
  const SealedFrame a_ = seal_events(sample_events(3), place_);
  const SealedFrame b_ = seal_events(sample_events(4), place_after(place_, a_));
  const SealedFrame c_ = seal_events(sample_events(2), sample_place(EventClass::access));
};

TEST_F(RepackTest, JoinsWithoutChangingWhatIsSaid) {
  const std::string said =
      describe_block(a_.block) + describe_block(b_.block) + describe_block(c_.block);
  for (const int level : {0, 1, 19}) EXPECT_EQ(describe_block(joined(level)), said) << level;
  EXPECT_LT(joined(3).size(), joined(0).size());
  // Once more, out of blocks of several frames, in another grouping.
  const std::string again = joined(3);
  const std::vector<ByteView> blocks = {as_bytes(again), as_bytes(a_.block)};
  EXPECT_EQ(describe_block(*repack(blocks, 1)), said + describe_block(a_.block));
}

TEST_F(RepackTest, RetiresTextAndKeepsFieldsAndChain) {
  for (const int level : {0, 3}) {
    const std::string before = joined(level);
    const std::string after = retire_text(as_bytes(before)).value();
    EXPECT_EQ(chains(after), chains(before));
    const Result<OpenBlock> open = OpenBlock::open(as_bytes(after));
    ASSERT_TRUE(open.is_ok()) << open.status().message();
    EXPECT_TRUE(open->text_retired());
    EXPECT_EQ(open->frames()[1].entries[3].fields, "fields of event 3...");
    EXPECT_FALSE(open->frames()[1].entries[3].text.has_value());
    EXPECT_EQ(*retire_text(as_bytes(after)), after);
  }
}

TEST_F(RepackTest, ErasesOneEventAndKeepsTheOthersAndTheChain) {
  for (const int level : {0, 3}) {
    const std::string before = joined(level);
    const std::string after = erase_event(as_bytes(before), 1, 2).value();
    EXPECT_EQ(chains(after), chains(before));
    const Result<OpenBlock> open = OpenBlock::open(as_bytes(after));
    ASSERT_TRUE(open.is_ok()) << open.status().message();
    for (size_t f = 0; f < 3; ++f) {
      const std::vector<FrameEntry>& entries = open->frames()[f].entries;
      for (size_t i = 0; i < entries.size(); ++i) {
        const bool erased = f == 1 && i == 2;
        EXPECT_EQ(entries[i].fields.has_value(), !erased);
        EXPECT_EQ(entries[i].text.has_value(), !erased);
        if (!erased) {
          EXPECT_EQ(entries[i].fields, sample_events(i + 1)[i].fields);
        }
      }
    }
  }
}

TEST_F(RepackTest, NothingIsLeftToTestAGuessWith) {
  const std::string after = erase_event(as_bytes(a_.block), 0, 1).value();
  EXPECT_THAT(a_.block, HasSubstr("fields of event 1"));
  EXPECT_THAT(after, testing::Not(HasSubstr("fields of event 1")));
  EXPECT_THAT(after, testing::Not(HasSubstr(":1): text")));
  const Salt salt = split_block(as_bytes(a_.block))->heads[0].salt;
  EXPECT_EQ(split_block(as_bytes(after))->heads[0].salt, Salt{});
  EXPECT_THAT(after, testing::Not(HasSubstr(std::string(as_text(salt)))));
  const std::vector<Hash> salts = event_salts(salt, 3);
  EXPECT_THAT(after, HasSubstr(std::string(as_text(salts[0]))));
  EXPECT_THAT(after, testing::Not(HasSubstr(std::string(as_text(salts[1])))));
}

TEST_F(RepackTest, ErasesEveryEventOneByOne) {
  std::string block = a_.block;
  for (size_t i = 0; i < 3; ++i) {
    block = erase_event(as_bytes(block), 0, i).value();
    EXPECT_EQ(*erase_event(as_bytes(block), 0, i), block);
    ASSERT_TRUE(OpenBlock::open(as_bytes(block)).is_ok());
  }
  EXPECT_FALSE(OpenBlock::open(as_bytes(block))->frames()[0].entries[0].fields.has_value());
  EXPECT_EQ(chains(block), chains(a_.block));
}

TEST_F(RepackTest, TheChangesGoTogetherInEitherOrder) {
  const std::string first = erase_event(as_bytes(*retire_text(as_bytes(a_.block))), 0, 1).value();
  const std::string second = retire_text(as_bytes(*erase_event(as_bytes(a_.block), 0, 1))).value();
  EXPECT_EQ(first, second);
  EXPECT_EQ(chains(first), chains(a_.block));
  const std::vector<ByteView> blocks = {as_bytes(first), as_bytes(second)};
  EXPECT_EQ(describe_block(*repack(blocks, 3)).find("text retired"),
            describe_block(*repack(blocks, 0)).find("text retired"));
}

TEST_F(RepackTest, RefusesWhatItMust) {
  const std::string retired = retire_text(as_bytes(a_.block)).value();
  EXPECT_EQ(repack(std::vector<ByteView>{as_bytes(a_.block), as_bytes(retired)}, 1).code(),
            Code::invalid);
  EXPECT_EQ(repack({}, 1).code(), Code::invalid);
  EXPECT_EQ(erase_event(as_bytes(a_.block), 1, 0).code(), Code::invalid);
  EXPECT_EQ(erase_event(as_bytes(a_.block), 0, 3).code(), Code::invalid);
  FrameWriter::Place place = place_after(place_, a_);
  place.last_sequence = 9;
  const SealedFrame tombstone = FrameWriter::seal_tombstone(place, {}, {});
  EXPECT_EQ(erase_event(as_bytes(tombstone.block), 0, 0).code(), Code::invalid);
  EXPECT_TRUE(retire_text(as_bytes(tombstone.block)).is_ok());
}

// What its sections say only a newer reader can prove.
TEST_F(RepackTest, RefusesNewerFormats) {
  const SealedFrame newer = of_newer_format(b_);
  EXPECT_EQ(repack(std::vector<ByteView>{as_bytes(newer.block)}, 1).code(), Code::invalid);
  EXPECT_EQ(erase_event(as_bytes(newer.block), 0, 0).code(), Code::invalid);
}

// A block that does not verify stays what it is, and spoils no other.
TEST_F(RepackTest, RefusesDamagedBlocks) {
  std::string damaged = a_.block;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  damaged = with_right_crc(damaged);
  ASSERT_TRUE(read_block_outside(as_bytes(damaged)).is_ok());
  EXPECT_EQ(repack(std::vector<ByteView>{as_bytes(b_.block), as_bytes(damaged)}, 1).code(),
            Code::corrupt);
  EXPECT_EQ(retire_text(as_bytes(damaged)).code(), Code::corrupt);
  EXPECT_EQ(erase_event(as_bytes(damaged), 0, 0).code(), Code::corrupt);
}

TEST_F(RepackTest, IsFullBeyondTheLimits) {
  const std::string half(kEventBytesMax / 2 - 8, 'x');
  const SealedFrame large = seal_events({{half, half, 1, 0, 1}}, place_);
  const std::vector<ByteView> four(4, as_bytes(large.block));
  EXPECT_EQ(repack(four, 0).code(), Code::full);  // 32 MiB and heads
  EXPECT_TRUE(repack(four, 1).is_ok());
  const std::vector<ByteView> seventeen(17, as_bytes(large.block));
  EXPECT_EQ(repack(seventeen, 1).code(), Code::full);  // 68 MiB in a section
}

TEST_F(RepackTest, TheLargestFrameCanStillBeErasedFrom) {
  FrameWriter writer;
  for (size_t i = 0; i < kFrameEventsMax - 1; ++i) writer.add("0123456789", "0123456789", i, 0, 1);
  const std::string half(kEventBytesMax / 2, 'h');
  writer.add(half, half, kFrameEventsMax, 0, 1);
  const SealedFrame frame = writer.seal(place_);
  const Result<std::string> erased = erase_event(as_bytes(frame.block), 0, 0);
  ASSERT_TRUE(erased.is_ok()) << erased.status().message();
  EXPECT_TRUE(OpenBlock::open(as_bytes(*erased)).is_ok());
}

}  // namespace
}  // namespace spoor
