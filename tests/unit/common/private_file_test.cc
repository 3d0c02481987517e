#include "common/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor {
namespace {

struct stat stat_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(lstat(path.c_str(), &st), 0) << path;
  return st;
}

size_t files_in(const std::string& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    (void)entry;
    ++count;
  }
  return count;
}

TEST(PrivateFileTest, IsReplacedWholeAndReadByItsOwnerAlone) {
  const TempFolder folder;
  const std::string path = folder / "key";
  ASSERT_TRUE(write_private_file(path, "first, and longer").is_ok());
  ASSERT_TRUE(write_private_file(path, "second").is_ok());
  EXPECT_EQ(*read_private_file(path, 100), "second");
  EXPECT_EQ(stat_of(path).st_mode & 07777, 0600u);
  EXPECT_EQ(files_in(folder / ""), 1u);
  EXPECT_EQ(read_private_file(path, 5).code(), Code::full);
  EXPECT_EQ(*read_private_file(path, 6), "second");
}

// The umask may not open what was asked to be closed, nor close what was asked to be open.
TEST(PrivateFileTest, ModeIsTheOneAskedFor) {
  const TempFolder folder;
  const mode_t before = umask(0);
  ASSERT_TRUE(write_private_file(folder / "a", "x").is_ok());
  umask(0777);
  ASSERT_TRUE(write_private_file(folder / "b", "x", 0644).is_ok());
  umask(before);
  EXPECT_EQ(stat_of(folder / "a").st_mode & 07777, 0600u);
  EXPECT_EQ(stat_of(folder / "b").st_mode & 07777, 0644u);
}

TEST(PrivateFileTest, LinkInItsPlaceIsReplacedAndNotFollowed) {
  const TempFolder folder;
  std::ofstream(folder / "victim") << "untouched";
  ASSERT_EQ(symlink((folder / "victim").c_str(), (folder / "key").c_str()), 0);
  ASSERT_TRUE(write_private_file(folder / "key", "secret").is_ok());
  EXPECT_TRUE(S_ISREG(stat_of(folder / "key").st_mode));
  std::string victim;
  std::getline(std::ifstream(folder / "victim"), victim);
  EXPECT_EQ(victim, "untouched");
}

TEST(PrivateFileTest, FailureLeavesNothing) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "key");  // rename(2) cannot replace it
  EXPECT_FALSE(write_private_file(folder / "key", "secret").is_ok());
  EXPECT_EQ(files_in(folder / ""), 1u);
  EXPECT_EQ(write_private_file(folder / "nowhere/key", "secret").code(), Code::not_found);
}

TEST(PrivateFileTest, WhatOthersCouldReadOrWriteIsNotRead) {
  const TempFolder folder;
  const std::string path = folder / "key";
  ASSERT_TRUE(write_private_file(path, "secret").is_ok());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    const auto read = read_private_file(path, 100);
    EXPECT_EQ(read.code(), Code::denied) << mode;
    EXPECT_NE(read.status().message().find("chmod 600 " + path), std::string::npos);
  }
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(read_private_file(path, 100).is_ok());
}

TEST(PrivateFileTest, WhatIsNoRegularFileIsNotReadNorWaitedFor) {
  const TempFolder folder;
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_private_file(folder / "fifo", 100).code(), Code::denied);
  EXPECT_EQ(read_private_file(folder / "", 100).code(), Code::denied);
  ASSERT_TRUE(write_private_file(folder / "key", "secret").is_ok());
  ASSERT_EQ(symlink((folder / "key").c_str(), (folder / "link").c_str()), 0);
  EXPECT_FALSE(read_private_file(folder / "link", 100).is_ok());
  EXPECT_EQ(read_private_file(folder / "none", 100).code(), Code::not_found);
}

TEST(PrivateFileTest, OwnerIsGivenAndAskedFor) {
  SPOOR_NEEDS_ROOT();
  const TempFolder folder;
  ASSERT_TRUE(write_private_file(folder / "key", "secret", 0400, {64199, 64199}).is_ok());
  EXPECT_EQ(stat_of(folder / "key").st_uid, 64199u);
  EXPECT_EQ(stat_of(folder / "key").st_gid, 64199u);
  EXPECT_EQ(read_private_file(folder / "key", 100).code(), Code::denied);
}

}  // namespace
}  // namespace spoor
