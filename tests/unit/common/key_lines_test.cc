#include "common/key_lines.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(KeyLinesTest, LinesComeInTheirOrder) {
  KeyLines lines("first 1\nsecond a b \nthird 0aff\n", "a note");
  uint32_t number = 0;
  EXPECT_TRUE(lines.take_number("first", number).is_ok());
  EXPECT_EQ(number, 1u);
  EXPECT_EQ(*lines.take("second"), "a b ");
  std::array<uint8_t, 2> bytes{};
  EXPECT_TRUE(lines.take_hex("third", bytes).is_ok());
  EXPECT_EQ(bytes[1], 0xff);
  EXPECT_TRUE(lines.end().is_ok());
}

TEST(KeyLinesTest, AnotherKeyOrNoneIsRefused) {
  for (const char* text : {"firs 1\n", "firstly 1\n", "first\n", "first", "", "\n", " first 1\n"}) {
    EXPECT_EQ(KeyLines(text, "a note").take("first").code(), Code::invalid) << text;
  }
}

TEST(KeyLinesTest, ANumberIsAllDigitsAndFits) {
  for (const char* text : {"n 256\n", "n -1\n", "n +1\n", "n  1\n", "n 1 \n", "n 0x1\n", "n \n"}) {
    uint8_t number = 0;
    EXPECT_EQ(KeyLines(text, "a note").take_number("n", number).code(), Code::invalid) << text;
  }
}

TEST(KeyLinesTest, HexHasItsLength) {
  for (const char* text : {"h 0a\n", "h 0aff00\n", "h 0afg\n", "h 0aff \n"}) {
    std::array<uint8_t, 2> bytes{};
    EXPECT_EQ(KeyLines(text, "a note").take_hex("h", bytes).code(), Code::invalid) << text;
  }
}

TEST(KeyLinesTest, WhatFollowsIsAnError) {
  KeyLines lines("a 1\nb 2\n", "a note");
  EXPECT_TRUE(lines.take("a").is_ok());
  EXPECT_EQ(lines.end().message(), "a note that goes on after its end");
}

}  // namespace
}  // namespace spoor
