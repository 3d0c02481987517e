// Makes objects of facts: a session and its trail from the session's events. Pure: the same events
// give the same trail, however often they are folded, over frames, days and restarts of the agent.
//
// Plain data; strings are copies, `event` is shared with the index.
#pragma once

#include <cstdint>
#include <functional>
#include <variant>
#include <vector>

#include "collector/index/command.h"
#include "collector/index/session_summary.h"

namespace spoor::collector {

// A hole, standing where it begins: behind the event of this order.
struct TrailLoss {
  IndexedEvent event;
  uint64_t order = 0;
};

// Any other event of the session: files, network, privilege, typed lines and the like.
struct OtherEvent {
  IndexedEvent event;
  uint64_t command = 0;  // number of the one that did it; 0: none known in this trail
};

using TrailItem = std::variant<Command, TrailLoss, OtherEvent>;

struct Trail {
  SessionSummary session;
  // In order: (epoch, order), a loss behind the last event before it.
  std::vector<TrailItem> items;
};

// `events` is what Index::session_events gave for the row. `unavailable` when cancelled.
Result<Trail> fold(const SessionRow& row, const std::vector<IndexedEvent>& events,
                   const IsCancelled& is_cancelled);

}  // namespace spoor::collector
