#include "collector/query/whole_events.h"

namespace spoor::collector {

Status make_whole(SessionEvents& events, const ReadEvent& read, const IsCancelled& is_cancelled) {
  for (IndexedEvent& event : events.events) {
    if (event.is_whole) continue;
    if (is_cancelled()) return unavailable("the caller did not wait for the answer");
    auto whole = read(event);
    event.is_whole = whole.is_ok();
    if (whole.is_ok()) event.event = std::move(whole).value();
    else events.missing.add(1, whole.status());
  }
  return ok();
}

}  // namespace spoor::collector
