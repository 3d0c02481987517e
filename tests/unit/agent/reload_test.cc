#include "agent/reload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class ReloadTest : public testing::Test {
 protected:
  ReloadTest() : path_(folder_ / "agent.yml") { config_.rules_folders = {folder_ / "."}; }
  void write(const std::string& text) {
    std::ofstream(path_) << "rules: {folders: [" << folder_ / "."
                         << "]}\n"
                         << text;
  }

  TempFolder folder_;
  std::string path_;
  Config config_;
};

TEST_F(ReloadTest, WhatIsWellIsFollowed) {
  write("log_level: debug\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems(), std::vector<std::string>());
}

TEST_F(ReloadTest, EveryProblemOfFileAndRulesIsSaid) {
  write("nonsense: 1\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 1u);
  write("");
  std::ofstream(folder_ / "bad.rules") << "-a never\n";
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 1u);
}

TEST_F(ReloadTest, RedactionRulesAreChecked) {
  const std::string rules = folder_ / "redact.d";
  std::filesystem::create_directory(rules);
  config_.redact_folders = {rules};
  write("redact: {folders: [" + rules + "]}\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems(), std::vector<std::string>());
  std::ofstream(rules + "/bad.yml") << "nonsense: 1\n";
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 1u);
}

TEST_F(ReloadTest, FoldersCannotChange) {
  write("spool: {folder: /elsewhere}\n");
  const auto problems = ReloadCheck(path_, config_).problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("folders cannot change"), std::string::npos);
  write("logs: {files: [/elsewhere/auth.log]}\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 1u);
  write("logs: {files: [/var/log/messages]}\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 0u) << "another file of its folder";
}

TEST_F(ReloadTest, AFileThatWasNeverThereIsNotMissed) {
  const ReloadCheck check(path_, Config());
  // The rules that are then asked for need not be on this machine.
  const auto of_the_file = [&] {
    const auto problems = check.problems();
    return std::count_if(problems.begin(), problems.end(),
                         [&](const std::string& problem) { return problem.starts_with(path_); });
  };
  EXPECT_EQ(of_the_file(), 0);
  write("nonsense: 1\n");
  EXPECT_GT(of_the_file(), 0) << "it is there now";
}

TEST_F(ReloadTest, AFileThatWasThereIsMissed) {
  write("");
  const ReloadCheck check(path_, config_);
  std::remove(path_.c_str());
  EXPECT_EQ(check.problems().size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
