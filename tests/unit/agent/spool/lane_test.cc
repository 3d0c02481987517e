#include "agent/spool/lane.h"

#include <gtest/gtest.h>

#include "agent/spool/lane_recovery.h"
#include "common/frame/segment.h"
#include "common/frame/given_up.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"
#include "tests/support/stream_writer.h"

namespace spoor::agent {
namespace {

class LaneTest : public ::testing::Test {
 protected:
  LaneTest() {
    EXPECT_TRUE(files_.make_folder("/spool/command").is_ok());
    begin(lane_);
  }
  void begin(Lane& lane) {
    lane.begin(writer_.stream(), {}, {});
    lane.begin_epoch(1);
  }
  // Frames of a KiB each, four of which fill a segment.
  SealedFrame write(size_t events = 1) {
    std::vector<v1::Event> all(events);
    for (v1::Event& e : all) e.mutable_origin()->set_source(std::to_string(events));
    all[0].mutable_command_started()->set_exe(noise());
    SealedFrame frame = writer_.frame(all);
    EXPECT_TRUE(lane_.append(frame).is_ok());
    return frame;
  }
  std::string noise() {
    std::string bytes;
    while (bytes.size() < 600) bytes += to_hex(random_id());
    return bytes;
  }
  static ChainHead end_of(const SealedFrame& frame) {
    return {frame.header.epoch, frame.header.last_sequence, frame.chain};
  }
  PointPlace find(const ChainHead& point) { return *lane_.find(point); }

  FakeFiles files_;
  FakeClock clock_;
  StreamWriter writer_{5};
  Lane lane_{files_, clock_, EventClass::command, "/spool/command", 2048};
};

TEST_F(LaneTest, EvictedSegmentIsATombstoneInItsPlace) {
  SealedFrame frame;
  for (int i = 0; i < 12; ++i) frame = write(2);
  const size_t before = lane_.segments().size();
  ASSERT_GT(before, 3u);
  const FrameRun run = lane_.segments().front().run;
  const auto lost = lane_.evict_oldest(Tombstone::Cause::spool_full);
  ASSERT_TRUE(lost.is_ok()) << lost.status().message();
  EXPECT_EQ(*lost, run.events());
  EXPECT_EQ(lane_.segments().size(), before);
  EXPECT_EQ(lane_.segments().front().run.end.chain, run.end.chain);
  EXPECT_LT(lane_.segments().front().bytes, 600u);
  files_.crash(1);  // it was durable
  const auto again = *recover_lane(files_, "/spool/command", clock_.now());
  EXPECT_EQ(again.segments.front().tombstone, Tombstone::Cause::spool_full);
}

TEST_F(LaneTest, RunOfEvictedSegmentsIsOneTombstone) {
  for (int i = 0; i < 12; ++i) write(2);
  uint64_t lost = 0;
  const size_t before = lane_.segments().size();
  while (lane_.segments().size() > 1) lost += *lane_.evict_oldest(Tombstone::Cause::spool_full);
  EXPECT_GT(before, 3u);
  EXPECT_EQ(lost, 24u);  // the open one, too
  const auto names = *files_.list("/spool/command");
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[1], "given-up");
  // It goes on.
  const SealedFrame next = write();
  const auto found = *recover_lane(files_, "/spool/command", clock_.now());
  EXPECT_EQ(found.head.chain, next.chain);
  EXPECT_EQ(lane_.evict_oldest(Tombstone::Cause::spool_full).is_ok(), true);
  EXPECT_EQ(lane_.evict_oldest(Tombstone::Cause::spool_full).code(), Code::not_found);
}

TEST_F(LaneTest, TombstonesOfOtherCausesStayApart) {
  for (int i = 0; i < 12; ++i) write();
  ASSERT_TRUE(lane_.evict_oldest(Tombstone::Cause::spool_full).is_ok());
  ASSERT_TRUE(lane_.evict_oldest(Tombstone::Cause::disk_full).is_ok());
  EXPECT_EQ(lane_.segments()[0].tombstone, Tombstone::Cause::spool_full);
  EXPECT_EQ(lane_.segments()[1].tombstone, Tombstone::Cause::disk_full);
}

// The uplink reads a segment while it is evicted, and gets what it began to read.
TEST_F(LaneTest, ReaderOfAnEvictedSegmentReadsItsFrames) {
  for (int i = 0; i < 12; ++i) write();
  const std::string path = "/spool/command/" + lane_.segments().front().name;
  const uint64_t frames = lane_.segments().front().run.events();
  const auto file = files_.open_read(path);
  SegmentScanner scanner(**file);
  ASSERT_EQ(scanner.next(), SegmentScanner::State::block);
  ASSERT_TRUE(lane_.evict_oldest(Tombstone::Cause::spool_full).is_ok());
  uint64_t read = 1;
  while (scanner.next() == SegmentScanner::State::block) {
    EXPECT_EQ(scanner.outside().frames[0].header.kind, FrameKind::data);
    ++read;
  }
  EXPECT_EQ(read, frames);
}

TEST_F(LaneTest, TombstoneThatCannotBeWrittenEvictsNothing) {
  for (int i = 0; i < 12; ++i) write();
  const std::string path = "/spool/command/" + lane_.segments().front().name;
  const std::string before = files_.content(path);
  using Operation = FakeFiles::Operation;
  for (const Operation operation : {Operation::append, Operation::sync, Operation::rename}) {
    // Of what is noted about the evicted, and of the tombstone.
    files_.fail_next(operation, unavailable("a bad disk"), 2);
    EXPECT_EQ(lane_.evict_oldest(Tombstone::Cause::spool_full).code(), Code::unavailable);
    EXPECT_EQ(files_.content(path), before);
    EXPECT_FALSE(lane_.segments().front().tombstone);
  }
}

// The log may end at any of them, and the uplink be started before it hears of that.
TEST_F(LaneTest, WhereItStoodBehindWhatWasGivenUpIsNoted) {
  std::vector<SealedFrame> frames;
  for (int i = 0; i < 12; ++i) frames.push_back(write());
  lane_.set_committed(end_of(frames[1]));
  const auto noted = [&](const SealedFrame& frame) {
    return GivenUp::decode(files_.content("/spool/command/given-up"), lane_.stream())
        .contains(frame.chain);
  };
  ASSERT_TRUE(lane_.evict_oldest(Tombstone::Cause::spool_full).is_ok());
  const size_t first = lane_.segments().front().run.end.sequence;
  ASSERT_GT(first, 2u);
  EXPECT_FALSE(noted(frames[0]));  // the log has more
  EXPECT_TRUE(noted(frames[1]));   // it may end there
  EXPECT_TRUE(noted(frames[2]));
  EXPECT_FALSE(noted(frames[first]));
  ASSERT_TRUE(lane_.evict_oldest(Tombstone::Cause::spool_full).is_ok());
  EXPECT_TRUE(noted(frames[1]));
  EXPECT_TRUE(noted(frames[first]));
  // Of what is committed since nothing needs to be known.
  const size_t second = lane_.segments().front().run.end.sequence;
  lane_.set_committed(end_of(frames[second - 1]));
  ASSERT_TRUE(lane_.evict_oldest(Tombstone::Cause::spool_full).is_ok());
  EXPECT_FALSE(noted(frames[1]));
  EXPECT_TRUE(noted(frames[second]));
}

TEST_F(LaneTest, OnlyWhatIsNotCommittedIsLost) {
  std::vector<SealedFrame> frames;
  for (int i = 0; i < 12; ++i) frames.push_back(write());
  const uint64_t first_segment = lane_.segments().front().run.events();
  ASSERT_GT(first_segment, 1u);
  lane_.set_committed(end_of(frames[0]));
  EXPECT_EQ(*lane_.evict_oldest(Tombstone::Cause::spool_full), first_segment - 1);
}

TEST_F(LaneTest, WhatWasMissingBeforeIsNotLostAgain) {
  write();
  lane_.miss(writer_.frame(5), Tombstone::Cause::io_error);
  write();
  EXPECT_EQ(*lane_.evict_oldest(Tombstone::Cause::spool_full), 2u);
  EXPECT_EQ(lane_.segments().front().run.events(), 7u);
}

TEST_F(LaneTest, MissingCheckpointIsWrittenLater) {
  write();
  const SealedFrame checkpoint = writer_.checkpoint();
  lane_.miss(checkpoint, Tombstone::Cause::disk_full);
  EXPECT_TRUE(lane_.has_missing());
  ASSERT_TRUE(lane_.write_missing().is_ok());
  EXPECT_EQ(lane_.head().chain, checkpoint.chain);
  write();
}

TEST_F(LaneTest, CheckpointAmongMissingFramesIsInTheirTombstone) {
  write();
  lane_.miss(writer_.checkpoint(), Tombstone::Cause::disk_full);
  const SealedFrame second = writer_.checkpoint();
  files_.fail_next(FakeFiles::Operation::append, unavailable("a bad disk"));
  lane_.miss(second, Tombstone::Cause::disk_full);
  EXPECT_FALSE(lane_.write_missing().is_ok());
  lane_.miss(writer_.frame(3), Tombstone::Cause::io_error);
  ASSERT_TRUE(lane_.write_missing().is_ok());
  EXPECT_EQ(lane_.segments().back().missed, 3u);
  write();
}

// A checkpoint takes no sequence: two frames end at one point, with two values.
TEST_F(LaneTest, CommitOfAFrameDoesNotCommitTheCheckpointBehindIt) {
  const SealedFrame frame = write();
  const SealedFrame checkpoint = writer_.checkpoint();
  ASSERT_TRUE(lane_.append(checkpoint).is_ok());
  EXPECT_EQ(find(end_of(frame)), PointPlace::ours);
  EXPECT_EQ(find(end_of(checkpoint)), PointPlace::ours);
  lane_.set_committed(end_of(frame));
  EXPECT_FALSE(lane_.is_committed(lane_.segments().front()));
  EXPECT_EQ(find(end_of(checkpoint)), PointPlace::ours);
  lane_.set_committed(end_of(checkpoint));
  EXPECT_TRUE(lane_.is_committed(lane_.segments().front()));
}

TEST_F(LaneTest, PointsAreFoundInMemoryOnDiskAndNowhere) {
  std::vector<SealedFrame> frames;
  for (int i = 0; i < 12; ++i) frames.push_back(write(2));
  Lane again(files_, clock_, EventClass::command, "/spool/command", 2048);
  auto found = *recover_lane(files_, "/spool/command", clock_.now());
  again.begin(writer_.stream(), found.segments, found.head);
  for (Lane* lane : {&lane_, &again}) {
    for (const SealedFrame& frame : frames) {
      ChainHead point = end_of(frame);
      EXPECT_EQ(*lane->find(point), PointPlace::ours);
      point.chain[3] ^= 1;
      EXPECT_EQ(*lane->find(point), PointPlace::other);
      point.sequence -= 1;  // the frame's first event: no frame ends there
      EXPECT_EQ(*lane->find(point), PointPlace::other);
    }
    ChainHead ahead = end_of(frames.back());
    ahead.sequence += 1;
    EXPECT_EQ(*lane->find(ahead), PointPlace::ahead);
    EXPECT_EQ(*lane->find({0, 0, {}}), PointPlace::ours);  // where the stream began
  }
  ASSERT_TRUE(again.evict_oldest(Tombstone::Cause::spool_full).is_ok());
  EXPECT_EQ(*again.find(end_of(frames[0])), PointPlace::gone);
  EXPECT_EQ(*again.find(again.segments().front().run.end), PointPlace::ours);
  again.set_committed(end_of(frames.back()));
  ASSERT_TRUE(again.drop_committed());
  ASSERT_TRUE(again.drop_committed());
  EXPECT_EQ(*again.find(end_of(frames[0])), PointPlace::gone);
  EXPECT_EQ(*again.find(again.segments().front().run.before), PointPlace::ours);
}

TEST_F(LaneTest, SegmentThatHoldsTheHeadIsNotDropped) {
  const SealedFrame frame = write();
  lane_.set_committed(end_of(frame));
  EXPECT_FALSE(lane_.drop_committed());
}

// Neither written nor cut away: what follows begins a segment of its own.
TEST_F(LaneTest, SegmentThatCannotBeCutIsLeft) {
  write();
  const SealedFrame frame = writer_.frame(1);
  files_.set_free_bytes(20);
  files_.fail_next(FakeFiles::Operation::truncate, unavailable("a bad disk"));
  EXPECT_FALSE(lane_.append(frame).is_ok());
  lane_.miss(frame, Tombstone::Cause::disk_full);
  files_.set_free_bytes(std::nullopt);
  const SealedFrame next = write();
  EXPECT_EQ(lane_.segments().size(), 2u);
  const auto found = *recover_lane(files_, "/spool/command", clock_.now());
  EXPECT_EQ(found.head.chain, next.chain);
}

// The next sync of the same file would say ok, of what the disk has dropped.
TEST_F(LaneTest, WhatASyncFailedToWriteIsWrittenAnew) {
  write();
  ASSERT_TRUE(lane_.sync(true).is_ok());
  write();
  files_.fail_next(FakeFiles::Operation::sync, unavailable("EIO"));
  EXPECT_FALSE(lane_.sync(true).is_ok());
  write();
  EXPECT_FALSE(lane_.sync(false).is_ok());  // once a second is enough
  clock_.advance_ns(kNsPerSecond);
  EXPECT_TRUE(lane_.sync(false).is_ok());
  const SealedFrame behind = write();
  ASSERT_TRUE(lane_.sync(true).is_ok());
  EXPECT_EQ(lane_.segments().size(), 2u);  // nothing grows behind a reader's back
  files_.crash(1);
  const auto found = *recover_lane(files_, "/spool/command", clock_.now());
  EXPECT_EQ(found.head.chain, behind.chain);
  const uint64_t events = found.segments[0].run.events() + found.segments[1].run.events();
  EXPECT_EQ(events, 4u);
  const auto file = *files_.open_read("/spool/command/" + found.segments[0].name);
  SegmentScanner scanner(*file);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(scanner.next(), SegmentScanner::State::block);
  EXPECT_EQ(scanner.next(), SegmentScanner::State::end);
}

// At any step of it the disk may fail once more.
TEST_F(LaneTest, SegmentThatCannotBeWrittenAnewStaysAsItIs) {
  using Operation = FakeFiles::Operation;
  for (const Operation operation : {Operation::open, Operation::append, Operation::sync,
                                    Operation::read, Operation::rename, Operation::sync_folder}) {
    const SealedFrame frame = write();
    files_.fail_next(Operation::sync, unavailable("EIO"));
    EXPECT_FALSE(lane_.sync(true).is_ok());
    files_.fail_next(operation, unavailable("EIO"));
    EXPECT_FALSE(lane_.sync(true).is_ok()) << static_cast<int>(operation);
    EXPECT_TRUE(lane_.sync(true).is_ok());
    const FakeFiles::Picture kept = files_.picture();
    FakeFiles after;
    after.restore(kept);
    EXPECT_EQ(recover_lane(after, "/spool/command", clock_.now())->head.chain, frame.chain)
        << static_cast<int>(operation);
  }
}

TEST_F(LaneTest, FullSegmentWhoseSyncFailedIsWrittenAnewBeforeItIsClosed) {
  SealedFrame frame;
  for (int i = 0; i < 2; ++i) frame = write();
  files_.fail_next(FakeFiles::Operation::sync, unavailable("EIO"));
  for (int i = 0; i < 3; ++i) frame = write();
  EXPECT_EQ(lane_.segments().size(), 1u);
  clock_.advance_ns(kNsPerSecond);
  frame = write();
  EXPECT_EQ(lane_.segments().size(), 2u);
  ASSERT_TRUE(lane_.sync(true).is_ok());
  files_.crash(1);
  const auto found = *recover_lane(files_, "/spool/command", clock_.now());
  EXPECT_EQ(found.segments[0].run.events(), 5u);
  EXPECT_EQ(found.head.chain, frame.chain);
}

// The very first frame, and one behind a checkpoint: the name of their segment is taken.
TEST_F(LaneTest, SegmentBehindACheckpointHasANameOfItsOwn) {
  ASSERT_TRUE(lane_.append(writer_.checkpoint()).is_ok());
  const SealedFrame frame = writer_.frame(1);
  files_.set_free_bytes(20);
  files_.fail_next(FakeFiles::Operation::truncate, unavailable("a bad disk"));
  EXPECT_FALSE(lane_.append(frame).is_ok());
  files_.set_free_bytes(std::nullopt);
  ASSERT_TRUE(lane_.append(frame).is_ok());
  const auto found = *recover_lane(files_, "/spool/command", clock_.now());
  EXPECT_EQ(found.segments.size(), 2u);
  EXPECT_EQ(found.head.chain, frame.chain);
}

}  // namespace
}  // namespace spoor::agent
