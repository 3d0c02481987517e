#include "collector/language/pattern.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/pattern_text.h"

namespace spoor::collector {
namespace {

// By the definition: a hole is any bytes.
bool naive(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*')
    return !text.empty() && text[0] == pattern[0] && naive(pattern.substr(1), text.substr(1));
  for (size_t i = 0; i <= text.size(); ++i)
    if (naive(pattern.substr(1), text.substr(i))) return true;
  return false;
}

TEST(Pattern, FitsWhatItsDefinitionSays) {
  std::mt19937 random(1);
  size_t fitting = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string holes, text;
    for (size_t n = random() % 7; n > 0; --n) holes += "ab*"[random() % 3];
    for (size_t n = random() % 9; n > 0; --n) text += "ab"[random() % 2];
    const bool fits = pattern(holes).fits(text, true);
    EXPECT_EQ(fits, naive(holes, text)) << holes << " " << text;
    fitting += fits;
  }
  EXPECT_GT(fitting, 2000u);
}

TEST(Pattern, CaseIsThatOfAsciiLettersAlone) {
  EXPECT_TRUE(Pattern::containing("CURL").fits("/usr/bin/curl -k", false));
  EXPECT_FALSE(Pattern::containing("CURL").fits("/usr/bin/curl -k", true));
  EXPECT_TRUE(pattern("Cu*K").fits("cURL -k", false));
  EXPECT_FALSE(Pattern::exactly("\xc3\x84").fits("\xc3\xa4", false));
  EXPECT_FALSE(Pattern::exactly("[").fits("{", false));
}

TEST(Pattern, BytesHideNothing) {
  const std::string text("a\0b\xff" "c", 5);
  EXPECT_TRUE(Pattern::containing("c").fits(text, false));
  EXPECT_TRUE(Pattern::containing(std::string("\0b\xff", 3)).fits(text, false));
  EXPECT_TRUE(Pattern::exactly(text).fits(text, true));
  EXPECT_FALSE(Pattern::exactly("a").fits(text, true));
}

TEST(Pattern, Anything) {
  EXPECT_TRUE(pattern("*").is_anything());
  EXPECT_TRUE(pattern("***").is_anything());
  EXPECT_TRUE(Pattern::containing("").is_anything());
  EXPECT_FALSE(pattern("*a*").is_anything());
  EXPECT_FALSE(Pattern().is_anything());
  EXPECT_TRUE(Pattern().is_empty());
}

TEST(Pattern, OpenedAtBothEndsOnce) {
  for (const char* text : {"a", "*a", "a*", "*a*"}) {
    Pattern opened = pattern(text);
    opened.open_at_both_ends();
    EXPECT_EQ(opened, Pattern::containing("a")) << text;
  }
}

TEST(Pattern, Text) {
  EXPECT_EQ(pattern("a*b").to_text(), "a*b");
  EXPECT_EQ(Pattern::exactly("*\"\\\x01\xff~ ").to_text(), "\\*\\\"\\\\\\x01\\xff~ ");
}

}  // namespace
}  // namespace spoor::collector
