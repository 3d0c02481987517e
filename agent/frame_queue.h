// Between capture and spool: sealed frames in the order of their chains, bounded in bytes. A frame
// that does not fit goes on without its block, so that the spool can put a tombstone in its place:
// the capture thread never waits for the disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "agent/pipeline.h"

namespace spoor::agent {

class FrameQueue {
 public:
  struct Item {
    std::optional<PipelineFrame> frame;
    std::string state;  // tables to save; empty: none
  };

  // Capture thread. Never blocks for long.
  void push(PipelineFrame&& frame);
  // Replaces one that was not taken yet.
  void push_state(std::string state);
  // No more will come: pop() gives what is left and then nothing.
  void close();

  // Spool thread. Waits up to `timeout_ms`; nullopt when nothing came.
  std::optional<Item> pop(int timeout_ms);
  bool is_closed_and_empty() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Item> items_;
  std::string state_;  // the newest that was not taken
  size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace spoor::agent
