#include "common/byte_reader.h"

#include <gtest/gtest.h>

#include <random>

namespace spoor {
namespace {

TEST(ByteReader, ReadsWhatWasWritten) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> numbers = {0, 127, 128, UINT64_MAX};
  for (int i = 0; i < 1000; ++i) numbers.push_back(random() >> random() % 64);
  std::string bytes;
  for (const uint64_t number : numbers) append_varint(bytes, number);
  append_le(bytes, uint32_t{0xdeadbeef});
  ByteReader reader(as_bytes(bytes));
  for (const uint64_t number : numbers) EXPECT_EQ(reader.varint(), number);
  EXPECT_EQ(reader.fixed32(), 0xdeadbeefu);
  EXPECT_TRUE(reader.is_ok() && reader.at_end());
}

TEST(ByteReader, BehindTheEndAreZerosAndItSaysSo) {
  const std::string bytes("\x80", 1);
  ByteReader reader(as_bytes(bytes));
  EXPECT_EQ(reader.varint(), 0u);
  EXPECT_FALSE(reader.is_ok());
  EXPECT_EQ(reader.fixed32(), 0u);

  ByteReader short_one(as_bytes(std::string_view("abc")));
  EXPECT_EQ(short_one.take(2).size(), 2u);
  EXPECT_TRUE(short_one.take(UINT64_MAX).empty());
  EXPECT_FALSE(short_one.is_ok());
  EXPECT_TRUE(short_one.take(1).empty());
}

TEST(ByteReader, ANumberHasSixtyFourBits) {
  const std::string most = std::string(9, '\xff') + "\x01", more = std::string(9, '\xff') + "\x02";
  ByteReader good(as_bytes(most)), bad(as_bytes(more));
  EXPECT_EQ(good.varint(), UINT64_MAX);
  EXPECT_TRUE(good.is_ok());
  EXPECT_EQ(bad.varint(), 0u);
  EXPECT_FALSE(bad.is_ok());
}

}  // namespace
}  // namespace spoor
