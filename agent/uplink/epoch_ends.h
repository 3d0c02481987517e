// Where the epochs of each stream ended, so that a hole over several of them can be told epoch by
// epoch, exactly, when the segments that would have shown it are gone. Learnt from the frames that
// pass; kept in a small file, since the uplink may be started anew before it is asked. One thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "agent/uplink/spool_reader.h"

namespace spoor::uplink {

class EpochEnds {
 public:
  // Of each stream; the oldest go first. A host starts its agent anew a few times a month.
  static constexpr size_t kEpochsMax = 64;

  // One hole within one epoch: first..last will never come, `chain_after` is what follows it.
  struct Hole {
    uint64_t epoch = 0;
    Id nonce{};  // zero: never seen
    uint64_t first_sequence = 0, last_sequence = 0;
    Hash chain_after{};
  };

  // A frame of the stream, which names what it follows.
  void saw(EventClass c, const FrameHead& frame);
  // The log has the stream up to there: its epoch ended no earlier.
  void reached(EventClass c, const Id& stream, StreamPoint point, const Hash& chain);
  // What lies behind `from` and before `frame`, oldest first; empty when `frame` follows `from`.
  std::vector<Hole> holes(EventClass c, StreamPoint from, const FrameHead& frame) const;
  // Something was learnt that was not yet said to be saved.
  bool has_news() const { return news_; }
  void saved() { news_ = false; }

  std::string encode() const;
  // What cannot be read is left out: it costs a hole its exact count, nothing else.
  void decode(std::string_view text);

 private:
  struct End {
    uint64_t epoch = 0;
    Id nonce{};
    uint64_t sequence = 0;  // the last one; 0: not known yet
    Hash chain{};
    bool operator==(const End&) const = default;
  };
  struct Lane {
    Id stream{};
    std::vector<End> ends;  // by epoch
  };
  End& end_of(Lane& lane, uint64_t epoch);

  std::array<Lane, kEventClasses> lanes_;
  bool news_ = false;
};

}  // namespace spoor::uplink
