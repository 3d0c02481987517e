#include "collector/log/entry.h"

namespace spoor::collector {
namespace {

constexpr uint32_t kSalt = 0x1234;

NewEntry sample() {
  NewEntry entry;
  entry.agent = "web1";
  entry.received_ns = -5;
  entry.head.stream.fill(1);
  entry.head.event_class = EventClass::activity;
  entry.head.epoch = 2;
  entry.head.epoch_nonce.fill(3);
  entry.head.sequence = 4;
  entry.head.chain.fill(5);
  entry.block = "the block";
  return entry;
}

TEST(Entry, ComesBackAsItWas) {
  std::string bytes = "before";
  append_entry(bytes, sample(), 77, 70, kSalt);
  const auto header = decode_entry(as_bytes(bytes).subspan(6), kSalt);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->number, 77u);
  EXPECT_EQ(header->synced_through, 70u);
  EXPECT_EQ(header->received_ns, -5);
  EXPECT_EQ(header->agent, "web1");
  EXPECT_EQ(header->head, sample().head);
  EXPECT_EQ(header->size(), bytes.size() - 6);
  EXPECT_EQ(bytes.substr(6 + header->outside_size()), "the block");
}

TEST(Entry, NoByteOfTheHeaderCanChangeUnnoticed) {
  std::string bytes;
  append_entry(bytes, sample(), 77, 70, kSalt);
  const size_t outside = kEntryHeaderSize + 4;
  for (size_t i = 0; i < outside; ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_FALSE(decode_entry(as_bytes(changed), kSalt)) << "byte " << i;
  }
}

TEST(Entry, AnotherLogsEntryIsNone) {
  std::string bytes;
  append_entry(bytes, sample(), 77, 70, kSalt);
  EXPECT_FALSE(decode_entry(as_bytes(bytes), kSalt + 1));
}

TEST(Entry, CutShortIsNone) {
  std::string bytes;
  append_entry(bytes, sample(), 77, 70, kSalt);
  for (size_t size = 0; size < kEntryHeaderSize + 4; ++size)
    EXPECT_FALSE(decode_entry(as_bytes(bytes).first(size), kSalt));
}

}  // namespace
}  // namespace spoor::collector
