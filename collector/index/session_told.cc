#include "collector/index/session_told.h"

#include "collector/limits.h"

namespace spoor::collector {

void SessionTold::add(const IndexedEvent& event) {
  const std::pair place(event.epoch, event.event->order());
  if (place >= latest_) {
    latest_ = place;
    if (!reader_.read(*event.event)) return;
  }
  IndexedEvent& kept = events_.emplace_back();
  kept.epoch = event.epoch;
  kept.event = std::make_shared<const v1::Event>(telling_fields(*event.event));
  if (events_.size() == compact_at_) compact();
}

void SessionTold::add(const SessionTold& other) {
  for (const IndexedEvent& event : other.events_) add(event);
}

SessionHead SessionTold::head(const SessionRow& row) const {
  std::vector<IndexedEvent> events = events_;
  sort_events(events);
  return head_of(row, events);
}

// As often as the events double, so that each is looked at a few times.
void SessionTold::compact() {
  sort_events(events_);
  events_ = telling_events(events_);
  if (events_.size() > kToldEventsMax) {
    const auto first = events_.begin() + kToldEventsMax / 2;
    events_.erase(first, events_.end() - kToldEventsMax / 2);
  }
  compact_at_ = 2 * events_.size() + kFirst;
}

}  // namespace spoor::collector
