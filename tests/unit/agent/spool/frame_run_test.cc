#include "agent/spool/frame_run.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/stream_writer.h"

namespace spoor::agent {
namespace {

FrameRun run_of(const std::vector<SealedFrame>& frames) {
  FrameRun run;
  for (const SealedFrame& f : frames) run.add(f.header, f.previous_chain, f.chain);
  return run;
}

Tombstone told_by(const SealedFrame& frame) {
  const auto block = OpenBlock::open(as_bytes(frame.block));
  return *decode_tombstone(*block->frames()[0].entries[0].fields);
}

TEST(FrameRunTest, TombstoneTakesThePlaceOfItsFrames) {
  StreamWriter writer(7);
  const SealedFrame before = writer.frame(3);
  const std::vector<SealedFrame> frames = {writer.frame(2), writer.frame(5)};
  const FrameRun run = run_of(frames);
  EXPECT_EQ(run.events(), 7u);
  const SealedFrame stone =
      run.tombstone(EventClass::command, writer.stream(), Tombstone::Cause::disk_full);
  const Expected expected{1, 4, before.chain};
  EXPECT_TRUE(check_continues({stone.header, stone.previous_chain, stone.chain}, expected).is_ok());
  EXPECT_EQ(stone.header.first_sequence, 4u);
  EXPECT_EQ(stone.header.last_sequence, 10u);
  EXPECT_EQ(stone.header.first_order, 4u);
  EXPECT_EQ(stone.header.last_order, 10u);
  EXPECT_EQ(stone.header.records, 7u);
  const Tombstone told = told_by(stone);
  EXPECT_EQ(told.events, 7u);
  EXPECT_EQ(told.cause, Tombstone::Cause::disk_full);
  EXPECT_EQ(told.end_chain, frames.back().chain);
}

TEST(FrameRunTest, RunOfTombstonesCountsWhatTheyStandFor) {
  StreamWriter writer(7);
  const std::vector<SealedFrame> frames = {writer.frame(2), writer.frame(5)};
  const SealedFrame stone = writer.tombstone(frames);
  FrameRun run;
  run.add(stone.header, stone.previous_chain, frames.back().chain);
  const SealedFrame next = writer.frame(4);
  FrameRun more;
  more.add(next.header, next.previous_chain, next.chain);
  run.add(more);
  EXPECT_EQ(run.events(), 11u);
  EXPECT_EQ(run.end.chain, next.chain);
  EXPECT_EQ(run.range.last_order, 11u);
}

TEST(FrameRunTest, CheckpointIsNoEventAndWidensNothing) {
  StreamWriter writer(7);
  const SealedFrame first = writer.checkpoint();
  FrameRun run = run_of({first});
  EXPECT_FALSE(run.is_empty());
  EXPECT_EQ(run.events(), 0u);
  const SealedFrame frame = writer.frame(2);
  run.add(frame.header, frame.previous_chain, frame.chain);
  const SealedFrame last = writer.checkpoint();
  run.add(last.header, last.previous_chain, last.chain);
  EXPECT_EQ(run.events(), 2u);
  EXPECT_EQ(run.range.first_order, 1u);
  EXPECT_EQ(run.range.last_order, 2u);
  EXPECT_EQ(run.before.chain, Hash{});
  EXPECT_EQ(run.end.chain, last.chain);
}

TEST(FrameRunTest, MoreRecordsThanTheHeaderHoldsAreTheMostItHolds) {
  StreamWriter writer(7);
  SealedFrame frame = writer.frame(1);
  frame.header.records = std::numeric_limits<uint32_t>::max() - 1;
  const SealedFrame next = writer.frame(5);
  EXPECT_EQ(run_of({frame, next}).range.records, std::numeric_limits<uint32_t>::max());
}

TEST(FrameRunTest, WhatFollowsATombstoneFollowsItsEnd) {
  StreamWriter writer(7);
  const SealedFrame frame = writer.frame(2);
  const SealedFrame stone = writer.tombstone({frame});
  const auto after_frame =
      chain_after({frame.header, frame.previous_chain, frame.chain}, as_bytes(frame.block));
  const auto after_stone =
      chain_after({stone.header, stone.previous_chain, stone.chain}, as_bytes(stone.block));
  EXPECT_EQ(*after_frame, frame.chain);
  EXPECT_EQ(*after_stone, frame.chain);
}

}  // namespace
}  // namespace spoor::agent
