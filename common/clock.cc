#include "common/clock.h"

#include <ctime>

namespace spoor {
namespace {

int64_t read_ns(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<int64_t>(t.tv_sec) * kNsPerSecond + t.tv_nsec;
}

}  // namespace

Instant SystemClock::now() const { return {read_ns(CLOCK_REALTIME), read_ns(CLOCK_BOOTTIME)}; }

int64_t SystemClock::suspended_ns() const {
  return read_ns(CLOCK_BOOTTIME) - read_ns(CLOCK_MONOTONIC);
}

}  // namespace spoor
