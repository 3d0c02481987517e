#include "collector/blocks/layout.h"

#include <gtest/gtest.h>

#include "collector/blocks/trigrams.h"
#include "common/byte_reader.h"
#include "common/crc32c.h"

namespace spoor::collector {
namespace {

// Two pages, a number column, one beside it, a column of texts with a pack and trigrams.
struct Sample {
  Sample() {
    header.event_class = EventClass::command;
    header.rows = kPageRows + 1;
    uint64_t offset = kIndexBlockHeaderSize;
    const auto chunk = [&](uint32_t size, uint32_t raw) {
      const Chunk out{offset, size, raw, size * 7};
      offset += size;
      return out;
    };
    layout.columns[column_number(Number::time_ms)] = {
        {5, 500, Coding(Model::previous, true), chunk(100, 200)}, {7, 7, {}, {}}};
    layout.columns[column_number(Number::birth)] = {
        {1, 2, Coding(Model::process, true, Number::time_ms, true), chunk(50, 50)},
        {0, UINT64_MAX, {}, chunk(3, 3)}};
    layout.columns[column_number(Text::command)] = {{0, 3, Model::first, chunk(9, 9)},
                                                    {3, 3, {}, {}}};
    Dictionary& texts = layout.dictionaries[static_cast<size_t>(Text::command)];
    texts.texts = 3;
    texts.packs = {{1, 2, chunk(10, 20)}, {3, 1, chunk(4, 4)}};
    for (size_t i = 0; i < kSlabs; ++i) texts.slabs.push_back(chunk(8, kSlabSlots));
    header.layout = {offset, 77, 90, 1};
    header.size = offset + 77;
  }
  std::string encoded() const { return encode_layout(layout); }
  Code code() const { return decode_layout(as_bytes(encoded()), header).code(); }
  ColumnPage& page(Number column) { return layout.columns[column_number(column)][0]; }

  BlockHeader header;
  Layout layout;
};

TEST(Layout, ComesBack) {
  const Sample sample;
  const Layout back = decode_layout(as_bytes(sample.encoded()), sample.header).value();
  EXPECT_EQ(encode_layout(back), sample.encoded());
  const ColumnPage& page = back.columns[column_number(Number::birth)][0];
  EXPECT_EQ(page.coding, Coding(Model::process, true, Number::time_ms, true));
  EXPECT_EQ(page.chunk.offset, kIndexBlockHeaderSize + 100);
  EXPECT_EQ(page.chunk.crc, 50u * 7);
  const Dictionary& texts = back.dictionaries[static_cast<size_t>(Text::command)];
  EXPECT_EQ(texts.texts, 3u);
  EXPECT_EQ(texts.packs[1].first, 3u);
  EXPECT_EQ(texts.slabs.size(), kSlabs);
}

TEST(Layout, HeaderComesBackAndAFlippedBitIsSeen) {
  const Sample sample;
  const std::string bytes = encode_block_header(sample.header);
  const BlockHeader back = decode_block_header(as_bytes(bytes)).value();
  EXPECT_EQ(encode_block_header(back), bytes);
  EXPECT_EQ(back.layout.offset, sample.header.layout.offset);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string torn = bytes;
    torn[bit / 8] = static_cast<char>(torn[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(decode_block_header(as_bytes(torn)).code(), Code::corrupt);
  }
  EXPECT_EQ(decode_block_header(as_bytes(bytes).first(39)).code(), Code::corrupt);
}

TEST(Layout, AnImpossibleHeaderIsRefused) {
  const auto code = [](auto change) {
    Sample sample;
    change(sample.header);
    return decode_block_header(as_bytes(encode_block_header(sample.header))).code();
  };
  EXPECT_EQ(code([](BlockHeader&) {}), Code::ok);
  EXPECT_EQ(code([](BlockHeader& h) { h.rows = 0; }), Code::corrupt);
  EXPECT_EQ(code([](BlockHeader& h) { h.rows = kIndexBlockRowsMax + 1; }), Code::corrupt);
  EXPECT_EQ(code([](BlockHeader& h) { h.size = kIndexBlockBytesMax + 1; }), Code::corrupt);
  EXPECT_EQ(code([](BlockHeader& h) { h.size = 100; }), Code::corrupt);
  EXPECT_EQ(code([](BlockHeader& h) { h.event_class = static_cast<EventClass>(5); }),
            Code::corrupt);
  std::string newer = encode_block_header(Sample().header);
  newer[4] = 2;
  store_le(reinterpret_cast<uint8_t*>(newer.data()) + 36,
           crc32c(as_bytes(newer).first(36)));
  EXPECT_EQ(decode_block_header(as_bytes(newer)).code(), Code::invalid);
}

TEST(Layout, ImpossibleCodingsAreRefused) {
  const auto code = [](Number column, Coding coding) {
    Sample sample;
    if (column == Number::kind) {
      const Chunk nothing{kIndexBlockHeaderSize, 0, 0, 0};
      sample.layout.columns[column_number(column)] = {{1, 2, coding, nothing}, {0, 0, {}, {}}};
    } else {
      sample.page(column).coding = coding;
    }
    return sample.code();
  };
  EXPECT_EQ(code(Number::birth, Model::previous), Code::ok);
  EXPECT_EQ(code(Number::kind, Model::previous), Code::ok);
  EXPECT_EQ(code(Number::kind, Model::kin), Code::corrupt);
  EXPECT_EQ(code(Number::kind, Model::process), Code::corrupt);
  EXPECT_EQ(code(Number::kind, Coding(Model::none, true)), Code::corrupt);
  const auto beside = [](Model model, Number column) {
    return Coding(model, false, column);
  };
  EXPECT_EQ(code(Number::time_ms, beside(Model::previous, Number::time_ms)), Code::corrupt);
  EXPECT_EQ(code(Number::time_ms, beside(Model::previous, Number::birth)), Code::corrupt);
  EXPECT_EQ(code(Number::birth, Coding(Model::none, false, {}, true)), Code::corrupt);
  EXPECT_EQ(code(Number::birth, beside(Model::first, Number::time_ms)), Code::corrupt);
  EXPECT_EQ(code(Number::birth, Coding(static_cast<Model>(5))), Code::corrupt);
}

TEST(Layout, ImpossibleSizesAreRefused) {
  const auto code = [](auto change) {
    Sample sample;
    change(sample);
    return sample.code();
  };
  const auto texts = [](Sample& s) -> Dictionary& {
    return s.layout.dictionaries[static_cast<size_t>(Text::command)];
  };
  EXPECT_EQ(code([](Sample&) {}), Code::ok);
  // More than the chunks that are there, or less.
  EXPECT_EQ(code([](Sample& s) { ++s.header.layout.offset; }), Code::corrupt);
  EXPECT_EQ(code([](Sample& s) { --s.page(Number::time_ms).chunk.size; }), Code::corrupt);
  EXPECT_EQ(code([](Sample& s) { s.page(Number::time_ms).chunk.raw_size = 1u << 20; }),
            Code::corrupt);
  EXPECT_EQ(code([&](Sample& s) { texts(s).packs[0].chunk.raw_size = kPackBytesMax + 1; }),
            Code::corrupt);
  EXPECT_EQ(code([&](Sample& s) { texts(s).packs[0].texts = kPackTexts + 1; }), Code::corrupt);
  EXPECT_EQ(code([&](Sample& s) { texts(s).packs[1].texts = 0; }), Code::corrupt);
  EXPECT_EQ(code([&](Sample& s) { texts(s).slabs.pop_back(); }), Code::corrupt);
  EXPECT_EQ(code([&](Sample& s) { texts(s).slabs[5].raw_size = kSlabSlots + 1; }), Code::corrupt);
  // A column that names a text which is not there.
  EXPECT_EQ(code([](Sample& s) { s.layout.columns[column_number(Text::command)][0].greatest = 4; }),
            Code::corrupt);
}

TEST(Layout, TornBytesAreRefused) {
  const Sample sample;
  const std::string bytes = sample.encoded();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_layout(as_bytes(bytes).first(size), sample.header).code(), Code::corrupt);
  }
  EXPECT_EQ(decode_layout(as_bytes(bytes + "x"), sample.header).code(), Code::corrupt);
}

// Columns that a later writer adds are passed over; those of ours stay where they are.
TEST(Layout, ColumnsThatWeDoNotKnowAreKept) {
  Sample sample;
  const uint64_t at = sample.header.layout.offset;
  sample.layout.dictionaries[100].packs = {{1, 1, {at, 5, 5, 0}}};
  sample.layout.dictionaries[100].texts = 1;
  sample.header.layout.offset += 5;
  EXPECT_EQ(sample.code(), Code::ok);
}

TEST(Layout, ColumnsInAnotherOrderAreRefused) {
  std::string bytes;
  append_varint(bytes, 2);
  for (int i = 0; i < 2; ++i) {
    append_varint(bytes, 3);
    for (int page = 0; page < 2; ++page) bytes += std::string("\x01\x00", 2);
  }
  append_varint(bytes, 0);
  Sample sample;
  sample.header.layout.offset = kIndexBlockHeaderSize;
  EXPECT_EQ(decode_layout(as_bytes(bytes), sample.header).code(), Code::corrupt);
  bytes[6] = 4;
  EXPECT_EQ(decode_layout(as_bytes(bytes), sample.header).code(), Code::ok);
}

}  // namespace
}  // namespace spoor::collector
