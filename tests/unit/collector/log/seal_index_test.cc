#include "collector/log/seal_index.h"

#include <gtest/gtest.h>

#include "collector/log/seal_limits.h"

namespace spoor::collector {
namespace {

SealIndex sample_index() {
  SealIndex index;
  index.entries = 5;
  index.events = 30;
  index.records = 90;
  index.received = {1'000, 2'000};
  index.events_time = {-5, 1'500};
  index.headers.fill(3);
  index.agents = {"web1", "db1"};
  SealedStream& stream = index.streams.emplace_back();
  stream.stream.fill(1);
  stream.agent = 1;
  stream.epochs = {{1, Id{1}, 9}, {3, Id{2}, 4}};
  stream.chain.fill(6);
  stream.points = {{1, 9, {1}}, {3, 4, {2}}};
  index.groups = {{8, 100, 20, 77, 10, 14, 3}, {128, 50, 10, 78, 20, 21, 2}};
  return index;
}
constexpr uint64_t kGroupsEnd = 188;

SealedGroup sample_group() { return {8, 150, 0, 0, 10, 14, 3}; }

SealedTable sample_table() {
  SealedTable table;
  table.blocks = {{100, false}, {50, true}};
  StreamHead head;
  head.stream.fill(1);
  head.event_class = EventClass::command;
  head.epoch = 2;
  head.epoch_nonce.fill(4);
  head.sequence = 7;
  head.chain.fill(5);
  table.entries = {{10, 1'000, 0, 0, 4, std::nullopt},
                   {11, 900, 1, 1, 0, head},
                   {14, 1'700'000'000'000'000'000, 0, 0, 2, head}};
  return table;
}

TEST(SealIndex, SaysWhatItSaid) {
  const SealIndex index = sample_index();
  const std::string bytes = encode_seal_index(index);
  EXPECT_EQ(*decode_seal_index(as_bytes(bytes), kGroupsEnd), index);
  const SealIndex empty;
  EXPECT_EQ(*decode_seal_index(as_bytes(encode_seal_index(empty)), 8), empty);
}

TEST(SealIndex, TableSaysWhatItSaid) {
  const std::string bytes = encode_sealed_table(sample_table());
  EXPECT_EQ(*decode_sealed_table(as_bytes(bytes), sample_group(), 2), sample_table());
}

// Each byte, to each of some values: refused, or an index that says the same when it is written.
TEST(SealIndex, BytesThatAreNoneOfOurs) {
  const std::string index = encode_seal_index(sample_index());
  const std::string table = encode_sealed_table(sample_table());
  for (const int change : {0x01, 0x80, 0xff}) {
    for (size_t at = 0; at < index.size(); ++at) {
      std::string other = index;
      other[at] = static_cast<char>(other[at] ^ change);
      const auto decoded = decode_seal_index(as_bytes(other), kGroupsEnd);
      if (decoded.is_ok()) {
        const std::string again = encode_seal_index(*decoded);
        EXPECT_EQ(decode_seal_index(as_bytes(again), kGroupsEnd).value(), *decoded);
      } else {
        EXPECT_EQ(decoded.code(), Code::corrupt);
      }
    }
    for (size_t at = 0; at < table.size(); ++at) {
      std::string other = table;
      other[at] = static_cast<char>(other[at] ^ change);
      const auto decoded = decode_sealed_table(as_bytes(other), sample_group(), 2);
      if (decoded.is_ok()) {
        const std::string again = encode_sealed_table(*decoded);
        EXPECT_EQ(decode_sealed_table(as_bytes(again), sample_group(), 2).value(), *decoded);
      } else {
        EXPECT_EQ(decoded.code(), Code::corrupt);
      }
    }
  }
  for (size_t size = 0; size < index.size(); ++size)
    EXPECT_FALSE(decode_seal_index(as_bytes(index).first(size), kGroupsEnd).is_ok());
  for (size_t size = 0; size < table.size(); ++size)
    EXPECT_FALSE(decode_sealed_table(as_bytes(table).first(size), sample_group(), 2).is_ok());
}

TEST(SealIndex, WhatCannotBeSo) {
  const auto is_refused = [](auto change) {
    SealIndex index = sample_index();
    change(index);
    return !decode_seal_index(as_bytes(encode_seal_index(index)), kGroupsEnd).is_ok();
  };
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.entries = 6; }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.streams[0].agent = 2; }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.streams[0].epochs.clear(); }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.streams[0].points.clear(); }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.streams[0].points.resize(kSealedPointsMax + 1); }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.groups[1].offset += 1; }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.groups[1].blocks_size = UINT64_MAX; }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.groups[1].first = 14; }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.groups[0].last = 11; }));
  EXPECT_TRUE(is_refused([](SealIndex& i) { i.groups.pop_back(); }));
  const auto is_table_refused = [](auto change) {
    SealedTable table = sample_table();
    change(table);
    return !decode_sealed_table(as_bytes(encode_sealed_table(table)), sample_group(), 2).is_ok();
  };
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.entries[0].agent = 2; }));
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.entries[0].block = 2; }));
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.entries[1].head.reset(); }));
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.entries[2].number = 15; }));
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.entries[1].number = 10; }));
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.blocks[0].size = 99; }));
  EXPECT_TRUE(is_table_refused([](SealedTable& t) { t.entries.pop_back(); }));
}

}  // namespace
}  // namespace spoor::collector
