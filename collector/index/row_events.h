// The events of rows that follow one another in a block. Pure function; any thread.
#pragma once

#include <vector>

#include "collector/blocks/row_table.h"
#include "collector/index/index.h"
#include "collector/index/session_part.h"

namespace spoor::collector {

// Adds to `out` those of the session that are no losses. What cannot be read, or is of another
// session, is counted in `missing`, and the rest is taken.
void read_events(const RowTable& table, EventClass event_class, const RowRange& rows,
                 const SessionKey& session, std::vector<IndexedEvent>& out, Missing& missing);

}  // namespace spoor::collector
