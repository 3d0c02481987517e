#include "common/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/fake_files.h"

namespace spoor {
namespace {

using testing::ElementsAre;

class PosixFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "spoor-files-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  PosixFiles files_;
  std::string folder_;
};

TEST_F(PosixFilesTest, AppendsReadsAndCuts) {
  auto file = files_.open_append(path("a")).value();
  ASSERT_TRUE(file->append("hello ").is_ok());
  ASSERT_TRUE(file->append("world").is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  std::string out;
  ASSERT_TRUE(file->read_at(6, 100, out).is_ok());
  EXPECT_EQ(out, "world");
  ASSERT_TRUE(file->read_at(11, 1, out).is_ok());
  EXPECT_EQ(out, "");
  ASSERT_TRUE(file->truncate(5).is_ok());
  ASSERT_TRUE(file->append("!").is_ok());
  EXPECT_EQ(*read_file(files_, path("a"), 6), "hello!");
  EXPECT_EQ(*file->size(), 6u);
  struct stat st {};
  ASSERT_EQ(stat(path("a").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0137, 0u);
}

TEST_F(PosixFilesTest, FailuresAreNamed) {
  EXPECT_EQ(files_.open_read(path("none")).code(), Code::not_found);
  EXPECT_EQ(files_.open_append(path("none/a")).code(), Code::not_found);
  EXPECT_EQ(files_.list(path("none")).code(), Code::not_found);
  EXPECT_EQ(files_.remove(path("none")).code(), Code::not_found);
  EXPECT_EQ(files_.rename(path("none"), path("b")).code(), Code::not_found);
  EXPECT_EQ(files_.sync_folder(path("none")).code(), Code::not_found);
  EXPECT_EQ(files_.open_read(folder_).code(), Code::denied);
  auto file = files_.open_append(path("a")).value();
  auto reader = files_.open_read(path("a")).value();
  EXPECT_FALSE(reader->append("x").is_ok());
}

TEST_F(PosixFilesTest, AFifoInAFilesPlaceIsRefusedAtOnce) {
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(files_.open_read(path("fifo")).code(), Code::denied);
}

TEST_F(PosixFilesTest, FoldersAndNames) {
  ASSERT_TRUE(files_.make_folder(path("x/y/z")).is_ok());
  ASSERT_TRUE(files_.make_folder(path("x/y/z")).is_ok());
  ASSERT_TRUE(write_file(files_, path("x/y/b"), "1").is_ok());
  ASSERT_TRUE(write_file(files_, path("x/y/a"), "2").is_ok());
  EXPECT_THAT(*files_.list(path("x/y")), ElementsAre("a", "b", "z"));
  ASSERT_TRUE(files_.rename(path("x/y/a"), path("x/y/c")).is_ok());
  ASSERT_TRUE(files_.remove(path("x/y/b")).is_ok());
  EXPECT_THAT(*files_.list(path("x/y")), ElementsAre("c", "z"));
  EXPECT_FALSE(files_.make_folder(path("x/y/c")).is_ok());
  EXPECT_FALSE(files_.make_folder(path("x/y/c/d")).is_ok());
}

TEST_F(PosixFilesTest, WritesAFileWhole) {
  ASSERT_TRUE(write_file(files_, path("a"), "old and long").is_ok());
  ASSERT_TRUE(files_.open_append(path("a.tmp")).value()->append("left by a crash").is_ok());
  ASSERT_TRUE(write_file(files_, path("a"), "new").is_ok());
  EXPECT_EQ(*read_file(files_, path("a"), 100), "new");
  EXPECT_THAT(*files_.list(folder_), ElementsAre("a"));
  EXPECT_EQ(read_file(files_, path("a"), 2).code(), Code::full);
  EXPECT_EQ(read_file(files_, path("b"), 2).code(), Code::not_found);
}

// Whatever call fails and wherever the power goes, the file holds the old bytes or the new ones.
TEST_F(PosixFilesTest, ASecretIsForItsOwnerAlone) {
  ASSERT_TRUE(write_file(files_, path("key"), "readable by the group").is_ok());
  ASSERT_TRUE(write_file(files_, path("key.tmp"), "left by a crash").is_ok());
  ASSERT_TRUE(write_secret_file(files_, path("key"), "secret").is_ok());
  EXPECT_EQ(*read_file(files_, path("key"), 100), "secret");
  struct stat st {};
  ASSERT_EQ(::stat(path("key").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(PosixFilesTest, AllocatesSpace) {
  const auto file = std::move(files_.open_append(path("a"))).value();
  ASSERT_TRUE(file->allocate(3u << 20).is_ok());
  EXPECT_EQ(*file->size(), 3u << 20);
  struct stat st {};
  ASSERT_EQ(::stat(path("a").c_str(), &st), 0);
  EXPECT_GE(st.st_blocks * 512, 3 << 20);
}

TEST(Allocate, ADiskThatOnlyWritesIsAskedForTheBytes) {
  FakeFiles files;
  ASSERT_TRUE(files.make_folder("/d").is_ok());
  const auto file = std::move(files.open_append("/d/a")).value();
  ASSERT_TRUE(file->allocate((1u << 20) + 5).is_ok());
  EXPECT_EQ(*file->size(), (1u << 20) + 5);
  files.set_free_bytes(100);
  EXPECT_EQ(file->allocate(2u << 20).code(), Code::full);
}

TEST(WriteFile, IsAllOrNothing) {
  using Operation = FakeFiles::Operation;
  for (const Operation failing : {Operation::open, Operation::truncate, Operation::append,
                                  Operation::sync, Operation::rename, Operation::sync_folder}) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      FakeFiles files;
      files.put("/d/a", "old");
      files.fail_next(failing, unavailable("no"));
      EXPECT_EQ(write_file(files, "/d/a", "newer").code(), Code::unavailable);
      const std::string seen = files.content("/d/a");
      EXPECT_EQ(seen, failing == Operation::sync_folder ? "newer" : "old");
      files.crash(seed);
      EXPECT_EQ(files.content("/d/a"), "old");
      ASSERT_TRUE(write_file(files, "/d/a", "newer").is_ok());
      files.crash(seed);
      EXPECT_EQ(files.content("/d/a"), "newer");
    }
  }
}

}  // namespace
}  // namespace spoor
