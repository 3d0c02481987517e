// How often the capture thread looks at all. While records come, every kTickNs; where nothing came
// for a while but births and ends of processes that nobody records, which wait well in their
// socket, eight times as rarely: to wake costs as much as reading forty messages. Pure; one thread.
#pragma once

#include <cstdint>

#include "agent/limits.h"

namespace spoor::agent {

// The connector's socket has room for 80,000 messages (agent/source/proc_connector.cc): 400,000 a
// second for as long as this.
inline constexpr int64_t kQuietTickNs = 8 * kTickNs;
// Longer than what a record leads to: a process's end is held for kExitHoldNs, a frame of commands
// stays open for 250 ms.
inline constexpr int64_t kQuietAfterNs = 1'000'000'000;
// Of messages in one look: 10,000 a second.
inline constexpr uint64_t kQuietMessagesMax = 2'000;
static_assert(kQuietAfterNs > kExitHoldNs + 250'000'000);

class TickRhythm {
 public:
  // Something came that leads to more: looks are dense until kQuietAfterNs later.
  void keep_awake(int64_t now_ns) { quiet_from_ns_ = now_ns + kQuietAfterNs; }
  // A look ended, by which so many records and messages were read in all. Boottime.
  void looked(int64_t now_ns, uint64_t records, uint64_t messages);
  bool is_quiet() const { return quiet_; }

 private:
  int64_t quiet_from_ns_ = 0;
  uint64_t records_ = 0, messages_ = 0;
  bool quiet_ = false;
};

}  // namespace spoor::agent
