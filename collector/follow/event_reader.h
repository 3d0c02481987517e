// An event with all that the log has of it: an index leaves some of a long one to the log. Pure;
// any thread.
#pragma once

#include <memory>

#include "collector/model.h"
#include "common/result.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

// The event of that stream, epoch and sequence in the entry. `not_found`: it is not there.
// `corrupt`: what is there cannot be read.
Result<std::shared_ptr<const v1::Event>> event_in(const LogEntry& entry, const IndexedEvent& event);

}  // namespace spoor::collector
