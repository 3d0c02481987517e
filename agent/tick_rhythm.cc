#include "agent/tick_rhythm.h"

#include <utility>

namespace spoor::agent {

void TickRhythm::looked(int64_t now_ns, uint64_t records, uint64_t messages) {
  const bool came = std::exchange(records_, records) != records;
  const uint64_t told = messages - std::exchange(messages_, messages);
  if (came || told > kQuietMessagesMax) keep_awake(now_ns);
  quiet_ = now_ns >= quiet_from_ns_;
}

}  // namespace spoor::agent
