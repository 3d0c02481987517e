#include "agent/sealed_folder.h"

#include <gtest/gtest.h>

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
  {
    auto sealed = SealedFolder::open(files_, clock_, path_);
    ASSERT_TRUE((*sealed)->add(loss(1), host_).is_ok());
  }
  EXPECT_TRUE(files_.list(folder_ / "")->empty());
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

TEST_F(SealedFolderTest, FolderThatCannotBeIsSaid) {
  EXPECT_FALSE(SealedFolder::open(files_, clock_, "/dev/null/spool").is_ok());
}

}  // namespace
}  // namespace spoor::agent
