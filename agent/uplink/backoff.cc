#include "agent/uplink/backoff.h"

#include <algorithm>

namespace spoor::uplink {

int64_t Backoff::next_ms() {
  const int64_t most = next_ms_;
  next_ms_ = std::min(next_ms_ * 2, most_ms_);
  return std::uniform_int_distribution<int64_t>(most / 2, most)(random_);
}

int64_t Backoff::jitter_ms(int64_t most_ms) {
  return std::uniform_int_distribution<int64_t>(0, most_ms)(random_);
}

}  // namespace spoor::uplink
