#include "agent/spool/spool.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "common/ed25519.h"
#include "agent/spool/spool_text.h"
#include "tests/support/spool_disk.h"

namespace spoor::agent {
namespace {

class SpoolTest : public ::testing::Test, protected SpoolDisk {};

TEST_F(SpoolTest, FramesFollowOneAnotherOverRestarts) {
  Id stream{};
  for (uint64_t epoch = 1; epoch <= 3; ++epoch) {
    auto spool = open();
    EXPECT_EQ(spool->epoch(), epoch);
    if (epoch > 1) {
      EXPECT_EQ(spool->stream(EventClass::command).id, stream);
    }
    stream = spool->stream(EventClass::command).id;
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
    }
    ASSERT_TRUE(spool->sync(true).is_ok());
  }
  const auto all = frames(EventClass::command);
  ASSERT_EQ(all.size(), 15u);
  EXPECT_EQ(all.back().head.header.epoch, 3u);
  EXPECT_EQ(all.back().head.header.last_sequence, 5u);
}

TEST_F(SpoolTest, PowerCutLosesOnlyWhatWasNotSynced) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    forget();
    auto spool = open();
    for (int i = 0; i < 4; ++i)
      ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
    for (int i = 0; i < 4; ++i)
      ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
    files.crash(seed);
    spool = open();
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
    const auto all = frames(EventClass::access);
    ASSERT_GE(all.size(), 5u);
    EXPECT_EQ(all.back().head.header.epoch, 2u);
    EXPECT_EQ(all.back().head.header.previous_epoch, 1u);
    EXPECT_EQ(all.back().head.header.previous_sequence, all.size() - 1);
  }
}

// What it had not synced is read from the page cache, and would be gone behind what follows it.
TEST_F(SpoolTest, WhatAKilledAgentLeftIsSyncedByTheNext) {
  auto spool = open();
  const SealedFrame frame = seal(*spool, EventClass::command);
  ASSERT_TRUE(spool->append(frame).is_ok());
  spool.reset();
  open().reset();
  files.crash(0);
  EXPECT_EQ(open()->stream(EventClass::command).head.chain, frame.chain);
}

TEST_F(SpoolTest, SegmentWhoseSyncFailedIsSyncedLater) {
  auto spool = open();
  SealedFrame frame;
  for (size_t bytes = 0; bytes < config.segment_bytes; bytes += frame.block.size()) {
    frame = seal(*spool, EventClass::command, 600);
    ASSERT_TRUE(spool->append(frame).is_ok());
  }
  files.fail_next(FakeFiles::Operation::sync, unavailable("EIO"));
  frame = seal(*spool, EventClass::command, 600);
  ASSERT_TRUE(spool->append(frame).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  files.crash(1);
  EXPECT_EQ(open()->stream(EventClass::command).head.chain, frame.chain);
}

TEST_F(SpoolTest, NoFrameBeforeItsEpochIsOnDisk) {
  open().reset();
  files.set_free_bytes(0);
  auto spool = open();
  const std::string path = config.folder + "/epoch";
  EXPECT_TRUE(files.content(path).starts_with("1 "));
  files.set_free_bytes(std::nullopt);
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  EXPECT_TRUE(files.content(path).starts_with("2 "));
  files.crash(1);
  EXPECT_EQ(open()->epoch(), 3u);
}

TEST_F(SpoolTest, DamagedSegmentHeaderIsNoReasonNotToBegin) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  const std::string path = folder_of(EventClass::command) + "/" +
                           segments(EventClass::command).front();
  std::string newer = files.content(path).substr(0, kSegmentHeaderSize);
  newer[4] = 2;
  spool.reset();
  files.put(path, newer);
  EXPECT_NE(open(), nullptr);
}

// Each bit of it, and none of it, at a start and while the agent runs: whose frames these are, they
// say themselves.
TEST_F(SpoolTest, DamagedStreamsAreTheirFramesAndAState) {
  const std::string path = "/spool/streams";
  auto spool = open();
  EXPECT_EQ(spool->take_state(), SpoolState::ok);
  const auto classes = {EventClass::access, EventClass::command, EventClass::activity};
  std::map<EventClass, Id> ids;
  for (const EventClass c : classes) {
    ASSERT_TRUE(spool->append(seal(*spool, c)).is_ok());
    ids[c] = spool->stream(c).id;
  }
  ASSERT_TRUE(spool->sync(true).is_ok());
  const std::string whole = files.content(path);
  const auto expect_mended = [&](const std::string& damaged) {
    EXPECT_EQ(spool->take_state(), SpoolState::io_error);
    EXPECT_EQ(spool->take_state(), SpoolState::ok);
    for (const EventClass c : classes) EXPECT_EQ(spool->stream(c).id, ids[c]) << damaged;
    EXPECT_NE(files.content(path), damaged);
    EXPECT_NE(files.content(path).find("input " + to_hex(spool->stream(EventClass::input).id)),
              std::string::npos);
  };
  std::vector<std::string> all = {"", "none", std::string(1u << 16, 'x')};
  for (size_t bit = 0; bit < 8 * whole.size(); bit += 3) {
    all.push_back(whole);
    all.back()[bit / 8] = static_cast<char>(all.back()[bit / 8] ^ (1 << bit % 8));
  }
  for (const std::string& damaged : all) {
    spool.reset();
    files.put(path, damaged);
    spool = open();
    // Of a stream without a frame one id is as good as another.
    if (files.content(path) == damaged) continue;
    expect_mended(damaged);
    files.put(path, damaged);
    spool->reclaim();
    expect_mended(damaged);
  }
  ASSERT_TRUE(files.remove(path).is_ok());
  spool->reclaim();
  expect_mended("");
  // Nor does a full disk keep it from starting, which is where it is mended later.
  spool.reset();
  files.put(path, "none");
  files.set_free_bytes(0);
  spool = open();
  ASSERT_NE(spool, nullptr);
  files.set_free_bytes(std::nullopt);
  spool->reclaim();
  expect_mended("none");
}

// A disk that fails for a moment is asked again; a bad place is damage, and is written anew.
TEST_F(SpoolTest, FilesThatTheDiskNeverGivesKeepNobodyFromRecording) {
  for (const char* name : {"/streams", "/epoch", "/believed", "/command/fork", "/command/wish"}) {
    for (const bool is_for_good : {false, true}) {
      auto spool = open();
      ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
      ASSERT_TRUE(spool->sync(true).is_ok());
      const Id id = spool->stream(EventClass::command).id;
      const uint64_t epoch = spool->epoch();
      spool.reset();
      const std::string path = config.folder + name;
      if (!files.exists(path)) files.put(path, "damaged");
      if (is_for_good) files.spoil(path, 0);
      else files.fail_next(FakeFiles::Operation::read, unavailable("EIO"), kReadTries - 1);
      spool = open();
      ASSERT_NE(spool, nullptr) << path;
      EXPECT_EQ(spool->stream(EventClass::command).id, id) << path;
      EXPECT_EQ(spool->epoch(), epoch + 1) << path;
      files.put(path, "damaged");  // no bad place any more
    }
  }
}

TEST_F(SpoolTest, AccessIsSyncedAtOnceOthersAfterASecond) {
  auto spool = open();
  const int before = files.syncs();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  ASSERT_TRUE(spool->sync(false).is_ok());
  EXPECT_EQ(files.syncs(), before + 1);
  EXPECT_FALSE(spool->is_settled());
  clock.advance_ns(kNsPerSecond);
  ASSERT_TRUE(spool->sync(false).is_ok());
  EXPECT_EQ(files.syncs(), before + 2);
  EXPECT_TRUE(spool->is_settled());
  ASSERT_TRUE(spool->sync(false).is_ok());
  EXPECT_EQ(files.syncs(), before + 2);
}

TEST_F(SpoolTest, WhatTheDiskRefusesBecomesOneTombstone) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  files.set_free_bytes(100);  // a part of the frame fits: a torn write
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(spool->append(seal(*spool, EventClass::command)).code(), Code::full);
  }
  files.set_free_bytes(std::nullopt);
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  const auto all = frames(EventClass::command);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].head.header.kind, FrameKind::tombstone);
  EXPECT_EQ(all[1].head.header.first_sequence, 2u);
  EXPECT_EQ(all[1].head.header.last_sequence, 4u);
  EXPECT_EQ(all[1].head.header.first_order, 2u);
  EXPECT_EQ(all[1].head.header.last_order, 4u);
  EXPECT_EQ(all[2].head.header.first_sequence, 5u);
}

TEST_F(SpoolTest, FrameWithoutBlockIsAHoleOfTheQueue) {
  auto spool = open();
  SealedFrame frame = seal(*spool, EventClass::activity);
  frame.block.clear();
  EXPECT_EQ(spool->append(frame).code(), Code::full);
  EXPECT_FALSE(spool->is_settled());
  ASSERT_TRUE(spool->sync(true).is_ok());  // the tombstone needs no next frame
  EXPECT_TRUE(spool->is_settled());
  const auto all = frames(EventClass::activity);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].head.header.kind, FrameKind::tombstone);
  // After a restart the chain goes on from what the tombstone ends with.
  spool = open();
  EXPECT_EQ(spool->stream(EventClass::activity).head.chain, frame.chain);
}

TEST_F(SpoolTest, SpoolAtItsBoundGivesUpItsOldestFramesAndSaysWhich) {
  config.bytes_max = 64u << 10;
  auto spool = open();
  uint64_t sealed = 0;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::command, 1000)).is_ok());
    ++sealed;
    ASSERT_LE(spool->bytes(), config.bytes_max);
  }
  const auto all = frames(EventClass::command);
  ASSERT_TRUE(all.front().is_tombstone());
  EXPECT_EQ(all.front().head.header.first_sequence, 1u);
  EXPECT_EQ(all.front().events + all.size() - 1, sealed);
  EXPECT_EQ(spool->events_lost(), all.front().events);
  EXPECT_EQ(all.front().head.header.last_order, all.front().events);
  EXPECT_FALSE(all[1].is_tombstone());
}

TEST_F(SpoolTest, WhatIsCommittedGoesBeforeAnythingIsLost) {
  config.bytes_max = 64u << 10;
  auto spool = open();
  for (int i = 0; i < 200; ++i) {
    const SealedFrame frame = seal(*spool, EventClass::command, 1000);
    ASSERT_TRUE(spool->append(frame).is_ok());
    ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, frame), std::nullopt).is_ok());
  }
  EXPECT_EQ(spool->events_lost(), 0u);
  for (const FoundFrame& frame : frames(EventClass::command)) EXPECT_FALSE(frame.is_tombstone());
}

TEST_F(SpoolTest, WhoLoggedInHasRoomWhenAllElseIsFull) {
  config.bytes_max = 64u << 10;
  auto spool = open();
  const auto fill = [&](EventClass c) {
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(spool->append(seal(*spool, c, 1000)).is_ok()) << event_class_name(c);
    }
  };
  for (const EventClass c : {EventClass::activity, EventClass::input, EventClass::command,
                             EventClass::access}) {
    fill(c);
  }
  // Nobody's place but its own is left for what matters less.
  const size_t logins = frames(EventClass::access).size();
  EXPECT_GT(logins, 20u);
  fill(EventClass::activity);
  EXPECT_EQ(frames(EventClass::access).size(), logins);
  ASSERT_EQ(frames(EventClass::command).size(), 1u);
  EXPECT_EQ(frames(EventClass::command).front().events, 200u);
}

// A disk that others have filled: insurance goes first, then what matters less.
TEST_F(SpoolTest, FullDiskGivesUpWhatIsCommitted) {
  auto spool = open();
  SealedFrame last;
  for (int i = 0; i < 20; ++i) {
    last = seal(*spool, EventClass::activity, 1000);
    ASSERT_TRUE(spool->append(last).is_ok());
  }
  ASSERT_TRUE(spool->commit(EventClass::activity, note_for(*spool, last), std::nullopt).is_ok());
  files.set_free_bytes(500);
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::command, 1000)).is_ok());
  EXPECT_EQ(spool->events_lost(), 0u);
  EXPECT_EQ(segments(EventClass::activity).size(), 1u);
}

TEST_F(SpoolTest, FullDiskOfWhatMattersLessTakesALogin) {
  auto spool = open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::activity, 1000)).is_ok());
  }
  files.set_free_bytes(900);
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::access, 1000)).is_ok());
  const auto all = frames(EventClass::activity);
  EXPECT_TRUE(all.front().is_tombstone());
  EXPECT_EQ(all.front().events, spool->events_lost());
}

// Others have filled the disk to its last byte.
TEST_F(SpoolTest, LoginsHaveRoomOnADiskThatTakesNothingElse) {
  auto spool = open();
  spool->reclaim();
  files.set_free_bytes(0);
  EXPECT_EQ(spool->append(seal(*spool, EventClass::command, 1000)).code(), Code::full);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::access, 1000)).is_ok()) << i;
    files.set_free_bytes(0);  // what a login leaves of its blocks
  }
  EXPECT_EQ(spool->append(seal(*spool, EventClass::command, 1000)).code(), Code::full);
  EXPECT_EQ(spool->events_lost(), 2u);
}

TEST_F(SpoolTest, WhereThatRoomEndsWhatMattersLessIsEvicted) {
  auto spool = open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::activity, 1000)).is_ok());
  }
  spool->reclaim();
  files.set_free_bytes(0);
  for (int i = 0; i < 200 && spool->events_lost() == 0; ++i) {
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::access, 1000)).is_ok()) << i;
    files.set_free_bytes(0);
  }
  const auto all = frames(EventClass::activity);
  EXPECT_TRUE(all.front().is_tombstone());
  EXPECT_EQ(all.front().events, spool->events_lost());
  // It is held again as soon as there is any.
  files.set_free_bytes(1u << 20);
  spool->reclaim();
  files.set_free_bytes(0);
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::access, 1000)).is_ok());
}

TEST_F(SpoolTest, ARunBeforeHeldRoomForThisOne) {
  {
    auto spool = open();
    spool->reclaim();
  }
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
  files.set_free_bytes(0);
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::access, 1000)).is_ok());
}

TEST_F(SpoolTest, FullDiskIsNoReasonNotToBegin) {
  {
    auto spool = open();
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
  }
  files.set_free_bytes(0);
  auto spool = open();
  EXPECT_EQ(spool->append(seal(*spool, EventClass::command)).code(), Code::full);
  files.set_free_bytes(std::nullopt);
  ASSERT_TRUE(spool->sync(true).is_ok());
  const auto all = frames(EventClass::command);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].events, 1u);
  EXPECT_EQ(all[1].head.header.epoch, 2u);
}

TEST_F(SpoolTest, TombstoneWaitsForRoomNotForAnotherFrame) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::activity)).is_ok());
  files.set_free_bytes(0);
  EXPECT_FALSE(spool->append(seal(*spool, EventClass::activity)).is_ok());
  EXPECT_FALSE(spool->sync(false).is_ok());
  EXPECT_TRUE(spool->has_missing());
  files.set_free_bytes(std::nullopt);
  EXPECT_TRUE(spool->sync(false).is_ok());
  EXPECT_FALSE(spool->has_missing());
  EXPECT_EQ(frames(EventClass::activity).back().head.header.kind, FrameKind::tombstone);
}

TEST_F(SpoolTest, SegmentThatIsNoneIsSetAside) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  spool.reset();
  // A power cut can leave a file whose length came to disk and whose bytes did not.
  const std::string path = "/spool/command/00000000000000000009-00000000000000000001.seg";
  files.put(path, std::string(500, '\0'));
  spool = open();
  EXPECT_EQ(spool->stream(EventClass::command).head.sequence, 1u);
  EXPECT_FALSE(files.exists(path));
  EXPECT_TRUE(files.exists(path + ".bad"));
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
}

TEST_F(SpoolTest, CommittedSegmentsStayForADayWhileThereIsRoom) {
  auto spool = open();
  SealedFrame last;
  for (int i = 0; i < 20; ++i) {
    last = seal(*spool, EventClass::command, 1000);
    ASSERT_TRUE(spool->append(last).is_ok());
  }
  const size_t before = segments(EventClass::command).size();
  ASSERT_GT(before, 2u);
  ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, last), std::nullopt).is_ok());
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command).size(), before);
  clock.advance_ns(config.keep_committed_ns + kNsPerSecond);
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command).size(), 1u);  // the one that holds the chain's head
}

// However long they waited for it: the day is the collector's insurance, and bounds what a false
// commit can do.
TEST_F(SpoolTest, TheDayBeginsWithTheCommit) {
  auto spool = open();
  SealedFrame last;
  const auto write = [&] {
    last = seal(*spool, EventClass::command, 1000);
    ASSERT_TRUE(spool->append(last).is_ok());
  };
  const auto commit = [&] {
    ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, last), std::nullopt).is_ok());
    spool->reclaim();
  };
  for (int i = 0; i < 18; ++i) write();  // of the last one there is only half
  clock.advance_ns(10 * config.keep_committed_ns);
  const size_t before = segments(EventClass::command).size();
  commit();
  EXPECT_EQ(segments(EventClass::command).size(), before);
  // The open one was committed once, and grew until it was closed: its day begins anew.
  const std::string open_one = segments(EventClass::command).back();
  clock.advance_ns(config.keep_committed_ns);
  while (segments(EventClass::command).back() == open_one) write();
  commit();
  EXPECT_EQ(segments(EventClass::command).front(), open_one);
  clock.advance_ns(config.keep_committed_ns);
  commit();
  EXPECT_EQ(segments(EventClass::command).size(), 1u);
}

TEST_F(SpoolTest, FalseCommitsRemoveNothing) {
  auto spool = open();
  SealedFrame first, last;
  for (int i = 0; i < 20; ++i) {
    last = seal(*spool, EventClass::command, 1000);
    if (i == 0) first = last;
    ASSERT_TRUE(spool->append(last).is_ok());
  }
  const size_t before = segments(EventClass::command).size();
  CommitNote other_stream = note_for(*spool, last);
  other_stream.stream[0] ^= 1;
  CommitNote ahead = note_for(*spool, last);
  ahead.sequence += 1;
  CommitNote other_chain = note_for(*spool, last);
  other_chain.chain[31] ^= 1;
  CommitNote other_chain_before = note_for(*spool, first);
  other_chain_before.chain[0] ^= 1;
  CommitNote no_such_point = note_for(*spool, last);
  no_such_point.epoch = 0;
  no_such_point.sequence = 1;
  for (const CommitNote& note : {other_stream, ahead, other_chain, other_chain_before,
                                 no_such_point}) {
    EXPECT_EQ(spool->commit(EventClass::command, note, std::nullopt).code(), Code::denied);
  }
  clock.advance_ns(10 * config.keep_committed_ns);
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command).size(), before);
}

TEST_F(SpoolTest, CommitOfAnEarlierFrameKeepsTheRest) {
  auto spool = open();
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 20; ++i) {
    sealed.push_back(seal(*spool, EventClass::command, 1000));
    ASSERT_TRUE(spool->append(sealed.back()).is_ok());
  }
  const CommitNote note = note_for(*spool, sealed[9]);
  ASSERT_TRUE(spool->commit(EventClass::command, note, std::nullopt).is_ok());
  clock.advance_ns(10 * config.keep_committed_ns);
  spool->reclaim();
  const std::string folder = config.folder + "/command";
  const auto names = files.list(folder);
  const auto file = files.open_read(folder + "/" + names->front());
  SegmentScanner scanner(**file);
  ASSERT_EQ(scanner.next(), SegmentScanner::State::block);
  EXPECT_LE(scanner.outside().frames[0].header.first_sequence, 11u);
  EXPECT_GT(scanner.outside().frames[0].header.first_sequence, 1u);
}

// What memory no longer holds is looked up on disk, with the same result.
TEST_F(SpoolTest, CommitOfAFrameOfTheRunBeforeIsCheckedOnDisk) {
  std::vector<SealedFrame> sealed;
  {
    auto spool = open();
    for (int i = 0; i < 20; ++i) {
      sealed.push_back(seal(*spool, EventClass::command, 1000));
      ASSERT_TRUE(spool->append(sealed.back()).is_ok());
    }
  }
  auto spool = open();
  CommitNote lie = note_for(*spool, sealed[9]);
  lie.chain[5] ^= 1;
  EXPECT_EQ(spool->commit(EventClass::command, lie, std::nullopt).code(), Code::denied);
  const CommitNote truth = note_for(*spool, sealed[9]);
  EXPECT_TRUE(spool->commit(EventClass::command, truth, std::nullopt).is_ok());
  const size_t before = segments(EventClass::command).size();
  clock.advance_ns(10 * config.keep_committed_ns);
  spool->reclaim();
  EXPECT_LT(segments(EventClass::command).size(), before);
}

// A space that has become a digit makes one number of the epoch and the nonce.
TEST_F(SpoolTest, DamagedEpochIsThatOfTheFrames) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  for (const char* damaged : {"", "x", "1", "10123456789", "99999999999999999999 0123"}) {
    const uint64_t before = spool->epoch();
    spool.reset();
    files.put("/spool/epoch", damaged);
    spool = open();
    EXPECT_EQ(spool->epoch(), before + 1) << damaged;
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
  }
}

TEST_F(SpoolTest, EpochIsNeverUsedTwice) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  ASSERT_TRUE(files.remove("/spool/epoch").is_ok());
  EXPECT_EQ(open()->epoch(), 2u);
}

TEST_F(SpoolTest, LastWholeMarkIsTheMark) {
  auto spool = open();
  EXPECT_EQ(spool->previous_mark().code(), Code::not_found);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(spool->write_mark("mark " + std::to_string(i) + "\n").is_ok());
  }
  EXPECT_EQ(*open()->previous_mark(), "mark 4999\n");
  files.put("/spool/mark", "mark 1\nmark 2\nmark 3 cut sho");
  EXPECT_EQ(*open()->previous_mark(), "mark 2\n");
}

// ------------------------------------------------------------------ whose word counts

class SignedCommitsTest : public SpoolTest {
 protected:
  SignedCommitsTest() { trust_.log_id.fill(7), trust_.key = key_.public_key(); }
  CommitNote promise(const Spool& spool, const SealedFrame& frame, uint64_t generation = 1) {
    CommitNote note = note_for(spool, frame);
    note.log_id = trust_.log_id;
    note.log_generation = generation;
    sign(note);
    return note;
  }
  void sign(CommitNote& note) const {
    const std::string bytes = commit_signing_bytes(note);
    const Signature signature = *key_.sign(as_bytes(bytes));
    note.signature = as_text(signature);
  }
  std::vector<SealedFrame> fill(Spool& spool, int count = 20) {
    std::vector<SealedFrame> sealed;
    for (int i = 0; i < count; ++i) {
      sealed.push_back(seal(spool, EventClass::command, 1000));
      EXPECT_TRUE(spool.append(sealed.back()).is_ok());
    }
    EXPECT_TRUE(spool.sync(true).is_ok());
    return sealed;
  }
  Code commit(Spool& spool, const CommitNote& note) {
    return spool.commit(EventClass::command, note, trust_).code();
  }
  size_t left_when_due(Spool& spool) {
    clock.advance_ns(config.keep_committed_ns + kNsPerSecond);
    spool.reclaim();
    return segments(EventClass::command).size();
  }

  const SigningKey key_ = *SigningKey::generate();
  Trust trust_;
};

TEST_F(SignedCommitsTest, OnlyTheLogsOwnWordRemovesAnything) {
  auto spool = open();
  const auto sealed = fill(*spool);
  const size_t before = segments(EventClass::command).size();
  EXPECT_EQ(commit(*spool, note_for(*spool, sealed.back())), Code::denied);  // chain alone
  CommitNote forged = promise(*spool, sealed[3]);
  forged.sequence = sealed.back().header.last_sequence;
  forged.chain = sealed.back().chain;
  EXPECT_EQ(commit(*spool, forged), Code::denied);
  CommitNote ahead = promise(*spool, sealed.back());
  ahead.sequence += 100;
  sign(ahead);
  EXPECT_EQ(commit(*spool, ahead), Code::denied);
  EXPECT_EQ(left_when_due(*spool), before);
  EXPECT_EQ(commit(*spool, promise(*spool, sealed.back())), Code::ok);
  EXPECT_EQ(left_when_due(*spool), 1u);
}

// The log came back older than it was: what it does not have any more is not committed any more.
TEST_F(SignedCommitsTest, AGreaterGenerationMaySayLess) {
  auto spool = open();
  const auto sealed = fill(*spool);
  ASSERT_EQ(commit(*spool, promise(*spool, sealed.back())), Code::ok);
  ASSERT_EQ(commit(*spool, promise(*spool, sealed[5], 2)), Code::ok);
  const size_t left = left_when_due(*spool);
  EXPECT_GT(left, 3u);
  // A promise of before is worth nothing, also after a restart and a power cut.
  const CommitNote old = promise(*spool, sealed.back(), 1);
  EXPECT_EQ(commit(*spool, old), Code::denied);
  files.crash(1);
  spool = open();
  EXPECT_EQ(commit(*spool, old), Code::denied);
  EXPECT_GE(left_when_due(*spool), left);
  ASSERT_EQ(commit(*spool, promise(*spool, sealed.back(), 2)), Code::ok);
  EXPECT_EQ(left_when_due(*spool), 1u);
}

TEST_F(SignedCommitsTest, AGenerationOfOneStreamIsThatOfAll) {
  auto spool = open();
  const auto sealed = fill(*spool);
  ASSERT_EQ(commit(*spool, promise(*spool, sealed.back())), Code::ok);
  const SealedFrame login = seal(*spool, EventClass::access);
  ASSERT_TRUE(spool->append(login).is_ok());
  ASSERT_TRUE(
      spool->commit(EventClass::access, promise(*spool, login, 2), trust_).is_ok());
  EXPECT_GT(left_when_due(*spool), 3u);
  EXPECT_EQ(commit(*spool, promise(*spool, sealed.back(), 1)), Code::denied);
}

// What it says lies before all that we hold: there is nothing to compare it with.
TEST_F(SignedCommitsTest, AGenerationThatSaysLessThanWeHoldIsBelieved) {
  auto spool = open();
  const auto sealed = fill(*spool);
  ASSERT_EQ(commit(*spool, promise(*spool, sealed[12])), Code::ok);
  const size_t left = left_when_due(*spool);
  ASSERT_EQ(commit(*spool, promise(*spool, sealed[2], 2)), Code::ok);
  EXPECT_EQ(commit(*spool, promise(*spool, sealed.back(), 1)), Code::denied);
  EXPECT_EQ(left_when_due(*spool), left);
}

// ------------------------------------------------------------------ any order of anything

// Appends, commits, crashes, full disks and evictions in an order that the seed decides. Whatever
// happens: the chain is unbroken; every event that was sealed and survived is a frame, committed,
// or spoken of by exactly one tombstone.
class SpoolStories : public SpoolTest {
 protected:
  void play(uint64_t seed) {
    std::mt19937_64 random(seed);
    forget();
    config.bytes_max = 40u << 10;
    config.segment_bytes = 3000;
    auto spool = open();
    std::array<std::vector<SealedFrame>, kEventClasses + 1> sealed;
    std::array<uint64_t, kEventClasses + 1> committed{};  // greatest point's index + 1
    for (int step = 0; step < 120; ++step) {
      const auto c = static_cast<EventClass>(1 + random() % kEventClasses);
      auto& mine = sealed[static_cast<size_t>(c)];
      const uint64_t dice = random() % 100;
      if (dice < 70) {
        const bool checkpoint = random() % 12 == 0;
        SealedFrame frame = checkpoint
                                ? seal_checkpoint(*spool, c)
                                : seal(*spool, c, 100 + random() % 1500, 1 + random() % 4);
        if (!checkpoint && random() % 30 == 0) frame.block.clear();
        if (spool->append(frame).is_ok()) {
          // But for checkpoints that had waited.
          ASSERT_LE(spool->bytes(), config.bytes_max + 2048) << step;
        }
        mine.push_back(std::move(frame));
      } else if (dice < 80 && !mine.empty()) {
        const size_t at = random() % mine.size();
        CommitNote note = note_for(*spool, mine[at]);
        const bool lie = random() % 4 == 0;
        if (lie) note.chain[random() % 32] ^= 1;
        const Status status = spool->commit(c, note, std::nullopt);
        if (!lie && status.is_ok()) {
          auto& most = committed[static_cast<size_t>(c)];
          most = std::max<uint64_t>(most, at + 1);
        }
      } else if (dice < 85) {
        files.set_free_bytes(random() % 3 == 0 ? std::optional<uint64_t>(random() % 4000)
                                               : std::nullopt);
      } else if (dice < 90) {
        clock.advance_ns(static_cast<int64_t>(random() % (2 * 3600)) * kNsPerSecond);
        spool->reclaim();
      } else if (dice < 95) {
        (void)spool->sync(random() % 2 == 0);
      } else {
        files.set_free_bytes(std::nullopt);
        if (dice < 98) {
          ASSERT_TRUE(spool->sync(true).is_ok());
          spool.reset();
        } else {
          spool.reset();
          files.crash(random());
        }
        spool = open();
        forget_what_is_gone(*spool, sealed, committed);
      }
    }
    files.set_free_bytes(std::nullopt);
    ASSERT_TRUE(spool->sync(true).is_ok());
    for (size_t i = 1; i <= kEventClasses; ++i) {
      check(static_cast<EventClass>(i), sealed[i], committed[i]);
    }
  }

  // A power cut takes what was not synced, from the end.
  void forget_what_is_gone(const Spool& spool,
                           std::array<std::vector<SealedFrame>, kEventClasses + 1>& sealed,
                           std::array<uint64_t, kEventClasses + 1>& committed) {
    for (size_t i = 1; i <= kEventClasses; ++i) {
      const Hash& head = spool.stream(static_cast<EventClass>(i)).head.chain;
      while (!sealed[i].empty() && sealed[i].back().chain != head) sealed[i].pop_back();
      committed[i] = std::min<uint64_t>(committed[i], sealed[i].size());
    }
  }

  void check(EventClass c, const std::vector<SealedFrame>& sealed, uint64_t committed) {
    const auto found = frames(c);  // checks that they follow one another
    size_t at = 0;
    // What is no more at the front was committed.
    const Hash first = found.empty() ? Hash() : found.front().head.previous_chain;
    while (at < sealed.size() && (found.empty() || sealed[at].previous_chain != first)) {
      ASSERT_LT(at, committed) << "an uncommitted frame is gone";
      ++at;
    }
    for (const FoundFrame& frame : found) {
      if (!frame.is_tombstone()) {
        ASSERT_LT(at, sealed.size());
        ASSERT_EQ(frame.head.chain, sealed[at].chain);
        ++at;
        continue;
      }
      uint64_t events = 0;
      for (bool ended = false; !ended; ++at) {
        ASSERT_LT(at, sealed.size());
        const FrameHeader& header = sealed[at].header;
        events += header.last_sequence + 1 - header.first_sequence;
        ended = sealed[at].chain == frame.chain_after;
      }
      ASSERT_EQ(frame.events, events);
    }
    ASSERT_EQ(at, sealed.size());
  }
};

TEST_F(SpoolStories, NothingIsGoneWithoutAWord) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    ASSERT_NO_FATAL_FAILURE(play(seed));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace spoor::agent
