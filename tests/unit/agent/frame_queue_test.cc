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

TEST(FrameQueueTest, OnlyTheNewestStateWaits) {
  FrameQueue queue;
  for (int i = 0; i < 100; ++i) queue.push_state("tables " + std::to_string(i));
  EXPECT_EQ(queue.pop(0)->state, "tables 99");
  EXPECT_FALSE(queue.pop(0));
}

TEST(FrameQueueTest, ClosedQueueGivesWhatIsLeft) {
  FrameQueue queue;
  queue.push_state("tables");
  queue.close();
  EXPECT_FALSE(queue.is_closed_and_empty());
  EXPECT_EQ(queue.pop(0)->state, "tables");
  EXPECT_TRUE(queue.is_closed_and_empty());
}

}  // namespace
}  // namespace spoor::agent
