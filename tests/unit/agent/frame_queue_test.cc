#include "agent/frame_queue.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

PipelineFrame frame(EventClass c, size_t bytes, uint64_t sequence) {
  PipelineFrame f;
  FrameHeader& header = f.frame.header;
  header.event_class = c;
  header.first_sequence = header.last_sequence = sequence;
  header.first_order = header.last_order = 10 * sequence;
  header.entries = 1;
  header.records = 7;
  header.time_min_ns = header.time_max_ns = static_cast<int64_t>(1000 - sequence);
  f.frame.block.assign(bytes, 'b');
  f.frame.chain[0] = static_cast<uint8_t>(sequence);
  f.mark.greatest = sequence;
  return f;
}

constexpr size_t kMiB = 1u << 20;
// Of a MiB, which weigh somewhat more each; and of commands.
constexpr size_t kFitsAccess = kFrameQueueBytesMax / kMiB - 1;
constexpr size_t kFits = kFitsAccess - kFrameQueueAccessBytes / kMiB;

TEST(FrameQueueTest, FullQueueKeepsOrderAndSpeaksOfTheRestInOneItem) {
  FrameQueue queue;
  for (size_t i = 0; i < kFits + 5; ++i) queue.push(frame(EventClass::command, kMiB, i));
  for (size_t i = 0; i < kFits; ++i) {
    const auto item = queue.pop(0);
    ASSERT_TRUE(item && item->frame);
    EXPECT_EQ(item->frame->frame.header.last_sequence, i);
    EXPECT_FALSE(item->frame->frame.block.empty());
  }
  const auto rest = queue.pop(0);
  ASSERT_TRUE(rest && rest->frame);
  const FrameHeader& header = rest->frame->frame.header;
  EXPECT_TRUE(rest->frame->frame.block.empty());
  EXPECT_EQ(header.first_sequence, kFits);
  EXPECT_EQ(header.last_sequence, kFits + 4);
  EXPECT_EQ(header.first_order, 10 * kFits);
  EXPECT_EQ(header.last_order, 10 * (kFits + 4));
  EXPECT_EQ(header.entries, 5u);
  EXPECT_EQ(header.records, 35u);
  EXPECT_EQ(header.time_min_ns, static_cast<int64_t>(1000 - (kFits + 4)));
  EXPECT_EQ(header.time_max_ns, static_cast<int64_t>(1000 - kFits));
  EXPECT_EQ(rest->frame->frame.chain[0], kFits + 4);
  EXPECT_EQ(rest->frame->mark.greatest, kFits) << "no more than what lies before it";
  EXPECT_FALSE(queue.pop(0));
}

// Each stream has a run of its own; a frame that is taken, or a state, ends it.
TEST(FrameQueueTest, RunsEndWhereSomethingElseComesBetween) {
  FrameQueue queue;
  for (size_t i = 0; i < kFits; ++i) queue.push(frame(EventClass::command, kMiB, i));
  uint64_t n = kFits;
  const auto refuse = [&](EventClass c) { queue.push(frame(c, 2 * kMiB, n++)); };
  refuse(EventClass::command);
  refuse(EventClass::access);
  refuse(EventClass::command);
  queue.push_state({"state", 0});
  refuse(EventClass::command);
  queue.pop(0);
  queue.push(frame(EventClass::command, 1, n++));
  refuse(EventClass::command);
  refuse(EventClass::command);
  for (size_t i = 1; i < kFits; ++i) queue.pop(0);
  std::string seen;
  while (const auto item = queue.pop(0)) {
    if (item->state) {
      seen += "state ";
      continue;
    }
    const SealedFrame& f = item->frame->frame;
    seen += (f.block.empty() ? "-" : "+") + std::to_string(f.header.entries) + " ";
  }
  EXPECT_EQ(seen, "-2 -1 state -1 +1 -2 ");
}

// A run that was taken out is closed: the next one is an item of its own.
TEST(FrameQueueTest, FramesAfterARunThatWasTakenAreAnother) {
  FrameQueue queue;
  queue.push(frame(EventClass::command, kFrameQueueBytesMax, 0));
  queue.push(frame(EventClass::access, 1, 1));
  queue.push(frame(EventClass::command, 1, 2));
  queue.pop(0);
  EXPECT_EQ(queue.pop(0)->frame->frame.header.last_sequence, 1u);
  queue.push(frame(EventClass::access, kFrameQueueBytesMax, 3));
  queue.push(frame(EventClass::access, 1, 4));
  EXPECT_EQ(queue.pop(0)->frame->frame.header.last_sequence, 2u);
  EXPECT_EQ(queue.pop(0)->frame->frame.header.last_sequence, 3u);
  EXPECT_EQ(queue.pop(0)->frame->frame.header.first_sequence, 4u);
  EXPECT_FALSE(queue.pop(0));
}

TEST(FrameQueueTest, ActivityGoesBeforeCommands) {
  FrameQueue queue;
  for (int i = 0; i < 4; ++i) queue.push(frame(EventClass::command, kFrameQueueBytesMax / 8, 0));
  queue.push(frame(EventClass::activity, 1, 1));
  queue.push(frame(EventClass::command, 1, 2));
  for (int i = 0; i < 4; ++i) queue.pop(0);
  EXPECT_TRUE(queue.pop(0)->frame->frame.block.empty());
  EXPECT_FALSE(queue.pop(0)->frame->frame.block.empty());
}

TEST(FrameQueueTest, StormOfCommandsKeepsNoLoginOut) {
  FrameQueue queue;
  for (size_t i = 0; i < kFits; ++i) queue.push(frame(EventClass::command, kMiB, i));
  queue.push(frame(EventClass::command, kMiB, kFits));
  queue.push(frame(EventClass::access, kMiB, 1));
  for (size_t i = 0; i < kFits; ++i) queue.pop(0);
  EXPECT_TRUE(queue.pop(0)->frame->frame.block.empty());
  EXPECT_FALSE(queue.pop(0)->frame->frame.block.empty());
}

// A thousand commands a second, twenty frames, while the disk stands still.
TEST(FrameQueueTest, HalfAMinuteOfAStormFits) {
  constexpr size_t kSeconds = 30, kFramesASecond = 20, kCommandBytes = 680;
  FrameQueue queue;
  for (size_t i = 0; i < kSeconds * kFramesASecond; ++i) {
    queue.push(frame(EventClass::command, 1000 / kFramesASecond * kCommandBytes, i));
  }
  while (const auto item = queue.pop(0)) ASSERT_FALSE(item->frame->frame.block.empty());
}

TEST(FrameQueueTest, OneLargeFrameAlwaysFits) {
  FrameQueue queue;
  queue.push(frame(EventClass::activity, kFrameBytesMax, 0));
  EXPECT_EQ(queue.pop(0)->frame->frame.block.size(), kFrameBytesMax);
}

TEST(FrameQueueTest, StateComesOutBehindTheFramesItSpeaksOf) {
  FrameQueue queue;
  queue.push(frame(EventClass::command, 1, 1));
  queue.push_state({"state", 8});
  queue.push(frame(EventClass::command, 1, 2));
  EXPECT_TRUE(queue.has_state());
  EXPECT_EQ(queue.pop(0)->frame->frame.header.last_sequence, 1u);
  const auto item = queue.pop(0);
  ASSERT_TRUE(item && item->state);
  EXPECT_EQ(item->state->bytes, "state");
  EXPECT_EQ(item->state->ring_position, 8u);
  EXPECT_FALSE(queue.has_state());
  EXPECT_EQ(queue.pop(0)->frame->frame.header.last_sequence, 2u);
}

TEST(FrameQueueTest, ClosedQueueGivesWhatIsLeft) {
  FrameQueue queue;
  queue.push_state({"tables", 0});
  queue.close();
  EXPECT_FALSE(queue.is_closed_and_empty());
  EXPECT_EQ(queue.pop(0)->state->bytes, "tables");
  EXPECT_TRUE(queue.is_closed_and_empty());
}

// No tombstone can stand for one.
TEST(FrameQueueTest, CheckpointHasRoomWhereNothingElseHas) {
  FrameQueue queue;
  for (size_t i = 1; i <= kFitsAccess + 2; ++i) queue.push(frame(EventClass::access, kMiB, i));
  PipelineFrame checkpoint = frame(EventClass::access, 800, kFitsAccess + 2);
  checkpoint.frame.header.kind = FrameKind::checkpoint;
  queue.push(std::move(checkpoint));
  queue.push(frame(EventClass::access, kMiB, kFitsAccess + 3));
  for (size_t i = 1; i <= kFitsAccess; ++i) queue.pop(0);
  const auto lost = queue.pop(0), kept = queue.pop(0), later = queue.pop(0);
  ASSERT_TRUE(lost && kept && later);
  EXPECT_TRUE(lost->frame->frame.block.empty());
  EXPECT_EQ(lost->frame->frame.header.last_sequence, kFitsAccess + 2);
  EXPECT_EQ(kept->frame->frame.header.kind, FrameKind::checkpoint);
  EXPECT_EQ(kept->frame->frame.block.size(), 800u);
  EXPECT_TRUE(later->frame->frame.block.empty());  // a run of its own
  EXPECT_EQ(later->frame->frame.header.first_sequence, kFitsAccess + 3);
}

}  // namespace
}  // namespace spoor::agent
