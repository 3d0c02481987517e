#include "common/bytes.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Bytes, HexGoesBothWays) {
  const std::string all = {'\x00', '\x7f', '\x80', '\xff'};
  EXPECT_EQ(to_hex(as_bytes(all)), "007f80ff");
  EXPECT_EQ(*from_hex("007f80FF"), all);
  EXPECT_EQ(*from_hex(""), "");
}

TEST(Bytes, HexRefusesWhatItIsNot) {
  EXPECT_EQ(from_hex("abc").code(), Code::invalid);
  EXPECT_EQ(from_hex("0g").code(), Code::invalid);
  EXPECT_EQ(from_hex("0 ").code(), Code::invalid);
  EXPECT_EQ((array_from_hex<2>("0102").value()), (std::array<uint8_t, 2>{1, 2}));
  EXPECT_EQ(array_from_hex<2>("010203").code(), Code::invalid);
  EXPECT_EQ(array_from_hex<2>("01").code(), Code::invalid);
}

TEST(Bytes, LittleEndian) {
  std::string out;
  append_le<uint32_t>(out, 0x01020304);
  EXPECT_EQ(to_hex(as_bytes(out)), "04030201");
  EXPECT_EQ(load_le<uint16_t>(as_bytes(out).data() + 1), 0x0203);
  uint8_t two[2];
  store_le<uint16_t>(two, 0xABCD);
  EXPECT_EQ(two[0], 0xCD);
}

TEST(Bytes, Utf8Boundaries) {
  for (const char* good : {"", "a", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "aé€😀z"}) {
    EXPECT_TRUE(is_utf8(good)) << to_hex(as_bytes(good));
  }
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF",
                          "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xFF", "ok\xFE"}) {
    EXPECT_FALSE(is_utf8(bad)) << to_hex(as_bytes(bad));
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
  for (size_t before = 0; before < 20; ++before) {
    const std::string text(before, 'x');
    EXPECT_TRUE(is_utf8(text) && is_utf8(text + "\xc3\xbc" + text)) << before;
    EXPECT_FALSE(is_utf8(text + "\xc3" + text) || is_utf8(text + "\xff")) << before;
  }
}

TEST(Bytes, RandomIdsDiffer) { EXPECT_NE(random_id(), random_id()); }

}  // namespace
}  // namespace spoor
