// tests/support/fake_files.cc: the disk with which spool and log are tested must forget as a real
// one does, or their tests prove nothing.
#include "tests/support/fake_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace spoor {
namespace {

using testing::ElementsAre;
using Operation = FakeFiles::Operation;

class FakeFilesTest : public testing::Test {
 protected:
  FakeFilesTest() { EXPECT_TRUE(files_.make_folder("/d/e").is_ok()); }
  FakeFiles files_;
};

TEST_F(FakeFilesTest, WorksLikeADisk) {
  auto file = files_.open_append("/d/a").value();
  ASSERT_TRUE(file->append("hello").is_ok());
  std::string out;
  ASSERT_TRUE(file->read_at(1, 3, out).is_ok());
  EXPECT_EQ(out, "ell");
  ASSERT_TRUE(file->read_at(9, 3, out).is_ok());
  EXPECT_EQ(out, "");
  ASSERT_TRUE(file->truncate(2).is_ok());
  EXPECT_EQ(*file->size(), 2u);
  EXPECT_EQ(*read_file(files_, "/d/a", 10), "he");
  EXPECT_THAT(*files_.list("/d"), ElementsAre("a", "e"));
  EXPECT_THAT(*files_.list("/"), ElementsAre("d"));
  EXPECT_EQ(files_.open_read("/d/none").code(), Code::not_found);
  EXPECT_EQ(files_.open_append("/none/a").code(), Code::not_found);
  ASSERT_TRUE(files_.rename("/d/a", "/d/b").is_ok());
  EXPECT_FALSE(files_.exists("/d/a"));
  ASSERT_TRUE(files_.remove("/d/b").is_ok());
  EXPECT_EQ(files_.remove("/d/b").code(), Code::not_found);
}

TEST_F(FakeFilesTest, ACrashKeepsWhatWasSyncedAndTearsTheRest) {
  std::set<size_t> lengths;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FakeFiles files;
    files.put("/d/a", "");
    auto file = files.open_append("/d/a").value();
    ASSERT_TRUE(file->append("synced").is_ok());
    ASSERT_TRUE(file->sync().is_ok());
    ASSERT_TRUE(file->append("maybe").is_ok());
    files.crash(seed);
    const std::string left = files.content("/d/a");
    EXPECT_TRUE(std::string("syncedmaybe").starts_with(left) && left.size() >= 6) << left;
    lengths.insert(left.size());
    EXPECT_EQ(file->append("x").code(), Code::unavailable);
    EXPECT_EQ(file->size().code(), Code::unavailable);
  }
  EXPECT_EQ(lengths.size(), 6u);  // every tear was seen, from nothing lost to all lost
}

TEST_F(FakeFilesTest, TheSameSeedTearsTheSame) {
  const auto left = [](uint64_t seed) {
    FakeFiles files;
    files.put("/d/a", "");
    EXPECT_TRUE(files.open_append("/d/a").value()->append(std::string(1000, 'x')).is_ok());
    files.crash(seed);
    return files.content("/d/a").size();
  };
  EXPECT_EQ(left(5), left(5));
  EXPECT_NE(left(5), left(6));
}

TEST_F(FakeFilesTest, NamesAreForgottenWithoutAFolderSync) {
  files_.put("/d/kept", "k");
  files_.put("/d/renamed", "r");
  files_.put("/d/removed", "v");
  ASSERT_TRUE(files_.open_append("/d/created").value()->sync().is_ok());
  ASSERT_TRUE(files_.rename("/d/renamed", "/d/new").is_ok());
  ASSERT_TRUE(files_.remove("/d/removed").is_ok());
  EXPECT_THAT(*files_.list("/d"), ElementsAre("created", "e", "kept", "new"));
  files_.crash(1);
  EXPECT_THAT(*files_.list("/d"), ElementsAre("e", "kept", "removed", "renamed"));
  EXPECT_EQ(files_.content("/d/renamed"), "r");
}

TEST_F(FakeFilesTest, AFolderSyncKeepsThatFoldersNamesOnly) {
  ASSERT_TRUE(files_.open_append("/d/a").is_ok());
  ASSERT_TRUE(files_.open_append("/d/e/b").is_ok());
  ASSERT_TRUE(files_.sync_folder("/d").is_ok());
  files_.crash(1);
  EXPECT_TRUE(files_.exists("/d/a"));
  EXPECT_FALSE(files_.exists("/d/e/b"));
}

TEST_F(FakeFilesTest, AnUnsyncedCutIsUndone) {
  files_.put("/d/a", "whole");
  ASSERT_TRUE(files_.open_append("/d/a").value()->truncate(1).is_ok());
  files_.crash(1);
  EXPECT_EQ(files_.content("/d/a"), "whole");
}

TEST_F(FakeFilesTest, FillsUpInTheMiddleOfAWrite) {
  auto file = files_.open_append("/d/a").value();
  files_.set_free_bytes(7);
  ASSERT_TRUE(file->append("12345").is_ok());
  EXPECT_EQ(file->append("6789").code(), Code::full);
  EXPECT_EQ(files_.content("/d/a"), "1234567");
  EXPECT_EQ(file->append("8").code(), Code::full);
  ASSERT_TRUE(file->truncate(5).is_ok());
  EXPECT_TRUE(file->append("67").is_ok());
  ASSERT_TRUE(files_.remove("/d/a").is_ok());
  EXPECT_TRUE(files_.open_append("/d/b").value()->append("1234567").is_ok());
  files_.set_free_bytes(std::nullopt);
  EXPECT_TRUE(file->append(std::string(100, 'x')).is_ok());
}

// The next sync of the file says ok, and is a lie; a new file, or bytes written anew, are none.
TEST_F(FakeFilesTest, ASyncThatFailedHasDroppedItsBytesForGood) {
  files_.put("/d/a", "synced");
  auto file = files_.open_append("/d/a").value();
  ASSERT_TRUE(file->append("lost").is_ok());
  files_.fail_next(Operation::sync, unavailable("bad disk"));
  EXPECT_FALSE(file->sync().is_ok());
  EXPECT_EQ(files_.content("/d/a"), "syncedlost");  // as long as there is power
  ASSERT_TRUE(file->append("kept").is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  ASSERT_TRUE(file->append("more").is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  EXPECT_EQ(files_.content("/d/a"), "syncedlostkeptmore");
  files_.crash(1);
  EXPECT_EQ(files_.content("/d/a"), "synced" + std::string(4, '\0') + "keptmore");
  // It is how it is now.
  file = files_.open_append("/d/a").value();
  ASSERT_TRUE(file->append("!").is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  files_.crash(1);
  EXPECT_EQ(files_.content("/d/a"), "synced" + std::string(4, '\0') + "keptmore!");
}

TEST_F(FakeFilesTest, WhatWasCutAndWrittenAnewAfterAFailedSyncIsSynced) {
  files_.put("/d/a", "synced");
  auto file = files_.open_append("/d/a").value();
  ASSERT_TRUE(file->append("lost").is_ok());
  files_.fail_next(Operation::sync, unavailable("bad disk"), 2);
  EXPECT_FALSE(file->sync().is_ok());
  EXPECT_FALSE(file->sync().is_ok());
  ASSERT_TRUE(file->truncate(6).is_ok());
  ASSERT_TRUE(file->append("again").is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  files_.crash(1);
  EXPECT_EQ(files_.content("/d/a"), "syncedagain");
}

TEST_F(FakeFilesTest, TornPagesAreZerosWithinWhatWasNotSynced) {
  const std::string synced(100, 's');
  const std::string tail(20'000, 't');
  int holes = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FakeFiles files;
    files.set_torn_pages(true);
    files.put("/d/a", synced);
    ASSERT_TRUE(files.open_append("/d/a").value()->append(tail).is_ok());
    files.crash(seed);
    const std::string left = files.content("/d/a");
    ASSERT_TRUE(left.starts_with(synced));
    const std::string torn = left.substr(synced.size());
    const size_t begin = torn.find('\0');
    if (begin == std::string::npos) continue;
    ++holes;
    const size_t end = torn.find_last_of('\0') + 1;
    EXPECT_LE(end - begin, 4096u);
    EXPECT_EQ(torn.substr(begin, end - begin), std::string(end - begin, '\0'));
    EXPECT_EQ(torn.substr(0, begin) + torn.substr(end),
              std::string(torn.size() - (end - begin), 't'));
  }
  EXPECT_GT(holes, 20);
  EXPECT_LT(holes, 100);
}

TEST_F(FakeFilesTest, APictureIsWhatAPowerCutWouldLeave) {
  files_.put("/d/a", "synced");
  files_.put("/d/gone", "g");
  ASSERT_TRUE(files_.open_append("/d/a").value()->append("not").is_ok());
  ASSERT_TRUE(files_.remove("/d/gone").is_ok());
  ASSERT_TRUE(files_.open_append("/d/new").is_ok());
  const FakeFiles::Picture picture = files_.picture();
  EXPECT_EQ(picture, (FakeFiles::Picture{{"/d/a", "synced"}, {"/d/gone", "g"}}));
  EXPECT_EQ(files_.content("/d/a"), "syncednot");  // to look changes nothing

  auto before = files_.open_append("/d/new").value();
  ASSERT_TRUE(files_.sync_folder("/d").is_ok());
  files_.restore(picture);
  EXPECT_EQ(files_.picture(), picture);
  EXPECT_THAT(files_.paths(), ElementsAre("/d/a", "/d/gone"));
  EXPECT_EQ(before->append("x").code(), Code::unavailable);
  EXPECT_EQ(before->sync().code(), Code::unavailable);
}

TEST_F(FakeFilesTest, ALyingSyncKeepsNothing) {
  files_.put("/d/a", "");
  files_.lie(FakeFiles::Lie::sync);
  auto file = files_.open_append("/d/a").value();
  ASSERT_TRUE(file->append(std::string(1000, 'x')).is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  EXPECT_EQ(files_.picture().at("/d/a"), "");
  files_.crash(5);
  EXPECT_LT(files_.content("/d/a").size(), 1000u);
}

TEST_F(FakeFilesTest, ALyingRenameIsUndoneByACrashWhateverIsSynced) {
  files_.put("/d/new", "new");
  files_.put("/d/old", "old");
  files_.lie(FakeFiles::Lie::rename);
  ASSERT_TRUE(files_.rename("/d/new", "/d/old").is_ok());
  ASSERT_TRUE(files_.sync_folder("/d").is_ok());
  EXPECT_EQ(files_.content("/d/old"), "new");
  files_.crash(1);
  EXPECT_EQ(files_.content("/d/old"), "old");
  EXPECT_EQ(files_.content("/d/new"), "new");
}

TEST_F(FakeFilesTest, ThePowerFailsAtAnyChange) {
  files_.put("/d/a", "a");
  auto file = files_.open_append("/d/a").value();
  files_.fail_power_after(2);
  std::string out;
  ASSERT_TRUE(file->append("1").is_ok());
  ASSERT_TRUE(file->read_at(0, 1, out).is_ok());  // to look is no change
  EXPECT_FALSE(file->sync().is_ok());
  EXPECT_TRUE(files_.is_without_power());
  EXPECT_FALSE(file->read_at(0, 1, out).is_ok());
  EXPECT_FALSE(files_.rename("/d/a", "/d/b").is_ok());
  EXPECT_TRUE(files_.exists("/d/a"));
  files_.crash(1);
  EXPECT_FALSE(files_.is_without_power());
  EXPECT_TRUE(files_.content("/d/a").starts_with("a"));
  EXPECT_TRUE(files_.rename("/d/a", "/d/b").is_ok());
}

TEST_F(FakeFilesTest, AFlippedBitStaysFlipped) {
  files_.put("/d/a", "abc");
  files_.flip_bit("/d/a", 1, 0);
  EXPECT_EQ(files_.content("/d/a"), "acc");
  files_.crash(1);
  EXPECT_EQ(files_.content("/d/a"), "acc");
  files_.flip_bit("/d/a", 99, 0);
  EXPECT_EQ(files_.content("/d/a"), "acc");
}

TEST_F(FakeFilesTest, EachSyncTakesItsTime) {
  files_.set_sync_ns(7);
  auto file = files_.open_append("/d/a").value();
  ASSERT_TRUE(file->sync().is_ok());
  ASSERT_TRUE(file->sync().is_ok());
  EXPECT_EQ(files_.take_spent_ns(), 14);
  EXPECT_EQ(files_.take_spent_ns(), 0);
}

TEST_F(FakeFilesTest, FailsFromTheNthCallOnUntilACrash) {
  files_.fail_after(Operation::append, 1, full("no"));
  auto file = files_.open_append("/d/a").value();
  EXPECT_TRUE(file->append("1").is_ok());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(file->append("2").code(), Code::full);
  files_.forget_failures();
  EXPECT_TRUE(file->append("3").is_ok());
  EXPECT_EQ(files_.content("/d/a"), "13");
}

TEST_F(FakeFilesTest, FailsOnDemandAndThenNoMore) {
  auto file = files_.open_append("/d/a").value();
  files_.fail_next(Operation::sync, unavailable("bad disk"), 2);
  ASSERT_TRUE(file->append("x").is_ok());
  EXPECT_EQ(file->sync().code(), Code::unavailable);
  EXPECT_EQ(file->sync().message(), "bad disk");
  EXPECT_EQ(files_.syncs(), 0);
  EXPECT_TRUE(file->sync().is_ok());
  EXPECT_EQ(files_.syncs(), 1);

  std::string out;
  files_.fail_next(Operation::read, unavailable("r"));
  EXPECT_EQ(file->read_at(0, 1, out).message(), "r");
  files_.fail_next(Operation::append, full("w"));
  EXPECT_EQ(file->append("y").message(), "w");
  EXPECT_EQ(files_.content("/d/a"), "x");
  files_.fail_next(Operation::open, denied("o"));
  EXPECT_EQ(files_.open_read("/d/a").code(), Code::denied);
  EXPECT_TRUE(files_.open_read("/d/a").is_ok());
  files_.fail_next(Operation::list, unavailable("l"));
  EXPECT_EQ(files_.list("/d").code(), Code::unavailable);
  files_.fail_next(Operation::remove, unavailable("x"));
  EXPECT_EQ(files_.remove("/d/a").code(), Code::unavailable);
  EXPECT_TRUE(files_.exists("/d/a"));
}

}  // namespace
}  // namespace spoor
