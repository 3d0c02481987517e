#include "common/clock.h"

#include <ctime>

namespace spoor {
namespace {

// Where the distance is not known. Of so many readings one was not interrupted.
constexpr int kReadings = 16;
// Readings take a tenth of a microsecond, and stamps are cut to milliseconds.
constexpr int64_t kUnsureNs = 1'000;

ClockPair::Read reader(clockid_t id) {
  return [id] {
    timespec t{};
    clock_gettime(id, &t);
    return static_cast<int64_t>(t.tv_sec) * kNsPerSecond + t.tv_nsec;
  };
}

}  // namespace

ClockPair::Reading ClockPair::read() {
  const int64_t known_ns = distance_ns_.load(std::memory_order_relaxed);
  int64_t found_ns = 0, shortest_ns = INT64_MAX, after_ns = 0;
  for (int i = 0; i < kReadings; ++i) {
    const int64_t before_ns = clock_(), ahead_ns = ahead_();
    after_ns = clock_();
    const int64_t least_ns = ahead_ns - after_ns, most_ns = ahead_ns - before_ns;
    if (known_ns != kNotKnown && least_ns - kUnsureNs <= known_ns &&
        known_ns <= most_ns + kUnsureNs) {
      return {after_ns, after_ns + known_ns};
    }
    if (most_ns - least_ns >= shortest_ns) continue;
    shortest_ns = most_ns - least_ns;
    found_ns = least_ns + shortest_ns / 2;
  }
  distance_ns_.store(found_ns, std::memory_order_relaxed);
  return {after_ns, after_ns + found_ns};
}

SystemClock::SystemClock()
    : boot_and_real_(reader(CLOCK_BOOTTIME), reader(CLOCK_REALTIME)),
      monotonic_and_boot_(reader(CLOCK_MONOTONIC), reader(CLOCK_BOOTTIME)) {}

Instant SystemClock::now() const {
  const ClockPair::Reading reading = boot_and_real_.read();
  return {reading.ahead_ns, reading.ns};
}

int64_t SystemClock::suspended_ns() const {
  const ClockPair::Reading reading = monotonic_and_boot_.read();
  return reading.ahead_ns - reading.ns;
}

}  // namespace spoor
