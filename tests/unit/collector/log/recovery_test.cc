#include "collector/log/recovery.h"

#include <gmock/gmock.h>

#include "collector/log/seal_limits.h"
#include "tests/unit/collector/log/kept_log_fixture.h"

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

// ------------------------------------------------------------------ sealed segments

class SealedRecoveryTest : public KeptLogFixture {
 protected:
  const std::string first_ = "/log/access/00000000000000000001";
};

// What is known of streams is the same as it is without.
TEST_F(SealedRecoveryTest, KnowsWhatItKnewBefore) {
  open();
  for (int i = 0; i < 6; ++i) {
    write_some(2);
    ASSERT_TRUE(write({checkpoint(access_, "web1")}).is_ok());
    access_.next_epoch();
  }
  write_some(6);
  reopen();
  const std::vector<KnownStream> plain = log_->opened_with();
  const Position synced = log_->synced();
  seal_all();
  ASSERT_GT(names("/log/access").size(), 3u);
  reopen();
  EXPECT_EQ(log_->synced(), synced);
  ASSERT_EQ(log_->opened_with().size(), plain.size());
  for (size_t i = 0; i < plain.size(); ++i) {
    const KnownStream& known = log_->opened_with()[i];
    EXPECT_EQ(known.agent, plain[i].agent);
    EXPECT_EQ(known.head, plain[i].head);
    for (uint64_t epoch = 0; epoch < 10; ++epoch) {
      EXPECT_EQ(known.past.lacks(epoch), plain[i].past.lacks(epoch)) << epoch;
      const PastEpochs::End* end = known.past.find(epoch);
      const PastEpochs::End* was = plain[i].past.find(epoch);
      ASSERT_EQ(end == nullptr, was == nullptr) << epoch;
      if (end == nullptr) continue;
      EXPECT_EQ(end->nonce, was->nonce);
      EXPECT_EQ(end->sequence, was->sequence);
    }
  }
  LogCursor cursor = log_->read_after({});
  for (auto batch = cursor.read(1u << 20); !batch->entries.empty(); batch = cursor.read(1u << 20)) {
    for (const LogEntry& entry : batch->entries) {
      const KnownStream& known = log_->opened_with()[entry.head.stream[0] - 1];
      EXPECT_TRUE(known.points.contains(entry.head.chain) ||
                  !known.points.lacks(entry.head.epoch, entry.head.sequence, {}));
      const KnownStream& was = plain[entry.head.stream[0] - 1];
      EXPECT_EQ(known.points.is_at_head(entry.head.chain), was.points.is_at_head(entry.head.chain));
    }
  }
}

// An epoch that began with a Skip whose nonce nobody knew: it is known since.
TEST_F(SealedRecoveryTest, AnEpochsNonceIsItsLastOne) {
  segment_bytes_max_ = 400;
  open();
  NewEntry skip = entry(kAccess, 1, 1);
  NewEntry frame = entry(kAccess, 1, 2);
  frame.head.epoch_nonce.fill(7);
  ASSERT_TRUE(write({skip, frame}).is_ok());
  ASSERT_TRUE(write({entry(kAccess, 2, 1, 300)}).is_ok());
  seal_all();
  ASSERT_TRUE(files_.exists(first_ + ".sealed"));
  reopen();
  EXPECT_EQ(log_->opened_with()[0].head.epoch_nonce, frame.head.epoch_nonce);
}

// Of more points than the index names nothing is believed of those before.
TEST_F(SealedRecoveryTest, DoubtsWhatTheIndexDoesNotName) {
  segment_bytes_max_ = 1u << 20;
  open();
  std::vector<Hash> chains;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(write({framed(access_, "web1")}).is_ok());
    chains.push_back(access_.chain());
  }
  NewEntry tomorrow = entry(EventClass::access, 3, 1);
  tomorrow.received_ns += 86'400'000'000'000;
  ASSERT_TRUE(write({tomorrow}).is_ok());
  reopen();
  seal_all();
  ASSERT_TRUE(files_.exists(first_ + ".sealed"));
  reopen();
  const LatePoints& points = log_->opened_with()[0].points;
  for (size_t i = 0; i < chains.size(); ++i) {
    const bool is_named = i + kSealedPointsMax >= chains.size();
    const uint64_t sequence = 2 * (i + 1);
    EXPECT_EQ(points.contains(chains[i]), is_named) << i;
    const bool is_certain = i + kSealedPointsMax > chains.size();
    EXPECT_EQ(points.lacks(1, sequence, Hash{}), is_certain) << i;
  }
}

TEST_F(SealedRecoveryTest, ALostIndexIsToldAndTheRestIsServed) {
  open();
  write_some();
  seal_all();
  const std::string sealed = first_ + ".sealed";
  const std::string whole = files_.content(sealed);
  for (const std::string& broken :
       {std::string(), whole.substr(0, whole.size() - 1), std::string(whole.size(), 'x'), [&] {
          std::string other = whole;
          other[other.size() - 60] ^= 1;  // in the index
          return other;
        }()}) {
    files_.put(sealed, whole);
    reopen();
    const std::vector<std::string> before = all_of(*log_);
    const Position synced = log_->synced();
    files_.put(sealed, broken);
    reopen();
    EXPECT_EQ(log_->synced(), synced);
    const std::vector<std::string> left = all_of(*log_);
    EXPECT_LT(left.size(), before.size());
    EXPECT_THAT(left, IsSubsetOf(before));
    EXPECT_EQ(opened_sequence(1), access_.sequence());
    // Nothing is known for certain of what it may have held.
    EXPECT_FALSE(log_->opened_with()[0].points.lacks(1, 1, {}));
    EXPECT_EQ(files_.content(sealed), broken);
    write_some(1);
    EXPECT_EQ(all_of(*log_).size(), left.size() + 2);
  }
}

// A disk that fails for a moment must not make a stream seem to end further back.
TEST_F(SealedRecoveryTest, AFailureThatPassesIsNoDamage) {
  open();
  write_some();
  const std::vector<std::string> before = all_of(*log_);
  seal_all();
  for (const auto operation : {FakeFiles::Operation::read, FakeFiles::Operation::open}) {
    for (int after = 0; after < 20; ++after) {
      log_.reset();
      files_.fail_after(operation, after, unavailable("broken"));
      int failures = 0;
      auto opened = Log::open(files_, "/log", segment_bytes_max_);
      files_.forget_failures();
      for (; !opened.is_ok() && failures < 3; ++failures)
        opened = Log::open(files_, "/log", segment_bytes_max_);
      ASSERT_TRUE(opened.is_ok());
      log_ = std::move(opened).value();
    }
    for (int times = 1; times < 5; ++times) {
      log_.reset();
      files_.fail_next(operation, unavailable("broken"), times);
      auto opened = Log::open(files_, "/log", segment_bytes_max_);
      files_.forget_failures();
      if (!opened.is_ok()) continue;
      log_ = std::move(opened).value();
      EXPECT_EQ(all_of(*log_), before);
      EXPECT_EQ(opened_sequence(1), access_.sequence());
    }
  }
}

TEST_F(SealedRecoveryTest, OfTwoTheSealedOneCountsIfItIsWhole) {
  open();
  write_some();
  const std::vector<std::string> before = all_of(*log_);
  const std::string plain = files_.content(first_ + ".log");
  seal_all();
  const std::string sealed = files_.content(first_ + ".sealed");
  log_.reset();
  files_.put(first_ + ".log", plain);
  files_.put(first_ + ".sealed.new", sealed.substr(0, 100));
  open();
  EXPECT_FALSE(files_.exists(first_ + ".log"));
  EXPECT_FALSE(files_.exists(first_ + ".sealed.new"));
  EXPECT_EQ(all_of(*log_), before);
  for (size_t at = 0; at < sealed.size(); at += 97) {
    log_.reset();
    std::string broken = sealed;
    broken[at] ^= 4;
    files_.put(first_ + ".log", plain);
    files_.put(first_ + ".sealed", broken);
    open();
    EXPECT_FALSE(files_.exists(first_ + ".sealed")) << at;
    EXPECT_EQ(all_of(*log_), before) << at;
    crash(at);
    EXPECT_FALSE(files_.exists(first_ + ".sealed")) << at;
    EXPECT_EQ(all_of(*log_), before) << at;
  }
}

// The plain segment behind it never came to the disk: nothing is appended to a sealed one.
TEST_F(SealedRecoveryTest, ASealedSegmentMayBeTheLast) {
  open();
  write_some();
  seal_all();
  log_.reset();
  const std::string last = "/log/access/" + names("/log/access").back();
  ASSERT_TRUE(files_.remove(last).is_ok());
  open();
  const std::vector<std::string> before = all_of(*log_);
  const Position synced = log_->synced();
  const size_t count = names("/log/access").size();
  NewEntry next = framed(access_, "web1");
  ASSERT_TRUE(write({next}).is_ok());
  EXPECT_GT(log_->synced(), synced);
  EXPECT_EQ(names("/log/access").size(), count + 1);
  EXPECT_EQ(all_of(*log_).size(), before.size() + 1);
  reopen();
  EXPECT_EQ(all_of(*log_).size(), before.size() + 1);
  // Nor is a number given again that it may have used, where nothing says which.
  log_.reset();
  ASSERT_TRUE(files_.remove("/log/access/" + names("/log/access").back()).is_ok());
  const std::string lost = "/log/access/" + names("/log/access").back();
  files_.put(lost, "lost");
  for (const std::string& name : names("/log/command"))
    ASSERT_TRUE(files_.remove("/log/command/" + name).is_ok());
  open();
  EXPECT_GT(log_->synced(), synced);
}

// A torn end is called damaged where a number is in no file: those that are sealed count.
TEST_F(SealedRecoveryTest, ATornEndIsToldFromADamagedOne) {
  open();
  write_some();
  seal_all();
  const std::string last = "/log/command/" + names("/log/command").back();
  log_.reset();
  files_.put(last, files_.content(last) + "torn");
  open();
  EXPECT_TRUE(files_.exists(last + ".cut"));
  EXPECT_FALSE(files_.exists(last + ".damaged"));
  // All of that segment is damaged, and of the sealed ones some numbers are behind its first.
  log_.reset();
  files_.put(last, "damaged");
  open();
  EXPECT_TRUE(files_.exists(last + ".damaged"));
}

}  // namespace
}  // namespace spoor::collector
