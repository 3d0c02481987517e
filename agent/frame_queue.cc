#include "agent/frame_queue.h"

#include <chrono>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Half of the queue is kept for who did what; what was touched goes first.
size_t room_for(EventClass c) {
  const bool first_to_go = c == EventClass::activity || c == EventClass::input;
  return first_to_go ? kFrameQueueBytesMax / 2 : kFrameQueueBytesMax;
}

}  // namespace

void FrameQueue::push(PipelineFrame&& frame) {
  {
    const std::lock_guard lock(mutex_);
    const size_t size = frame.frame.block.size();
    // An empty queue takes any frame: one may be larger than half of the room.
    if (bytes_ > 0 && bytes_ + size > room_for(frame.frame.header.event_class)) {
      frame.frame.block.clear();
    } else {
      bytes_ += size;
    }
    items_.push_back({std::move(frame), std::nullopt});
  }
  came_.notify_one();
}

void FrameQueue::push_state(State state) {
  {
    const std::lock_guard lock(mutex_);
    ++states_;
    items_.push_back({std::nullopt, std::move(state)});
  }
  came_.notify_one();
}

bool FrameQueue::has_state() const {
  const std::lock_guard lock(mutex_);
  return states_ > 0;
}

void FrameQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  came_.notify_one();
}

std::optional<FrameQueue::Item> FrameQueue::pop(int timeout_ms) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                 [this] { return !items_.empty() || closed_; });
  if (items_.empty()) return std::nullopt;
  Item item = std::move(items_.front());
  items_.pop_front();
  if (item.frame) bytes_ -= item.frame->frame.block.size();
  else --states_;
  return item;
}

bool FrameQueue::is_closed_and_empty() const {
  const std::lock_guard lock(mutex_);
  return closed_ && items_.empty();
}

}  // namespace spoor::agent
