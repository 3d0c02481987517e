#include "collector/blocks/chunk.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "common/crc32c.h"

namespace spoor::collector {
namespace {

TEST(Chunk, ComesBackWhetherItPacksOrNot) {
  ChunkPacker packer;
  std::string block = "before";
  const std::string runs(10'000, 'x');
  const Chunk packed = packer.append(runs, block);
  const Chunk as_it_is = packer.append("abc", block);
  const Chunk none = packer.append("", block);
  EXPECT_EQ(packed.offset, 6u);
  EXPECT_LT(packed.size, 100u);
  EXPECT_EQ(as_it_is.size, 3u);
  EXPECT_EQ(unpack(packed, BytesInMemory(as_bytes(block)), runs.size()).value(), runs);
  EXPECT_EQ(unpack(as_it_is, BytesInMemory(as_bytes(block)), 3).value(), "abc");
  EXPECT_EQ(unpack(none, BytesInMemory(as_bytes(block)), 0).value(), "");
}

TEST(Chunk, AFlippedBitIsSeen) {
  std::string block;
  const Chunk chunk = ChunkPacker().append(std::string(100, 'x'), block);
  for (size_t bit = 0; bit < block.size() * 8; ++bit) {
    std::string torn = block;
    torn[bit / 8] = static_cast<char>(torn[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(unpack(chunk, BytesInMemory(as_bytes(torn)), 1000).code(), Code::corrupt);
  }
}

TEST(Chunk, MustLieInTheBlockAndKeepItsBound) {
  std::string block;
  const Chunk chunk = ChunkPacker().append(std::string(1000, 'x'), block);
  EXPECT_TRUE(unpack(chunk, BytesInMemory(as_bytes(block)), 1000).is_ok());
  EXPECT_EQ(unpack(chunk, BytesInMemory(as_bytes(block)), 999).code(), Code::corrupt);
  const BytesInMemory torn(as_bytes(block).first(block.size() - 1));
  EXPECT_EQ(unpack(chunk, torn, 1000).code(), Code::corrupt);
  Chunk outside = chunk;
  outside.offset = UINT64_MAX;
  EXPECT_EQ(unpack(outside, BytesInMemory(as_bytes(block)), 1000).code(), Code::corrupt);
  Chunk grown = chunk;
  grown.raw_size = grown.size - 1;
  EXPECT_EQ(unpack(grown, BytesInMemory(as_bytes(block)), 1000).code(), Code::corrupt);
}

// With right CRCs, as only somebody who means it would write them.
TEST(Chunk, OnlyOneZstdFrameOfTheSizeThatItSays) {
  const auto packed = [](std::string_view raw) {
    std::string out(ZSTD_compressBound(raw.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), 1));
    return out;
  };
  const auto unpacked = [](const std::string& stored, uint32_t raw_size) {
    const Chunk chunk{0, static_cast<uint32_t>(stored.size()), raw_size, crc32c(as_bytes(stored))};
    return unpack(chunk, BytesInMemory(as_bytes(stored)), 1u << 20);
  };
  const std::string frame = packed(std::string(5000, 'x'));
  EXPECT_TRUE(unpacked(frame, 5000).is_ok());
  EXPECT_EQ(unpacked(frame, 4999).code(), Code::corrupt);
  EXPECT_EQ(unpacked(frame, 5001).code(), Code::corrupt);
  EXPECT_EQ(unpacked(frame + frame, 5000).code(), Code::corrupt);
  EXPECT_EQ(unpacked("junk", 5000).code(), Code::corrupt);
  EXPECT_EQ(unpacked("j", 5000).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
