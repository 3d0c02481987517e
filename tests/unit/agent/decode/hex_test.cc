#include "agent/decode/hex.h"

#include <random>
#include <string>

namespace spoor::agent {
namespace {

template <char A>
void expect_as_digit_by_digit(const std::string& text) {
  uint8_t out[8] = {};
  const size_t digits = read_hex16<A>(text.data(), out);
  size_t expected = 0;
  while (expected < 16 && hex_digit<A>(text[expected]) != kNotHex) ++expected;
  ASSERT_EQ(digits, expected) << text;
  for (size_t i = 0; i + 1 < digits; i += 2) {
    ASSERT_EQ(out[i / 2], hex_digit<A>(text[i]) << 4 | hex_digit<A>(text[i + 1])) << text;
  }
}

TEST(Hex, EachCaseIsItsOwn) {
  EXPECT_EQ(hex_digit<'A'>('A'), 10);
  EXPECT_EQ(hex_digit<'A'>('a'), kNotHex);
  EXPECT_EQ(hex_digit<'a'>('f'), 15);
  EXPECT_EQ(hex_digit<'a'>('F'), kNotHex);
  for (int c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    EXPECT_EQ(hex_digit<'a'>(static_cast<char>(c)) != kNotHex, digit || (c >= 'a' && c <= 'f'));
    EXPECT_EQ(hex_digit<'A'>(static_cast<char>(c)) != kNotHex, digit || (c >= 'A' && c <= 'F'));
  }
}

TEST(Hex, SixteenAtOnceAreAsOneByOne) {
  std::mt19937 random(3);
  constexpr char kMostly[] = "0123456789abcdefABCDEF";
  for (int i = 0; i < 50'000; ++i) {
    std::string text(16, '\0');
    for (char& c : text) c = kMostly[random() % (i % 2 != 0 ? 16 : 22)];
    if (i % 3 == 0) text[random() % 16] = static_cast<char>(random());
    expect_as_digit_by_digit<'a'>(text);
    expect_as_digit_by_digit<'A'>(text);
  }
}

}  // namespace
}  // namespace spoor::agent
