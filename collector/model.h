// What flows between the collector's stages, and nothing else. Plain data.
//
//   receive ─ NewEntry ─► log ─ LogEntry ─► follow ─ IndexedEvent ─► index ─► query
//
// The log is one totally ordered list of entries. An entry is one block as received, with what the
// collector knew when it took it. Files are cut by class, entries are numbered over all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "common/frame/chain_marks.h"
#include "common/frame/format.h"

namespace spoor::v1 {
class Event;
}

namespace spoor::collector {

// A place in the log: every entry up to and with this number has been read. Entries are numbered
// from 1 upwards, in the order they were accepted; numbers may be skipped, never used twice.
struct Position {
  uint64_t entry = 0;
  auto operator<=>(const Position&) const = default;
};

// Where a stream stands after an entry: what its next frame must continue.
struct StreamHead {
  Id stream{};
  EventClass event_class = EventClass::access;
  uint64_t epoch = 0;
  Id epoch_nonce{};
  uint64_t sequence = 0;  // the last one in the log
  Hash chain{};           // of the last frame; behind a tombstone, the value it ends with
  bool operator==(const StreamHead&) const = default;
};

// Where the epochs of a stream ended in the log, but for the one that its head is in: what a host
// that holds something else of them shows.
class PastEpochs {
 public:
  // One for each start of its agent. What an older disk offers of earlier ones lies below the head.
  static constexpr size_t kEndsMax = 64;

  struct End {
    uint64_t epoch = 0;
    Id nonce{};  // zero: of a Skip that did not know it
    uint64_t sequence = 0;
  };
  // The stream's head goes on from `before` to `after`.
  void moved(const StreamHead& before, const StreamHead& after) {
    if (before.epoch == 0) first_ = after.epoch;
    if (before.epoch == 0 || before.epoch == after.epoch) return;
    ends_.push_back({before.epoch, before.epoch_nonce, before.sequence});
    if (ends_.size() > kEndsMax) ends_.erase(ends_.begin());
  }
  // nullptr: the log holds nothing of it, or too long ago.
  const End* find(uint64_t epoch) const {
    for (const End& end : ends_) {
      if (end.epoch == epoch) return &end;
    }
    return nullptr;
  }
  // The log has passed it over: the stream begins behind it there, or epochs before and after this
  // one are known, and it is not.
  bool lacks(uint64_t epoch) const {
    if (epoch < first_) return true;
    return !ends_.empty() && ends_.front().epoch < epoch && find(epoch) == nullptr;
  }

 private:
  uint64_t first_ = 0;     // that the stream began with; 0: not known
  std::vector<End> ends_;  // oldest first
};

// The points at which a stream stood lately in the log, and from where on these are all that there
// were.
class LatePoints {
 public:
  // The stream's head goes on from `before` to `after`.
  void moved(const StreamHead& before, const StreamHead& after) {
    if (added_ == 0) doubt_before(before);
    const bool stays = after.epoch == before.epoch && after.sequence == before.sequence;
    at_head_ = stays ? at_head_ + 1 : 1;
    // The marks reach back to the one of these two that is older.
    if (added_++ % (ChainMarks::kMarksMax / 2) == 0) {
      certain_behind_ = next_;
      next_ = {after.epoch, after.sequence};
    }
    marks_.add(after.chain);
  }
  // There may have been others, up to this one.
  void doubt_before(const StreamHead& head) {
    certain_behind_ = next_ = {head.epoch, head.sequence};
  }
  bool contains(const Hash& chain) const { return marks_.contains(chain); }
  // The stream stands at this point, or stood there before checkpoints, which take no sequence.
  bool is_at_head(const Hash& chain) const { return marks_.contains(chain, at_head_); }
  // The stream never stood at this point, which is not beyond its head. At one point it may have
  // stood twice, before a checkpoint and behind it: the oldest itself is not certain.
  bool lacks(uint64_t epoch, uint64_t sequence, const Hash& chain) const {
    return added_ > 0 && std::pair(epoch, sequence) > certain_behind_ && !contains(chain);
  }

 private:
  ChainMarks marks_;
  uint64_t added_ = 0;
  uint64_t at_head_ = 0;  // of these, the newest
  std::pair<uint64_t, uint64_t> certain_behind_{};  // epoch and sequence
  std::pair<uint64_t, uint64_t> next_{};
};

// The agent's name of the collector's own streams. No host may have it.
inline constexpr const char* kOwnAgent = "collector";

// A block on its way into the log.
struct NewEntry {
  std::string agent;        // the collector's name for who sent it; 1 to 64 bytes
  int64_t received_ns = 0;  // collector's clock
  StreamHead head;          // after this block
  std::string block;
};

// A block as the log gives it back.
struct LogEntry {
  uint64_t number = 0;
  std::string agent;
  int64_t received_ns = 0;
  StreamHead head;
  std::string block;
};

// Entries that follow one another.
struct LogBatch {
  std::vector<LogEntry> entries;
  Position to;         // behind the last entry, and behind numbers that no entry has
  uint64_t bytes = 0;  // of the log that were passed, damaged ones among them
};

// One event as a frame has it, not parsed. Views into the entry and its block.
struct FrameEvent {
  std::string_view agent;
  Id stream{};
  EventClass event_class = EventClass::access;
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  int64_t received_ns = 0;  // collector's clock
  uint64_t entry = 0;       // of the log
  std::string_view wire;    // an Event in protobuf
};

// How far a stream's frames have become events.
struct StreamMark {
  Id stream{};
  uint64_t epoch = 0;
  uint64_t sequence = 0;  // the last one
  uint64_t order = 0;     // the greatest of the epoch
  bool operator==(const StreamMark&) const = default;
};

// One event as the follower hands it on. Its identity is (stream, epoch, sequence).
struct IndexedEvent {
  std::string agent;           // the collector's name for the agent
  Id stream{};
  EventClass event_class = EventClass::access;
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  int64_t received_ns = 0;     // collector's clock
  std::shared_ptr<const spoor::v1::Event> event;
  uint64_t entry = 0;          // of the log; 0: not known
  bool is_whole = true;        // else the log has more of it
  std::string_view wire = {};  // the event in protobuf, good as long as it is; empty: not known
};

// True once the caller has gone or its deadline has passed: what takes long asks it now and then.
using IsCancelled = std::function<bool()>;

}  // namespace spoor::collector
