#include "agent/sealed_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/files.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class SealedFolderTest : public ::testing::Test {
 protected:
  static Fact loss(uint64_t order) {
    Fact fact;
    fact.order = order;
    fact.kind = Loss{.count = 5};
    return fact;
  }
  uint64_t events_in_spool(uint64_t* epoch = nullptr) {
    SpoolConfig config;
    config.folder = path_;
    const auto spool = Spool::open(files_, clock_, config);
    EXPECT_TRUE(spool.is_ok());
    if (epoch != nullptr) *epoch = (*spool)->epoch();
    return (*spool)->stream(EventClass::access).head.sequence;
  }

  // A replay of one event.
  Status seal(const std::string& path) {
    ASSIGN_OR_RETURN(const auto sealed, SealedFolder::open(files_, clock_, path));
    RETURN_IF_ERROR(sealed->add(loss(1), host_));
    return sealed->finish();
  }
  std::vector<std::string> beside() { return *files_.list(folder_ / ""); }

  TempFolder folder_;
  const std::string path_ = folder_ / "sealed";
  PosixFiles files_;
  SystemClock clock_;
  const Host host_{.name = "web1", .machine_id = {}, .boot_id = {}, .kernel = {}};
};

TEST_F(SealedFolderTest, FactsAreFramesOfASpool) {
  {
    auto sealed = SealedFolder::open(files_, clock_, path_);
    ASSERT_TRUE(sealed.is_ok()) << sealed.status().message();
    for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE((*sealed)->add(loss(i), host_).is_ok());
    ASSERT_TRUE((*sealed)->finish().is_ok());
  }
  uint64_t epoch = 0;
  EXPECT_EQ(events_in_spool(&epoch), 3u);
  EXPECT_EQ(epoch, 2u);  // the replay's was the first
}

TEST_F(SealedFolderTest, AnotherRunGoesOnInTheSameStreams) {
  for (int run = 1; run <= 2; ++run) {
    auto sealed = SealedFolder::open(files_, clock_, path_ + "/");
    ASSERT_TRUE(sealed.is_ok()) << sealed.status().message();
    ASSERT_TRUE((*sealed)->add(loss(1), host_).is_ok());
    ASSERT_TRUE((*sealed)->finish().is_ok());
  }
  EXPECT_EQ(files_.list(path_ + "/access")->size(), 2u);
  EXPECT_EQ(*files_.list(folder_ / ""), std::vector<std::string>{"sealed"});
}

TEST_F(SealedFolderTest, AnotherHostsFolderIsRefused) {
  {
    auto sealed = SealedFolder::open(files_, clock_, path_);
    ASSERT_TRUE((*sealed)->add(loss(1), host_).is_ok());
    ASSERT_TRUE((*sealed)->finish().is_ok());
  }
  auto sealed = SealedFolder::open(files_, clock_, path_);
  ASSERT_TRUE(sealed.is_ok());
  Host other = host_;
  other.name = "web2";
  const Status status = (*sealed)->add(loss(1), other);
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("frames of web1 and of web2"), std::string::npos);
  sealed->reset();
  EXPECT_EQ(events_in_spool(), 1u);
}

TEST_F(SealedFolderTest, WhatNoReplayMadeIsLeftAlone) {
  ASSERT_TRUE(files_.make_folder(path_).is_ok());
  ASSERT_TRUE(write_file(files_, path_ + "/streams", "of an agent").is_ok());
  const Status status = SealedFolder::open(files_, clock_, path_).status();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("another folder"), std::string::npos);
  EXPECT_EQ(*files_.list(folder_ / ""), std::vector<std::string>{"sealed"});
}

TEST_F(SealedFolderTest, WhatIsNotFinishedIsNotThere) {
  for (const bool is_there : {false, true}) {
    ASSERT_TRUE(!is_there || files_.make_folder(path_).is_ok());
    {
      auto sealed = SealedFolder::open(files_, clock_, path_);
      ASSERT_TRUE((*sealed)->add(loss(1), host_).is_ok());
    }
    EXPECT_EQ(beside().size(), is_there ? 1u : 0u);
  }
  EXPECT_TRUE(files_.list(path_)->empty());
}

// Whatever it is called, and whatever becomes of the replay.
TEST_F(SealedFolderTest, WhatOthersHaveBesideItIsLeftAlone) {
  const std::string theirs = folder_ / "theirs", named_alike = path_ + ".sealing";
  ASSERT_TRUE(files_.make_folder(theirs).is_ok());
  ASSERT_TRUE(write_file(files_, theirs + "/letter", "dear").is_ok());
  for (const bool is_link : {false, true}) {
    std::filesystem::remove_all(named_alike);
    if (is_link) std::filesystem::create_symlink(theirs, named_alike);
    else std::filesystem::copy(theirs, named_alike);
    const auto before = beside();
    ASSERT_TRUE(SealedFolder::open(files_, clock_, path_).is_ok());  // given up
    EXPECT_EQ(beside(), before);
    ASSERT_TRUE(seal(path_).is_ok());
    EXPECT_EQ(*files_.list(named_alike), std::vector<std::string>{"letter"});
    std::filesystem::remove_all(path_);
  }
  EXPECT_EQ(*read_file(files_, theirs + "/letter", 10), "dear");
}

TEST_F(SealedFolderTest, LinkOwnerAndModeStay) {
  const std::string link = folder_ / "link";
  ASSERT_TRUE(files_.make_folder(path_).is_ok());
  const uid_t owner = geteuid() == 0 ? 4242 : geteuid();
  ASSERT_EQ(chown(path_.c_str(), owner, static_cast<gid_t>(-1)), 0);
  ASSERT_EQ(chmod(path_.c_str(), 02771), 0);
  std::filesystem::create_directory_symlink("sealed", link);
  for (const uint64_t epochs : {1u, 2u}) {  // the folder is empty, and is not
    const Status sealed = seal(link);
    ASSERT_TRUE(sealed.is_ok()) << sealed.message();
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    struct stat about {};
    for (const std::string& folder : {path_, path_ + "/access"}) {
      ASSERT_EQ(stat(folder.c_str(), &about), 0);
      if (epochs == 1 && folder != path_) continue;  // made by us
      EXPECT_EQ(about.st_uid, owner) << folder;
      EXPECT_EQ(about.st_mode & 07777, 02771u) << folder;
    }
    EXPECT_EQ(files_.list(path_ + "/access")->size(), epochs);
    ASSERT_EQ(chown((path_ + "/access").c_str(), owner, static_cast<gid_t>(-1)), 0);
    ASSERT_EQ(chmod((path_ + "/access").c_str(), 02771), 0);
  }
  EXPECT_EQ(beside(), (std::vector<std::string>{"link", "sealed"}));
}

TEST_F(SealedFolderTest, WhatCameIntoItMeanwhileIsKeptAndSaid) {
  ASSERT_TRUE(seal(path_).is_ok());
  auto sealed = SealedFolder::open(files_, clock_, path_);
  ASSERT_TRUE(sealed.is_ok());
  ASSERT_TRUE(write_file(files_, path_ + "/letter", "dear").is_ok());
  const Status finished = (*sealed)->finish();
  ASSERT_EQ(beside().size(), 2u);
  const std::string old = folder_ / beside()[1];
  EXPECT_NE(finished.message().find("meanwhile lies in " + old), std::string::npos)
      << finished.message();
  EXPECT_EQ(*files_.list(old), std::vector<std::string>{"letter"});
}

TEST_F(SealedFolderTest, ALinkWithinIsOfNoReplay) {
  ASSERT_TRUE(seal(path_).is_ok());
  std::filesystem::create_symlink("/", path_ + "/root");
  EXPECT_EQ(seal(path_).code(), Code::invalid);
}

TEST_F(SealedFolderTest, EachBootIsAnEpoch) {
  {
    auto sealed = SealedFolder::open(files_, clock_, path_);
    Host host = host_;
    for (const uint32_t boot : {1u, 2u}) {
      host.boot_id = Id{static_cast<uint8_t>(boot)};
      host.boot_in_log = boot;
      ASSERT_TRUE((*sealed)->add(loss(1), host).is_ok());
      ASSERT_TRUE((*sealed)->add(loss(2), host).is_ok());
    }
    ASSERT_TRUE((*sealed)->finish().is_ok());
  }
  uint64_t epoch = 0;
  EXPECT_EQ(events_in_spool(&epoch), 2u);
  EXPECT_EQ(epoch, 3u);
}

TEST_F(SealedFolderTest, EmptyReplayLeavesAnEmptySpool) {
  {
    auto sealed = SealedFolder::open(files_, clock_, path_);
    ASSERT_TRUE(sealed.is_ok());
    EXPECT_TRUE((*sealed)->finish().is_ok());
  }
  EXPECT_EQ(events_in_spool(), 0u);
}

TEST_F(SealedFolderTest, AnotherWriterIsRefused) {
  const auto first = SealedFolder::open(files_, clock_, path_);
  ASSERT_TRUE(first.is_ok());
  EXPECT_EQ(SealedFolder::open(files_, clock_, path_).status().code(), Code::denied);
}

TEST_F(SealedFolderTest, SecondHostIsRefusedWithWhatToDo) {
  auto sealed = SealedFolder::open(files_, clock_, path_);
  ASSERT_TRUE(sealed.is_ok());
  ASSERT_TRUE((*sealed)->add(loss(1), host_).is_ok());
  Host other = host_;
  other.name = "web2";
  const Status status = (*sealed)->add(loss(2), other);
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("--node"), std::string::npos);
}

TEST_F(SealedFolderTest, AnyWayToWriteItsPath) {
  for (const char* const end : {"/", "/.", "//", "/../sealed"}) {
    const Status sealed = seal(path_ + end);
    EXPECT_TRUE(sealed.is_ok()) << end << ": " << sealed.message();
    EXPECT_EQ(beside(), std::vector<std::string>{"sealed"});
    std::filesystem::remove_all(path_);
  }
}

TEST_F(SealedFolderTest, FolderThatCannotBeIsSaid) {
  EXPECT_FALSE(SealedFolder::open(files_, clock_, "/dev/null/spool").is_ok());
}

}  // namespace
}  // namespace spoor::agent
