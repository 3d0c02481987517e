#include "common/text_width.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(TextWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(text_width(""), 0U);
  EXPECT_EQ(text_width("abc"), 3U);
  EXPECT_EQ(text_width("Zoë"), 3U);
  EXPECT_EQ(text_width("日本語"), 6U);
  EXPECT_EQ(text_width("한국어"), 6U);
  EXPECT_EQ(text_width("🚀"), 2U);
  EXPECT_EQ(text_width("e\u0301"), 1U);  // a combining acute
  EXPECT_EQ(text_width("├ └ │ … ·"), 9U);
}

TEST(TextWidth, DoesNotDependOnTheLocale) {
  const char* before = setlocale(LC_ALL, nullptr);
  const std::string kept = before;
  setlocale(LC_ALL, "C");
  EXPECT_EQ(text_width("日本"), 4U);
  setlocale(LC_ALL, kept.c_str());
}

TEST(Glyph, WhatCanActOnATerminalIsNotSafe) {
  for (const std::string_view bad : {
           std::string_view("\0", 1), std::string_view("\x1b"), std::string_view("\n"),
           std::string_view("\x7f"), std::string_view("\u0085"), std::string_view("\u009b"),
           std::string_view("\u00a0"), std::string_view("\u00ad"), std::string_view("\u061c"),
           std::string_view("\u200b"), std::string_view("\u200d"), std::string_view("\u200e"),
           std::string_view("\u2028"), std::string_view("\u202e"), std::string_view("\u2066"),
           std::string_view("\u2069"), std::string_view("\u3000"), std::string_view("\u3164"),
           std::string_view("\ufeff"), std::string_view("\ufe0f"), std::string_view("\ue000"),
           std::string_view("\U000e0041"), std::string_view("\U0010fffd")}) {
    const Glyph glyph = first_glyph(bad);
    EXPECT_FALSE(glyph.safe) << std::hex << static_cast<uint32_t>(glyph.code_point);
    EXPECT_TRUE(glyph.valid);
    EXPECT_EQ(glyph.bytes, bad.size());
    EXPECT_EQ(glyph.columns, 0U);
  }
  for (const std::string_view good : {"a", "~", "é", "…", "日", "🚀", "\u0301", "ע"}) {
    EXPECT_TRUE(first_glyph(good).safe) << good;
  }
}

TEST(Glyph, BytesThatAreNotUtf8GoOneByOne) {
  for (const std::string_view bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\x80",
                                     "\xf5\x80\x80\x80", "\xf0\x80\x80\x80"}) {
    const Glyph glyph = first_glyph(bad);
    EXPECT_FALSE(glyph.valid);
    EXPECT_FALSE(glyph.safe);
    EXPECT_EQ(glyph.bytes, 1U);
  }
}

TEST(Fit, NeverSplitsACharacterNorLosesItsMarks) {
  EXPECT_EQ(fit("abc", 2), "ab");
  EXPECT_EQ(fit("日本", 3), "日");
  EXPECT_EQ(fit("日本", 1), "");
  EXPECT_EQ(fit("e\u0301x", 1), "e\u0301");
  EXPECT_EQ(fit("abc", 0), "");
  EXPECT_EQ(fit("abc", 9), "abc");
}

TEST(Aligned, ColumnsAreAsWideAsTheyLook) {
  EXPECT_EQ(aligned({{"NAME", "N"}, {"日本語", "12"}, {"", ""}, {"a", ""}}, 1),
            "NAME     N\n日本語  12\n\na\n");
  EXPECT_EQ(aligned({{"a", "b"}, {"ccc", "d"}}, 0), "a    b\nccc  d\n");
}

}  // namespace
}  // namespace spoor
