// Reads the spool that the agent writes (agent/spool/spool.h has the layout): four streams, each a
// row of segments that grows at its end and shrinks at its front while we look. Read only; never
// asks the agent anything. One thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/files.h"
#include "common/frame/format.h"
#include "common/frame/segment.h"

namespace spoor::uplink {

// A frame as it lies in the spool: the bytes to ship, and its head.
struct SpooledFrame {
  EventClass event_class = EventClass::access;
  FrameHead head;
  std::string block;
  std::optional<Tombstone> tombstone;  // of a frame of that kind
  // What it follows was given up: checkpoints behind the point that was sought, which a tombstone
  // stands for with what lies before.
  std::optional<Tombstone::Cause> given_up_before;

  // What the next frame follows.
  const Hash& chain_after() const { return tombstone ? tombstone->end_chain : head.chain; }
};

// A point in a stream: everything up to and with it. Epoch 0: before everything.
struct StreamPoint {
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  auto operator<=>(const StreamPoint&) const = default;
};

// What is new in a stream's folder: nothing; the newest file grew; or anything, which only a look
// at the whole folder tells.
enum class Growth : uint8_t { none, tail, any };
using Growths = std::array<Growth, kEventClasses>;  // by class

class SpoolReader {
 public:
  // What one stream holds.
  struct Held {
    Id stream{};
    struct Range {
      uint64_t epoch = 0;
      Id nonce{};
      uint64_t first_sequence = 0, last_sequence = 0;
    };
    std::vector<Range> ranges;  // oldest first
    // What the agent writes at the moment; 0: it has not said so yet. None of its frames need be
    // there.
    uint64_t writing_epoch = 0;
    Id writing_nonce{};
    std::vector<FrameHead> starts;  // of each range: its oldest frame
    Hash chain_before{};        // before the oldest frame
    StreamPoint before;         // the point that chain value belongs to
  };

  // `not_found` until the agent has made its spool.
  static Result<std::unique_ptr<SpoolReader>> open(Files& files, std::string folder);

  const Id& stream(EventClass c) const { return lane(c).stream; }
  Result<Held> held(EventClass c);
  // The next frame of that stream will be the first that ends after `point`, or a checkpoint, which
  // takes no sequence, behind `chain` there; without `chain` any there comes again. Where
  // nothing follows and our history ends at `point` with another chain value, its last frame comes.
  void seek(EventClass c, StreamPoint point, std::optional<Hash> chain = std::nullopt);
  // nullopt: nothing more there yet; with `tail`, in the file that is being read.
  Result<std::optional<SpooledFrame>> next(EventClass c, Growth growth = Growth::any);
  // The frame that ends at the point of seek() was there, with that chain value.
  bool has_met(EventClass c) const { return lane(c).is_met; }
  // Whether a frame that ended there was in the spool, and given up before it was committed.
  bool gave_up(EventClass c, const Hash& chain) const;
  // Whether the agent has done what that log asked for at that point: it goes on from there.
  bool has_followed(EventClass c, const Id& log_id, StreamPoint point) const;
  // The folders to watch for growth.
  std::vector<std::string> folders() const;

 private:
  struct Lane {
    EventClass event_class = EventClass::access;
    std::string folder;
    Id stream{};
    StreamPoint after;     // frames that end here or before are skipped...
    std::optional<Hash> chain;  // ...but for a checkpoint that follows this; nullopt: not known
    bool is_met = false;
    bool is_behind = false;     // what the file has from here on follows `chain`
    std::optional<SpooledFrame> other;  // ends there, with another chain value
    std::optional<Tombstone> given_up;  // ends there
    std::string segment;   // the one being read; empty: none yet
    bool is_sought = false;  // it lies behind `after`, and was not opened
    std::unique_ptr<File> file;
    std::unique_ptr<SegmentScanner> scanner;
  };
  SpoolReader(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  Lane& lane(EventClass c) { return lanes_[static_cast<size_t>(c) - 1]; }
  const Lane& lane(EventClass c) const { return lanes_[static_cast<size_t>(c) - 1]; }
  void read_writing(Held& held);
  Status read_end(const Lane& lane, const std::string& segment, Held& held);
  Result<std::vector<std::string>> segments(const Lane& lane);
  Result<bool> open_next_segment(Lane& lane);
  Result<bool> follow_eviction(Lane& lane, const std::vector<std::string>& names);
  static void look_at_point(Lane& lane, SpooledFrame&& frame);
  static std::optional<SpooledFrame> take_other(Lane& lane);
  bool is_due(const Lane& lane, const SpooledFrame& frame) const;
  void open(Lane& lane, const std::string& name, std::unique_ptr<File> file);
  static void close(Lane& lane);

  Files& files_;
  std::string folder_;
  std::array<Lane, kEventClasses> lanes_;
};

}  // namespace spoor::uplink
