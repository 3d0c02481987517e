#include "agent/frame_queue.h"

#include <algorithm>
#include <chrono>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Half of the queue is kept for who did what; what was touched goes first. Logins have some of it
// for themselves.
size_t room_for(EventClass c) {
  if (c == EventClass::access) return kFrameQueueBytesMax;
  if (c == EventClass::command) return kFrameQueueBytesMax - kFrameQueueAccessBytes;
  return kFrameQueueBytesMax / 2;
}

size_t weight_of(const PipelineFrame& frame) {
  return frame.frame.block.size() + sizeof(FrameQueue::Item);
}

size_t index_of(const PipelineFrame& frame) {
  return static_cast<size_t>(frame.frame.header.event_class) - 1;
}

}  // namespace

void FrameQueue::push(PipelineFrame&& frame) {
  {
    const std::lock_guard lock(mutex_);
    const size_t weight = weight_of(frame);
    // An empty queue takes any frame: one may be larger than half of the room.
    const bool may_go = frame.frame.header.kind != FrameKind::checkpoint;
    if (may_go && bytes_ > 0 && bytes_ + weight > room_for(frame.frame.header.event_class)) {
      drop(std::move(frame));
    } else {
      bytes_ += weight;
      dropped_[index_of(frame)] = nullptr;
      items_.push_back({std::move(frame), std::nullopt});
    }
  }
  came_.notify_one();
}

// The mark stays the first one's: it claims less.
void FrameQueue::drop(PipelineFrame&& frame) {
  PipelineFrame*& run = dropped_[index_of(frame)];
  if (run == nullptr) {
    frame.frame.block = {};
    items_.push_back({std::move(frame), std::nullopt});
    run = &*items_.back().frame;
    return;
  }
  FrameHeader& all = run->frame.header;
  const FrameHeader& more = frame.frame.header;
  all.last_sequence = more.last_sequence;
  all.last_order = more.last_order;
  all.time_min_ns = std::min(all.time_min_ns, more.time_min_ns);
  all.time_max_ns = std::max(all.time_max_ns, more.time_max_ns);
  all.entries += more.entries;
  all.records += more.records;
  run->frame.chain = frame.frame.chain;
}

void FrameQueue::push_state(State state) {
  {
    const std::lock_guard lock(mutex_);
    ++states_;
    dropped_ = {};
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
  if (item.state) {
    --states_;
  } else if (item.frame->frame.block.empty()) {
    std::replace(dropped_.begin(), dropped_.end(), &*items_.front().frame,
                 static_cast<PipelineFrame*>(nullptr));
  } else {
    bytes_ -= weight_of(*item.frame);
  }
  items_.pop_front();
  return item;
}

size_t FrameQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

bool FrameQueue::is_closed_and_empty() const {
  const std::lock_guard lock(mutex_);
  return closed_ && items_.empty();
}

}  // namespace spoor::agent
