// The events of a session that say who, how, from where and until when, as they come: few of all,
// and of each what a head is made of. A host that says ever new things of one session is heard at
// first and at last (kToldEventsMax).
//
// Plain value; one thread.
#pragma once

#include <utility>
#include <vector>

#include "collector/index/session_head.h"

namespace spoor::collector {

class SessionTold {
 public:
  // In any order.
  void add(const IndexedEvent& event);
  void add(const SessionTold& other);
  SessionHead head(const SessionRow& row) const;
  // Nothing of them is there but epoch and event.
  const std::vector<IndexedEvent>& events() const { return events_; }

 private:
  void compact();

  static constexpr size_t kFirst = 16;
  std::vector<IndexedEvent> events_;
  size_t compact_at_ = kFirst;
  // Of those that came behind all before them, which most do.
  std::pair<uint64_t, uint64_t> latest_{};
  HeadReader reader_;
};

}  // namespace spoor::collector
