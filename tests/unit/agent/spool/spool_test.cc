#include "agent/spool/spool.h"

#include <gtest/gtest.h>

#include "common/frame/reader.h"
#include "common/frame/segment.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> open() {
    auto spool = Spool::open(files_, clock_, config_);
    EXPECT_TRUE(spool.is_ok()) << spool.status().message();
    return std::move(spool).value();
  }

  // The next frame of `spool`'s stream, as the encoder makes it; keeps its own head, since frames
  // are sealed before they are written.
  SealedFrame seal(const Spool& spool, EventClass c, size_t bytes = 10) {
    ChainHead& head = heads_[static_cast<size_t>(c)];
    if (head_epoch_[static_cast<size_t>(c)] != spool.epoch()) {
      head = spool.stream(c).head;
      head_epoch_[static_cast<size_t>(c)] = spool.epoch();
    }
    FrameWriter writer;
    ++order_;
    writer.add(std::string(bytes, 'f'), "text", order_, 1'000 + static_cast<int64_t>(order_), 1);
    FrameWriter::Place place;
    place.event_class = c;
    place.stream = spool.stream(c).id;
    place.epoch = spool.epoch();
    place.epoch_nonce = spool.nonce();
    place.first_sequence = head.epoch == spool.epoch() ? head.sequence + 1 : 1;
    place.previous = head;
    place.zstd_level = 0;
    SealedFrame frame = writer.seal(place);
    head = {spool.epoch(), frame.header.last_sequence, frame.chain};
    return frame;
  }

  // Every frame of the class on disk, checked to follow one another.
  std::vector<FrameHead> frames(EventClass c) {
    std::vector<FrameHead> all;
    const std::string folder = config_.folder + "/" + event_class_name(c);
    const auto names = files_.list(folder);
    Expected expected;
    expected.epoch = 0;
    for (const std::string& name : *names) {
      const auto file = files_.open_read(folder + "/" + name);
      SegmentScanner scanner(**file);
      while (scanner.next() == SegmentScanner::State::block) {
        const FrameHead head = scanner.outside().frames[0];
        const Status follows = check_continues(head, expected);
        EXPECT_TRUE(follows.is_ok()) << follows.message();
        expected = {head.header.epoch, head.header.last_sequence + 1, head.chain};
        if (head.header.kind == FrameKind::tombstone) {
          const auto block = OpenBlock::open(as_bytes(scanner.block()));
          expected.chain = decode_tombstone(*block->frames()[0].entries[0].fields)->end_chain;
        }
        all.push_back(head);
      }
    }
    return all;
  }

  static CommitNote note_for(const Spool& spool, const SealedFrame& frame) {
    CommitNote note;
    note.stream = spool.stream(frame.header.event_class).id;
    note.epoch = frame.header.epoch;
    note.sequence = frame.header.last_sequence;
    note.chain = frame.chain;
    return note;
  }

  size_t segments(EventClass c) {
    return files_.list(config_.folder + "/" + event_class_name(c))->size();
  }

  FakeFiles files_;
  FakeClock clock_;
  SpoolConfig config_{"/spool", 1u << 20, 4096, 3600 * kNsPerSecond};
  std::array<ChainHead, 5> heads_{};
  std::array<uint64_t, 5> head_epoch_{};
  uint64_t order_ = 0;
};

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
  EXPECT_EQ(all.back().header.epoch, 3u);
  EXPECT_EQ(all.back().header.last_sequence, 5u);
}

TEST_F(SpoolTest, PowerCutLosesOnlyWhatWasNotSynced) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    files_ = FakeFiles();
    heads_ = {};
    head_epoch_ = {};
    auto spool = open();
    for (int i = 0; i < 4; ++i)
      ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
    for (int i = 0; i < 4; ++i)
      ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
    files_.crash(seed);
    spool = open();
    ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
    const auto all = frames(EventClass::access);
    ASSERT_GE(all.size(), 5u);
    EXPECT_EQ(all.back().header.epoch, 2u);
    EXPECT_EQ(all.back().header.previous_epoch, 1u);
    EXPECT_EQ(all.back().header.previous_sequence, all.size() - 1);
  }
}

TEST_F(SpoolTest, AccessIsSyncedAtOnceOthersAfterASecond) {
  auto spool = open();
  const int before = files_.syncs();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  ASSERT_TRUE(spool->sync(false).is_ok());
  EXPECT_EQ(files_.syncs(), before + 1);
  clock_.advance_ns(kNsPerSecond);
  ASSERT_TRUE(spool->sync(false).is_ok());
  EXPECT_EQ(files_.syncs(), before + 2);
  ASSERT_TRUE(spool->sync(false).is_ok());
  EXPECT_EQ(files_.syncs(), before + 2);
}

TEST_F(SpoolTest, WhatTheDiskRefusesBecomesOneTombstone) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  files_.set_free_bytes(100);  // a part of the frame fits: a torn write
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(spool->append(seal(*spool, EventClass::command)).code(), Code::full);
  }
  files_.set_free_bytes(std::nullopt);
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  const auto all = frames(EventClass::command);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].header.kind, FrameKind::tombstone);
  EXPECT_EQ(all[1].header.first_sequence, 2u);
  EXPECT_EQ(all[1].header.last_sequence, 4u);
  EXPECT_EQ(all[1].header.first_order, 2u);
  EXPECT_EQ(all[1].header.last_order, 4u);
  EXPECT_EQ(all[2].header.first_sequence, 5u);
}

TEST_F(SpoolTest, FrameWithoutBlockIsAHoleOfTheQueue) {
  auto spool = open();
  SealedFrame frame = seal(*spool, EventClass::activity);
  frame.block.clear();
  EXPECT_EQ(spool->append(frame).code(), Code::full);
  ASSERT_TRUE(spool->sync(true).is_ok());  // the tombstone needs no next frame
  const auto all = frames(EventClass::activity);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].header.kind, FrameKind::tombstone);
  // After a restart the chain goes on from what the tombstone ends with.
  spool = open();
  EXPECT_EQ(spool->stream(EventClass::activity).head.chain, frame.chain);
}

TEST_F(SpoolTest, SpoolAtItsBoundTakesNoMoreUntilCommitted) {
  config_.bytes_max = 64u << 10;
  auto spool = open();
  SealedFrame last;
  Status status;
  while (status.is_ok()) {
    SealedFrame frame = seal(*spool, EventClass::command, 1000);
    status = spool->append(frame);
    if (status.is_ok()) last = frame;
  }
  EXPECT_EQ(status.code(), Code::full);
  EXPECT_LE(spool->bytes(), config_.bytes_max);
  ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, last)).is_ok());
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command, 1000)).is_ok());
  EXPECT_LE(spool->bytes(), config_.bytes_max);
}

TEST_F(SpoolTest, WhoLoggedInHasRoomWhenAllElseIsFull) {
  config_.bytes_max = 64u << 10;
  auto spool = open();
  const auto fill = [&](EventClass c) {
    while (spool->append(seal(*spool, c, 1000)).is_ok()) {
    }
  };
  fill(EventClass::activity);
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::command, 1000)).is_ok());
  fill(EventClass::command);
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::access, 1000)).is_ok());
}

TEST_F(SpoolTest, TombstoneWaitsForRoomNotForAnotherFrame) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::activity)).is_ok());
  files_.set_free_bytes(0);
  EXPECT_FALSE(spool->append(seal(*spool, EventClass::activity)).is_ok());
  EXPECT_FALSE(spool->sync(false).is_ok());
  EXPECT_TRUE(spool->has_missing());
  files_.set_free_bytes(std::nullopt);
  EXPECT_TRUE(spool->sync(false).is_ok());
  EXPECT_FALSE(spool->has_missing());
  EXPECT_EQ(frames(EventClass::activity).back().header.kind, FrameKind::tombstone);
}

TEST_F(SpoolTest, SegmentThatIsNoneIsSetAside) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  spool.reset();
  // A power cut can leave a file whose length came to disk and whose bytes did not.
  const std::string path = "/spool/command/00000000000000000009-00000000000000000001.seg";
  files_.put(path, std::string(500, '\0'));
  spool = open();
  EXPECT_EQ(spool->stream(EventClass::command).head.sequence, 1u);
  EXPECT_FALSE(files_.exists(path));
  EXPECT_TRUE(files_.exists(path + ".bad"));
  EXPECT_TRUE(spool->append(seal(*spool, EventClass::command)).is_ok());
}

TEST_F(SpoolTest, CommittedSegmentsStayForADayWhileThereIsRoom) {
  auto spool = open();
  SealedFrame last;
  for (int i = 0; i < 20; ++i) {
    last = seal(*spool, EventClass::command, 1000);
    ASSERT_TRUE(spool->append(last).is_ok());
  }
  const size_t before = segments(EventClass::command);
  ASSERT_GT(before, 2u);
  ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, last)).is_ok());
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command), before);
  clock_.advance_ns(config_.keep_committed_ns + kNsPerSecond);
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command), 1u);  // the one that holds the chain's head
}

TEST_F(SpoolTest, FalseCommitsRemoveNothing) {
  auto spool = open();
  SealedFrame first, last;
  for (int i = 0; i < 20; ++i) {
    last = seal(*spool, EventClass::command, 1000);
    if (i == 0) first = last;
    ASSERT_TRUE(spool->append(last).is_ok());
  }
  const size_t before = segments(EventClass::command);
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
    EXPECT_EQ(spool->commit(EventClass::command, note).code(), Code::denied);
  }
  clock_.advance_ns(10 * config_.keep_committed_ns);
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command), before);
}

TEST_F(SpoolTest, CommitOfAnEarlierFrameKeepsTheRest) {
  auto spool = open();
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 20; ++i) {
    sealed.push_back(seal(*spool, EventClass::command, 1000));
    ASSERT_TRUE(spool->append(sealed.back()).is_ok());
  }
  ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, sealed[9])).is_ok());
  clock_.advance_ns(10 * config_.keep_committed_ns);
  spool->reclaim();
  const std::string folder = config_.folder + "/command";
  const auto names = files_.list(folder);
  const auto file = files_.open_read(folder + "/" + names->front());
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
  EXPECT_EQ(spool->commit(EventClass::command, lie).code(), Code::denied);
  EXPECT_TRUE(spool->commit(EventClass::command, note_for(*spool, sealed[9])).is_ok());
  const size_t before = segments(EventClass::command);
  clock_.advance_ns(10 * config_.keep_committed_ns);
  spool->reclaim();
  EXPECT_LT(segments(EventClass::command), before);
}

TEST_F(SpoolTest, EpochIsNeverUsedTwice) {
  auto spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::access)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  ASSERT_TRUE(files_.remove("/spool/epoch").is_ok());
  EXPECT_EQ(open()->epoch(), 2u);
}

TEST_F(SpoolTest, LastWholeMarkIsTheMark) {
  auto spool = open();
  EXPECT_EQ(spool->previous_mark().code(), Code::not_found);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(spool->write_mark("mark " + std::to_string(i) + "\n").is_ok());
  }
  EXPECT_EQ(*open()->previous_mark(), "mark 4999\n");
  files_.put("/spool/mark", "mark 1\nmark 2\nmark 3 cut sho");
  EXPECT_EQ(*open()->previous_mark(), "mark 2\n");
}

}  // namespace
}  // namespace spoor::agent
