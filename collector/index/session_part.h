// What some of a session's events say of it, kept up while they come. Parts of a session can be
// added, later ones to earlier ones: so a part may be in memory, and others on disk.
//
// Plain value; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "collector/index/session_summary.h"
#include "collector/index/session_told.h"
#include "collector/model.h"

namespace spoor::collector {

struct OrderRange {
  uint64_t least = 0;
  uint64_t greatest = 0;
  bool operator==(const OrderRange&) const = default;
};

// A hole among its agent's events: behind the order `before`, in front of `after`. 0 leaves that
// side open.
struct LossPlace {
  uint64_t epoch = 0, before = 0, after = 0;
  bool is_claimed = false, is_incomplete = false;
};
LossPlace place_of_loss(const IndexedEvent& loss);

// Rows of an index block that follow one another.
struct RowRange {
  uint64_t block = 0;
  uint32_t first = 0, rows = 0;
  bool operator==(const RowRange&) const = default;
};

// A host's boots by epoch: an epoch lies within a boot.
using EpochBoots = std::map<uint64_t, Id>;

struct SessionPart {
  SessionRow row;  // without what boots say
  std::map<uint64_t, OrderRange> epochs;  // none: no event yet
  bool is_closed = false;
  bool was_found_running = false;  // it began before its first event
  SessionTold told;
  SessionSums sums;               // without losses
  std::vector<RowRange> rows;    // where its events lie, if they are in blocks

  void add(const IndexedEvent& event);
  void add(const SessionPart& later);
  // Index::session_events says which do.
  bool is_touched_by(const LossPlace& loss) const;
  // To its sums, if it touches it.
  void add_loss(const LossPlace& loss);
  // With what is known of the boots of its host: of all its epochs that are, and the latest one.
  SessionRow row_with(const EpochBoots& boots) const;
};

}  // namespace spoor::collector
