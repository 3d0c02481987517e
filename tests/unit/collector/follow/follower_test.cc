#include "collector/follow/follower.h"

#include "collector/limits.h"
#include "tests/support/stream_writer.h"

namespace spoor::collector {
namespace {

class FollowerTest : public testing::Test {
 protected:
  void add(const SealedFrame& frame) {
    LogEntry entry;
    entry.number = log_.size() + 1;
    entry.agent = "web1";
    entry.received_ns = static_cast<int64_t>(1000 * entry.number);
    entry.head.stream = frame.header.stream;
    entry.head.epoch = frame.header.epoch;
    entry.head.sequence = frame.header.last_sequence;
    entry.block = frame.block;
    log_.push_back(std::move(entry));
  }
  Result<LogBatch> read(size_t) {
    RETURN_IF_ERROR(read_status_);
    LogBatch batch;
    batch.to = {read_};
    if (read_ == log_.size()) return batch;
    batch.bytes = log_[read_].block.size();
    batch.entries.push_back(log_[read_++]);
    batch.to = {read_};
    return batch;
  }
  Status apply(std::span<const IndexedEvent> events, Position from, Position to) {
    RETURN_IF_ERROR(apply_status_);
    EXPECT_EQ(from, applied_);
    applied_ = to;
    events_ += events.size();
    return ok();
  }

  StreamWriter stream_{1};
  std::vector<LogEntry> log_;
  size_t read_ = 0;
  Status read_status_, apply_status_;
  Position applied_;
  size_t events_ = 0;
  std::vector<StreamMark> marks_;
  Follower follower_{[this](size_t n) { return read(n); },
                     [this](std::span<const IndexedEvent> events, Position from, Position to,
                            std::span<const StreamMark> marks) {
                       marks_.assign(marks.begin(), marks.end());
                       return apply(events, from, to);
                     },
                     {}};
};

TEST_F(FollowerTest, FollowsAndTellsHowFar) {
  EXPECT_FALSE(*follower_.step());
  add(stream_.frame(3));
  add(stream_.frame(2));
  EXPECT_TRUE(*follower_.step());
  EXPECT_EQ(events_, 3u);
  EXPECT_EQ(follower_.progress().received_until_ns, 1000);
  EXPECT_TRUE(*follower_.step());
  EXPECT_FALSE(*follower_.step());
  EXPECT_EQ(events_, 5u);
  EXPECT_EQ(follower_.position(), Position{2});
  EXPECT_EQ(marks_, (std::vector{StreamMark{stream_.stream(), 1, 5, 5}}));
  EXPECT_EQ(follower_.progress().bytes, log_[0].block.size() + log_[1].block.size());
}

// Eight MiB of the log may hold a hundred GiB of events.
TEST_F(FollowerTest, WhatUnfoldsIsAppliedPieceByPiece) {
  v1::Event event;
  event.mutable_other_record()->set_record_type(std::string(8'000'000, 'z'));
  for (int i = 0; i < 40; ++i) add(stream_.frame({event}));
  std::vector<size_t> pieces;
  Position at;
  bool is_refused = true;
  Follower follower(
      [&](size_t) -> Result<LogBatch> {
        LogBatch batch;
        batch.to = {log_.size() + 5};  // numbers that no entry has
        if (at < batch.to) batch.entries = log_;
        batch.bytes = 1000;
        return batch;
      },
      [&](std::span<const IndexedEvent> events, Position from, Position to, auto) -> Status {
        EXPECT_EQ(from, at);
        if (std::exchange(is_refused, !is_refused)) return unavailable("not now");
        at = to;
        pieces.push_back(events.size());
        return ok();
      },
      {});
  while (true) {
    const auto step = follower.step();
    if (step.is_ok() && !*step) break;
    EXPECT_EQ(follower.progress().bytes, at < Position{45} ? 0u : 1000u);
  }
  EXPECT_EQ(at, Position{45});
  EXPECT_EQ(follower.progress().bytes, 1000u);
  EXPECT_EQ(follower.progress().received_until_ns, 40'000);
  EXPECT_GT(pieces.size(), 3u);
  size_t events = 0;
  for (const size_t piece : pieces) {
    EXPECT_LT(piece * 8'000'000, kFollowMemoryMax + 9'000'000);
    events += piece;
  }
  EXPECT_EQ(events, 40u);
}

TEST_F(FollowerTest, AViewThatRefusesIsAskedAgain) {
  add(stream_.frame(3));
  apply_status_ = unavailable("not now");
  EXPECT_FALSE(follower_.step().is_ok());
  EXPECT_EQ(follower_.position(), Position{0});
  apply_status_ = ok();
  EXPECT_TRUE(*follower_.step());
  EXPECT_EQ(events_, 3u);
}

TEST_F(FollowerTest, ALogThatCannotBeReadIsTriedAgain) {
  add(stream_.frame(3));
  read_status_ = unavailable("not now");
  EXPECT_FALSE(follower_.step().is_ok());
  read_status_ = ok();
  EXPECT_TRUE(*follower_.step());
}

// Bad blocks are events, not stops.
TEST_F(FollowerTest, GoesOnBehindDamage) {
  add(stream_.frame(3));
  log_[0].block = "junk";
  add(stream_.junk_frame());
  add(stream_.frame(1));
  while (*follower_.step()) {
  }
  EXPECT_EQ(events_, 3u);  // two losses, one event
}

}  // namespace
}  // namespace spoor::collector
