#include "agent/spool/small_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

Status anything(const struct stat&) { return ok(); }

TEST(SmallFileTest, ReadsUpToItsBoundAndNotOneByteMore) {
  const TempFolder folder;
  const std::string path = folder / "file";
  std::ofstream(path) << std::string(100, 'x');
  EXPECT_EQ(*read_small_file(path, 100, anything), std::string(100, 'x'));
  EXPECT_EQ(read_small_file(path, 99, anything).code(), Code::denied);
  EXPECT_EQ(read_small_file(folder / "nothing", 100, anything).code(), Code::not_found);
}

// It is the file that was opened that is looked at, and it may grow in between.
TEST(SmallFileTest, FileThatGrowsWhileItIsLookedAtIsTooLong) {
  const TempFolder folder;
  const std::string path = folder / "file";
  std::ofstream(path) << std::string(100, 'x');
  const auto grow = [&](const struct stat&) {
    std::ofstream(path, std::ios::app) << "more";
    return ok();
  };
  EXPECT_EQ(read_small_file(path, 100, grow).code(), Code::denied);
}

TEST(SmallFileTest, WhatIsRefusedIsNotRead) {
  const TempFolder folder;
  const std::string path = folder / "file";
  std::ofstream(path) << "text";
  const auto refused =
      read_small_file(path, 100, [](const struct stat&) { return denied("not yours"); });
  EXPECT_EQ(refused.code(), Code::denied);
  EXPECT_EQ(refused.status().message(), path + ": not yours");
  EXPECT_EQ(read_small_file(folder / "", 100, anything).code(), Code::denied);  // a folder
}

}  // namespace
}  // namespace spoor::agent
