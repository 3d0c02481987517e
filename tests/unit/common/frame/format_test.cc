#include "common/frame/format.h"

#include <gtest/gtest.h>

#include "common/sha256.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

// A header in which every field has its own value.
FrameHeader full_header() {
  FrameHeader h;
  h.schema_version = 0x0203;
  h.event_class = EventClass::activity;
  h.entries = 7;
  h.records = 0x01020304;
  h.stream = sample_id(0x20);
  h.epoch = 5;
  h.epoch_nonce = sample_id(0x40);
  h.first_sequence = 100;
  h.last_sequence = 106;
  h.first_order = 1000;
  h.last_order = 2000;
  h.time_min_ns = -5;
  h.time_max_ns = 1'700'000'000'000'000'000;
  h.previous_epoch = 5;
  h.previous_sequence = 99;
  h.fields_root = sha256(as_bytes("f"));
  h.text_root = sha256(as_bytes("t"));
  return h;
}

Code decoded(const FrameHeader& h) { return decode_header(as_bytes(encode_header(h))).code(); }

TEST(FrameHeader, ComesBackAsItWas) {
  const std::string bytes = encode_header(full_header());
  ASSERT_EQ(bytes.size(), kCanonicalHeaderSize);
  const Result<FrameHeader> back = decode_header(as_bytes(bytes));
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(encode_header(*back), bytes);
  EXPECT_EQ(back->records, 0x01020304u);
  EXPECT_EQ(back->time_min_ns, -5);
  EXPECT_EQ(back->previous_sequence, 99u);
  EXPECT_EQ(back->event_class, EventClass::activity);
}

// The offsets of docs/frame.md, by hand.
TEST(FrameHeader, FieldsLieWhereTheSpecificationSays) {
  const std::string bytes = encode_header(full_header());
  const uint8_t* p = as_bytes(bytes).data();
  EXPECT_EQ(bytes.substr(0, 4), "SPF1");
  EXPECT_EQ(load_le<uint16_t>(p + 4), 1);
  EXPECT_EQ(load_le<uint16_t>(p + 6), 0x0203);
  EXPECT_EQ(p[8], 1);
  EXPECT_EQ(p[9], 3);
  EXPECT_EQ(load_le<uint32_t>(p + 12), 7u);
  EXPECT_EQ(load_le<uint32_t>(p + 16), 0x01020304u);
  EXPECT_EQ(p[24], 0x20);
  EXPECT_EQ(load_le<uint64_t>(p + 40), 5u);
  EXPECT_EQ(p[48], 0x40);
  EXPECT_EQ(load_le<uint64_t>(p + 64), 100u);
  EXPECT_EQ(load_le<uint64_t>(p + 72), 106u);
  EXPECT_EQ(load_le<uint64_t>(p + 80), 1000u);
  EXPECT_EQ(load_le<uint64_t>(p + 88), 2000u);
  EXPECT_EQ(load_le<int64_t>(p + 96), -5);
  EXPECT_EQ(load_le<int64_t>(p + 104), 1'700'000'000'000'000'000);
  EXPECT_EQ(load_le<uint64_t>(p + 112), 5u);
  EXPECT_EQ(load_le<uint64_t>(p + 120), 99u);
  EXPECT_EQ(0, std::memcmp(p + 128, full_header().fields_root.data(), 32));
  EXPECT_EQ(0, std::memcmp(p + 160, full_header().text_root.data(), 32));
}

TEST(FrameHeader, RefusesReservedBytes) {
  for (const size_t at : {10u, 11u, 20u, 23u, 192u, 231u}) {
    std::string bytes = encode_header(full_header());
    bytes[at] = 1;
    EXPECT_EQ(decode_header(as_bytes(bytes)).code(), Code::corrupt) << at;
  }
}

// What they say is kept: the chain is over it.
TEST(FrameHeader, ANewerVersionMayUseReservedBytes) {
  std::string bytes = encode_header(full_header());
  bytes[4] = 2;
  for (const size_t at : {10u, 11u, 20u, 23u, 192u, 231u}) bytes[at] = static_cast<char>(at);
  const Result<FrameHeader> newer = decode_header(as_bytes(bytes));
  ASSERT_TRUE(newer.is_ok()) << newer.status().message();
  EXPECT_EQ(encode_header(*newer), bytes);
  EXPECT_TRUE(is_of_newer_format(*newer));
  EXPECT_FALSE(is_of_newer_format(full_header()));
}

TEST(FrameHeader, RefusesWrongSizeMagicVersionKindAndClass) {
  const std::string good = encode_header(full_header());
  const auto with = [&](size_t at, int value) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(value);
    return decode_header(as_bytes(bytes)).code();
  };
  EXPECT_EQ(decode_header(as_bytes(good.substr(1))).code(), Code::corrupt);
  EXPECT_EQ(decode_header(as_bytes(good + "x")).code(), Code::corrupt);
  EXPECT_EQ(decode_header({}).code(), Code::corrupt);
  EXPECT_EQ(with(0, 'X'), Code::corrupt);
  EXPECT_EQ(with(4, 0), Code::corrupt);
  EXPECT_EQ(with(4, 2), Code::ok);
  EXPECT_EQ(with(8, 0), Code::corrupt);
  EXPECT_EQ(with(8, 4), Code::corrupt);
  EXPECT_EQ(with(9, 0), Code::corrupt);
  EXPECT_EQ(with(9, 5), Code::corrupt);
}

TEST(FrameHeader, EntriesMustBeTheSequences) {
  FrameHeader h = full_header();
  h.entries = 6;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h = full_header();
  h.last_sequence = 99;
  h.entries = 0;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.last_sequence = 100 + kFrameEventsMax - 1;
  h.entries = kFrameEventsMax;
  EXPECT_EQ(decoded(h), Code::ok);
  h.last_sequence += 1;
  h.entries += 1;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.last_sequence = UINT64_MAX;
  h.entries = static_cast<uint32_t>(UINT64_MAX - 100 + 1);
  EXPECT_EQ(decoded(h), Code::corrupt);
  h = full_header();
  h.first_sequence = 0;
  h.previous_sequence = UINT64_MAX;
  EXPECT_EQ(decoded(h), Code::corrupt);
}

TEST(FrameHeader, TombstoneAndCheckpointHaveOneEntry) {
  FrameHeader h = full_header();
  h.kind = FrameKind::tombstone;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.entries = 1;
  EXPECT_EQ(decoded(h), Code::ok);
  h.last_sequence = 99;
  EXPECT_EQ(decoded(h), Code::ok);  // of checkpoints alone
  h.last_sequence = 98;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.last_sequence = 99;
  h.kind = FrameKind::checkpoint;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.first_order = h.last_order = 0;
  EXPECT_EQ(decoded(h), Code::ok);
  h.last_sequence = 100;
  EXPECT_EQ(decoded(h), Code::corrupt);
}

TEST(FrameHeader, OrderAndTimeDoNotRunBackwards) {
  FrameHeader h = full_header();
  h.first_order = h.last_order + 1;
  EXPECT_EQ(decoded(h), Code::corrupt);
  h = full_header();
  h.time_min_ns = h.time_max_ns + 1;
  EXPECT_EQ(decoded(h), Code::corrupt);
}

TEST(FrameHeader, ThePreviousPointIsPossible) {
  FrameHeader h = full_header();
  h.previous_sequence = 98;  // not the one before the first
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.previous_epoch = 4;  // a new epoch that does not begin at 1
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.first_sequence = 1;
  h.last_sequence = 7;
  EXPECT_EQ(decoded(h), Code::ok);
  h.previous_epoch = 6;  // from the future
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.previous_epoch = 0;  // nothing before, but with a sequence
  EXPECT_EQ(decoded(h), Code::corrupt);
  h.previous_sequence = 0;
  EXPECT_EQ(decoded(h), Code::ok);
  h.epoch = 0;
  EXPECT_EQ(decoded(h), Code::corrupt);
}

TEST(Chain, IsTheHashOfThePreviousOneAndTheHeader) {
  const FrameHeader h = full_header();
  const Hash previous = sha256(as_bytes("before"));
  const std::string by_hand =
      std::string("\x02") + std::string(as_text(previous)) + encode_header(h);
  EXPECT_EQ(chain_value(previous, h), sha256(as_bytes(by_hand)));
}

TEST(Tombstone, ComesBackAsItWas) {
  Tombstone t;
  t.cause = Tombstone::Cause::disk_full;
  t.events = 0x0102030405060708;
  t.end_chain = sha256(as_bytes("end"));
  const std::string bytes = encode_tombstone(t);
  EXPECT_EQ(bytes.size(), 41u);
  const Result<Tombstone> back = decode_tombstone(bytes);
  ASSERT_TRUE(back.is_ok());
  EXPECT_EQ(back->cause, t.cause);
  EXPECT_EQ(back->events, t.events);
  EXPECT_EQ(back->end_chain, t.end_chain);
  EXPECT_EQ(decode_tombstone(bytes.substr(1)).code(), Code::corrupt);
  EXPECT_EQ(decode_tombstone(bytes + "x").code(), Code::corrupt);
  EXPECT_EQ(decode_tombstone('\0' + bytes.substr(1)).code(), Code::corrupt);
  EXPECT_EQ(decode_tombstone('\7' + bytes.substr(1)).code(), Code::corrupt);
}

TEST(EventClass, HasNames) {
  EXPECT_STREQ(event_class_name(EventClass::access), "access");
  EXPECT_STREQ(event_class_name(EventClass::command), "command");
  EXPECT_STREQ(event_class_name(EventClass::activity), "activity");
  EXPECT_STREQ(event_class_name(EventClass::input), "input");
}

}  // namespace
}  // namespace spoor
