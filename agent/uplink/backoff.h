// How long to wait before the next try: doubling from `first_ms` to `most_ms`, each time drawn
// between half of it and all of it, so that ten thousand uplinks do not come back as one.
#pragma once

#include <cstdint>
#include <random>

namespace spoor::uplink {

class Backoff {
 public:
  Backoff(int64_t first_ms, int64_t most_ms, uint64_t seed)
      : first_ms_(first_ms), most_ms_(most_ms), next_ms_(first_ms), random_(seed) {}

  // The wait before the next try, in ms.
  int64_t next_ms();
  // 0 to `most_ms`.
  int64_t jitter_ms(int64_t most_ms);
  // The last try worked.
  void reset() { next_ms_ = first_ms_; }

 private:
  int64_t first_ms_;
  int64_t most_ms_;
  int64_t next_ms_;
  std::mt19937_64 random_;
};

}  // namespace spoor::uplink
