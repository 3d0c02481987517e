#include "collector/cli/styled_text.h"

#include <gtest/gtest.h>

namespace spoor::cli {
namespace {

StyledText sample() {
  return StyledText(Style::quiet, "├ ").add(Style::alarm, "[root]").add(" id").add("");
}

TEST(StyledText, RendersPlainWithoutColour) {
  EXPECT_EQ(sample().render(false), "├ [root] id");
  EXPECT_EQ(sample().width(), 11U);
}

TEST(StyledText, EveryColourIsEndedBeforeTheNextPiece) {
  EXPECT_EQ(sample().render(true), "\033[2m├ \033[0m\033[1;31m[root]\033[0m id");
}

TEST(StyledText, CutsToExactlyTheWidth) {
  for (size_t width = 1; width <= 11; ++width) {
    StyledText text = sample();
    text.cut(width);
    EXPECT_EQ(text.width(), width);
    EXPECT_EQ(text.render(false).ends_with("…"), width < 11);
  }
  StyledText whole = sample();
  whole.cut(12);
  EXPECT_EQ(whole.render(false), "├ [root] id");
}

TEST(StyledText, AWideCharacterThatHalfFitsIsLeftOut) {
  StyledText text(Style::plain, "日本語");
  text.cut(4);
  EXPECT_EQ(text.render(false), "日…");
  EXPECT_EQ(text.width(), 3U);
}

TEST(StyledText, ACutNeverTakesLaterPiecesInsteadOfTheOneThatDidNotFit) {
  StyledText text(Style::plain, "日本");
  text.add(Style::bad, "x");
  text.cut(4);
  EXPECT_EQ(text.render(false), "日…");
}

TEST(StyledText, PadsAfterwards) {
  StyledText text(Style::plain, "日");
  text.pad(4);
  text.pad(1);
  EXPECT_EQ(text.render(false), "日  ");
}

}  // namespace
}  // namespace spoor::cli
