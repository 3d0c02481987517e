#include "agent/correlate/blob.h"

namespace spoor::agent {
namespace {

TEST(Blob, SealsAndOpens) {
  const std::string blob = seal_blob(1, 2, "hello");
  const auto opened = open_blob(1, 2, blob);
  ASSERT_TRUE(opened.is_ok());
  EXPECT_EQ(*opened, "hello");
  EXPECT_TRUE(open_blob(1, 2, seal_blob(1, 2, "")).is_ok());
}

TEST(Blob, EveryChangedByteAndEveryLengthIsCorrupt) {
  const std::string blob = seal_blob(1, 2, "hello");
  for (size_t i = 0; i < blob.size(); ++i) {
    std::string changed = blob;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(open_blob(1, 2, changed).code(), Code::corrupt) << i;
    EXPECT_EQ(open_blob(1, 2, blob.substr(0, i)).code(), Code::corrupt) << i;
  }
  EXPECT_EQ(open_blob(1, 2, blob + "x").code(), Code::corrupt);
  EXPECT_EQ(open_blob(2, 2, blob).code(), Code::corrupt);
  EXPECT_EQ(open_blob(1, 3, blob).code(), Code::corrupt);
}

TEST(BlobReader, PastTheEndIsZeroAndNotGood) {
  std::string bytes;
  append_le<uint16_t>(bytes, 7);
  append_string(bytes, "abc");
  BlobReader from(bytes);
  EXPECT_EQ(from.number<uint16_t>(), 7);
  EXPECT_EQ(from.string(), "abc");
  EXPECT_TRUE(from.good() && from.at_end());
  EXPECT_EQ(from.number<uint64_t>(), 0u);
  EXPECT_FALSE(from.good());

  std::string lying;
  append_le<uint32_t>(lying, 0xFFFFFFFF);
  lying += "abc";
  BlobReader other(lying);
  EXPECT_EQ(other.string(), "");
  EXPECT_FALSE(other.good());
}

}  // namespace
}  // namespace spoor::agent
