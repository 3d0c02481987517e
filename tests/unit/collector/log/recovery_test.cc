#include "collector/log/recovery.h"

#include <gmock/gmock.h>

#include "tests/unit/collector/log/log_fixture.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;
using testing::IsSubsetOf;

constexpr EventClass kAccess = EventClass::access;
constexpr EventClass kCommand = EventClass::command;

class LogRecoveryTest : public LogFixture {
 protected:
  const std::string access_ = "/log/access/00000000000000000001.log";
  const std::string command_ = "/log/command/00000000000000000002.log";
};

TEST_F(LogRecoveryTest, WhatWasSyncedSurvivesEveryCrash) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    files_ = FakeFiles();
    open();
    ASSERT_TRUE(write({entry(kAccess, 1, 1), entry(kCommand, 2, 1)}).is_ok());
    ASSERT_TRUE(write({entry(kCommand, 2, 2), entry(kAccess, 1, 2)}).is_ok());
    ASSERT_TRUE(append({entry(kAccess, 1, 3), entry(kCommand, 2, 3), entry(kAccess, 1, 4),
                        entry(kCommand, 2, 4)}).is_ok());
    crash(seed);
    const std::vector<std::string> found = seen();
    ASSERT_GE(found.size(), 4u);
    EXPECT_THAT(std::vector(found.begin(), found.begin() + 4),
                ElementsAre("1/1", "2/1", "2/2", "1/2"));
    // Of what was not synced a stream keeps its first frames, never one behind a hole.
    EXPECT_THAT(found, IsSubsetOf({"1/1", "2/1", "2/2", "1/2", "1/3", "2/3", "1/4", "2/4"}));
    for (const uint8_t stream : {uint8_t{1}, uint8_t{2}}) {
      const std::string name = std::to_string(stream) + "/";
      uint64_t expected = 0;
      for (const std::string& one : found) {
        if (!one.starts_with(name)) continue;
        EXPECT_EQ(one, name + std::to_string(++expected));
      }
      EXPECT_EQ(opened_sequence(stream), expected);
    }
  }
}

// What open() tells agents to be safe must be so, also when the power goes a second time.
TEST_F(LogRecoveryTest, WhatIsFoundAfterACrashIsSafeFromTheNext) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    files_ = FakeFiles();
    open();
    ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
    ASSERT_TRUE(append({entry(kAccess, 1, 2), entry(kAccess, 1, 3)}).is_ok());
    crash(seed);
    const uint64_t told = opened_sequence(1);
    crash(seed + 1);
    EXPECT_EQ(opened_sequence(1), told);
  }
}

TEST_F(LogRecoveryTest, NumbersGrowOverCrashes) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  const uint64_t before = log_->synced().entry;
  crash(1);
  ASSERT_TRUE(write({entry(kCommand, 2, 1)}).is_ok());
  EXPECT_GT(log_->synced().entry, before);
  EXPECT_THAT(seen(Position{before}), ElementsAre("2/1"));
}

// A process that is killed, not a machine: all that was written is still there.
TEST_F(LogRecoveryTest, ATornTailIsCutByteByByte) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  const size_t keep = files_.content(access_).size();
  ASSERT_TRUE(append({entry(kAccess, 1, 2)}).is_ok());
  const std::string whole = files_.content(access_);
  for (size_t size = keep; size < whole.size(); ++size) {
    log_.reset();
    files_.put(access_, whole.substr(0, size));
    open();
    EXPECT_EQ(opened_sequence(1), 1u);
    EXPECT_EQ(files_.content(access_).size(), keep);
  }
}

TEST_F(LogRecoveryTest, ATailWithAWrongBlockIsCut) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  ASSERT_TRUE(append({entry(kAccess, 1, 2)}).is_ok());
  std::string content = files_.content(access_);
  content.back() = 'X';
  log_.reset();
  files_.put(access_, content);
  open();
  EXPECT_EQ(opened_sequence(1), 1u);
}

// Bytes that were promised to an agent are not cut because something before them is broken.
TEST_F(LogRecoveryTest, DamageAmongSyncedEntriesIsSteppedOver) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  ASSERT_TRUE(write({entry(kAccess, 1, 2)}).is_ok());
  ASSERT_TRUE(write({entry(kAccess, 1, 3)}).is_ok());
  ASSERT_TRUE(write({entry(kCommand, 2, 1)}).is_ok());  // proves that all before it was synced
  std::string content = files_.content(access_);
  content[200] = static_cast<char>(content[200] ^ 1);  // in the header of entry 2
  log_.reset();
  files_.put(access_, content);
  open();
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/3", "2/1"));
  EXPECT_EQ(opened_sequence(1), 3u);
  EXPECT_EQ(files_.content(access_), content);
}

// The last entry is not proven to have been synced, but it is whole, and damage stands before it.
TEST_F(LogRecoveryTest, AnIntactEntryBehindDamageIsKept) {
  open();
  for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(write({entry(kAccess, 1, i)}).is_ok());
  std::string content = files_.content(access_);
  content[200] = static_cast<char>(content[200] ^ 1);  // in the header of entry 2
  log_.reset();
  files_.put(access_, content);
  open();
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/3"));
  EXPECT_EQ(files_.content(access_), content);
}

// One group, never synced, whose pages came to the disk out of order: nothing of it was committed,
// and the agent still has it. Kept, entry 3 would move the head past an entry that could be sent
// again.
TEST_F(LogRecoveryTest, AnIntactEntryBehindATornOneOfTheSameGroupIsCut) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  ASSERT_TRUE(append({entry(kAccess, 1, 2), entry(kAccess, 1, 3)}).is_ok());
  std::string content = files_.content(access_);
  content[200] = static_cast<char>(content[200] ^ 1);  // in the header of entry 2
  log_.reset();
  files_.put(access_, content);
  open();
  EXPECT_THAT(seen(), ElementsAre("1/1"));
  EXPECT_EQ(opened_sequence(1), 1u);
  ASSERT_TRUE(write({entry(kAccess, 1, 2), entry(kAccess, 1, 3)}).is_ok());
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2", "1/3"));
}

// Damage at the end of one file, where an entry of another file proves that it was synced.
TEST_F(LogRecoveryTest, ADamagedEndThatWasSyncedIsKeptBeside) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  const size_t intact = files_.content(access_).size();
  ASSERT_TRUE(write({entry(kAccess, 1, 2)}).is_ok());
  ASSERT_TRUE(write({entry(kCommand, 2, 1)}).is_ok());
  std::string content = files_.content(access_);
  content[200] = static_cast<char>(content[200] ^ 1);
  // Once whole but for a bit, once torn in its block: nothing is written behind either.
  const std::string whole = content;
  std::string aside;
  for (const std::string& damaged : {whole, whole.substr(0, whole.size() - 5)}) {
    log_.reset();
    files_.put(access_, damaged);
    open();
    aside += damaged.substr(intact);
    EXPECT_EQ(files_.content(access_), whole.substr(0, intact));
    EXPECT_EQ(files_.content(access_ + ".damaged"), aside);
    EXPECT_EQ(opened_sequence(1), 1u);
  }
  ASSERT_TRUE(write({entry(kAccess, 1, 3)}).is_ok());
  log_.reset();
  open();
  EXPECT_THAT(seen(), ElementsAre("1/1", "2/1", "1/3"));
}

TEST_F(LogRecoveryTest, WhatIsCutIsKeptBeside) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  const std::string before = files_.content(access_);
  log_.reset();
  files_.put(access_, before + "torn");
  // No room for a copy: then nothing is cut, and nothing is written to any class.
  files_.set_free_bytes(0);
  open();
  EXPECT_THAT(seen(), ElementsAre("1/1"));
  EXPECT_EQ(write({entry(kCommand, 2, 1)}).code(), Code::full);
  EXPECT_EQ(files_.content(access_), before + "torn");
  files_.set_free_bytes(2);
  EXPECT_EQ(write({entry(kCommand, 2, 1)}).code(), Code::full);
  files_.set_free_bytes(std::nullopt);
  ASSERT_TRUE(write({entry(kAccess, 1, 2)}).is_ok());
  EXPECT_EQ(files_.content(access_ + ".cut"), "torn");
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2"));
  crash(1);
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2"));
}

// A block that never was whole on the disk under a header that was; the disk is full at the first
// start. What the first start does not believe the second one must not believe either, whatever
// was written in between.
TEST_F(LogRecoveryTest, WhatOneStartDoesNotBelieveTheNextDoesNotEither) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  ASSERT_TRUE(append({entry(kAccess, 1, 2), entry(kAccess, 1, 3)}).is_ok());
  std::string content = files_.content(access_);
  content.back() = 'X';
  log_.reset();
  files_.put(access_, content);
  files_.set_free_bytes(0);
  open();
  EXPECT_EQ(opened_sequence(1), 2u);
  EXPECT_EQ(write({entry(kCommand, 2, 1)}).code(), Code::full);
  files_.set_free_bytes(std::nullopt);
  ASSERT_TRUE(write({entry(kCommand, 2, 1)}).is_ok());
  log_.reset();
  open();
  EXPECT_EQ(opened_sequence(1), 2u);
  ASSERT_TRUE(write({entry(kAccess, 1, 3)}).is_ok());
  log_.reset();
  open();
  EXPECT_THAT(seen(), ElementsAre("1/1", "1/2", "2/1", "1/3"));
}

TEST_F(LogRecoveryTest, DamageInAClosedSegmentIsSteppedOver) {
  segment_bytes_max_ = 400;
  open();
  for (uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(write({entry(kAccess, 1, i)}).is_ok());
  std::string content = files_.content(access_);
  content[130] = 'x';  // the name in entry 1
  log_.reset();
  files_.put(access_, content);
  open();
  EXPECT_THAT(seen(), ElementsAre("1/2", "1/3", "1/4"));
}

// Or a host that holds what the damage took would seem to be a rolled-back one.
TEST_F(LogRecoveryTest, WhatIsDamagedDoesNotCountAsPassedOver) {
  segment_bytes_max_ = 400;
  open();
  for (uint64_t i = 1; i <= 4; ++i) {
    NewEntry next = entry(kAccess, 1, 1);
    next.head.epoch = i;
    ASSERT_TRUE(write({next}).is_ok());
  }
  log_.reset();
  open();
  EXPECT_NE(log_->opened_with().front().past.find(2), nullptr);
  EXPECT_FALSE(log_->opened_with().front().past.lacks(1));
  std::string content = files_.content(access_);
  content[130] = 'x';  // the name in entry 1
  log_.reset();
  files_.put(access_, content);
  open();
  EXPECT_FALSE(log_->opened_with().front().past.lacks(1));
}

// A host that loses what it had not synced names one of them, also to a collector that was started
// since.
TEST_F(LogRecoveryTest, KnowsThePointsAtWhichStreamsStoodLately) {
  segment_bytes_max_ = 400;  // in several segments
  open();
  for (uint8_t i = 1; i <= 5; ++i) {
    NewEntry next = entry(kAccess, 1, i);
    next.head.chain.fill(i);
    ASSERT_TRUE(write({next}).is_ok());
  }
  log_.reset();
  open();
  const LatePoints& points = log_->opened_with().front().points;
  for (uint8_t i = 0; i <= 6; ++i) {
    Hash chain;
    chain.fill(i);
    EXPECT_EQ(points.contains(chain), i >= 1 && i <= 5) << int{i};
  }
}

TEST_F(LogRecoveryTest, ASegmentThatNeverGotAnEntryIsUsedAgain) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  log_.reset();
  files_.put("/log/command/00000000000000000050.log", "");
  open();
  ASSERT_TRUE(write({entry(kCommand, 2, 1)}).is_ok());
  EXPECT_GE(log_->synced().entry, 50u);  // a segment's name is not above its numbers
  EXPECT_THAT(seen(), ElementsAre("1/1", "2/1"));
  EXPECT_EQ(files_.list("/log/command")->size(), 1u);
}

TEST_F(LogRecoveryTest, SegmentsWithoutTheirIdentityAreRefused) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  log_.reset();
  const std::string identity = files_.content("/log/identity");
  ASSERT_TRUE(files_.remove("/log/identity").is_ok());
  EXPECT_EQ(Log::open(files_, "/log").code(), Code::corrupt);
  for (const std::string& broken : {std::string(), identity + "x", identity.substr(0, 40),
                                    std::string(500, ' ')}) {
    files_.put("/log/identity", broken);
    EXPECT_EQ(Log::open(files_, "/log").code(), Code::corrupt) << broken;
  }
  files_.put("/log/identity", identity);
  EXPECT_TRUE(Log::open(files_, "/log").is_ok());
}

TEST_F(LogRecoveryTest, OtherFilesAreLeftAlone) {
  open();
  files_.put("/log/access/notes.txt", "mine");
  files_.put("/log/access/0000000000000000000x.log", "mine");
  log_.reset();
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1)}).is_ok());
  EXPECT_EQ(files_.content("/log/access/notes.txt"), "mine");
}

}  // namespace
}  // namespace spoor::collector
