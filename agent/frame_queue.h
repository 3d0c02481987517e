// Between capture and spool: sealed frames in the order of their chains, bounded in bytes. A frame
// that does not fit goes on without its block, so that the spool can put a tombstone in its place:
// the capture thread never waits for the disk. What goes so in a row of a stream is one item, which
// speaks of all of them: however long the disk stands still, a queue that is full grows no more.
// Checkpoint frames always have room: no tombstone can stand for one, and there is one a minute.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "agent/pipeline.h"

namespace spoor::agent {

class FrameQueue {
 public:
  // A state to save, and the position of the read ring that it covers.
  struct State {
    std::string bytes;
    uint64_t ring_position = 0;
    std::string log_cursors = {};
  };
  struct Item {
    std::optional<PipelineFrame> frame;
    std::optional<State> state;
  };

  // Capture thread. Never blocks for long.
  void push(PipelineFrame&& frame);
  // Comes out behind the frames pushed before it.
  void push_state(State state);
  // One that was pushed was not taken yet: it is no time for the next.
  bool has_state() const;
  // No more will come: pop() gives what is left and then nothing.
  void close();

  // Spool thread. Waits up to `timeout_ms`; nullopt when nothing came.
  std::optional<Item> pop(int timeout_ms);
  bool is_closed_and_empty() const;
  // Of what waits.
  size_t bytes() const;

 private:
  void drop(PipelineFrame&& frame);

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Item> items_;
  // Of each class, the item that further frames without blocks join: none of that class, and no
  // state, lies behind it.
  std::array<PipelineFrame*, kEventClasses> dropped_{};
  size_t states_ = 0;
  size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace spoor::agent
