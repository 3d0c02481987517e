#include "collector/blocks/word_list.h"

#include <gtest/gtest.h>

#include <random>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

using Words = std::vector<std::string_view>;

TEST(WordList, IsSearchedAsOneText) {
  const JoinedWords joined = join_words(Words{"curl", "-k", "https://example.com"});
  EXPECT_EQ(joined.text, "curl -k https://example.com");
  EXPECT_EQ(joined.cuts, "");
}

TEST(WordList, AnyWordsComeBack) {
  const std::vector<std::string> drawn = {"", "a", " ", "a b", std::string("\0", 1), "  x ",
                                          std::string(200, 'y'), std::string(200, ' ')};
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) {
    Words words;
    for (size_t n = random() % 6; n > 0; --n) words.push_back(drawn[random() % drawn.size()]);
    const JoinedWords joined = join_words(words);
    EXPECT_FALSE(joined.is_cut);
    EXPECT_EQ(joined.value().is_nothing(), words.empty());
    EXPECT_EQ(split_words(joined.value()).value(), words);
  }
}

TEST(WordList, WhatIsTooLongIsCutAndSaysSo) {
  const std::string most(kIndexTextMax, 'x'), more = most + "x";
  EXPECT_FALSE(join_words(Words{most}).is_cut);
  for (const Words& words : {Words{more}, Words{most, ""}, Words{"a", most}, Words{"a b", more}}) {
    const JoinedWords joined = join_words(words);
    EXPECT_TRUE(joined.is_cut);
    EXPECT_EQ(joined.text.size(), kIndexTextMax);
    const Words kept = split_words(joined.value()).value();
    ASSERT_FALSE(kept.empty());
    for (size_t i = 0; i < kept.size(); ++i) EXPECT_TRUE(words[i].starts_with(kept[i]));
  }
}

TEST(WordList, ManyWordsStayWithinTheirBounds) {
  for (const std::string_view word : {"", " ", "a", "a b"}) {
    const JoinedWords joined = join_words(Words(100'000, word));
    EXPECT_TRUE(joined.is_cut);
    EXPECT_LE(joined.text.size(), kIndexTextMax);
    EXPECT_LE(joined.cuts.size(), kIndexCutsMax);
    EXPECT_GT(split_words(joined.value())->size(), 1000u);
  }
}

TEST(WordList, CutsThatContradictTheTextAreRefused) {
  EXPECT_EQ(split_words({"abc", "\x02"}).code(), Code::corrupt);
  EXPECT_EQ(split_words({"abc", "\x04"}).code(), Code::corrupt);
  EXPECT_EQ(split_words({"abc", "\x03\x01"}).code(), Code::corrupt);
  EXPECT_EQ(split_words({"abc", "\x83"}).code(), Code::corrupt);
  EXPECT_TRUE(split_words({"abc", "\x01\x01"}).is_ok());
}

}  // namespace
}  // namespace spoor::collector
