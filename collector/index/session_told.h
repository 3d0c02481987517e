// The events of a session that say who, how, from where and until when, as they come: few of all. A
// host that says ever new things of one session is heard at first and at last (kToldEventsMax).
//
// Plain value; one thread.
#pragma once

#include <vector>

#include "collector/index/session_head.h"

namespace spoor::collector {

class SessionTold {
 public:
  // In any order.
  void add(const IndexedEvent& event);
  SessionHead head(const SessionRow& row) const;

 private:
  void compact();

  static constexpr size_t kFirst = 16;
  std::vector<IndexedEvent> events_;
  size_t compact_at_ = kFirst;
};

}  // namespace spoor::collector
