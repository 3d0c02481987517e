#include "collector/log/log.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/collector/log/log_fixture.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Disk = FakeFiles::Operation;

constexpr EventClass kAccess = EventClass::access;
constexpr EventClass kCommand = EventClass::command;

class LogTest : public LogFixture {};

TEST_F(LogTest, ShowsNothingBeforeItIsSynced) {
  open();
  ASSERT_TRUE(append({entry(kAccess, 1, 1), entry(kCommand, 2, 1)}).is_ok());
  EXPECT_THAT(seen(), IsEmpty());
  EXPECT_EQ(log_->synced(), Position{0});
  ASSERT_TRUE(log_->sync().is_ok());
  EXPECT_THAT(seen(), ElementsAre("1/1", "2/1"));
  EXPECT_EQ(log_->synced(), Position{2});
}

TEST_F(LogTest, OneOrderOverAllClasses) {
  open();
  ASSERT_TRUE(write({entry(kCommand, 2, 1), entry(kAccess, 1, 1), entry(kCommand, 2, 2)}).is_ok());
  ASSERT_TRUE(write({entry(kAccess, 1, 2), entry(EventClass::input, 4, 1)}).is_ok());
  EXPECT_THAT(seen(), ElementsAre("2/1", "1/1", "2/2", "1/2", "4/1"));
  EXPECT_THAT(seen(Position{3}), ElementsAre("1/2", "4/1"));
  EXPECT_TRUE(files_.exists("/log/access/00000000000000000002.log"));
  EXPECT_TRUE(files_.exists("/log/command/00000000000000000001.log"));
}

TEST_F(LogTest, KeepsItsIdentity) {
  open();
  const Id id = log_->id();
  crash(1);
  EXPECT_EQ(log_->id(), id);
  EXPECT_EQ(log_->generation(), 1u);
}

TEST_F(LogTest, CutsSegmentsBySizeAndByDay) {
  segment_bytes_max_ = 600;
  open();
  for (uint64_t i = 1; i <= 6; ++i) ASSERT_TRUE(write({entry(kAccess, 1, i)}).is_ok());
  EXPECT_EQ(files_.list("/log/access")->size(), 2u);  // 3 entries of 172 bytes fit
  received_ns_ += 86'400ll * 1'000'000'000;
  ASSERT_TRUE(write({entry(kAccess, 1, 7)}).is_ok());
  EXPECT_EQ(files_.list("/log/access")->size(), 3u);
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2", "1/3", "1/4", "1/5", "1/6", "1/7"));
  EXPECT_THAT(seen(Position{5}), ElementsAre("1/6", "1/7"));
}

TEST_F(LogTest, AFullDiskTakesNothingBackAndGivesNothingUp) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  files_.set_free_bytes(250);
  // The first class fits, the second does not: neither stays.
  EXPECT_EQ(append({entry(kAccess, 1, 2), entry(kCommand, 2, 1)}).code(), Code::full);
  EXPECT_THAT(seen(), ElementsAre("1/1"));
  EXPECT_EQ(append({entry(kAccess, 1, 2), entry(kCommand, 2, 1)}).code(), Code::full);
  files_.set_free_bytes(std::nullopt);
  ASSERT_TRUE(write({entry(kAccess, 1, 2), entry(kCommand, 2, 1)}).is_ok());
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2", "2/1"));
  crash(3);
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2", "2/1"));
}

TEST_F(LogTest, AFailedSyncForgetsTheWholeGroup) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1), entry(kCommand, 2, 1)}).is_ok());
  ASSERT_TRUE(append({entry(kAccess, 1, 2), entry(kCommand, 2, 2)}).is_ok());
  files_.fail_next(Disk::sync, unavailable("broken"));
  EXPECT_FALSE(log_->sync().is_ok());
  EXPECT_THAT(seen(), ElementsAre("1/1", "2/1"));
  ASSERT_TRUE(write({entry(kAccess, 1, 2)}).is_ok());
  EXPECT_THAT(seen(), ElementsAre("1/1", "2/1", "1/2"));
  crash(4);
  EXPECT_EQ(opened_sequence(1), 2u);
  EXPECT_EQ(opened_sequence(2), 1u);
}

// Where the disk refuses even to forget, nothing is written behind what may come back.
TEST_F(LogTest, WhatCannotBeTakenBackBlocksTheNextAppend) {
  open();
  ASSERT_TRUE(append({entry(kAccess, 1, 1)}).is_ok());
  files_.fail_next(Disk::sync, unavailable("broken"), 1);
  files_.fail_next(Disk::truncate, unavailable("broken"), 2);
  EXPECT_FALSE(log_->sync().is_ok());
  EXPECT_FALSE(append({entry(kCommand, 2, 1)}).is_ok());
  ASSERT_TRUE(write({entry(kCommand, 2, 1)}).is_ok());
  EXPECT_THAT(seen(), ElementsAre("2/1"));
}

TEST_F(LogTest, ASegmentThatCannotBeMadeFailsTheAppend) {
  open();
  files_.fail_next(Disk::open, full("no inode"));
  EXPECT_EQ(append({entry(kAccess, 1, 1)}).code(), Code::full);
  files_.fail_next(Disk::sync_folder, unavailable("broken"));
  EXPECT_FALSE(write({entry(kAccess, 1, 1)}).is_ok());
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  crash(5);
  EXPECT_THAT(seen(), ElementsAre("1/1"));
}

TEST_F(LogTest, CountsBytesOnDisk) {
  open();
  EXPECT_EQ(log_->bytes(), 0u);
  ASSERT_TRUE(write({entry(kAccess, 1, 1, 1000)}).is_ok());
  const uint64_t bytes = log_->bytes();
  EXPECT_EQ(bytes, 1000u + 128 + 4);
  crash(6);
  EXPECT_EQ(log_->bytes(), bytes);
}

TEST_F(LogTest, AWaitEndsWithNewsOrWhenAskedTo) {
  open();
  bool woken = false;
  std::thread waiter([&] { woken = log_->wait_beyond(Position{0}, std::stop_token()); });
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  waiter.join();
  EXPECT_TRUE(woken);
  std::stop_source stop;
  std::thread idle([&] { woken = log_->wait_beyond(Position{1}, stop.get_token()); });
  stop.request_stop();
  idle.join();
  EXPECT_FALSE(woken);
  EXPECT_FALSE(log_->wait_beyond(Position{0}, stop.get_token()));
}

}  // namespace
}  // namespace spoor::collector
