// Drops what the log need not keep any more: whole segments, of each class the oldest first, by age
// and by bytes, and none before every follower has passed it.
//
// Where segments stood the last of them stays, with its index alone: how far streams came in what
// is gone, so that a host that comes back after a year goes on where the log knows it, and how much
// went, of which times. It stands for all before it, which a crash may have left.
//
// The thread of the log's keeper; the log outlives it.
#pragma once

#include <array>
#include <optional>

#include "collector/log/log.h"
#include "collector/log/sealed_segment.h"

namespace spoor::collector {

// Of one class; 0: no bound.
struct RetentionLimits {
  int64_t age_ns = 0;  // since it was received
  uint64_t bytes = 0;  // of its segments
};
using Retention = std::array<RetentionLimits, kEventClasses>;  // by class, less one

// What went.
struct DroppedSegment {
  enum class Why : uint8_t { age, bytes };

  EventClass event_class{};
  uint64_t first = 0, last = 0;  // numbers; entries of other classes have some between them
  uint64_t entries = 0, events = 0, bytes = 0;
  TimeRange received, events_time;
  Why why = Why::age;
};

class LogRetention {
 public:
  LogRetention(Log& log, const Retention& limits) : log_(log), limits_(limits) {}

  // Drops one segment. nullopt: none is due that everybody who follows, up to `followed` at least,
  // has passed.
  Result<std::optional<DroppedSegment>> step(Position followed, int64_t now_ns);

 private:
  // The oldest segment of a class that is there, and what stands before and behind it.
  struct Oldest {
    EventClass event_class{};
    std::optional<Log::Segment> dropped;
    Log::Segment segment;
    std::optional<Log::Segment> next;  // another closed one
    uint64_t end = 0;                  // all its numbers are below
    uint64_t class_bytes = 0;
  };
  std::optional<Oldest> oldest(EventClass event_class) const;
  Result<SealIndex> contents(EventClass event_class, const Log::Segment& segment) const;
  Result<bool> is_old(const Oldest& oldest, const SealIndex& held, int64_t now_ns) const;
  Status drop(const Oldest& oldest, const SealIndex& held);
  Result<uint64_t> write_dropped(const Oldest& oldest, const SealIndex& index);

  Log& log_;
  const Retention limits_;
};

}  // namespace spoor::collector
