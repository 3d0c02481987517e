// Makes an event of its row again (docs/index.md): equal to the one that was told, but for what the
// page leaves to the log. The row may come from a disk that lies: what no event is is an error.
//
// Pure function; any thread.
#pragma once

#include "collector/blocks/row.h"
#include "collector/model.h"
#include "common/result.h"

namespace spoor::collector {

struct RowEvent {
  IndexedEvent event;
  uint64_t entry = 0;     // of the log
  bool is_whole = false;  // no text was cut; else the log has the rest of it
};

// `corrupt`: no event has such a row.
Result<RowEvent> event_of(const Row& row, EventClass event_class);

}  // namespace spoor::collector
