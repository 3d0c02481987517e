#include "collector/blocks/column.h"

#include <gtest/gtest.h>

#include <set>

namespace spoor::collector {
namespace {

TEST(Column, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kNumbers; ++i) names.insert(name_of(static_cast<Number>(i)));
  for (size_t i = 0; i < kTexts; ++i) names.insert(name_of(static_cast<Text>(i)));
  EXPECT_EQ(names.size(), kNumbers + kTexts);
  EXPECT_FALSE(names.contains(""));
}

// The numbers are in the files.
TEST(Column, NoneIsEverMoved) {
  EXPECT_EQ(column_number(Number::kind), 0);
  EXPECT_EQ(column_number(Number::time_ms), 1);
  EXPECT_EQ(column_number(Number::pid), 13);
  EXPECT_EQ(column_number(Number::attribution), 35);
  EXPECT_EQ(column_number(Number::twin), 36);
  EXPECT_EQ(column_number(Number::read_boot), 38);
  EXPECT_EQ(column_number(Text::host), 128);
  EXPECT_EQ(column_number(Text::command), 139);
  EXPECT_EQ(column_number(Text::rest), 148);
  EXPECT_EQ(column_number(Text::values), 149);
}

// What a reader refuses, the writer must not write.
TEST(Column, NoneStandsBesideOneThatComesLater) {
  for (size_t i = 0; i < kNumbers; ++i) {
    const Coding coding = coding_of(static_cast<Number>(i));
    if (coding.beside) {
      EXPECT_LT(column_number(*coding.beside), i);
    }
    EXPECT_NE(coding.model, Model::first);
  }
  for (const Number column : {Number::kind, Number::twin}) {
    EXPECT_FALSE(coding_of(column).needs_kinds() || coding_of(column).beside);
  }
}

TEST(Column, WhatHasWordsAndWhatIsSearched) {
  EXPECT_TRUE(has_words(Text::command) && has_words(Text::files));
  EXPECT_FALSE(has_words(Text::cwd));
  EXPECT_FALSE(is_searched(Text::rest) || is_searched(Text::values));
  EXPECT_TRUE(is_searched(Text::session) && is_searched(Text::input));
}

}  // namespace
}  // namespace spoor::collector
