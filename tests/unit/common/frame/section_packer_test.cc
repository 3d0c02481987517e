#include "common/frame/section_packer.h"

#include <gtest/gtest.h>

#include "common/frame/block.h"

namespace spoor {
namespace {

TEST(SectionPacker, IsPackedOnlyWhereThatHelps) {
  const std::string dull(1000, 'a');
  EXPECT_EQ(pack_section(dull, 1).codec, Codec::zstd);
  EXPECT_EQ(pack_section(dull, 0).codec, Codec::none);
  EXPECT_EQ(pack_section("short", 1).codec, Codec::none);
  EXPECT_EQ(pack_section("", 1).codec, Codec::none);
  const PackedSection packed = pack_section(dull, 19);
  EXPECT_EQ(*unpack_section({packed.codec, packed.raw_size, as_bytes(packed.bytes)}), dull);
}

TEST(SectionPacker, WhatItPackedBeforeLeavesNoTrace) {
  SectionPacker packer;
  const std::string large(1 << 20, 'x');
  for (const std::string& raw : {large, std::string(1000, 'a'), large.substr(0, 77)}) {
    const PackedSection packed = packer.pack(raw, 1);
    EXPECT_EQ(packed.bytes, pack_section(raw, 1).bytes);
    EXPECT_EQ(*unpack_section({packed.codec, packed.raw_size, as_bytes(packed.bytes)}), raw);
  }
}

}  // namespace
}  // namespace spoor
