// Reads the log once for all views of it: step by step it takes entries, decodes them and applies
// the events. May lag; says by how much.
//
// step() is one thread's; progress() is for any thread.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <span>
#include <vector>

#include "collector/follow/decoder.h"
#include "collector/model.h"
#include "common/result.h"

namespace spoor::collector {

class Follower {
 public:
  // The next entries of the log behind those read before, about `bytes_max` of them.
  using Read = std::function<Result<LogBatch>(size_t bytes_max)>;
  // Takes the events between two positions; see Index::apply.
  using Apply = std::function<Status(std::span<const IndexedEvent>, Position from, Position to,
                                     std::span<const StreamMark> marks)>;
  // Where `read` begins, and how far streams were decoded up to there.
  struct Start {
    Position position;
    std::vector<StreamMark> marks;
  };

  Follower(Read read, Apply apply, const Start& start, Decoder::OnCheckpoint on_checkpoint = {})
      : read_(std::move(read)), apply_(std::move(apply)), position_(start.position),
        decoder_(std::move(on_checkpoint), start.marks) {}

  // True when it took something. After a failure the next step tries the same again.
  Result<bool> step();
  Position position() const { return position_; }

  struct Progress {
    uint64_t bytes = 0;           // of the log behind us
    int64_t received_until_ns = 0;  // when the last entry was received
  };
  Progress progress() const { return {bytes_.load(), received_until_ns_.load()}; }

 private:
  std::vector<StreamMark> marks() const;

  Read read_;
  Apply apply_;
  Position position_;
  Decoder decoder_;
  // Decoded and not yet applied.
  std::vector<IndexedEvent> events_;
  std::set<Id> streams_;  // which they were read of
  LogBatch batch_;
  size_t next_ = 0;  // of its entries, to be decoded
  bool pending_ = false;
  std::atomic<uint64_t> bytes_ = 0;
  std::atomic<int64_t> received_until_ns_ = 0;
};

}  // namespace spoor::collector
