#include "collector/log/segment_sealer.h"

#include <gtest/gtest.h>

#include <map>

#include "collector/log/seal_limits.h"
#include "tests/unit/collector/log/sealed_fixture.h"

namespace spoor::collector {
namespace {

class SegmentSealerTest : public SealedFixture {};

TEST_F(SegmentSealerTest, KeepsEachEntryInTheLogsOrder) {
  add_some(3'000, 20);
  ASSERT_TRUE(seal().is_ok());
  const SealedSegment sealed = *open();
  expect_all(sealed);
  EXPECT_LT(files_.content("/log/1.sealed").size(), segment_.size() * 9 / 10);
}

TEST_F(SegmentSealerTest, ManyGroups) {
  for (int i = 0; i < 30; ++i) add_noise(300'000);
  ASSERT_TRUE(seal().is_ok());
  const SealedSegment sealed = *open();
  EXPECT_GT(sealed.index().groups.size(), 3u);
  expect_all(sealed);
  for (const LogEntry& entry : entries_) {
    const std::optional<size_t> at = sealed.group_of(entry.number);
    ASSERT_TRUE(at.has_value());
    const SealedGroup& group = sealed.index().groups[*at];
    EXPECT_TRUE(group.first <= entry.number && entry.number <= group.last);
  }
  EXPECT_EQ(sealed.group_of(number_ + 1), std::nullopt);
}

TEST_F(SegmentSealerTest, IndexSaysWhatItHolds) {
  add_some(500, 3);
  ASSERT_TRUE(seal().is_ok());
  const SealIndex index = open()->index();
  EXPECT_EQ(index.entries, 500u);
  EXPECT_EQ(index.agents.size(), 3u);
  EXPECT_EQ(index.streams.size(), 3u);
  TimeRange received;
  uint64_t events = 0;
  std::map<Id, std::vector<LogEntry>> streams;
  for (const LogEntry& entry : entries_) {
    received.add(entry.received_ns);
    const FrameHeader header = read_block_outside(as_bytes(entry.block))->frames[0].header;
    if (header.kind == FrameKind::data) events += header.entries;
    streams[entry.head.stream].push_back(entry);
  }
  EXPECT_EQ(index.received, received);
  EXPECT_EQ(index.events, events);
  for (const SealedStream& stream : index.streams) {
    const std::vector<LogEntry>& of = streams[stream.stream];
    EXPECT_EQ(index.agents[stream.agent], of.back().agent);
    EXPECT_EQ(stream.chain, of.back().head.chain);
    ASSERT_EQ(stream.points.size(), kSealedPointsMax);
    for (size_t i = 0; i < kSealedPointsMax; ++i) {
      const StreamHead& head = of[of.size() - kSealedPointsMax + i].head;
      const SealedStream::Point& point = stream.points[i];
      EXPECT_EQ(std::pair(point.epoch, point.sequence), std::pair(head.epoch, head.sequence));
      EXPECT_TRUE(std::equal(point.mark.begin(), point.mark.end(), head.chain.begin()));
    }
    std::map<uint64_t, uint64_t> ends;
    for (const LogEntry& entry : of) ends[entry.head.epoch] = entry.head.sequence;
    ASSERT_EQ(stream.epochs.size(), ends.size());
    for (const SealedStream::Epoch& epoch : stream.epochs)
      EXPECT_EQ(epoch.sequence, ends[epoch.epoch]);
  }
}

// Its neighbours are joined all the same.
TEST_F(SegmentSealerTest, WhatDoesNotVerifyIsKeptAsItWasFound) {
  add_some(50, 2);
  StreamWriter writer(9);
  SealedFrame frame = writer.frame(3);
  frame.block[frame.block.size() - 3] ^= 1;
  add("web9", frame, frame.chain);
  frame.block = "no block at all";
  add("web9", frame, frame.chain);
  add_some(50, 2);
  ASSERT_TRUE(seal().is_ok());
  const SealedSegment sealed = *open();
  expect_all(sealed);
  EXPECT_LT(sealed.open_group(0)->table().blocks.size(), 20u);
}

TEST_F(SegmentSealerTest, DamagedSegmentStaysAsItIs) {
  add_some(50, 2);
  const std::string whole = segment_;
  for (const size_t at : {size_t{20}, whole.size() / 2, whole.size() - 1}) {
    segment_ = whole;
    segment_[at] ^= 1;
    EXPECT_EQ(seal().code(), Code::corrupt) << at;
    EXPECT_FALSE(files_.exists("/log/1.sealed"));
  }
  segment_ = whole + "torn";
  EXPECT_EQ(seal().code(), Code::corrupt);
}

TEST_F(SegmentSealerTest, FullDiskLeavesNothing) {
  add_some(50, 2);
  files_.set_free_bytes(1'000);
  EXPECT_EQ(seal().code(), Code::full);
  EXPECT_FALSE(files_.exists("/log/1.sealed"));
}

}  // namespace
}  // namespace spoor::collector
