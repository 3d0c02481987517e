// The door to time. No stage asks the system what time it is; it is given a Clock, or an Instant.
// Instant: both clocks at one moment, in nanoseconds. realtime counts from 1970 UTC and may jump
// (clock_gettime(2) CLOCK_REALTIME); boottime counts from boot, includes suspend and never goes
// back (CLOCK_BOOTTIME). Deadlines use boottime.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

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

// Two clocks at one moment, of which one is ahead. How far changes only when somebody sets the
// time, or by a suspend; but who reads one after the other may be interrupted in between, and finds
// another distance each time: stamps of one clock would lie in another order on the other. So one
// is read before and after the other, and the distance stays as it is until readings contradict it.
// Any thread.
class ClockPair {
 public:
  using Read = std::function<int64_t()>;
  ClockPair(Read clock, Read ahead) : clock_(std::move(clock)), ahead_(std::move(ahead)) {}

  struct Reading {
    int64_t ns = 0, ahead_ns = 0;
  };
  Reading read();

 private:
  static constexpr int64_t kNotKnown = INT64_MIN;
  const Read clock_, ahead_;
  std::atomic<int64_t> distance_ns_ = kNotKnown;
};

class SystemClock final : public Clock {
 public:
  SystemClock();
  Instant now() const override;
  int64_t suspended_ns() const override;

 private:
  mutable ClockPair boot_and_real_, monotonic_and_boot_;
};

}  // namespace spoor
