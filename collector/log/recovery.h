// Opens a log folder: identity, segments, the tails that a crash tore, and where each stream
// stands. The rule and its reason stand in log.h. Used once, by the thread that opens the log.
#pragma once

#include <map>

#include "collector/log/log.h"
#include "collector/log/segment_reader.h"

namespace spoor::collector {

class LogRecovery {
 public:
  explicit LogRecovery(Log& log) : log_(log) {}
  Status run();

 private:
  Status open_identity(bool has_segments);
  Status list_segments(Log::ClassFiles& files);
  Status read_closed_segments(Log::ClassFiles& files);
  Status read_numbers_of_last(Log::ClassFiles& files);
  Status recover_last(Log::ClassFiles& files);
  Result<SegmentReader> open_reader(const Log::ClassFiles& files, Log::Segment& segment);
  void count(const EntryHeader& header);
  void remember(const EntryHeader& header);

  Log& log_;
  std::map<Id, KnownStream> streams_;
  uint64_t number_max_ = 0;      // of entries that are kept
  uint64_t synced_through_ = 0;  // proven by entries seen so far
};

}  // namespace spoor::collector
