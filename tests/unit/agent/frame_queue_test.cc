#include "agent/frame_queue.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

PipelineFrame frame(EventClass c, size_t bytes, uint64_t sequence) {
  PipelineFrame f;
  f.frame.header.event_class = c;
  f.frame.header.last_sequence = sequence;
  f.frame.block.assign(bytes, 'b');
  return f;
}

TEST(FrameQueueTest, FullQueueKeepsOrderAndDropsOnlyBlocks) {
  FrameQueue queue;
  const size_t size = 1u << 20;
  const size_t fits = kFrameQueueBytesMax / size;
  for (size_t i = 0; i < fits + 5; ++i) queue.push(frame(EventClass::command, size, i));
  for (size_t i = 0; i < fits + 5; ++i) {
    const auto item = queue.pop(0);
    ASSERT_TRUE(item && item->frame);
    EXPECT_EQ(item->frame->frame.header.last_sequence, i);
    EXPECT_EQ(item->frame->frame.block.empty(), i >= fits);
  }
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

}  // namespace
}  // namespace spoor::agent
