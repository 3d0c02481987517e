#include "agent/decode/values.h"

#include <algorithm>
#include <cctype>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

Field field(std::string_view value, bool quoted) {
  Field f;
  f.value = value;
  f.quoted = quoted;
  return f;
}

TEST(Values, QuotedIsLiteralHexIsDecoded) {
  AuditEvent e;
  Slice s;
  EXPECT_TRUE(put_string(e, field("4142", true), s));
  EXPECT_EQ(e.bytes(s), "4142");
  EXPECT_TRUE(put_string(e, field("41420A00FF", false), s));
  EXPECT_EQ(e.bytes(s), std::string_view("AB\n\0\xff", 5));
  EXPECT_TRUE(put_string(e, field("(null)", true), s));
  EXPECT_EQ(e.bytes(s), "(null)");
}

TEST(Values, HexOfEveryLength) {
  std::string bytes, hex;
  for (int i = 0; i < 100; ++i) {
    bytes.push_back(static_cast<char>(i * 37));
    hex = to_hex(as_bytes(bytes));
    std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) { return std::toupper(c); });
    AuditEvent e;
    e.values = "before";
    Slice s;
    ASSERT_TRUE(put_string(e, field(hex, false), s));
    ASSERT_EQ(e.bytes(s), bytes);
    for (size_t bad = 0; bad < hex.size(); ++bad) {
      std::string wrong = hex;
      wrong[bad] = "g/:@`G\xff a"[bad % 9];
      ASSERT_FALSE(put_string(e, field(wrong, false), s)) << wrong;
      ASSERT_EQ(e.values.size(), 6 + bytes.size());
    }
  }
}

TEST(Values, NothingIsEmpty) {
  for (const char* nothing : {"?", "(null)", "(none)", "(null)ARCH=x86_64"}) {
    AuditEvent e;
    Slice s{5, 5};
    EXPECT_TRUE(put_string(e, field(nothing, false), s)) << nothing;
    EXPECT_EQ(s.size, 0u);
    EXPECT_TRUE(put_word(e, field(nothing, false), s)) << nothing;
    EXPECT_EQ(s.size, 0u);
  }
}

TEST(Values, WhatIsNeitherIsRefusedAndLeavesNothing) {
  AuditEvent e;
  e.values = "before";
  Slice s;
  for (const char* bad : {"414", "4g", "zz", "41 4", "", "dd", "4142434445464748494a",
                          "41424344454647484g", "4142434445464g48494A4B4C4D4E4F50"}) {
    EXPECT_FALSE(put_string(e, field(bad, false), s)) << bad;
    EXPECT_EQ(e.values, "before");
  }
  EXPECT_TRUE(put_either(e, field("root", false), s));
  EXPECT_EQ(e.bytes(s), "root");
}

TEST(Values, RoomIsBounded) {
  AuditEvent e;
  e.values.assign(kEventValuesBytesMax - 3, 'x');
  Slice s;
  EXPECT_FALSE(put_string(e, field("four", true), s));
  EXPECT_FALSE(put_word(e, field("four", false), s));
  EXPECT_EQ(e.values.size(), kEventValuesBytesMax - 3);
  EXPECT_EQ(append_value(e, field("4142434445", false), kEventValuesBytesMax, s), Taken::cut);
  EXPECT_EQ(e.bytes(s), "ABC");
  EXPECT_EQ(append_value(e, field("y", true), kEventValuesBytesMax, s), Taken::cut);
  EXPECT_EQ(s.size, 0u);
  EXPECT_EQ(append_value(e, field("y", true), 10, s), Taken::cut);  // limit below what is there
}

}  // namespace
}  // namespace spoor::agent
