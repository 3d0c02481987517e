#include "collector/receive/journal.h"

#include <cstring>
#include <utility>

#include "common/sha256.h"

namespace spoor::collector {

Id Journal::stream_of(const Id& log) {
  const Hash hash = sha256(as_bytes("spoor collector stream 1\n" + to_hex(log)));
  Id id{};
  std::memcpy(id.data(), hash.data(), id.size());
  return id;
}

Journal::Journal(const Id& log, const StreamHead* at_end, const Clock& clock)
    : clock_(clock), epoch_(at_end == nullptr ? 1 : at_end->epoch + 1), nonce_(random_id()) {
  head_.stream = stream_of(log);
  if (at_end != nullptr) head_ = *at_end;
}

void Journal::add(v1::Event event) {
  {
    const std::lock_guard lock(mutex_);
    const Instant now = clock_.now();
    if (events_.size() >= kJournalEventsMax) {
      ++dropped_;
      return;
    }
    keep(std::move(event), now);
  }
  if (added_) added_();
}

void Journal::keep(v1::Event event, Instant now) {
  event.set_order(++order_);
  if (event.time_ns() == 0) event.set_time_ns(now.realtime_ns);
  event.mutable_read()->set_realtime_ns(now.realtime_ns);
  event.mutable_read()->set_boottime_ns(now.boottime_ns);
  event.mutable_origin()->set_writer(v1::Origin::WRITER_COLLECTOR);
  event.mutable_origin()->set_source("collector");
  events_.push_back(std::move(event));
}

bool Journal::is_empty() const {
  const std::lock_guard lock(mutex_);
  return events_.empty();
}

std::optional<NewEntry> Journal::seal() {
  const std::lock_guard lock(mutex_);
  if (events_.empty()) return std::nullopt;
  FrameWriter writer;
  sealed_ = 0;
  for (const v1::Event& event : events_) {
    if (sealed_ > 0 && writer.bytes() > kFrameBytesTarget) break;
    writer.add(event.SerializeAsString(), "", event.order(), event.time_ns(), 0);
    ++sealed_;
  }
  FrameWriter::Place place;
  place.event_class = EventClass::access;
  place.stream = head_.stream;
  place.epoch = epoch_;
  place.epoch_nonce = nonce_;
  place.first_sequence = head_.epoch == epoch_ ? head_.sequence + 1 : 1;
  place.previous = {head_.epoch, head_.sequence, head_.chain};
  SealedFrame frame = writer.seal(place);
  sealed_head_ = {head_.stream, EventClass::access,        epoch_,
                  nonce_,       frame.header.last_sequence, frame.chain};
  return NewEntry{kOwnAgent, clock_.now().realtime_ns, sealed_head_, std::move(frame.block)};
}

void Journal::written() {
  const std::lock_guard lock(mutex_);
  head_ = sealed_head_;
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(sealed_));
  sealed_ = 0;
  if (dropped_ == 0) return;
  v1::Event told;
  told.mutable_collector_state()->set_change(v1::CollectorState::CHANGE_EVENTS_DROPPED);
  told.mutable_collector_state()->set_count(static_cast<int64_t>(std::exchange(dropped_, 0)));
  keep(std::move(told), clock_.now());
}

}  // namespace spoor::collector
