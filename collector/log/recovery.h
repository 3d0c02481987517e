// Opens a log folder: identity, segments, the tails that a crash tore, and where each stream
// stands. The rule and its reason stand in log.h. Used once, by the thread that opens the log.
#pragma once

#include <map>
#include <set>

#include "collector/log/log.h"
#include "collector/log/sealed_segment.h"
#include "collector/log/segment_reader.h"

namespace spoor::collector {

class LogRecovery {
 public:
  explicit LogRecovery(Log& log) : log_(log) {}
  Status run();

 private:
  Status list_segments(Log::ClassFiles& files);
  Status add_segment(Log::ClassFiles& files, const SegmentName& name);
  Status settle(const Log::ClassFiles& files, Log::Segment& plain, const Log::Segment& sealed);
  Status read_closed_segments(Log::ClassFiles& files);
  Status read_closed(Log::ClassFiles& files, Log::Segment& segment);
  void read_sealed(Log::ClassFiles& files, Log::Segment& segment);
  void forget_dropped(Log::ClassFiles& files);
  Status read_numbers_of_last(Log::ClassFiles& files);
  Status recover_last(Log::ClassFiles& files);
  EventClass class_of(const Log::ClassFiles& files) const;
  Result<SealedSegment> open_sealed(const Log::ClassFiles& files, const Log::Segment& segment);
  Result<SegmentReader> open_reader(const Log::ClassFiles& files, Log::Segment& segment);
  // What lies behind the last intact entry of a segment, whose number is `after`.
  struct Tail {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t after = 0;
  };
  Status end_at(Log::ClassFiles& files, const Tail& tail);
  Result<bool> is_entry_missing(uint64_t after, uint64_t last);
  uint64_t count_sealed(const Log::ClassFiles& files, const Log::Segment& segment, uint64_t after,
                        uint64_t last);
  void count(const EntryHeader& header);
  void remember(const EntryHeader& header);
  void remember(const SealedStream& stream, const std::string& agent, EventClass c,
                bool is_dropped);

  Log& log_;
  std::map<Id, KnownStream> streams_;
  std::set<const Log::ClassFiles*> damaged_;  // something that was synced is missing there
  uint64_t number_max_ = 0;      // of all entries seen
  uint64_t dropped_through_ = 0;
  uint64_t synced_through_ = 0;  // proven by entries seen so far
};

}  // namespace spoor::collector
