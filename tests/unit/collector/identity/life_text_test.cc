#include "collector/identity/life_text.h"

namespace spoor::collector {
namespace {

TEST(LifeText, Units) {
  EXPECT_EQ(parse_life("90s").value(), 90);
  EXPECT_EQ(parse_life("30m").value(), 1800);
  EXPECT_EQ(parse_life("24h").value(), 86400);
  EXPECT_EQ(parse_life("7d").value(), 7 * 86400);
}

TEST(LifeText, WhatIsNone) {
  for (const char* text : {"", "s", "24", "24 h", "0h", "-1h", "1w", "1hh", "9999999d",
                           "99999999999999999999h"}) {
    EXPECT_EQ(parse_life(text).code(), Code::invalid) << text;
  }
}

}  // namespace
}  // namespace spoor::collector
