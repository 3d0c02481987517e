#include "common/frame/reader.h"

#include <gtest/gtest.h>

#include "common/frame/block.h"
#include "common/frame/repack.h"
#include "common/sha256.h"
#include "tests/support/newer_format.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

Code opened(std::string_view block) { return OpenBlock::open(as_bytes(block)).code(); }

// A block of several frames, with an erased event in one of them.
std::string mixed_block(int zstd_level) {
  const FrameWriter::Place access = sample_place(EventClass::access);
  const SealedFrame a = seal_events(sample_events(3), access);
  const SealedFrame b = seal_events(sample_events(1), place_after(access, a));
  const SealedFrame c = seal_events(sample_events(2), sample_place(EventClass::command));
  const std::string erased = erase_event(as_bytes(a.block), 0, 1).value();
  const std::vector<ByteView> blocks = {as_bytes(erased), as_bytes(b.block), as_bytes(c.block)};
  return repack(blocks, zstd_level).value();
}

TEST(OpenBlock, GivesBackWhatWasWritten) {
  for (const int level : {0, 1}) {
    FrameWriter::Place place = sample_place();
    place.zstd_level = level;
    const std::vector<SampleEvent> events = sample_events(40);
    const SealedFrame sealed = seal_events(events, place);
    const Result<OpenBlock> made = OpenBlock::open(as_bytes(sealed.block));
    ASSERT_TRUE(made.is_ok()) << made.status().message();
    OpenBlock moved = OpenBlock::open(as_bytes(sealed.block)).value();  // views survive the move
    ASSERT_EQ(moved.frames().size(), 1u);
    const Frame& frame = moved.frames()[0];
    EXPECT_EQ(frame.head.chain, sealed.chain);
    ASSERT_EQ(frame.entries.size(), events.size());
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(frame.entries[i].fields, events[i].fields);
      EXPECT_EQ(frame.entries[i].text, events[i].text);
    }
    EXPECT_FALSE(moved.text_retired());
  }
}

TEST(ReadBlockOutside, TellsTheHeadsAndStopsAtTheBlocksEnd) {
  const std::string block = mixed_block(1);
  const Result<BlockOutside> outside = read_block_outside(as_bytes(block + "and more"));
  ASSERT_TRUE(outside.is_ok()) << outside.status().message();
  EXPECT_EQ(outside->size, block.size());
  ASSERT_EQ(outside->frames.size(), 3u);
  EXPECT_EQ(outside->frames[1].header.first_sequence, 4u);
  EXPECT_EQ(outside->frames[1].previous_chain, outside->frames[0].chain);
  EXPECT_EQ(outside->frames[2].header.event_class, EventClass::command);
  EXPECT_FALSE(outside->text_retired);
  EXPECT_TRUE(read_block_outside(as_bytes(*retire_text(as_bytes(block))))->text_retired);
}

TEST(BlockSize, AsksForMoreOrRefuses) {
  const std::string block = mixed_block(0);
  for (size_t n = 0; n < 8; ++n) {
    const auto size = block_size(as_bytes(block.substr(0, n)));
    ASSERT_TRUE(size.is_ok());
    EXPECT_FALSE(size->has_value()) << n;
  }
  EXPECT_EQ(block_size(as_bytes(block.substr(0, 8))).value(), block.size());
  EXPECT_EQ(block_size(as_bytes("x")).code(), Code::corrupt);
  EXPECT_EQ(block_size(as_bytes("SPX")).code(), Code::corrupt);
  for (const uint32_t impossible : {0u, uint32_t{kBlockHeaderSize + kFrameHeadSize - 1},
                                    uint32_t{kBlockBytesMax + 1}, UINT32_MAX}) {
    std::string start = block.substr(0, 4);
    append_le(start, impossible);
    EXPECT_EQ(block_size(as_bytes(start)).code(), Code::corrupt) << impossible;
  }
}

TEST(OpenBlock, CutShortAnywhereIsCorrupt) {
  const std::string block = mixed_block(0);
  for (size_t n = 0; n < block.size(); ++n) {
    const std::string cut = block.substr(0, n);
    ASSERT_EQ(read_block_outside(as_bytes(cut)).code(), Code::corrupt) << n;
    ASSERT_EQ(opened(cut), Code::corrupt) << n;
  }
}

TEST(ReadBlockOutside, EveryFlippedBitIsNoticedByTheCrc) {
  const std::string block = mixed_block(1);
  for (size_t i = 0; i < block.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = block;
      flipped[i] = static_cast<char>(flipped[i] ^ 1 << bit);
      ASSERT_FALSE(read_block_outside(as_bytes(flipped)).is_ok()) << i << " bit " << bit;
    }
  }
}

// The heart of it: whoever changes bytes on purpose makes the CRC right again. Uncompressed, not
// one byte can change. Compressed, only the packing can, and what is said stays the same.
TEST(OpenBlock, NoByteChangesWithTheCrcMadeRight) {
  const SealedFrame one = seal_events(sample_events(5), sample_place());
  for (const std::string& block : {one.block, *retire_text(as_bytes(one.block)), mixed_block(0)}) {
    ASSERT_EQ(opened(block), Code::ok);
    for (size_t i = 0; i < block.size(); ++i) {
      if (i >= 8 && i < 12) continue;  // the CRC itself, which is made right again
      for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
        std::string changed = block;
        changed[i] = static_cast<char>(changed[i] ^ flip);
        ASSERT_NE(opened(with_right_crc(changed)), Code::ok) << i << " ^ " << flip;
      }
    }
  }
}

TEST(OpenBlock, CompressedBytesChangeNothingThatIsSaid) {
  std::vector<SampleEvent> events(30, {"the same fields", "the same text", 1, 0, 1});
  FrameWriter::Place place = sample_place();
  place.zstd_level = 1;
  const std::string block = seal_events(events, place).block;
  const std::string said = describe_block(block);
  const size_t packed = kBlockHeaderSize + kFrameHeadSize;
  for (size_t i = 0; i < block.size(); ++i) {
    if (i >= 8 && i < 12) continue;
    for (int value = 0; value < 256; ++value) {
      std::string changed = block;
      if (changed[i] == static_cast<char>(value)) continue;
      changed[i] = static_cast<char>(value);
      const Result<OpenBlock> open = OpenBlock::open(as_bytes(with_right_crc(changed)));
      if (!open.is_ok()) continue;
      ASSERT_GE(i, packed) << "outside the packed sections";
      ASSERT_EQ(describe(*open), said) << i;
    }
  }
}

// Blocks built by hand from the parts of a good one.
class ForgedBlock : public testing::Test {
 protected:
  ForgedBlock() {
    const Result<BlockParts> parts = split_block(as_bytes(sealed_.block));
    heads_ = parts->heads;
    fields_ = *unpack_section(parts->fields);
    text_ = *unpack_section(parts->text);
  }
  Code open_with(const std::string& fields, const std::string& text) const {
    return opened(*join_block(heads_, pack_section(fields, 0), pack_section(text, 0)));
  }
  static std::string entry(Entry::Mode mode, const Hash& hash, std::string_view bytes) {
    std::string out;
    append_entry(out, {mode, hash, bytes});
    return out;
  }

  SealedFrame sealed_ = seal_events({{"f0", "t0", 1, 0, 1}, {"f1", "t1", 2, 0, 1}}, sample_place());
  std::vector<SaltedHead> heads_;
  std::string fields_;
  std::string text_;
};

TEST_F(ForgedBlock, TheUnchangedOneOpens) { EXPECT_EQ(open_with(fields_, text_), Code::ok); }

TEST_F(ForgedBlock, SectionsCannotBeSwappedCutOrGrow) {
  EXPECT_EQ(open_with(text_, fields_), Code::corrupt);
  EXPECT_EQ(open_with(fields_ + "x", text_), Code::corrupt);
  EXPECT_EQ(open_with(fields_, text_ + entry(Entry::Mode::derived, {}, "")), Code::corrupt);
  EXPECT_EQ(open_with(fields_.substr(0, fields_.size() - 1), text_), Code::corrupt);
  EXPECT_EQ(open_with(fields_.substr(6) + fields_.substr(0, 6), text_), Code::corrupt);
}

TEST_F(ForgedBlock, ModesMustSuitTheSalt) {
  const std::vector<Hash> salts = event_salts(heads_[0].salt, 2);
  const Entry derived[] = {{Entry::Mode::derived, {}, "f0"}};
  const Hash leaf0 = leaves_of(derived, {salts.data(), 1}).front();
  const std::string rest = entry(Entry::Mode::derived, {}, "f1");
  // A salt of its own, or an erased event, beside the frame's salt.
  EXPECT_EQ(open_with(entry(Entry::Mode::salted, salts[0], "f0") + rest, text_), Code::corrupt);
  EXPECT_EQ(open_with(entry(Entry::Mode::erased, leaf0, "") + rest, text_), Code::corrupt);
  EXPECT_EQ(open_with(std::string("\x00\x00\x00\xC0", 4) + rest, text_), Code::corrupt);
  // No salt: every entry needs its own, and something must be erased.
  heads_[0].salt = {};
  EXPECT_EQ(open_with(fields_, text_), Code::corrupt);
  const auto spelled_out = [&](std::string_view a, std::string_view b) {
    return entry(Entry::Mode::salted, salts[0], a) +
           entry(Entry::Mode::salted, salts[1], b);
  };
  EXPECT_EQ(open_with(spelled_out("f0", "f1"),
                      spelled_out("t0", "t1")),
            Code::corrupt);
  // Erased in one section only.
  const std::string half = entry(Entry::Mode::erased, leaf0, "") +
                           entry(Entry::Mode::salted, salts[1], "f1");
  EXPECT_EQ(open_with(half, spelled_out("t0", "t1")), Code::corrupt);
  // An erased entry with bytes.
  EXPECT_EQ(open_with(entry(Entry::Mode::erased, leaf0, "f0") +
                          entry(Entry::Mode::salted, salts[1], "f1"),
                      text_),
            Code::corrupt);
}

TEST_F(ForgedBlock, NothingHidesInAPackedSection) {
  PackedSection fields = pack_section(fields_, 0);
  const PackedSection text = pack_section(text_, 0);
  const std::string large = fields_ + std::string(2000, 'x');
  const PackedSection zstd = pack_section(large, 1);
  ASSERT_EQ(zstd.codec, Codec::zstd);
  const auto unpacked = [](const PackedSection& p) {
    return unpack_section({p.codec, p.raw_size, as_bytes(p.bytes)}).code();
  };
  EXPECT_EQ(unpacked(zstd), Code::ok);
  PackedSection changed = zstd;
  changed.bytes += std::string("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);  // a skippable frame
  EXPECT_EQ(unpacked(changed), Code::corrupt);
  changed = zstd;
  changed.bytes = std::string("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11) + zstd.bytes;
  EXPECT_EQ(unpacked(changed), Code::corrupt);
  changed = zstd;
  changed.bytes += zstd.bytes;  // a second frame
  changed.raw_size *= 2;
  EXPECT_EQ(unpacked(changed), Code::corrupt);
  changed = zstd;
  changed.raw_size += 1;
  EXPECT_EQ(unpacked(changed), Code::corrupt);
  changed = zstd;
  changed.bytes.clear();
  EXPECT_EQ(unpacked(changed), Code::corrupt);
  fields.raw_size += 1;  // an unpacked section with two sizes
  EXPECT_EQ(opened(*join_block(heads_, fields, text)), Code::corrupt);
  fields = {Codec::retired, 0, {}};
  EXPECT_EQ(opened(*join_block(heads_, fields, text)), Code::corrupt);
}

TEST_F(ForgedBlock, AFrameIsNoBombBeforeItIsUnpacked) {
  const PackedSection bomb = pack_section(std::string(kFrameBytesMax, '\0'), 3);
  ASSERT_LT(bomb.bytes.size(), 10'000u);
  EXPECT_EQ(join_block(heads_, bomb, pack_section(text_, 0)).code(), Code::full);
  const PackedSection small = pack_section(std::string(1000, '\0'), 3);
  std::string block = join_block(heads_, small, pack_section(text_, 0)).value();
  store_le<uint32_t>(reinterpret_cast<uint8_t*>(block.data()) + 20, kFrameBytesMax);
  EXPECT_EQ(read_block_outside(as_bytes(with_right_crc(block))).code(), Code::corrupt);
  // In a block of several frames it passes the outside checks but not the limit of a section.
  heads_.push_back(heads_[0]);
  PackedSection lie = bomb;
  lie.raw_size = kSectionBytesMax + 1;
  EXPECT_EQ(join_block(heads_, lie, pack_section(text_, 0)).code(), Code::full);
}

TEST_F(ForgedBlock, HeadsMustAgreeWithThemselves) {
  const PackedSection fields = pack_section(fields_, 0);
  const PackedSection text = pack_section(text_, 0);
  const auto outside = [&](const SaltedHead& head) {
    return read_block_outside(as_bytes(*join_block({head}, fields, text))).status();
  };
  SaltedHead head = heads_[0];
  head.head.header.records += 1;  // the chain value is not recomputed
  EXPECT_EQ(outside(head).code(), Code::corrupt);
  head = heads_[0];
  head.head.previous_chain[0] = 1;  // recomputed, but the first frame follows nothing
  head.head.chain = chain_value(head.head.previous_chain, head.head.header);
  EXPECT_EQ(outside(head).code(), Code::corrupt);
  head = heads_[0];
  head.head.header.format_version = 2;
  head.head.chain = chain_value(head.head.previous_chain, head.head.header);
  EXPECT_TRUE(outside(head).is_ok());
  EXPECT_EQ(opened(*join_block({head}, fields, text)), Code::invalid);
  head = heads_[0];
  head.head.header.entries = kFrameEventsMax;  // more than the section can hold
  head.head.header.last_sequence = kFrameEventsMax;
  head.head.chain = chain_value(head.head.previous_chain, head.head.header);
  EXPECT_EQ(outside(head).code(), Code::corrupt);
}

// Who ships and stores frames need not be the first to be upgraded.
TEST(NewerFormat, ItsOutsideIsReadAndItsInsideIsNot) {
  const FrameWriter::Place place = sample_place();
  const SealedFrame a = of_newer_format(seal_events(sample_events(3), place));
  const SealedFrame b = seal_events(sample_events(2), place_after(place, a));
  const Result<BlockOutside> outside = read_block_outside(as_bytes(a.block));
  ASSERT_TRUE(outside.is_ok()) << outside.status().message();
  EXPECT_EQ(outside->frames[0].chain, a.chain);
  EXPECT_EQ(outside->frames[0].header.entries, 3u);
  EXPECT_TRUE(check_continues(read_block_outside(as_bytes(b.block))->frames[0],
                              {3, 4, a.chain}).is_ok());
  EXPECT_EQ(OpenBlock::open(as_bytes(a.block)).code(), Code::invalid);
  for (size_t i = 0; i < a.block.size(); ++i) {
    std::string flipped = a.block;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_EQ(read_block_outside(as_bytes(flipped)).code(), Code::corrupt) << i;
  }
  std::string other_header = a.block;
  other_header[32 + 32 + 200] ^= 1;  // the chain is over its reserved bytes, too
  EXPECT_EQ(read_block_outside(as_bytes(with_right_crc(other_header))).code(), Code::corrupt);
  std::string ours = seal_events(sample_events(3), place).block;
  ours[15] = 9;
  EXPECT_EQ(read_block_outside(as_bytes(with_right_crc(ours))).code(), Code::corrupt);
}

TEST(NewerFormat, ATombstoneSaysWhereItEnds) {
  FrameWriter::Place place = sample_place();
  place.last_sequence = 5;
  const Tombstone said{Tombstone::Cause::disk_full, 5, sha256(as_bytes("end"))};
  const SealedFrame newer = of_newer_format(FrameWriter::seal_tombstone(place, said, {}));
  const auto open = OpenBlock::open(as_bytes(newer.block));
  ASSERT_TRUE(open.is_ok()) << open.status().message();
  EXPECT_EQ(decode_tombstone(*open->frames()[0].entries[0].fields)->end_chain, said.end_chain);
}

class CheckContinues : public testing::Test {
 protected:
  static FrameHead head(uint64_t epoch, uint64_t first, uint64_t previous_epoch,
                        uint64_t previous_sequence, const Hash& chain) {
    FrameHead h;
    h.header.epoch = epoch;
    h.header.first_sequence = first;
    h.header.previous_epoch = previous_epoch;
    h.header.previous_sequence = previous_sequence;
    h.previous_chain = chain;
    return h;
  }
  const Hash right_ = sha256(as_bytes("right"));
  const Hash wrong_ = sha256(as_bytes("wrong"));
  const Expected expected_ = {4, 10, right_};
};

TEST_F(CheckContinues, WithinAnEpoch) {
  EXPECT_TRUE(check_continues(head(4, 10, 4, 9, right_), expected_).is_ok());
  EXPECT_EQ(check_continues(head(4, 10, 4, 9, wrong_), expected_).code(), Code::corrupt);
  EXPECT_EQ(check_continues(head(4, 11, 4, 10, right_), expected_).code(), Code::corrupt);
  EXPECT_EQ(check_continues(head(4, 9, 4, 8, right_), expected_).code(), Code::corrupt);
  EXPECT_EQ(check_continues(head(4, 1, 3, 7, right_), expected_).code(), Code::corrupt);
}

TEST_F(CheckContinues, ANewEpoch) {
  EXPECT_TRUE(check_continues(head(5, 1, 4, 9, right_), expected_).is_ok());
  EXPECT_TRUE(check_continues(head(9, 1, 4, 9, right_), expected_).is_ok());
  EXPECT_EQ(check_continues(head(5, 1, 4, 9, wrong_), expected_).code(), Code::corrupt);
  // An older point: the host lost what it had not synced; its chain there is not ours to know.
  EXPECT_TRUE(check_continues(head(5, 1, 4, 7, wrong_), expected_).is_ok());
  EXPECT_TRUE(check_continues(head(5, 1, 2, 70, wrong_), expected_).is_ok());
  EXPECT_TRUE(check_continues(head(5, 1, 0, 0, {}), expected_).is_ok());
  // A newer one: frames are missing and nobody said so.
  EXPECT_EQ(check_continues(head(6, 1, 4, 10, right_), expected_).code(), Code::corrupt);
  EXPECT_EQ(check_continues(head(6, 1, 5, 1, right_), expected_).code(), Code::corrupt);
}

TEST_F(CheckContinues, AnOldEpochAndNothingKnown) {
  EXPECT_EQ(check_continues(head(3, 1, 2, 9, right_), expected_).code(), Code::corrupt);
  EXPECT_TRUE(check_continues(head(3, 8, 3, 7, wrong_), Expected{}).is_ok());
}

TEST_F(CheckContinues, SealedFramesContinueEachOther) {
  const FrameWriter::Place place = sample_place();
  const SealedFrame a = seal_events(sample_events(3), place);
  const SealedFrame b = seal_events(sample_events(2), place_after(place, a));
  const BlockOutside outside = read_block_outside(as_bytes(b.block)).value();
  EXPECT_TRUE(check_continues(outside.frames[0], {3, 4, a.chain}).is_ok());
}

}  // namespace
}  // namespace spoor
