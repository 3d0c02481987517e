#include "collector/blocks/text_table.h"

#include <gtest/gtest.h>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

TEST(TextTable, NumbersEachTextOnceInItsOrder) {
  TextTable table;
  std::string text = "first";
  EXPECT_EQ(table.number_of({text}), 1u);
  text = "other";  // the table has a copy
  EXPECT_EQ(table.number_of({text}), 2u);
  EXPECT_EQ(table.number_of({"first"}), 1u);
  EXPECT_EQ(table.number_of({""}), 0u);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.at(1).text, "first");
  EXPECT_EQ(table.bytes(), 10u);
}

TEST(TextTable, OtherWordsAreAnotherText) {
  TextTable table;
  EXPECT_EQ(table.number_of({"a b"}), 1u);
  EXPECT_EQ(table.number_of({"a b", "\x03"}), 2u);
  EXPECT_EQ(table.number_of({"", std::string_view("\0", 1)}), 3u);
  EXPECT_EQ(table.at(2).cuts, "\x03");
}

TEST(TextTable, CutsWhatIsTooLong) {
  TextTable table;
  const std::string most(kIndexTextMax, 'x');
  EXPECT_EQ(table.number_of({most}), 1u);
  EXPECT_EQ(table.number_of({most + "y"}), 2u);
  EXPECT_EQ(table.number_of({most + "z"}), 2u);
  EXPECT_FALSE(table.at(1).is_cut);
  EXPECT_TRUE(table.at(2).is_cut);
  EXPECT_EQ(table.at(2).text, most);
}

TEST(TextTable, KeepsManyTexts) {
  TextTable table;
  for (uint32_t i = 1; i <= 100'000; ++i) ASSERT_EQ(table.number_of({std::to_string(i)}), i);
  for (uint32_t i = 1; i <= 100'000; ++i) ASSERT_EQ(table.at(i).text, std::to_string(i));
}

TEST(TextTable, ForgetsThemAll) {
  TextTable table;
  for (uint32_t i = 1; i <= 1'000; ++i) table.number_of({std::to_string(i)});
  table.clear();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
  EXPECT_EQ(table.number_of({"7"}), 1u);
  EXPECT_EQ(table.number_of({"1"}), 2u);
  EXPECT_EQ(table.number_of({"7"}), 1u);
}

}  // namespace
}  // namespace spoor::collector
