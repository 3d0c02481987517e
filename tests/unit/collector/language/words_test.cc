#include "collector/language/words.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(Words, WhereEachStands) {
  const std::string text = " user:!=a\"b c\"d (x)or";
  const auto words = cut_into_words(text);
  ASSERT_TRUE(words.is_ok());
  ASSERT_EQ(words->size(), 5u);
  const Word& user = (*words)[0];
  EXPECT_EQ(user.column, 2u);
  EXPECT_EQ(user.field, "user");
  EXPECT_EQ(user.sign, "!=");
  EXPECT_EQ(user.sign_column, 7u);
  EXPECT_EQ(user.value_column, 9u);
  EXPECT_EQ(user.raw_value, "a\"b c\"d");
  EXPECT_EQ(user.value, Pattern::exactly("ab cd"));
  EXPECT_EQ((*words)[1].kind, Word::Kind::open);
  EXPECT_EQ((*words)[2].raw, "x");
  EXPECT_EQ((*words)[3].kind, Word::Kind::close);
  EXPECT_EQ((*words)[4].kind, Word::Kind::or_);
}

TEST(Words, QuotesAndBackslashesMakeAWordOfAKeyword) {
  for (const char* text : {"\"or\"", "\\x6fr", "o\"r\"", "Or", "or*"}) {
    const auto words = cut_into_words(text);
    ASSERT_TRUE(words.is_ok()) << text;
    ASSERT_EQ(words->size(), 1u) << text;
    EXPECT_EQ((*words)[0].kind, Word::Kind::part) << text;
  }
}

}  // namespace
}  // namespace spoor::collector
