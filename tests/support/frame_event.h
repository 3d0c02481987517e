// An event as a frame would have it, for tests.
#pragma once

#include "collector/model.h"

namespace spoor::collector {

// A view of both.
inline FrameEvent in_frame(const IndexedEvent& event, std::string_view wire, uint64_t entry = 1) {
  return {event.agent,    event.stream,      event.event_class, event.epoch,
          event.sequence, event.received_ns, entry,             wire};
}

}  // namespace spoor::collector
