#include "agent/spool/eviction.h"

namespace spoor::agent {
namespace {

// Typed lines are the most private; what was touched is the most, and says the least.
constexpr std::array<EventClass, kEventClasses> kOrder = {
    EventClass::activity, EventClass::input, EventClass::command, EventClass::access};

}  // namespace

uint64_t Eviction::bytes() const {
  uint64_t total = forked_.bytes();
  for (const Lane* lane : lanes_) total += lane->bytes();
  return total;
}

Status Eviction::evict(Lane& lane, Tombstone::Cause cause) {
  ASSIGN_OR_RETURN(const uint64_t lost, lane.evict_oldest(cause));
  events_lost_ += lost;
  return ok();
}

Status Eviction::evict(EventClass event_class, Tombstone::Cause cause) {
  const Result<uint64_t> set_aside = forked_.evict_oldest(event_class);
  if (set_aside.code() == Code::not_found) {
    return evict(*lanes_[static_cast<size_t>(event_class) - 1], cause);
  }
  RETURN_IF_ERROR(set_aside.status());
  events_lost_ += *set_aside;
  return ok();
}

Status Eviction::make_room(EventClass for_class, uint64_t wanted, Instant now) {
  if (bytes() + wanted <= bounds_.bytes_max) return ok();
  reclaim(now);
  for (const EventClass c : kOrder) {
    while (bytes() + wanted > bounds_.bytes_max) {
      const Status status = evict(c, Tombstone::Cause::spool_full);
      if (status.code() == Code::not_found) break;
      RETURN_IF_ERROR(status);
    }
    if (c == for_class) break;
  }
  if (bytes() + wanted <= bounds_.bytes_max) return ok();
  return full("the spool is full of what matters more");
}

bool Eviction::free_disk(EventClass for_class) {
  bool freed = false;
  while (forked_.drop_committed()) freed = true;
  for (Lane* lane : lanes_) {
    while (lane->drop_committed()) freed = true;
  }
  for (const EventClass c : kOrder) {
    if (freed || c == for_class) break;
    freed = evict(c, Tombstone::Cause::disk_full).is_ok();
  }
  return freed;
}

void Eviction::reclaim(Instant now) {
  for (Lane* lane : lanes_) {
    while (lane->segments().size() > 1) {
      const bool crowded = bytes() > bounds_.bytes_max / 2;
      const std::optional<int64_t> since_ns = lane->segments().front().committed_ns;
      const bool is_due = since_ns && now.boottime_ns - *since_ns >= bounds_.keep_committed_ns;
      if (!crowded && !is_due) break;
      if (!lane->drop_committed()) break;
    }
  }
}

Status Eviction::upkeep(Instant now) {
  reclaim(now);
  // A lesser bound than before, or segments that a power cut brought back.
  Status result = make_room(EventClass::access, 0, now);
  while (true) {
    const Result<uint64_t> set_aside = forked_.evict_older(bounds_.age_max_ns, now);
    if (!set_aside.is_ok() && set_aside.code() != Code::not_found) result = set_aside.status();
    if (!set_aside.is_ok()) break;
    events_lost_ += *set_aside;
  }
  for (Lane* lane : lanes_) {
    const Segment* oldest = lane->oldest_evictable();
    while (oldest != nullptr && now.boottime_ns - oldest->written_ns > bounds_.age_max_ns) {
      if (const Status status = evict(*lane, Tombstone::Cause::spool_full); !status.is_ok()) {
        result = status;
        break;
      }
      oldest = lane->oldest_evictable();
    }
  }
  return result;
}

}  // namespace spoor::agent
