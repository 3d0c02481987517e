// What goes when there is no room: first what is committed, then the rest of the least class, whole
// segments, the oldest first, each a tombstone in its place. Who logged in goes last.
#pragma once

#include <array>
#include <cstdint>

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
  // The lanes outlive it, by class number - 1.
  Eviction(const SpoolBounds& bounds, std::array<Lane*, kEventClasses> lanes)
      : bounds_(bounds), lanes_(lanes) {}

  // For a frame of that class: only that class and lesser ones are evicted. `full` when it is not
  // enough; otherwise why a tombstone could not be written.
  Status make_room(EventClass for_class, uint64_t bytes, Instant now);
  // The disk is full, of whatever: gives up insurance, or else a segment of a lesser class. Whether
  // anything went.
  bool free_disk(EventClass for_class);
  // What is committed and due, what is too old, and what is too much.
  Status upkeep(Instant now);

  uint64_t bytes() const;
  // Events evicted that were not committed.
  uint64_t events_lost() const { return events_lost_; }

 private:
  Status evict(Lane& lane, Tombstone::Cause cause);
  void reclaim(Instant now);

  SpoolBounds bounds_;
  std::array<Lane*, kEventClasses> lanes_;
  uint64_t events_lost_ = 0;
};

}  // namespace spoor::agent
