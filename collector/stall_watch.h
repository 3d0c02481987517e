// Whether the turn that a thread has begun is taking too long: a write to a disk that stands still,
// say. That thread begins and ends its turns, any other may look.
#pragma once

#include <atomic>

#include "common/clock.h"

namespace spoor::collector {

class StallWatch {
 public:
  // The clock outlives this.
  StallWatch(const Clock& clock, int64_t stalled_after_ns)
      : clock_(clock), stalled_after_ns_(stalled_after_ns) {}

  void begin() { began_ns_ = clock_.now().boottime_ns; }
  void end() { began_ns_ = kIdle; }
  bool is_stalled() const {
    const int64_t began_ns = began_ns_;
    return began_ns != kIdle && clock_.now().boottime_ns - began_ns >= stalled_after_ns_;
  }

 private:
  static constexpr int64_t kIdle = -1;

  const Clock& clock_;
  const int64_t stalled_after_ns_;
  std::atomic<int64_t> began_ns_ = kIdle;
};

}  // namespace spoor::collector
