#include "common/frame/writer.h"

#include <gtest/gtest.h>

#include "common/frame/reader.h"
#include "common/merkle.h"
#include "common/sha256.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

// The specification once more, with nothing of the writer's code in it.
Hash root_by_hand(const Salt& salt, const std::vector<std::string>& entries) {
  std::vector<Hash> leaves;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    std::string message = "\x03" + std::string(as_text(salt));
    append_le(message, i);
    const Hash entry_salt = sha256(as_bytes(message));
    std::string hashed(1, '\0');
    hashed.append(as_text(entry_salt)).append(entries[i]);
    leaves.push_back(sha256(as_bytes(hashed)));
  }
  return merkle_root(leaves);
}

TEST(FrameWriter, RootsAreAsTheSpecificationSays) {
  const SealedFrame frame = seal_events(
      {{"f0", "t0", 1, 0, 1}, {"f1", "", 2, 0, 1}, {"", "t2", 3, 0, 1}}, sample_place());
  const Salt salt = sample_id(0xC0);
  EXPECT_EQ(frame.header.fields_root, root_by_hand(salt, {"f0", "f1", ""}));
  EXPECT_EQ(frame.header.text_root, root_by_hand(salt, {"t0", "", "t2"}));
  EXPECT_EQ(frame.chain, chain_value({}, frame.header));
}

TEST(FrameWriter, HeaderSpansTheEntries) {
  FrameWriter::Place place = sample_place();
  place.previous = {3, 41, sha256(as_bytes("before"))};
  place.first_sequence = 42;
  const SealedFrame frame =
      seal_events({{"a", "", 5, 300, 2}, {"b", "", 5, 100, 0}, {"c", "", 9, 200, 3}}, place);
  const FrameHeader& h = frame.header;
  EXPECT_EQ(h.entries, 3u);
  EXPECT_EQ(h.records, 5u);
  EXPECT_EQ(h.first_sequence, 42u);
  EXPECT_EQ(h.last_sequence, 44u);
  EXPECT_EQ(h.first_order, 5u);
  EXPECT_EQ(h.last_order, 9u);
  EXPECT_EQ(h.time_min_ns, 100);
  EXPECT_EQ(h.time_max_ns, 300);
  EXPECT_EQ(h.previous_epoch, 3u);
  EXPECT_EQ(h.previous_sequence, 41u);
  EXPECT_EQ(h.stream, place.stream);
  EXPECT_EQ(h.epoch_nonce, place.epoch_nonce);
  EXPECT_EQ(frame.previous_chain, place.previous.chain);
}

TEST(FrameWriter, IsEmptyAfterASeal) {
  FrameWriter writer;
  writer.add("first", "text", 7, 70, 1);
  EXPECT_EQ(writer.bytes(), 17u);
  const SealedFrame first = writer.seal(sample_place());
  EXPECT_EQ(writer.entries(), 0u);
  EXPECT_EQ(writer.bytes(), 0u);
  writer.add("second", "", 3, 30, 1);
  const SealedFrame second = writer.seal(place_after(sample_place(), first));
  EXPECT_EQ(second.header.first_order, 3u);
  EXPECT_EQ(second.header.time_max_ns, 30);
  EXPECT_EQ(second.header.records, 1u);
  EXPECT_EQ(describe_block(second.block).find("first"), std::string::npos);
}

TEST(FrameWriter, SaltsAreFreshUnlessGiven) {
  FrameWriter::Place place = sample_place();
  EXPECT_EQ(seal_events(sample_events(2), place).block, seal_events(sample_events(2), place).block);
  place.salt.reset();
  EXPECT_NE(seal_events(sample_events(2), place).chain, seal_events(sample_events(2), place).chain);
}

TEST(FrameWriter, CompressionDoesNotChangeTheChain) {
  FrameWriter::Place place = sample_place();
  const std::vector<SampleEvent> events(50, {"the same fields", "the same text", 1, 0, 1});
  const SealedFrame plain = seal_events(events, place);
  place.zstd_level = 1;
  const SealedFrame packed = seal_events(events, place);
  EXPECT_EQ(packed.chain, plain.chain);
  EXPECT_LT(packed.block.size(), plain.block.size() / 2);
  EXPECT_EQ(describe_block(packed.block), describe_block(plain.block));
}

TEST(FrameWriter, TakesTheLargestFrame) {
  FrameWriter writer;
  for (size_t i = 0; i < kFrameEventsMax - 1; ++i) writer.add("x", "", i, 0, 1);
  const std::string half(kEventBytesMax / 2, 'h');
  writer.add(half, half, kFrameEventsMax, 0, 1);
  const SealedFrame frame = writer.seal(sample_place());
  EXPECT_LE(frame.block.size(), kFrameBytesMax);
  EXPECT_TRUE(OpenBlock::open(as_bytes(frame.block)).is_ok());
}

TEST(FrameWriter, OurOwnMistakesAbort) {
  FrameWriter writer;
  EXPECT_DEATH((void)writer.seal(sample_place()), "entries_ > 0");
  const std::string large(kEventBytesMax, 'x');
  EXPECT_DEATH(writer.add(large, "y", 1, 0, 1), "kEventBytesMax");
  writer.add("a", "", 5, 0, 1);
  EXPECT_DEATH(writer.add("b", "", 4, 0, 1), "order");
  FrameWriter::Place place = sample_place();
  place.epoch = 0;
  EXPECT_DEATH((void)writer.seal(place), "decode_header");
  place = sample_place();
  place.salt = Salt{};
  EXPECT_DEATH((void)writer.seal(place), "salt");
}

TEST(FrameWriter, TombstoneStandsForARange) {
  FrameWriter::Place place = sample_place();
  const SealedFrame before = seal_events(sample_events(4), place);
  place = place_after(place, before);
  place.last_sequence = 90;
  const Tombstone said = {Tombstone::Cause::spool_full, 86, sha256(as_bytes("end"))};
  const SealedFrame frame = FrameWriter::seal_tombstone(place, said, {20, 400, 1000, 2000, 99});
  EXPECT_EQ(frame.header.kind, FrameKind::tombstone);
  EXPECT_EQ(frame.header.first_sequence, 5u);
  EXPECT_EQ(frame.header.last_sequence, 90u);
  EXPECT_EQ(frame.header.first_order, 20u);
  EXPECT_EQ(frame.header.last_order, 400u);
  EXPECT_EQ(frame.header.time_min_ns, 1000);
  EXPECT_EQ(frame.header.time_max_ns, 2000);
  EXPECT_EQ(frame.header.records, 99u);
  const Result<OpenBlock> open = OpenBlock::open(as_bytes(frame.block));
  ASSERT_TRUE(open.is_ok()) << open.status().message();
  const Result<Tombstone> back = decode_tombstone(*open->frames()[0].entries[0].fields);
  ASSERT_TRUE(back.is_ok());
  EXPECT_EQ(back->end_chain, said.end_chain);
}

TEST(FrameWriter, CheckpointTakesNoSequence) {
  FrameWriter writer(FrameKind::checkpoint);
  writer.add("signature", "", 0, 5, 0);
  const SealedFrame before = seal_events(sample_events(4), sample_place());
  FrameWriter::Place place = place_after(sample_place(), before);
  place.last_sequence = 4;
  const SealedFrame frame = writer.seal(place);
  EXPECT_EQ(frame.header.first_sequence, 5u);
  EXPECT_EQ(frame.header.last_sequence, 4u);
  EXPECT_TRUE(OpenBlock::open(as_bytes(frame.block)).is_ok());
}

}  // namespace
}  // namespace spoor
