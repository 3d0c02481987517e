// The door to time. No stage asks the system what time it is; it is given a Clock, or an Instant.
// Instant: both clocks at one moment, in nanoseconds. realtime counts from 1970 UTC and may jump
// (clock_gettime(2) CLOCK_REALTIME); boottime counts from boot, includes suspend and never goes
// back (CLOCK_BOOTTIME). Deadlines use boottime.
#pragma once

#include <cstdint>

namespace spoor {

struct Instant {
  int64_t realtime_ns = 0;
  int64_t boottime_ns = 0;
};

inline constexpr int64_t kNsPerMs = 1'000'000;
inline constexpr int64_t kNsPerSecond = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  // Thread-safe.
  virtual Instant now() const = 0;
  // What to add to CLOCK_MONOTONIC, which the kernel's proc events use, to get boottime.
  virtual int64_t suspended_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  int64_t suspended_ns() const override;
};

}  // namespace spoor
