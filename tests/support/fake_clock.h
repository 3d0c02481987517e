// A clock that a test moves by hand. Used by one thread.
#pragma once

#include "common/clock.h"

namespace spoor {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  int64_t suspended_ns() const override { return 0; }
  // Both clocks go on together.
  void advance_ns(int64_t ns) {
    now_.realtime_ns += ns;
    now_.boottime_ns += ns;
  }
  // Somebody sets the clock.
  void step_ns(int64_t ns) { now_.realtime_ns += ns; }

 private:
  Instant now_{1'700'000'000 * kNsPerSecond, 1'000 * kNsPerSecond};
};

}  // namespace spoor
