#include "agent/doctor/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/doctor/checks.h"
#include "agent/doctor/setting_lines.h"
#include "tests/unit/agent/doctor/well_facts.h"

namespace spoor::agent {
namespace {

const std::vector<Finding> kSome = {
    {Level::missing, "seat", "a program (pid 7, /tmp/\x1b[31m\xe2\x80\xae) holds it", "stop it"},
    {Level::risk, "clock", "not synchronised", "do"},
    {Level::ok, "audit", "answers", ""}};

TEST(ReportTest, WholeIsOnlyWhatWasSeenWhole) {
  EXPECT_TRUE(is_whole({}));
  EXPECT_TRUE(is_whole({{Level::risk, "a", "b", "c"}, {Level::ok, "a", "b", ""}}));
  EXPECT_FALSE(is_whole({{Level::unknown, "a", "b", "c"}}));
  EXPECT_FALSE(is_whole(kSome));
}

TEST(ReportTest, NoNamePaintsTheTerminal) {
  const std::string text = text_report(well_facts(), kSome, 100, true);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("/tmp/\\x1b[31m\\xe2\\x80\\xae"), std::string::npos) << text;
}

TEST(ReportTest, LinesFitAndAlign) {
  for (const size_t columns : {0u, 64u, 80u, 120u}) {
    for (const std::string_view line : lines_of(
             text_report(well_facts(), examine(HostFacts{}), columns, true))) {
      if (line.starts_with("web1")) continue;  // the sum
      EXPECT_LE(line.size(), std::max<size_t>(columns, 64)) << line;
    }
  }
}

TEST(ReportTest, WhatIsWellIsShownOnRequest) {
  EXPECT_EQ(text_report(well_facts(), kSome, 100, false).find("answers"), std::string::npos);
  EXPECT_NE(text_report(well_facts(), kSome, 100, true).find("answers"), std::string::npos);
  EXPECT_NE(text_report(well_facts(), examine(well_facts()), 100, false)
                .find("web1, kernel 6.1.0-56-amd64: the record is whole."), std::string::npos);
}

TEST(ReportTest, JsonIsOneObjectALine) {
  const std::string text = json_report(well_facts(), kSome, true);
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), 4u);
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(first["check"], "seat");
  EXPECT_EQ(first["level"], "missing");
  EXPECT_EQ(first["fix"], "stop it");
  const auto last = nlohmann::json::parse(lines[3]);
  EXPECT_EQ(last["whole"], false);
  EXPECT_EQ(last["missing"], 1);
  EXPECT_EQ(last["ok"], 1);
}

TEST(ReportTest, JsonShowsWhatIsWellOnRequestToo) {
  const std::string text = json_report(well_facts(), kSome, false);
  EXPECT_EQ(lines_of(text).size(), 3u);
  EXPECT_EQ(text.find("answers"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(lines_of(text)[2])["ok"], 1) << "it is counted";
}

TEST(ReportTest, JsonSurvivesBytesThatAreNoText) {
  const std::string text = json_report(well_facts(), {{Level::ok, "a", "\xff\n\x01", ""}}, true);
  EXPECT_EQ(lines_of(text).size(), 2u);
  EXPECT_NO_THROW({ auto parsed = nlohmann::json::parse(lines_of(text)[0]); });
}

}  // namespace
}  // namespace spoor::agent
