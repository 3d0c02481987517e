// Reads the log in order over all classes, up to what is synced, and no further. Damaged bytes are
// stepped over; whoever follows sees the hole in the stream's sequences. A segment may be sealed
// while its entries are being read: they are read on as they were.
// Owns its open files; used by one thread; the log must outlive it.
#pragma once

#include <array>
#include <optional>

#include "collector/log/log.h"
#include "collector/log/sealed_reader.h"
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

  // Of a segment at most one of the readers is there.
  struct Lane {
    std::optional<SegmentReader> plain;
    std::optional<SealedReader> sealed;
    uint64_t segment_first = 0;
    uint64_t passed = 0;  // bytes of the segment that were counted
    uint64_t next = 0;    // number of the next entry; 0: not known
    std::optional<SegmentReader::Found> found;  // that entry, where the segment is plain
    bool is_open() const { return plain || sealed; }
  };
  // A segment of the log's, seen at one moment.
  struct View {
    Log::Segment segment;
    bool is_last = true;
  };
  // The lane's segment at hand; the one behind it, or the first to be read, where none is open.
  std::optional<View> look(size_t lane);
  // The lane's next entry behind position_, if there is one that is synced.
  Status advance(size_t lane);
  Result<uint64_t> next_in(Lane& lane, uint64_t end);
  Status open_segment(size_t lane, const Log::Segment& segment);
  // nullopt: it is damaged.
  Result<std::optional<LogEntry>> take(Lane& lane);
  // Counts the bytes of the lane's segment up to `end`: an entry's only when it is handed on.
  void pass(Lane& lane, uint64_t end);

  const Log* log_;
  Position position_;
  uint64_t passed_bytes_ = 0;  // not yet told in a batch
  std::array<Lane, kEventClasses> lanes_;
};

}  // namespace spoor::collector
