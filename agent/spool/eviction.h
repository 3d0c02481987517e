// What goes when there is no room: first what is committed, then the rest of the least class, whole
// segments, the oldest first, each a tombstone in its place. Who logged in goes last. Of a class
// what was set aside goes first: no log will ever have it, and that it lacks it is told.
#pragma once

#include <array>
#include <cstdint>

#include "agent/spool/forked_segments.h"
#include "agent/spool/lane.h"

namespace spoor::agent {

struct SpoolBounds {
  uint64_t bytes_max = 0;
  // What is not committed by then is given up.
  int64_t age_max_ns = 0;
  // A committed segment is kept this long while the spool is under half full: it is the collector's
  // insurance, and bounds what a false commit can do.
  int64_t keep_committed_ns = 0;
};

class Eviction {
 public:
  // The lanes, by class number - 1, and what was set aside of them outlive it.
  Eviction(const SpoolBounds& bounds, std::array<Lane*, kEventClasses> lanes,
           ForkedSegments& forked)
      : bounds_(bounds), lanes_(lanes), forked_(forked) {}

  // For a frame of that class: only that class and lesser ones are evicted. `full` when it is not
  // enough; otherwise why a tombstone could not be written.
  Status make_room(EventClass for_class, uint64_t bytes, Instant now);
  // The disk is full, of whatever: gives up insurance, or else a segment of a lesser class. Whether
  // anything went.
  bool free_disk(EventClass for_class);
  // What is committed and due, what is too old, and what is too much.
  Status upkeep(Instant now);

  // What was set aside and not committed is in it.
  uint64_t bytes() const;
  // Events evicted that were not committed, set aside or not.
  uint64_t events_lost() const { return events_lost_; }

 private:
  Status evict(EventClass event_class, Tombstone::Cause cause);
  Status evict(Lane& lane, Tombstone::Cause cause);
  void reclaim(Instant now);

  SpoolBounds bounds_;
  std::array<Lane*, kEventClasses> lanes_;
  ForkedSegments& forked_;
  uint64_t events_lost_ = 0;
};

}  // namespace spoor::agent
