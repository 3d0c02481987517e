// The events of rows that follow one another in a block. Pure function; any thread.
#pragma once

#include <optional>
#include <vector>

#include "collector/blocks/row_table.h"
#include "collector/index/event_of_row.h"
#include "collector/index/missing.h"
#include "collector/index/session_part.h"

namespace spoor::collector {

// Adds to `out` those of the session that are no losses. What cannot be read, or is of another
// session, is counted in `missing`, and the rest is taken.
void read_events(const RowTable& table, EventClass event_class, const RowRange& rows,
                 const SessionKey& session, std::vector<IndexedEvent>& out, Missing& missing);

// Those of some rows, each once; nullopt: cannot be read, and was counted in `missing`.
std::vector<std::optional<IndexedEvent>> read_events(const RowTable& table, EventClass event_class,
                                                     const std::vector<uint32_t>& rows,
                                                     Missing& missing);

}  // namespace spoor::collector
