#include "agent/doctor/setting_lines.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(SettingLinesTest, LastOneIsInForce) {
  constexpr std::string_view kText =
      "# disk_full_action = HALT\n; disk_full_action = HALT\n\n"
      "disk_full_action = SUSPEND\r\n\tDisk_Full_Action\t=\tSINGLE  \n"
      "disk_full_action_exe = x\nnonsense\n= y\n";
  EXPECT_EQ(setting(kText, "disk_full_action", '='), "SINGLE");
  EXPECT_EQ(settings(kText, "disk_full_action", '=').size(), 2u);
  EXPECT_FALSE(setting(kText, "disk", '='));
}

TEST(SettingLinesTest, EmptyIsAValue) {
  EXPECT_EQ(setting("Audit=\n", "Audit", '='), "");
  EXPECT_FALSE(setting("", "Audit", '='));
  EXPECT_FALSE(setting("Audit", "Audit", '='));
}

TEST(SettingLinesTest, TornLastLineCounts) {
  EXPECT_EQ(setting("CapPrm:\t0000000000000001\nCapBnd:\t00", "CapBnd", ':'), "00");
}

TEST(SettingLinesTest, ValuesMayHoldTheSeparator) {
  EXPECT_EQ(setting("ExecStart=/bin/x --y=z", "ExecStart", '='), "/bin/x --y=z");
}

TEST(SettingLinesTest, WordsAndLines) {
  EXPECT_TRUE(words_of(" \t\n").empty());
  EXPECT_EQ(words_of(" a\tb  c\n").size(), 3u);
  EXPECT_EQ(lines_of("a\n\nb").size(), 3u);
  EXPECT_TRUE(lines_of("").empty());
  EXPECT_EQ(lower_case("AbZ\xc4-9"), "abz\xc4-9");
}

}  // namespace
}  // namespace spoor::agent
