#include "agent/decode/fields.h"

namespace spoor::agent {
namespace {

std::string spelled(std::string_view body) {
  std::string out;
  Fields fields(body);
  Field f;
  while (fields.next(f)) {
    out.append(f.word).append(f.word.empty() ? "" : ">").append(f.key);
    out.append(f.quoted ? "=\"" : "=").append(f.value).append(";");
  }
  if (fields.broken()) out += "broken";
  return out;
}

TEST(Fields, KeysWordsAndQuotes) {
  EXPECT_EQ(spelled(""), "");
  EXPECT_EQ(spelled("   "), "");
  EXPECT_EQ(spelled("a=1 b=\"x y\"  c="), "a=1;b=\"x y;c=;");
  EXPECT_EQ(spelled("login pid=1 old auid=2 new auid=3 tail"),
            "login>pid=1;old>auid=2;new>auid=3;");
  EXPECT_EQ(spelled("a=\"\" b=\"=\""), "a=\";b=\"=;");
  EXPECT_EQ(spelled("a=\"open"), "a=\"open;broken");
  EXPECT_EQ(spelled("=x a=="), "=x;a==;");
  EXPECT_EQ(spelled("a=x\"y b\"c=1 d=\"e\"f=2"), "a=x\"y;b\"c=1;d=\"e;f=2;");
}

// Keys and values are looked for in words of 16 bytes: every length and place near the end counts.
TEST(Fields, AllLengths) {
  for (size_t key = 1; key < 20; ++key) {
    for (size_t value = 0; value < 80; ++value) {
      for (size_t tail = 0; tail < 3; ++tail) {
        const std::string k(key, 'k'), v(value, 'v'), rest = std::string(tail, ' ');
        Field f;
        const std::string plain = k + "=" + v + rest;
        Fields bare(plain);
        ASSERT_TRUE(bare.next(f));
        ASSERT_EQ(f.key, k);
        ASSERT_EQ(f.id, field_id(k));
        ASSERT_EQ(f.value, v);
        ASSERT_FALSE(bare.next(f));
        const std::string body = k + " " + k + "=\"" + v + "\"" + rest + "x=1";
        Fields quoted(body);
        ASSERT_TRUE(quoted.next(f));
        ASSERT_EQ(f.word, k);
        ASSERT_EQ(f.id, field_id(k));
        ASSERT_EQ(f.value, v);
        ASSERT_TRUE(f.quoted && quoted.next(f));
        ASSERT_EQ(f.key, "x");
        ASSERT_EQ(f.value, "1");
      }
    }
  }
}

// More marks than are found at a time, and keys and values that reach over several blocks.
TEST(Fields, LongBodies) {
  std::string body;
  for (int i = 0; i < 2000; ++i)
    body += "k" + std::to_string(i) + "=" + std::to_string(i * i) + " ";
  body += "last=\"" + std::string(5000, '=') + std::string(5000, ' ') + "\" end=1";
  Fields fields(body);
  Field f;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(fields.next(f));
    ASSERT_EQ(f.key, "k" + std::to_string(i));
    ASSERT_EQ(f.value, std::to_string(i * i));
  }
  ASSERT_TRUE(fields.next(f));
  EXPECT_EQ(f.value.size(), 10'000u);
  ASSERT_TRUE(fields.next(f));
  EXPECT_EQ(f.key, "end");
  EXPECT_FALSE(fields.next(f));
  EXPECT_FALSE(fields.next(f));
}

TEST(Fields, IdsTellKeysApart) {
  Fields fields("pid=1 ppid=2 nametype=3 nametypes=4 =5");
  Field f;
  std::vector<uint64_t> ids;
  while (fields.next(f)) ids.push_back(f.id);
  EXPECT_EQ(ids, (std::vector<uint64_t>{field_id("pid"), field_id("ppid"), field_id("nametype"),
                                        0, 0}));
  EXPECT_NE(field_id("pid"), field_id("ppid"));
}

TEST(ParseNumber, TakesAllOrNothing) {
  uint32_t n = 7;
  EXPECT_TRUE(parse_number("4294967295", n));
  EXPECT_EQ(n, 4294967295u);
  for (const char* bad : {"", "4294967296", "-1", "1 ", "0x1", "1a", "99999999999999999999999"}) {
    EXPECT_FALSE(parse_number(bad, n)) << bad;
  }
  EXPECT_EQ(n, 4294967295u);
  uint64_t big = 0;
  EXPECT_TRUE(parse_number("18446744073709551615", big));
  EXPECT_EQ(big, UINT64_MAX);
  EXPECT_FALSE(parse_number("18446744073709551616", big));
  EXPECT_FALSE(parse_number("28446744073709551615", big));
  EXPECT_TRUE(parse_hex("fFfffffffffffffF", big));
  EXPECT_EQ(big, UINT64_MAX);
  EXPECT_FALSE(parse_hex("10000000000000000", big));
  EXPECT_TRUE(parse_octal("0100755", n));
  EXPECT_EQ(n, 0100755u);
  EXPECT_TRUE(parse_octal("01777777777777777777777", big));
  EXPECT_EQ(big, UINT64_MAX);
  EXPECT_FALSE(parse_octal("2000000000000000000000", big));
  EXPECT_TRUE(parse_hex("000000000000000000000001", big));
  EXPECT_FALSE(parse_hex("", n));
  EXPECT_FALSE(parse_octal("8", n));
  EXPECT_FALSE(parse_hex("g", n));
  EXPECT_FALSE(parse_hex("\xff", n));
}

TEST(ParseSigned, Borders) {
  int64_t n = 0;
  EXPECT_TRUE(parse_signed("-115", n));
  EXPECT_EQ(n, -115);
  EXPECT_TRUE(parse_signed("-9223372036854775808", n));
  EXPECT_EQ(n, INT64_MIN);
  EXPECT_TRUE(parse_signed("9223372036854775807", n));
  EXPECT_FALSE(parse_signed("9223372036854775808", n));
  EXPECT_FALSE(parse_signed("-9223372036854775809", n));
  EXPECT_FALSE(parse_signed("--1", n));
  EXPECT_FALSE(parse_signed("-", n));
}

}  // namespace
}  // namespace spoor::agent
