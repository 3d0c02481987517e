// Reads the log in order over all classes, up to what is synced, and no further. Damaged bytes are
// stepped over; whoever follows sees the hole in the stream's sequences.
// Owns its open files; used by one thread; the log must outlive it.
#pragma once

#include <array>
#include <optional>

#include "collector/log/log.h"
#include "collector/log/segment_reader.h"

namespace spoor::collector {

class LogCursor {
 public:
  // The next entries, about `bytes_max` of them and at least one; none when there are no more yet.
  // After a failure the next call tries at the same place.
  Result<LogBatch> read(size_t bytes_max);

 private:
  friend class Log;
  LogCursor(const Log& log, Position after) : log_(&log), position_(after) {}

  struct Lane {
    std::optional<SegmentReader> reader;
    uint64_t segment_first = 0;
    uint64_t passed = 0;  // bytes of the segment that were counted
    std::optional<SegmentReader::Found> next;
  };
  // The lane's next entry behind position_ becomes `next`, if there is one that is synced.
  Status advance(size_t lane);
  Status open_segment(size_t lane, uint64_t first);
  // Counts the bytes of the lane's segment up to `end`: an entry's only when it is handed on.
  void pass(Lane& lane, uint64_t end);

  const Log* log_;
  Position position_;
  uint64_t passed_bytes_ = 0;  // not yet told in a batch
  std::array<Lane, kEventClasses> lanes_;
};

}  // namespace spoor::collector
