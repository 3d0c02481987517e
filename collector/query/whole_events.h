// Events that an index has told in part, since the log has the rest. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "collector/index/index.h"

namespace spoor::collector {

// All of an event, out of the log.
using ReadEvent =
    std::function<Result<std::shared_ptr<const v1::Event>>(const IndexedEvent& event)>;

// Puts all of them in the place of those that are not whole. What cannot be read stays as it is,
// and is counted as missing. `unavailable` when cancelled.
Status make_whole(SessionEvents& events, const ReadEvent& read, const IsCancelled& is_cancelled);

}  // namespace spoor::collector
