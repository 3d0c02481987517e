// A clock that stands still until the test moves it.
#pragma once

#include "common/clock.h"

namespace spoor {

class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  void advance_ns(int64_t ns) {
    now_.realtime_ns += ns;
    now_.boottime_ns += ns;
  }

 private:
  Instant now_{1'700'000'000 * kNsPerSecond, 1000 * kNsPerSecond};
};

}  // namespace spoor
