// Which of two rows is the newer one, over all tables: by time, and where that is the same by where
// its event is in the log, which no other event has. Plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "common/clock.h"

namespace spoor::collector {

struct RowKey {
  int64_t time_ns = 0;
  uint64_t entry = 0, sequence = 0;
  auto operator<=>(const RowKey&) const = default;
};

// Of time_ms and time_ns. A disk that lies may have any numbers: no time is beyond the last one.
constexpr int64_t time_of(uint64_t ms, uint64_t ns) {
  constexpr uint64_t kLast = std::numeric_limits<int64_t>::max();
  if (ms >= kLast / kNsPerMs || ns >= kNsPerMs) return static_cast<int64_t>(kLast);
  return static_cast<int64_t>(ms * kNsPerMs + ns);
}

}  // namespace spoor::collector
