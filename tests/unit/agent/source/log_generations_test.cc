#include "agent/source/log_generations.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "agent/limits.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class LogGenerationsTest : public testing::Test {
 protected:
  void make(const std::string& name) { std::ofstream(folder_ / name) << name; }
  std::string names() {
    std::string text;
    const auto files = log_generations(folder_ / "auth.log");
    for (const LogGeneration& file : *files) {
      text += file.path.substr((folder_ / "").size()) + " ";
    }
    return text;
  }
  TempFolder folder_;
};

TEST_F(LogGenerationsTest, NumbersCountBackwards) {
  for (const char* name : {"auth.log.1", "auth.log", "auth.log.10", "auth.log.2"}) make(name);
  EXPECT_EQ(names(), "auth.log.10 auth.log.2 auth.log.1 auth.log ");
}

TEST_F(LogGenerationsTest, DatesCountForwards) {
  for (const char* name : {"auth.log-20261122", "auth.log", "auth.log-20261120",
                           "auth.log-20261121-1795262400"}) {
    make(name);
  }
  EXPECT_EQ(names(), "auth.log-20261120 auth.log-20261121-1795262400 auth.log-20261122 auth.log ");
}

TEST_F(LogGenerationsTest, WhatIsNamedOtherwiseIsNoPartOfIt) {
  for (const char* name : {"auth.log.1.gz", "auth.log.bak", "auth.log2", "auth.log.", "auth.log-",
                           "xauth.log.1", "auth.log-old", "auth.log.1~"}) {
    make(name);
  }
  std::filesystem::create_directory(folder_ / "auth.log.3");
  ASSERT_EQ(mkfifo((folder_ / "auth.log.4").c_str(), 0600), 0);
  EXPECT_EQ(names(), "");
  EXPECT_EQ(log_generations("/nowhere/at/all").code(), Code::not_found);
}

TEST_F(LogGenerationsTest, TheNewestAreLookedAt) {
  for (size_t i = 0; i < kLogGenerationsMax + 5; ++i) make("auth.log." + std::to_string(i));
  make("auth.log");
  const auto files = *log_generations(folder_ / "auth.log");
  EXPECT_EQ(files.size(), kLogGenerationsMax + 1);
  EXPECT_TRUE(files.front().path.ends_with("." + std::to_string(kLogGenerationsMax - 1)));
}

TEST_F(LogGenerationsTest, OnlyARegularFileIsOpened) {
  make("auth.log");
  LogGeneration file;
  EXPECT_TRUE(open_log(folder_ / "auth.log", file).is_open());
  EXPECT_EQ(file.size, 8u);
  EXPECT_NE(file.inode, 0u);
  EXPECT_FALSE(open_log(folder_ / "none", file).is_open());
  EXPECT_EQ(errno, ENOENT);
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(open_log(folder_ / "pipe", file).is_open());
  EXPECT_EQ(errno, EINVAL);
}

}  // namespace
}  // namespace spoor::agent
