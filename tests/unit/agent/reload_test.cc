#include "agent/reload.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class ReloadTest : public testing::Test {
 protected:
  ReloadTest() : path_(folder_ / "agent.yml") { config_.rules_folders = {folder_ / "."}; }
  void write(const std::string& text) {
    std::ofstream(path_) << "rules: {folders: [" << folder_ / "." << "]}\n" << text;
  }

  TempFolder folder_;
  std::string path_;
  Config config_;
};

TEST_F(ReloadTest, WhatIsWellIsFollowed) {
  write("log: {level: debug}\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems(), std::vector<std::string>());
}

TEST_F(ReloadTest, EveryProblemOfFileAndRulesIsSaid) {
  write("nonsense: 1\n");
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 1u);
  write("");
  std::ofstream(folder_ / "bad.rules") << "-a never\n";
  EXPECT_EQ(ReloadCheck(path_, config_).problems().size(), 1u);
}

TEST_F(ReloadTest, FoldersCannotChange) {
  write("spool: {folder: /elsewhere}\n");
  const auto problems = ReloadCheck(path_, config_).problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("folders cannot change"), std::string::npos);
}

TEST_F(ReloadTest, AFileThatWasNeverThereIsNotMissed) {
  Config defaults;
  defaults.rules_folders = Config().rules_folders;
  const ReloadCheck check(path_, defaults);
  EXPECT_EQ(check.problems(), std::vector<std::string>());
  write("nonsense: 1\n");
  EXPECT_EQ(check.problems().size(), 1u) << "it is there now";
}

TEST_F(ReloadTest, AFileThatWasThereIsMissed) {
  write("");
  const ReloadCheck check(path_, config_);
  std::remove(path_.c_str());
  EXPECT_EQ(check.problems().size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
